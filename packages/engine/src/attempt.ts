// An Attempt is one try of one task: its folder, its command, and where the outputs are written until they are judged.

import { join } from 'node:path';
import {
  byCodeUnit,
  type Decision,
  fixedDir,
  type Graph,
  type InputFiles,
  type Json,
  type Places,
  parentDir,
  renderCommand,
  renderPath,
  subset,
  type Task,
  type TaskOutput,
  usageOf,
} from '@evalmake/core';
import { type Aside, isStaged, planAside } from './aside.ts';
import { attemptToken } from './attempt-token.ts';
import { makeDir, remove } from './disk.ts';
import { Failure } from './failure.ts';
import { mkdirSync, writeFileSync } from './fs.ts';
import { taskFolder } from './task-folder.ts';
import { stateDir, type Workspace } from './workspace.ts';

/** A prepared attempt. All paths are relative to the workspace. */
export interface Attempt {
  readonly task: Task;
  readonly decision: Decision;
  readonly dir: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly partial: readonly string[] | undefined;
  readonly aside: Aside;
  readonly places: Places;
  /** The file in which the command lists what it found, when it has one. */
  readonly depsFile: string | undefined;
}

/** Folder of a task's attempts: constant, so that a command sees the same paths every time. */
export function attemptDir(task: string, digest: (text: string) => string): string {
  return `${stateDir}/attempt/${taskFolder(task, digest)}`;
}

/** Where an output is written by the command. */
export function writtenAt(task: Task, output: TaskOutput, graph: Graph, dir: string): string {
  return isStaged(task, output, graph) ? `${dir}/out/${output.path}` : output.path;
}

/** What an attempt is prepared from. */
export interface AttemptRequest {
  readonly workspace: Workspace;
  readonly graph: Graph;
  readonly task: Task;
  readonly decision: Decision;
  /** Members to write; undefined for all. */
  readonly partial: readonly string[] | undefined;
}

/**
 * Makes the folder of an attempt, the files its command is given, and room for its outputs.
 * @throws Failure when the disk does not let it
 */
export function prepareAttempt(request: AttemptRequest): Attempt {
  try {
    return prepare(request);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Failure(
      'could-not-start',
      `the files of the attempt cannot be made: ${(error as Error).message}`,
    );
  }
}

function prepare(request: AttemptRequest): Attempt {
  const { workspace, graph, task, decision } = request;
  const dir = attemptDir(task.id, workspace.world.digest);
  const root = workspace.root;
  makeEmpty(join(root, dir));
  const usage = usageOf(task.target, graph.pipeline);
  const places: Places = {
    output: (output) => writtenAt(task, output, graph, dir),
    configFile: `${dir}/config.json`,
    taskFile: `${dir}/task.json`,
    missingFile: `${dir}/missing`,
    stateDir: stateFolder(task, decision, workspace),
    listFile: (input) => `${dir}/list-${input}`,
  };
  const { files } = decision.fingerprint;
  writeGiven({ request, places, files, dir });
  if (usage.state) makeDir(join(root, places.stateDir));
  for (const output of task.outputs) makeRoom(output, places.output(output), root);
  const aside = planAside({ task, graph, root, decision, partial: request.partial });
  const context = { graph, config: workspace.config, world: workspace.world, task, files, places };
  const command = renderCommand(context);
  const up = upFrom(command.cwd);
  const env: Record<string, string> = {
    ...command.env,
    EVALMAKE: '1',
    EVALMAKE_TASK: task.id,
    EVALMAKE_ATTEMPT: attemptToken(root, task.id),
  };
  if (task.target.config.length > 0) env.EVALMAKE_CONFIG = up + places.configFile;
  if (command.script !== undefined) writeFileSync(join(root, dir, 'run.sh'), command.script);
  return {
    task,
    decision,
    dir,
    argv: command.argv ?? ['bash', `${up}${dir}/run.sh`],
    cwd: command.cwd,
    env,
    partial: request.partial,
    aside,
    places,
    depsFile: task.target.depsFile === undefined ? undefined : renderPath(task.target.depsFile, context),
  };
}

/** An empty folder: most often there is none, and one call makes it. */
function makeEmpty(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') remove(path);
    else if (code !== 'ENOENT') throw error;
    makeDir(path);
  }
}

function upFrom(cwd: string): string {
  return cwd === '' ? '' : '../'.repeat(cwd.split('/').length);
}

function stateFolder(task: Task, decision: Decision, workspace: Workspace): string {
  const parts = Object.entries(decision.fingerprint.parts).sort(([a], [b]) => byCodeUnit(a, b));
  const key = workspace.world.digest(JSON.stringify(parts)).slice(7, 23);
  return `${stateDir}/state/${taskFolder(task.id, workspace.world.digest)}/${key}`;
}

function makeRoom(output: TaskOutput, at: string, root: string): void {
  makeDir(join(root, output.kind === 'dir' ? at : output.kind === 'glob' ? fixedDir(at) : parentDir(at)));
}

interface Given {
  readonly request: AttemptRequest;
  readonly places: Places;
  readonly files: readonly InputFiles[];
  readonly dir: string;
}

/** Writes the files that the command is given: its config keys, its lists, what is missing, the whole task. */
function writeGiven({ request, places, files, dir }: Given): void {
  const { workspace, graph, task, partial } = request;
  const usage = usageOf(task.target, graph.pipeline);
  const write = (path: string, text: string) => writeFileSync(join(workspace.root, path), text);
  const config = subset(workspace.config, task.target.config);
  if (task.target.config.length > 0) write(places.configFile, `${JSON.stringify(config, null, 2)}\n`);
  if (usage.missing)
    write(
      places.missingFile,
      partial === undefined ? '*\n' : `${partial.map((p) => relativeTo(task, p)).join('\n')}\n`,
    );
  if (usage.task) write(places.taskFile, `${JSON.stringify(taskJson(request, places, files), null, 2)}\n`);
  if (!usage.lists) return;
  write(
    `${dir}/list-`,
    files
      .flatMap((f) => f.paths)
      .map((p) => `${p}\n`)
      .join(''),
  );
  for (const { input, paths } of files) {
    if (input.decl.name !== '') write(places.listFile(input.decl.name), paths.map((p) => `${p}\n`).join(''));
  }
}

/** A member as the command is told of it: relative to the folder its glob does not vary. */
function relativeTo(task: Task, path: string): string {
  for (const output of task.outputs) {
    const base = fixedDir(output.path);
    if (output.kind === 'glob' && base !== '' && path.startsWith(`${base}/`))
      return path.slice(base.length + 1);
  }
  return path;
}

function taskJson({ workspace, task }: AttemptRequest, places: Places, files: readonly InputFiles[]): Json {
  const each: Record<string, Json> = {};
  for (const [name, value] of Object.entries(task.each)) each[name] = value.json;
  const outputs: Record<string, Json> = {};
  for (const output of task.outputs) outputs[output.name] = places.output(output);
  const inputs = files.map(({ input, paths }): Json => ({ name: input.decl.name, paths }));
  return {
    task: task.id,
    target: task.target.name,
    each,
    inputs,
    outputs,
    config: subset(workspace.config, task.target.config),
  };
}
