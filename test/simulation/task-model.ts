// A TaskModel is one task as the oracle sees it: what it reads, what it writes, and all that counts for its freshness.
import { produce, type Settings } from './program.ts';
import { codePath, isOff, type OutputModel, type ProjectModel, type TargetModel } from './project.ts';

/** One output of one task. A set and a folder are named by the folder, which ends in `/`. */
export interface TaskOutputModel extends OutputModel {
  readonly path: string;
}

export interface TaskModel {
  readonly id: string;
  readonly target: TargetModel;
  /** What is read, by path; a folder ends in `/`. */
  readonly inputs: readonly string[];
  /** Tasks whose outputs are read. */
  readonly needs: readonly string[];
  readonly outputs: readonly TaskOutputModel[];
  /** Everything beside the inputs that counts. */
  readonly command: string;
  readonly settings: Settings;
}

/** Content by path. */
export type Files = ReadonlyMap<string, string>;

/** Files below a folder, by name relative to it, in the order of these names. */
export function below(files: Files, folder: string): Map<string, string> {
  const names = [...files.keys()].filter((path) => path.startsWith(folder)).sort();
  return new Map(names.map((path) => [path.slice(folder.length), files.get(path) ?? '']));
}

/** What a path holds as a command reads it; undefined when there is nothing. */
export function contentOf(files: Files, path: string): string | undefined {
  if (!path.endsWith('/')) return files.get(path);
  const members = below(files, path);
  return members.size === 0 ? undefined : [...members.values()].join('');
}

/** What a path holds, with the names of files below a folder: two equal texts mean the same thing on disk. */
export function imageOf(files: Files, path: string): string | undefined {
  if (!path.endsWith('/')) return files.get(path);
  const members = below(files, path);
  return members.size === 0 ? undefined : JSON.stringify([...members]);
}

/** The folder or file of an output; `value` tells the tasks of one target apart. */
function outputPath(target: TargetModel, index: number, value: string | undefined): string {
  const kind = target.outputs[index]?.kind;
  const stem = value === undefined ? `out/${target.name}.${index}` : `out/${target.name}/${value}.${index}`;
  return kind === 'file' ? `${stem}.txt` : `${stem}/`;
}

/** The values of a target's tasks: labels, or undefined for its only one. */
function valuesOf(project: ProjectModel, target: TargetModel, files: Files): (string | undefined)[] {
  if (target.each === 'none') return [undefined];
  if (target.each === 'models') return project.models;
  const split = targetOf(project, target.each.shardsOf);
  return [...below(files, outputPath(split, 0, undefined)).keys()].map((name) => name.replace(/\.txt$/, ''));
}

export function targetOf(project: ProjectModel, name: string): TargetModel {
  const found = project.targets.find((t) => t.name === name);
  if (found === undefined) throw new Error(`no target ${name}`);
  return found;
}

const idOf = (target: TargetModel, value: string | undefined): string =>
  value === undefined ? target.name : `${target.name}@${value}`;

const sameEach = (a: TargetModel, b: TargetModel): boolean =>
  a.each !== 'none' && JSON.stringify(a.each) === JSON.stringify(b.each);

/** The tasks of a target with the files as they are: sets that others wrote are read from there. */
export function tasksOf(project: ProjectModel, target: TargetModel, files: Files): TaskModel[] {
  return valuesOf(project, target, files).map((value) => taskOf(project, target, files, value));
}

