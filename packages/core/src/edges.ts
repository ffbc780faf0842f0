// Edges: which files a task reads, and which tasks build them.
import type { InputMembers, InputPath, Task, TaskInput } from './graph.ts';
import { fromOrigin } from './instances.ts';
import type { Overlap, PathIndex } from './path-index.ts';
import type { InputDecl, InputSource, Target } from './pipeline.ts';
import type { Pointer, Problems } from './problem.ts';
import { type EachValue, renderText, type Scope } from './scope.ts';
import { tidyPath } from './template.ts';

/** What edges need to know of the rest. */
export interface EdgeContext {
  readonly tasks: readonly Task[];
  readonly tasksOf: (target: string) => readonly Task[];
  readonly index: PathIndex;
  readonly problems: Problems;
  /** Producer lookups by target and variables, made once. */
  readonly lookups: Map<string, Map<string, Task[]>>;
}

/** A task before its inputs are known. */
export type BareTask = Omit<Task, 'inputs' | 'deps'>;

interface Draft {
  readonly paths: InputPath[];
  readonly globs: string[];
  readonly members: InputMembers[];
  readonly after: number[];
  offProducer: string | undefined;
}

const pointers = new WeakMap<InputDecl, Pointer>();

/** Where an input stands in the file; made once, since every instance needs it. */
function inputPointer(target: Target, decl: InputDecl): Pointer {
  let made = pointers.get(decl);
  if (made === undefined) {
    made = ['targets', target.name, 'inputs', ...(decl.name === '' ? [] : [decl.name])];
    pointers.set(decl, made);
  }
  return made;
}

/** Resolves the declared inputs of one task. Problems are noted once per target, not once per instance. */
export function resolveInputs(task: BareTask, scope: Scope, context: EdgeContext): TaskInput[] {
  return task.target.inputs.map((decl) => {
    const pointer = inputPointer(task.target, decl);
    const draft: Draft = { paths: [], globs: [], members: [], after: [], offProducer: undefined };
    const at: At = { decl, task, scope, pointer, draft, context };
    if (task.placeholder) addPlaceholder(at);
    else for (const source of decl.sources) addSource(source, at);
    if (draft.offProducer !== undefined && !decl.optional && !task.off) {
      context.problems.error(
        'input-off',
        pointer,
        `"${task.target.name}" needs "${draft.offProducer}", which is off`,
        {
          hint: 'make the input optional: true, or give this target the same "when"',
        },
      );
    }
    return { decl, paths: draft.paths, globs: draft.globs, members: draft.members, after: draft.after };
  });
}

/** A set that is not known yet waits for everything its instances could read. */
function addPlaceholder({ decl, task, scope, draft, context }: At): void {
  const add = (producer: Task | undefined): void => {
    if (producer !== undefined && (!producer.off || task.off)) draft.after.push(producer.index);
  };
  for (const source of decl.sources) {
    if (source.kind === 'from') for (const producer of context.tasksOf(source.target)) add(producer);
    if (source.kind !== 'path') continue;
    // A path that does not vary with the set is the same for every instance.
    const text = renderText(source.path, scope);
    if (text.ok) add(context.tasks[context.index.producer(tidyPath(text.text))?.task ?? -1]);
  }
}

interface At {
  readonly decl: InputDecl;
  readonly task: BareTask;
  readonly scope: Scope;
  readonly pointer: Pointer;
  readonly draft: Draft;
  readonly context: EdgeContext;
}

function addSource(source: InputSource, at: At): void {
  if (source.kind === 'from') {
    addFrom(source, at);
    return;
  }
  const text = renderText(source.kind === 'path' ? source.path : source.pattern, at.scope);
  if (!text.ok) {
    at.context.problems.error(
      'bad-reference',
      at.pointer,
      text.message,
      text.hint === undefined ? {} : { hint: text.hint },
    );
    return;
  }
  const path = tidyPath(text.text);
  const problem = badPath(path, at.decl.external);
  if (problem !== undefined) {
    at.context.problems.error('bad-path', at.pointer, problem, {
      hint: 'mark an input that lies elsewhere with external: true',
    });
    return;
  }
  if (source.kind === 'glob') addGlob(path, at);
  else addPath(path, at);
}

