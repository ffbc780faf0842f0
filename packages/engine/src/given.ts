// What a command is given beside its inputs: its config keys, lists of its inputs, what is missing, the whole task.
import { resolve } from 'node:path';
import {
  fixedDir,
  givenConfig,
  type InputFiles,
  type Json,
  type Pipeline,
  type Places,
  subset,
  type Target,
  type Task,
  type Usage,
  usageOf,
} from '@evalmake/core';
import { writeFileSync } from './fs.ts';
import type { Workspace } from './workspace.ts';

/** What to write, and for which commands. */
export interface Given {
  readonly workspace: Workspace;
  readonly task: Task;
  /** Members to write; undefined for all. */
  readonly partial: readonly string[] | undefined;
  readonly places: Places;
  readonly files: readonly InputFiles[];
  /** What the commands refer to: only what one of them uses is written. */
  readonly commands: readonly Usage[];
}

const checkUsages = new WeakMap<Target, Usage>();

/** What the `command` checks of a target refer to. */
export function checkUsage(target: Target, pipeline: Pipeline): Usage {
  let known = checkUsages.get(target);
  if (known === undefined) {
    known = readChecks(target, pipeline);
    checkUsages.set(target, known);
  }
  return known;
}

function readChecks(target: Target, pipeline: Pipeline): Usage {
  const scripts = target.checks.flatMap(({ demand }) => (demand.kind === 'command' ? [demand.run] : []));
  const bare = { ...target, prelude: undefined, cwd: undefined, depsFile: undefined, env: {} };
  return usageOf({ ...bare, run: scripts.join('\n') }, pipeline);
}

/** Writes the files that commands of a task are given. */
export function writeGiven(given: Given): void {
  const { workspace, task, partial, places, files, commands } = given;
  const write = (path: string, text: string) => writeFileSync(resolve(workspace.root, path), text);
  const config = subset(workspace.config, givenConfig(task.target));
  if (givenConfig(task.target).length > 0) write(places.configFile, `${JSON.stringify(config, null, 2)}\n`);
  if (commands.some((c) => c.missing))
    write(
      places.missingFile,
      partial === undefined ? '*\n' : `${partial.map((p) => relativeTo(task, p)).join('\n')}\n`,
    );
  if (commands.some((c) => c.task)) write(places.taskFile, `${JSON.stringify(taskJson(given), null, 2)}\n`);
  if (!commands.some((c) => c.lists)) return;
  const lines = (paths: readonly string[]) => paths.map((p) => `${p}\n`).join('');
  write(places.listFile(''), lines(files.flatMap((f) => f.paths)));
  for (const { input, paths } of files)
    if (input.decl.name !== '') write(places.listFile(input.decl.name), lines(paths));
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

function taskJson({ workspace, task, places, files }: Given): Json {
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
    config: subset(workspace.config, givenConfig(task.target)),
  };
}