function taskOf(
  project: ProjectModel,
  target: TargetModel,
  files: Files,
  value: string | undefined,
): TaskModel {
  const inputs: string[] = [];
  const needs: string[] = [];
  for (const input of target.inputs) {
    if (input.kind === 'source') inputs.push(input.path);
    else if (input.kind === 'sources') inputs.push(...[...files.keys()].filter((p) => p.startsWith('src/')));
    else if (input.kind === 'shard') {
      const split = targetOf(project, (target.each as { shardsOf: string }).shardsOf);
      inputs.push(`${outputPath(split, 0, undefined)}${value}.txt`);
      needs.push(split.name);
    } else {
      const producer = targetOf(project, input.target);
      if (isOff(project, producer)) continue;
      const values = sameEach(target, producer) ? [value] : valuesOf(project, producer, files);
      if (typeof producer.each === 'object') needs.push(producer.each.shardsOf);
      for (const each of values) {
        needs.push(idOf(producer, each));
        for (const index of producer.outputs.keys()) {
          if (input.output !== undefined && input.output !== index) continue;
          const path = outputPath(producer, index, each);
          if (producer.outputs[index]?.kind !== 'glob') inputs.push(path);
          else for (const name of below(files, path).keys()) inputs.push(`${path}${name}`);
        }
      }
    }
  }
  return finish(project, target, value, { inputs: inputs.sort(), needs });
}

function finish(
  project: ProjectModel,
  target: TargetModel,
  value: string | undefined,
  reads: { inputs: string[]; needs: string[] },
): TaskModel {
  const key = target.key === undefined ? [] : [String(project.config[target.key])];
  const each = value === undefined ? [] : [value];
  const outputs = target.outputs.map((output, index) => ({
    ...output,
    path: outputPath(target, index, value),
  }));
  const settings = { name: target.name, strict: target.strict, values: [...key, ...each] };
  return {
    id: idOf(target, value),
    target,
    ...reads,
    outputs,
    command: JSON.stringify([settings, target.tag, target.outputs.map((o) => o.operation)]),
    settings,
  };
}

/** The text of everything that decides what a task makes; equal texts mean the same work. */
export function fingerprintOf(task: TaskModel, files: Files): string {
  const code = task.target.code ? (files.get(codePath) ?? null) : null;
  return JSON.stringify([task.command, code, task.inputs.map((path) => [path, imageOf(files, path)])]);
}

/** What a task makes of what it reads: files by full path. Undefined when it fails. */
export function made(task: TaskModel, files: Files): Map<string, string> | undefined {
  const contents = task.inputs.map((path) => contentOf(files, path));
  if (contents.includes(undefined)) return undefined;
  const out = new Map<string, string>();
  for (const output of task.outputs) {
    const part = produce(output, task.settings, contents as string[]);
    if (part === undefined) return undefined;
    for (const [name, content] of part) out.set(`${output.path}${name}`, content);
  }
  return passes(task, out) ? out : undefined;
}

/** Whether what was made passes the checks of the task. */
export function passes(task: TaskModel, files: Files): boolean {
  return task.outputs.every(({ rows, path, kind }) => {
    if (rows === undefined) return true;
    const contents = kind === 'file' ? [files.get(path) ?? ''] : [...below(files, path).values()];
    const count = contents.join('').split('\n').length - 1;
    return count >= rows.least && (rows.most === undefined || count <= rows.most);
  });
}

/** What lies at the outputs of a task, as one text. */
export function outputsImage(task: TaskModel, files: Files): string {
  return JSON.stringify(task.outputs.map(({ path }) => imageOf(files, path) ?? null));
}

/** The files at the outputs of a task. */
export function outputFiles(task: TaskModel, files: Files): string[] {
  return task.outputs.flatMap(({ path, kind }) =>
    kind === 'file'
      ? files.has(path)
        ? [path]
        : []
      : [...below(files, path).keys()].map((n) => `${path}${n}`),
  );
}

/** What a clean build makes from the sources alone: every file of every task that succeeds. */
export function cleanBuild(project: ProjectModel, sources: Files): Map<string, string> {
  const files = new Map([...sources].filter(([path]) => !path.startsWith('out/')));
  for (const target of project.targets) {
    if (isOff(project, target)) continue;
    for (const task of tasksOf(project, target, files)) {
      const content = made(task, files);
      for (const [path, text] of content ?? []) files.set(path, text);
    }
  }
  return files;
}