const plainPath = /^[A-Za-z0-9_][^\0]*$/;

/** Why a path cannot be used, or undefined. */
export function badPath(path: string, external: boolean): string | undefined {
  // Nearly all paths: plain first character, nothing that could lead elsewhere.
  if (plainPath.test(path) && !path.includes('..') && !path.includes('.evalmake')) return undefined;
  if (path === '') return 'the path is empty';
  if (path.includes('\0')) return 'the path holds a NUL byte';
  if (external) return undefined;
  if (path.startsWith('/') || path.startsWith('~/')) return `"${path}" lies outside the workspace`;
  let depth = 0;
  for (const part of path.split('/')) {
    depth += part === '..' ? -1 : part === '' || part === '.' ? 0 : 1;
    if (depth < 0) return `"${path}" lies outside the workspace`;
  }
  if (/(^|\/)\.evalmake(\/|$)/.test(path)) return `"${path}" lies in evalmake's own folder`;
  return path.split('/').includes('..') ? `"${path}" holds ".."; write the path without it` : undefined;
}

function addGlob(pattern: string, at: At): void {
  const hit = at.context.index.overlapped(pattern);
  if (hit === undefined) at.draft.globs.push(pattern);
  else tellOverlap(`the glob "${pattern}"`, hit, at);
}

/** A source that takes in what a target builds: which files it means would depend on what has run. */
export function tellOverlap(
  source: string,
  { path, owner: { task, output } }: Overlap,
  { context, pointer }: { context: Pick<EdgeContext, 'tasks' | 'problems'>; pointer: Pointer },
): void {
  const owner = context.tasks[task] as Task;
  const from = output === '' ? owner.target.name : `${owner.target.name}.${output}`;
  context.problems.error(
    'glob-overlaps-output',
    pointer,
    `${source} takes in "${path}", which "${owner.id}" builds`,
    { hint: `write {from: ${from}} for built files` },
  );
}

function addPath(path: string, at: At): void {
  const file = Object.values(at.task.each).find((v) => v.file?.path === path)?.file;
  const owner =
    file !== undefined && file.producer >= 0
      ? { task: file.producer, output: file.output }
      : at.context.index.producer(path);
  const inside = owner === undefined ? at.context.index.held(path) : undefined;
  if (inside !== undefined) {
    tellOverlap(`the directory "${path}"`, inside, at);
    return;
  }
  if (owner === undefined) {
    at.draft.paths.push({ path, producer: -1, output: '' });
    return;
  }
  addProduced(at.context.tasks[owner.task] as Task, { path, producer: owner.task, output: owner.output }, at);
}

function addProduced(producer: Task, path: InputPath, at: At): void {
  // A target that is off itself keeps its edges, so that it can be built by name with what it needs.
  if (producer.off && !at.task.off) at.draft.offProducer = producer.target.name;
  else at.draft.paths.push(path);
}

function addFrom(source: { target: string; output: string | undefined }, at: At): void {
  const producers = at.context.tasksOf(source.target);
  const chosen = select(source, producers, at);
  if (
    chosen.length === 0 &&
    producers.length > 0 &&
    !producers.some((p) => p.placeholder) &&
    !at.decl.optional
  ) {
    at.context.problems.error(
      'no-instance',
      at.pointer,
      `no instance of "${source.target}" fits "${at.task.id}"`,
      {
        hint: 'the values of the paired variables differ; look at "each" and "where"',
      },
    );
  }
  const origin = fromOrigin(source, producers);
  const own = Object.values(at.task.each).find((v) => v.origin === origin);
  for (const producer of chosen) {
    if (producer.off && !at.task.off) {
      at.draft.offProducer = producer.target.name;
      continue;
    }
    if (producer.placeholder || producer.outputs.length === 0) {
      at.draft.after.push(producer.index);
      continue;
    }
    for (const output of producer.outputs) {
      if (output.sidecar === true || (source.output !== undefined && output.name !== source.output)) continue;
      if (own?.file !== undefined && own.file.producer === producer.index) {
        if (own.file.output === output.name)
          at.draft.paths.push({ path: own.file.path, producer: producer.index, output: output.name });
      } else if (output.kind === 'glob')
        at.draft.members.push({ producer: producer.index, output: output.name });
      else at.draft.paths.push({ path: output.path, producer: producer.index, output: output.name });
    }
  }
}

