// Rendering: a target's command becomes a bash script or an argv list, with every value quoted so that data never runs.
import type { Config } from './config.ts';
import { type InputFiles, scopeOf } from './fingerprint-context.ts';
import { fixedDir, type Graph, parentDir, type Task, type TaskOutput } from './graph.ts';
import { byCodeUnit } from './json.ts';
import type { World } from './ports.ts';
import { resolve } from './scope.ts';
import { ShellContext } from './shell-context.ts';
import { pieces, type Ref } from './template.ts';

/** Where the files of an attempt lie, relative to the workspace. */
export interface Places {
  /** Where an output is written: below the attempt when staged, else its own path. */
  readonly output: (output: TaskOutput) => string;
  readonly configFile: string;
  readonly taskFile: string;
  readonly missingFile: string;
  readonly stateDir: string;
  readonly listFile: (input: string) => string;
  /** The file of rows to ask, and the file that takes answers. */
  readonly rowsTodo: string;
  readonly rowsDone: string;
}

/** What a rendered command needs to know. */
export interface RenderContext {
  readonly graph: Graph;
  readonly config: Config;
  readonly world: Pick<World, 'env'>;
  readonly task: Task;
  readonly files: readonly InputFiles[];
  readonly places: Places;
}

/** A command ready to be started. */
export interface Command {
  readonly script: string | undefined;
  readonly argv: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Relative to the workspace; '' for its root. */
  readonly cwd: string;
}

/** Renders the command of a task. References were checked before; one that fails now is a bug and throws. */
export function renderCommand(context: RenderContext): Command {
  const { target } = context.task;
  const cwd = target.cwd === undefined ? '' : folder(plain(target.cwd, context));
  const inner: Inner = { ...context, up: cwd === '' ? '' : '../'.repeat(cwd.split('/').length) };
  const env: Record<string, string> = {};
  for (const [name, template] of Object.entries(target.env)) env[name] = plain(template, inner);
  const run = target.run ?? '';
  if (typeof run !== 'string')
    return { script: undefined, argv: run.flatMap((t) => argvWords(t, inner)), env, cwd };
  const values: string[] = [];
  const body = bashText(run, inner, values);
  const prelude = target.prelude === undefined ? '' : `${bashText(target.prelude, inner, values)}\n`;
  const definitions = values.map((v, i) => `__evalmake_${i}=(${v})\n`).join('');
  return { script: `${definitions}${prelude}set -euo pipefail\n${body}\n`, argv: undefined, env, cwd };
}

/** A folder in its shortest form; '' for the workspace root. */
function folder(path: string): string {
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  return `${path.startsWith('/') ? '/' : ''}${steps.join('/')}`;
}

/** Renders one script (a `command` check) as the command of its task would be. */
export function renderScript(template: string, context: RenderContext): string {
  const values: string[] = [];
  const body = bashText(template, context, values);
  return `${values.map((v, i) => `__evalmake_${i}=(${v})\n`).join('')}${body}`;
}

/** Renders a path that may name outputs: it is read by evalmake, not by a shell. */
export function renderPath(template: string, context: RenderContext): string {
  return plain(template, context);
}

interface Inner extends RenderContext {
  readonly up?: string;
}

/** Words that mean the same with and without quotes, in every shell context. */
const safe = /^[A-Za-z0-9_/.:@%+,=-]+$/;

