// An Attempt is one try of one task: its folder, its command, and where the outputs are written until they are judged.

import { join } from 'node:path';
import {
  type Command,
  type Decision,
  fixedDir,
  type Graph,
  givenConfig,
  type Places,
  parentDir,
  renderCommand,
  renderPath,
  stateKey,
  type Task,
  type TaskOutput,
  usageOf,
} from '@evalmake/core';
import { type Aside, isStaged, planAside } from './aside.ts';
import { attemptToken } from './attempt-token.ts';
import { makeDir, remove } from './disk.ts';
import { Failure } from './failure.ts';
import { existsSync, mkdirSync, writeFileSync } from './fs.ts';
import { checkUsage, writeGiven } from './given.ts';
import { taskFolder } from './task-folder.ts';
import { stateDir, type Workspace } from './workspace.ts';

/** A prepared attempt. All paths are relative to the workspace. */
export interface Attempt {
  readonly task: Task;
  readonly decision: Decision;
  readonly dir: string;
  /** Where what the command is given lies: constant, also when the attempt has a folder of its own. */
  readonly given: string;
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
  /** The folder of an attempt elsewhere, which is of this attempt alone; `kept` when its command has it already. */
  readonly own?: { readonly dir: string; readonly kept: boolean } | undefined;
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
  const given = attemptDir(task.id, workspace.world.digest);
  const dir = request.own?.dir ?? given;
  const kept = request.own?.kept === true;
  const root = workspace.root;
  if (!kept) makeEmpty(join(root, given), workspace.journal.finished(task.id));
  if (dir !== given) makeDir(join(root, dir));
  const usage = usageOf(task.target, graph.pipeline);
  const places: Places = {
    output: (output) => writtenAt(task, output, graph, dir),
    configFile: `${given}/config.json`,
    taskFile: `${given}/task.json`,
    missingFile: `${given}/missing`,
    stateDir: stateFolder(task, decision, workspace),
    listFile: (input) => `${given}/list-${input}`,
    rowsTodo: `${dir}/todo`,
    rowsDone: `${dir}/done`,
  };
  const { files } = decision.fingerprint;
  const commands = [usage, checkUsage(task.target, graph.pipeline)];
  if (!kept) writeGiven({ workspace, task, partial: request.partial, places, files, commands });
  // An attempt at rows has a folder of its own, made when it is begun.
  if (usage.state && task.target.rows === undefined) makeDir(join(root, places.stateDir));
  for (const output of task.outputs) makeRoom(output, places.output(output), root);
  const aside = planAside({ task, graph, root, decision, partial: request.partial });
  const context = { graph, config: workspace.config, world: workspace.world, task, files, places };
  const command = renderCommand(context);
  return {
    task,
    decision,
    dir,
    given,
    ...writeCommand(command, { root, dir: given, task, places, kept }),
    partial: request.partial,
    aside,
    places,
    depsFile: task.target.depsFile === undefined ? undefined : renderPath(task.target.depsFile, context),
  };
}

/** Where a command is written, and for whom. */
export interface CommandPlace {
  readonly root: string;
  /** The folder of its attempt, relative to the workspace. */
  readonly dir: string;
  readonly task: Task;
  readonly places: Places;
  /** Whether it is written already, and may just be read. */
  readonly kept?: boolean;
}

/** Writes the script of a command, and gives how it is started: paths are as seen from its folder. */
export function writeCommand(
  command: Command,
  { root, dir, task, places, kept = false }: CommandPlace,
): Pick<Attempt, 'argv' | 'cwd' | 'env'> {
  const { cwd, script } = command;
  const up = cwd === '' ? '' : '../'.repeat(cwd.split('/').length);
  const env: Record<string, string> = {
    ...command.env,
    EVALMAKE: '1',
    EVALMAKE_TASK: task.id,
    EVALMAKE_ATTEMPT: attemptToken(root, task.id),
  };
  if (givenConfig(task.target).length > 0) env.EVALMAKE_CONFIG = up + places.configFile;
  if (script !== undefined && !kept) writeFileSync(join(root, dir, 'run.sh'), script);
  return { argv: command.argv ?? ['bash', `${up}${dir}/run.sh`], cwd, env };
}

/**
 * An empty folder: most often there is none, and one call makes it. Files that an earlier attempt saved and that were
 * not put back may be the only good ones: unless it succeeded they are not removed here.
 */
function makeEmpty(path: string, succeeded: boolean): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      if (!succeeded && existsSync(join(path, 'aside')))
        throw new Failure(
          'could-not-start',
          `files that an earlier attempt saved are still in ${path}/aside; the next build puts them back`,
        );
      remove(path);
    } else if (code !== 'ENOENT') throw error;
    makeDir(path);
  }
}

function stateFolder(task: Task, decision: Decision, { world }: Workspace): string {
  const key = stateKey(decision.fingerprint.parts, world.digest);
  return `${stateDir}/state/${taskFolder(task.id, world.digest)}/${key}`;
}

function makeRoom(output: TaskOutput, at: string, root: string): void {
  makeDir(join(root, output.kind === 'dir' ? at : output.kind === 'glob' ? fixedDir(at) : parentDir(at)));
}
