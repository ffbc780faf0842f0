// A Fingerprint is the flat labelled map of everything that decides what a task produces.
import { type Config, leaves } from './config.ts';
import type { Graph, Task, TaskInput } from './graph.ts';
import { byCodeUnit, canonical, type Json } from './json.ts';
import type { Snapshot, World } from './ports.ts';
import type { OutputFile, Parts, TaskRecord } from './record.ts';
import { renderText, type Scope } from './scope.ts';
import { type Usage, usageOf } from './usage.ts';

/** A fingerprint, and what could not be known while producers have still to run. */
export interface Fingerprint {
  readonly parts: Parts;
  /** Labels, or label prefixes ending in `*`, whose value depends on a producer that is not settled. */
  readonly pending: readonly string[];
  /** Inputs that are neither there nor built by anything. */
  readonly missing: readonly string[];
  /** All files read, in the order they are rendered, by input. */
  readonly files: readonly InputFiles[];
}

/** The files of one input of one task. */
export interface InputFiles {
  readonly input: TaskInput;
  readonly paths: readonly string[];
}

/** What a fingerprint is made from. */
export interface FingerprintContext {
  readonly graph: Graph;
  readonly config: Config;
  readonly world: World;
  /** Whether what a producer builds may still change in this plan. */
  readonly unsettled: (producer: number) => boolean;
  /** The record under which a settled producer counts as fresh. */
  readonly accepted: (producer: number) => TaskRecord | undefined;
  /** Whether the outputs of a producer are known to be those of its accepted record; else the disk is asked. */
  readonly proven: (producer: number) => boolean;
  /** Parts that are equal for all tasks of a target, made once per plan. */
  readonly memo: Map<string, Parts>;
}

const plainLimit = 200;

/** A value as it is stored: up to 200 bytes as it is, longer ones as their digest. */
export function shorten(text: string, digest: (text: string) => string): string {
  return text.length <= plainLimit ? text : digest(text);
}

/** Makes the fingerprint of a task from what is known now. */
export function fingerprint(task: Task, context: FingerprintContext): Fingerprint {
  const { world, graph } = context;
  const usage = usageOf(task.target, graph.pipeline);
  const parts: Record<string, string> = { ...targetParts(task, usage, context) };
  addEach(task, usage, parts, world);
  addTemplates(task, usage, parts, context);
  const pending: string[] = [];
  const missing: string[] = [];
  const files = task.inputs.map((input) => addInput(input, { parts, pending, missing, context }));
  addCode(task, parts, context);
  return { parts, pending, missing, files };
}

/** The scope of a task's templates. */
export function scopeOf(
  task: Task,
  config: Config,
  context: { graph: Graph; world: Pick<World, 'env'> },
): Scope {
  return { config, vars: context.graph.pipeline.vars, each: task.each, env: (n) => context.world.env(n) };
}

function targetParts(task: Task, usage: Usage, context: FingerprintContext): Parts {
  const { target } = task;
  const known = context.memo.get(target.name);
  if (known !== undefined) return known;
  const { world, config } = context;
  const put = (text: string) => shorten(text, (t) => world.digest(t));
  const parts: Record<string, string> = { command: put(usage.command), shell: usage.shell };
  if (usage.prelude !== undefined) parts.prelude = put(usage.prelude);
  if (target.version !== undefined) parts.version = target.version;
  parts.outputs = put(canonical(target.outputs.map((o): Json => [o.name, o.kind])));
  for (const key of [...target.config, ...usage.config]) {
    for (const [leaf, value] of leaves(config, key))
      if (value !== undefined) parts[`config:${leaf}`] = put(canonical(value));
  }
  for (const name of target.envNames) {
    const value = world.env(name);
    if (value !== undefined) parts[`env:${name}`] = put(value);
  }
  for (const program of usage.programs) {
    const tool = world.tool(program);
    if (tool !== undefined) parts[`tool:${program}`] = tool;
  }
  context.memo.set(target.name, parts);
  return parts;
}