/** One word for bash, quoted when it needs to be. */
export function shellWord(text: string): string {
  return safe.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * Replaces references in a script. A value that is not plain goes into an array set before the script, so that whatever
 * stands around the reference (quotes, a here-document) nothing in the value is ever read as shell text.
 */
function bashText(template: string, context: Inner, values: string[]): string {
  if (!template.includes('${{')) return template;
  const before = values.length;
  const text = bashPieces(template, context, { values, plain: safe });
  if (!template.includes('<<') || !endsHereDocument(template, text)) return text;
  values.length = before;
  return bashPieces(template, context, { values, plain: undefined });
}

function bashPieces(
  template: string,
  context: Inner,
  { values, plain }: { values: string[]; plain: RegExp | undefined },
): string {
  const shell = new ShellContext();
  for (const piece of pieces(template).pieces) {
    if (typeof piece === 'string') {
      shell.write(piece);
      continue;
    }
    const words = refWords(piece, context);
    if (words.length === 0 || (plain !== undefined && words.every((w) => plain.test(w)))) {
      shell.plain(words.join(' '));
      continue;
    }
    shell.reference(`__evalmake_${values.length}`);
    values.push(words.map(shellWord).join(' '));
  }
  return shell.text;
}

/**
 * Whether a plain value may have made a line that ends a here-document, so that what follows it would run. Asked of the
 * lines alone, since it must not depend on how the script was read.
 */
function endsHereDocument(template: string, text: string): boolean {
  const ends = [...template.matchAll(/<<-?[ \t]*([^\s;&|()<>]+)/g)].map((m) =>
    (m[1] as string).replace(/['"\\]/g, ''),
  );
  if (ends.some((end) => end.includes('{{'))) return true;
  const count = (script: string): number =>
    script.split('\n').filter((line) => ends.some((end) => line.trimStart().startsWith(end))).length;
  const joined = (script: string): string => script.replaceAll('\\\n', '');
  return count(text) !== count(template) || count(joined(text)) !== count(joined(template));
}

function argvWords(template: string, context: Inner): string[] {
  const all = pieces(template).pieces;
  const first = all[0];
  if (all.length === 1 && typeof first === 'object') return refWords(first, context);
  return [all.map((p) => (typeof p === 'string' ? p : refWords(p, context).join(' '))).join('')];
}

function plain(template: string, context: Inner): string {
  return pieces(template)
    .pieces.map((p) => (typeof p === 'string' ? p : refWords(p, context).join(' ')))
    .join('');
}

function refWords(ref: Ref, context: Inner): string[] {
  const [head, ...rest] = ref.path as [string, ...string[]];
  const { places, task } = context;
  const here = (path: string) => pathWord(path, context);
  if (head === 'config' && rest.length === 0) return [here(places.configFile)];
  if (head === 'inputs') return inputWords(rest, context);
  if (head === 'outputs') return outputWords(rest, context);
  if (head === 'task' && !Object.hasOwn(task.each, 'task')) return [here(places.taskFile)];
  if (head === 'state' && !Object.hasOwn(task.each, 'state')) return [here(places.stateDir)];
  if (head === 'rows' && !Object.hasOwn(task.each, 'rows'))
    return [here(rest[0] === 'done' ? places.rowsDone : places.rowsTodo)];
  const value = resolve(ref, scopeOf(task, context.config, context));
  if (value.kind === 'wrong') throw new Error(`\${{ ${ref.path.join('.')} }}: ${value.message}`);
  return value.kind === 'scalar' ? [value.text] : value.items.map((i) => i.text);
}

/** A path as the command sees it: from its folder, and never mistaken for an option. */
function pathWord(path: string, context: Inner): string {
  if (path.startsWith('/')) return path;
  const up = context.up ?? '';
  return up === '' && path.startsWith('-') ? `./${path}` : `${up}${path}`;
}

function inputWords(rest: readonly string[], context: Inner): string[] {
  const named = context.files.filter((f) => rest[0] === f.input.decl.name && rest.length > 0);
  const all =
    named.length > 0
      ? named
      : [...context.files].sort((a, b) => byCodeUnit(a.input.decl.name, b.input.decl.name));
  const field = named.length > 0 ? rest[1] : rest[0];
  if (field === 'list')
    return [pathWord(context.places.listFile(named.length > 0 ? (rest[0] as string) : ''), context)];
  return all.flatMap(({ input, paths }) => {
    if (paths.length === 0) return [];
    if (field === 'dir') return [pathWord(inputDir(input.globs[0], paths[0] as string), context)];
    const words = paths.map((p) => pathWord(p, context));
    return input.decl.flag === undefined ? words : [input.decl.flag, ...words];
  });
}

function inputDir(glob: string | undefined, path: string): string {
  if (path.endsWith('/')) return path.slice(0, -1);
  return (glob === undefined ? parentDir(path) : fixedDir(glob)) || '.';
}

function outputWords(rest: readonly string[], context: Inner): string[] {
  const { places, task } = context;
  if (rest[0] === 'missing' && rest.length === 1) return [pathWord(places.missingFile, context)];
  const named = rest.length > 0 ? task.outputs.filter((o) => o.name === rest[0]) : [];
  const all = named.length > 0 ? named : [...task.outputs].sort((a, b) => byCodeUnit(a.name, b.name));
  const field = named.length > 0 ? rest[1] : rest[0];
  return all.map((output) => {
    const at = places.output(output);
    if (field !== 'dir') return pathWord(at, context);
    if (output.kind === 'dir') return pathWord(at.replace(/\/$/, ''), context);
    return pathWord((output.kind === 'glob' ? fixedDir(at) : parentDir(at)) || '.', context);
  });
}
