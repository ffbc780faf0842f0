// Judging what is published: the checks look at outputs where they lie, without an attempt around them.
import type { CheckResult, Graph, InputFiles, OutputFile, Places, Task } from '@evalmake/core';
import { attemptDir } from './attempt.ts';
import { judgeInPlace, placesBelow } from './judge-in-place.ts';
import type { TaskRunContext } from './task-run-context.ts';
import type { Workspace } from './workspace.ts';

/** What to judge. */
export interface PublishedRequest {
  readonly workspace: Workspace;
  readonly graph: Graph;
  readonly task: Task;
  /** The files at their own places, by output. */
  readonly outputs: Readonly<Record<string, readonly OutputFile[]>>;
  readonly inputs: readonly InputFiles[];
  readonly onRunning?: TaskRunContext['onRunning'];
}

/** What the checks said, and the files with the facts that were gathered on the way. */
export interface PublishedVerdict {
  readonly results: readonly CheckResult[];
  readonly outputs: Readonly<Record<string, readonly OutputFile[]>>;
}

/** Runs all checks of a task on its outputs as they lie there. */
export async function judgePublished(request: PublishedRequest): Promise<PublishedVerdict> {
  const { workspace, task, graph, inputs, onRunning } = request;
  const named = Object.entries(request.outputs);
  const files = new Map(named.map(([name, list]) => [name, list.map(({ path }) => ({ path, at: path }))]));
  const more = onRunning === undefined ? {} : { onRunning };
  const judged = await judgeInPlace({ workspace, task, files, inputs, graph, ...more });
  const outputs: Record<string, readonly OutputFile[]> = {};
  for (const [name, list] of named) {
    outputs[name] = list.map((file) => {
      const facts = judged.facts.get(file.path);
      return facts === undefined ? file : { ...file, facts };
    });
  }
  return { results: judged.results, outputs };
}

/** Outputs are where they are; what only an attempt has is where the last one had it. */
export function publishedPlaces(task: Task, workspace: Workspace): Places {
  return placesBelow(attemptDir(task.id, workspace.world.digest));
}