function addEach(task: Task, usage: Usage, parts: Record<string, string>, world: World): void {
  if (usage.each.length === 0 && !usage.task) return;
  const put = (json: Json) => shorten(canonical(json), (t) => world.digest(t));
  const used = usage.task ? [...usage.each, ...Object.keys(task.each)] : usage.each;
  for (const reference of used) {
    const [head, ...field] = reference.split('.') as [string, ...string[]];
    const value = task.each[head];
    if (value === undefined) continue;
    const json = field.length === 0 ? value.json : value.fields?.[field.join('.')]?.json;
    if (json !== undefined) parts[`each:${reference}`] = put(json);
  }
}

function addTemplates(
  task: Task,
  usage: Usage,
  parts: Record<string, string>,
  context: FingerprintContext,
): void {
  const { target } = task;
  const names = Object.keys(target.env);
  if (usage.cwd === undefined && names.length === 0 && usage.env.length === 0) return;
  const scope = scopeOf(task, context.config, context);
  const put = (text: string) => shorten(text, (t) => context.world.digest(t));
  if (usage.cwd !== undefined) {
    const cwd = renderText(target.cwd as string, scope);
    parts.cwd = put(cwd.ok ? cwd.text : usage.cwd);
  }
  for (const [name, template] of Object.entries(target.env)) {
    const value = renderText(template, scope);
    // A value that names outputs or state is kept symbolic: the same work in another place is the same work.
    parts[`env:${name}`] = put(value.ok ? value.text : template);
  }
  for (const name of usage.env) {
    const value = context.world.env(name);
    if (value !== undefined) parts[`env:${name}`] = put(value);
  }
}

interface Draft {
  readonly parts: Record<string, string>;
  readonly pending: string[];
  readonly missing: string[];
  readonly context: FingerprintContext;
}

/** The label of a file under an input's name. */
export function inputLabel(name: string, path: string): string {
  return name === '' ? `input:${path}` : `input:${name}:${path}`;
}

/** The label of a file that a command has listed itself, in its deps file. */
export function discoveredLabel(path: string): string {
  return inputLabel('deps_file', path);
}

/** The parts of now, with today's digests of the files that a record's command had listed. */
export function withDiscovered(was: Parts, now: Parts, snapshot: Snapshot): Parts {
  const prefix = discoveredLabel('');
  const found: Record<string, string> = {};
  for (const label in was) {
    if (!label.startsWith(prefix)) continue;
    const entry = snapshot.entry(label.slice(prefix.length));
    if (entry.kind !== 'missing') found[label] = entry.digest;
  }
  return { ...now, ...found };
}

function addInput(input: TaskInput, draft: Draft): InputFiles {
  const { decl } = input;
  const { context, parts, pending } = draft;
  const before = pending.length;
  const paths: string[] = [];
  const add = (path: string, recorded: OutputFile | undefined): void => {
    if (decl.orderOnly) {
      paths.push(path);
      return;
    }
    const digest = recorded?.digest ?? digestOf(path, input, draft);
    if (digest === undefined) return;
    paths.push(path);
    parts[inputLabel(decl.name, path)] = digest;
  };
  for (const { path, producer } of input.paths) {
    if (producer >= 0 && context.unsettled(producer)) {
      paths.push(path);
      if (!decl.orderOnly) pending.push(inputLabel(decl.name, path));
    } else
      add(
        path,
        producer >= 0 && context.proven(producer)
          ? recordedFile(context.accepted(producer), path)
          : undefined,
      );
  }
  for (const { producer, output } of input.members) {
    const record = context.accepted(producer);
    if (context.unsettled(producer)) {
      if (!decl.orderOnly) pending.push(decl.name === '' ? 'input:*' : `input:${decl.name}:*`);
    } else
      for (const file of record?.outputs[output] ?? [])
        add(file.path, context.proven(producer) ? file : undefined);
  }
  for (const producer of input.after) {
    if (context.unsettled(producer) && !decl.orderOnly)
      pending.push(decl.name === '' ? 'input:*' : `input:${decl.name}:*`);
  }
  for (const pattern of input.globs) addGlob(pattern, input, { draft, add });
  if (pending.length > before) pending.push(`input:${decl.name}#order`);
  else addOrder(input, paths, draft);
  return { input, paths };
}

