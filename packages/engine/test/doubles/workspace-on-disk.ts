// A WorkspaceOnDisk is a pipeline in a temporary folder, opened and planned as a build would.
import type { Decision, Graph, Plan, Problem, Task } from '@evalmake/core';
import { makePlan, openWorkspace, type Workspace, type WorkspaceOptions } from '@evalmake/engine';
import type { TemporaryFolder } from './temporary-folder.ts';

export interface Opened {
  readonly workspace: Workspace | undefined;
  readonly problems: readonly Problem[];
  /** `file:line code: message` of each problem. */
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** Opens the workspace of a folder; the pipeline is written without its version line. */
export async function open(
  folder: TemporaryFolder,
  files: Readonly<Record<string, string>>,
  options: Partial<WorkspaceOptions> = {},
): Promise<Opened> {
  const { 'pipeline.yaml': pipeline, ...rest } = files;
  folder.write(pipeline === undefined ? rest : { ...rest, 'pipeline.yaml': `evalmake: 1\n${pipeline}` });
  const warnings: string[] = [];
  const { value, problems } = await openWorkspace({
    root: folder.root,
    file: 'pipeline.yaml',
    configs: [],
    sets: [],
    env: {},
    nowMs: Date.now,
    write: false,
    build: 'test',
    warn: (text) => warnings.push(text),
    ...options,
  });
  const lines = problems.map(
    (p) => `${p.file === undefined ? '' : `${p.file}:${p.line} `}${p.code}: ${p.message}`,
  );
  return { workspace: value, problems, lines, warnings };
}

/** The workspace of a folder whose pipeline has no mistakes. */
export async function workspaceOf(
  folder: TemporaryFolder,
  files: Readonly<Record<string, string>>,
  options: Partial<WorkspaceOptions> = {},
): Promise<Workspace> {
  const { workspace, lines } = await open(folder, files, options);
  if (workspace === undefined) throw new Error(`the test's pipeline is wrong:\n${lines.join('\n')}`);
  return workspace;
}

/** The plan of all tasks. */
export function planAll(workspace: Workspace): Plan {
  const made = makePlan(workspace, {
    select: (graph) => ({ wanted: graph.tasks.map((t) => t.index), problems: [] }),
  });
  if (made.value === undefined) throw new Error(made.problems.map((p) => p.message).join('\n'));
  return made.value;
}

/** What a plan says of one task. */
export function planned(workspace: Workspace, id: string): { graph: Graph; task: Task; decision: Decision } {
  const plan = planAll(workspace);
  const index = plan.graph.byId.get(id) as number;
  return {
    graph: plan.graph,
    task: plan.graph.tasks[index] as Task,
    decision: plan.decisions[index] as Decision,
  };
}
