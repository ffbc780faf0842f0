// Freezing begins an attempt at rows: its rows, inputs, config and command are copied aside, so that it can go on as it began.

import { dirname, join } from 'node:path';
import {
  type Decision,
  type Graph,
  type InputFiles,
  inputLabel,
  type Places,
  renderCommand,
  stateKey,
  type Task,
  usageOf,
} from '@evalmake/core';
import { writeCommand } from './attempt.ts';
import { digestFile } from './digest.ts';
import { makeDir, syncTree } from './disk.ts';
import { Failure } from './failure.ts';
import { copyFileSync, statSync } from './fs.ts';
import { writeGiven } from './given.ts';
import type { AttemptFiles, FoundAttempt, OpenAttempts, RowSpecAt } from './open-attempt.ts';
import type { Workspace } from './workspace.ts';

/** Inputs up to this size are copied, so that a change of them while a job is in flight changes nothing of it. */
const largestCopy = 64 * 1024 * 1024;

/** What an attempt is begun from. */
export interface FreezeRequest {
  readonly workspace: Workspace;
  readonly attempts: OpenAttempts;
  readonly graph: Graph;
  readonly task: Task;
  readonly decision: Decision;
  readonly spec: RowSpecAt;
  readonly keyText: string;
  readonly rows: number;
  readonly at: string;
  readonly estimateUsd: number;
  /** Writes the rows to ask to a file, durably. */
  readonly writeTodo: (path: string) => void;
}

/**
 * Begins an attempt.
 * @throws Failure `input-moved` when an input is no longer what the decision was made on
 */
export function freeze(request: FreezeRequest): FoundAttempt {
  const { workspace, attempts, graph, task, decision, spec } = request;
  const { root, world } = workspace;
  const files = attempts.files(task.id, stateKey(decision.fingerprint.parts, world.digest), spec);
  attempts.makeRoom(files);
  const inputs = copyInputs(request, files);
  const places = placesOf(files);
  const usage = usageOf(task.target, graph.pipeline);
  writeGiven({ workspace, task, partial: undefined, places, files: inputs, commands: [usage] });
  request.writeTodo(join(root, files.todo));
  const command = renderCommand({ graph, config: workspace.config, world, task, files: inputs, places });
  const started = writeCommand(command, { root, dir: files.dir, task, places });
  // What is frozen must survive a power cut with the line that says it is there: garbage would be asked, and paid for.
  syncTree(join(root, files.dir));
  return attempts.begin(files, {
    version: 1,
    task: task.id,
    target: task.target.name,
    at: request.at,
    parts: decision.fingerprint.parts,
    keyText: request.keyText,
    ...started,
    spec,
    rows: request.rows,
    estimateUsd: request.estimateUsd,
    resumable: usage.state,
  });
}

function placesOf({ dir, state, todo, done }: AttemptFiles): Places {
  return {
    output: (output) => `${dir}/out/${output.path}`,
    configFile: `${dir}/config.json`,
    taskFile: `${dir}/task.json`,
    missingFile: `${dir}/missing`,
    stateDir: state,
    listFile: (input) => `${dir}/list-${input}`,
    rowsTodo: todo,
    rowsDone: done,
  };
}

/** Copies the inputs beside the rows, and sees that each copy is what the decision was made on. */
function copyInputs({ workspace, task, decision }: FreezeRequest, { dir }: AttemptFiles): InputFiles[] {
  const { root } = workspace;
  const { parts, files } = decision.fingerprint;
  return files.map(({ input, paths }) => {
    const { decl } = input;
    if (decl.name === task.target.rows?.from || decl.orderOnly) return { input, paths };
    const copied = paths.map((path) => {
      const wanted = parts[inputLabel(decl.name, path)];
      const from = path.startsWith('/') ? path : join(root, path);
      const stat = statSync(from, { throwIfNoEntry: false });
      if (decl.digest === 'listing' || stat?.isFile() !== true || stat.size > largestCopy) return path;
      const to = `${dir}/in/${path.replace(/^\/+/, '').replaceAll('../', '_/')}`;
      makeDir(dirname(join(root, to)));
      copyFileSync(from, join(root, to));
      if (digestFile(join(root, to)).digest !== wanted)
        throw new Failure('input-moved', `"${path}" changed just before the command was to start`);
      return to;
    });
    return { input, paths: copied };
  });
}