function recordedFile(record: TaskRecord | undefined, path: string): OutputFile | undefined {
  if (record === undefined) return undefined;
  for (const files of Object.values(record.outputs))
    for (const file of files) if (file.path === path) return file;
  return undefined;
}

function addGlob(
  pattern: string,
  input: TaskInput,
  to: { draft: Draft; add: (path: string, recorded: undefined) => void },
): void {
  const { world, graph } = to.draft.context;
  const found = world.snapshot.glob(pattern).filter((p) => !writtenByUs(p, graph.manifests));
  if (found.length === 0 && !input.decl.optional) to.draft.missing.push(pattern);
  for (const path of found) to.add(path, undefined);
}

/** Whether a path is a manifest, or a copy of one that was set aside: files that evalmake writes are never inputs. */
export function writtenByUs(path: string, manifests: ReadonlySet<string>): boolean {
  if (manifests.has(path)) return true;
  const aside = /^(.*?)(?:\.json)?\.(?:backup\.[^/]*\.json|corrupt\.[^/]*)$/.exec(path);
  return aside !== null && (manifests.has(`${aside[1]}.json`) || manifests.has(aside[1] as string));
}

function digestOf(path: string, input: TaskInput, draft: Draft): string | undefined {
  const entry = draft.context.world.snapshot.entry(path, input.decl.digest);
  if (entry.kind !== 'missing') return entry.digest;
  if (!input.decl.optional) draft.missing.push(path);
  return undefined;
}

/** A list that is not in sorted order says so: the same files in another order are another command. */
function addOrder(input: TaskInput, paths: readonly string[], draft: Draft): void {
  if (
    paths.length < 2 ||
    input.decl.orderOnly ||
    paths.every((p, i) => i === 0 || (paths[i - 1] as string) <= p)
  )
    return;
  const label = `input:${input.decl.name}#order`;
  draft.parts[label] = shorten(paths.join(' '), (t) => draft.context.world.digest(t));
}

function addCode(task: Task, parts: Record<string, string>, context: FingerprintContext): void {
  const { target } = task;
  const key = `code\0${target.code.some((c) => c.includes('${{')) ? task.id : target.name}`;
  let code = context.memo.get(key);
  if (code === undefined) {
    code = codeParts(task, context);
    context.memo.set(key, code);
  }
  Object.assign(parts, code);
}

function codeParts(task: Task, context: FingerprintContext): Parts {
  const { target } = task;
  const { world, graph } = context;
  const out: Record<string, string> = {};
  const usage = usageOf(target, graph.pipeline);
  const add = (path: string): void => {
    const entry = world.snapshot.entry(path);
    if (entry.kind === 'file') out[`script:${path}`] = entry.digest;
  };
  const under = (word: string) =>
    target.cwd === undefined || target.cwd.includes('${{')
      ? word
      : `${target.cwd.replace(/\/$/, '')}/${word}`;
  for (const word of usage.words) {
    const path = under(word);
    if (!path.split('/').includes('..') && !graph.byPath.has(path)) add(path);
  }
  const scope = scopeOf(task, context.config, context);
  for (const template of target.code) {
    const pattern = renderText(template, scope);
    if (!pattern.ok) continue;
    if (/[*?[{]/.test(pattern.text)) for (const path of world.snapshot.glob(pattern.text)) add(path);
    else add(pattern.text);
  }
  return out;
}

/** The one text whose digest names a fingerprint. */
export function fingerprintKey(parts: Parts, digest: (text: string) => string): string {
  return digest(
    Object.keys(parts)
      .sort(byCodeUnit)
      .map((k) => `${k}\0${parts[k]}\n`)
      .join(''),
  );
}