/** Instances of a producer that pair up with a task: by `where`, else by equal values of the same source. */
function select(source: { target: string }, producers: readonly Task[], at: At): readonly Task[] {
  const first = producers.find((p) => !p.placeholder);
  if (first === undefined || Object.keys(first.each).length === 0) return producers;
  const wanted: [string, string][] = [];
  for (const [variable, template] of Object.entries(at.decl.where)) {
    const text = renderText(template, at.scope);
    if (!text.ok)
      at.context.problems.error('bad-reference', [...at.pointer, 'where', variable], text.message);
    else if (!knows(first, variable)) {
      at.context.problems.error(
        'bad-where',
        [...at.pointer, 'where', variable],
        `"${source.target}" has no each variable "${variable}"`,
      );
    } else wanted.push([variable, text.text]);
  }
  for (const [variable, value] of Object.entries(first.each)) {
    if (Object.keys(at.decl.where).some((w) => w.split('.')[0] === variable)) continue;
    const partner = partnerOf(variable, value, at.task);
    if (partner !== undefined) wanted.push([`=${variable}`, partner.key]);
  }
  if (wanted.length === 0) return producers;
  const unknown = producers.filter((p) => p.placeholder);
  const found = lookupFor(
    source.target,
    producers,
    wanted.map(([v]) => v),
    at.context,
  ).get(JSON.stringify(wanted.map(([, v]) => v)));
  return [...(found ?? []), ...unknown];
}

function knows(producer: Task, variable: string): boolean {
  const [head, ...field] = variable.split('.') as [string, ...string[]];
  const value = producer.each[head];
  return value !== undefined && (field.length === 0 || value.fields?.[field.join('.')] !== undefined);
}

/** The consumer's variable of the same source: the one of the same name, else the only one. */
function partnerOf(variable: string, value: EachValue, task: BareTask): EachValue | undefined {
  const same = Object.entries(task.each).filter(([, v]) => v.origin === value.origin);
  const named = same.find(([n]) => n === variable);
  return named !== undefined ? named[1] : same.length === 1 ? same[0]?.[1] : undefined;
}

function lookupFor(
  target: string,
  producers: readonly Task[],
  variables: readonly string[],
  context: EdgeContext,
): Map<string, Task[]> {
  const key = `${target}\0${variables.join('\0')}`;
  const known = context.lookups.get(key);
  if (known !== undefined) return known;
  const made = new Map<string, Task[]>();
  for (const producer of producers) {
    if (producer.placeholder) continue;
    const values = variables.map((v) => {
      if (v.startsWith('=')) return producer.each[v.slice(1)]?.key ?? '';
      const [head, ...field] = v.split('.') as [string, ...string[]];
      const value = producer.each[head];
      return field.length === 0 ? value?.text : value?.fields?.[field.join('.')]?.text;
    });
    const at = JSON.stringify(values);
    const list = made.get(at);
    if (list === undefined) made.set(at, [producer]);
    else list.push(producer);
  }
  context.lookups.set(key, made);
  return made;
}

/** Whether a target's declared inputs name an instance set of another target. */
export function targetDeps(target: Target): string[] {
  return target.each.flatMap((e) => (e.source.kind === 'from' ? [e.source.target] : []));
}
