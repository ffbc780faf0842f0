// Selection: which tasks the words on the command line mean.
import { posix } from 'node:path';
import { type Graph, type Problem, slug, suggest, type Task } from '@evalmake/core';
import type { PlanRequest } from '@evalmake/engine';
import type { Options } from './options.ts';

type Names = Pick<Options, 'targets' | 'only' | 'from' | 'until' | 'skip' | 'force'>;
type Asked = Names & Pick<Options, 'maxUsd' | 'yes' | 'forceRows'>;

/**
 * What a call wants planned.
 * @param options the call
 * @param below the caller's folder, relative to the workspace: paths are meant from there
 */
export function planRequest(options: Asked, below: string): PlanRequest {
  const forced = options.force;
  return {
    select: (graph) => select(graph, options, below),
    excluded: needsFilter(options) ? (graph) => exclusion(graph, options, below) : undefined,
    forced: forced === undefined ? undefined : (task) => matches(task, forced),
    forceRows: options.forceRows,
    consent: { maxUsd: options.maxUsd, yes: options.yes },
  };
}

/** Everything that is switched on, whatever the default is. */
export const wholePipeline: PlanRequest['select'] = (graph) => ({
  wanted: graph.tasks.filter((t) => !t.off).map((t) => t.index),
  problems: [],
});

/**
 * What a pipeline has to show: what a bare `evalmake` builds, and what was built by name.
 * @param isBuilt whether a task has a result
 */
export function standing(isBuilt: (task: string) => boolean): PlanRequest['select'] {
  return (graph) => {
    const byDefault = new Set(graph.pipeline.default?.flatMap((word) => find(graph, word, '', [])));
    const shows = (t: Task) =>
      graph.pipeline.default === undefined || byDefault.has(t.index) || isBuilt(t.id);
    return { wanted: graph.tasks.filter((t) => !t.off && shows(t)).map((t) => t.index), problems: [] };
  };
}

function needsFilter(options: Names): boolean {
  return options.only.length + options.from.length + options.until.length + options.skip.length > 0;
}

function select(graph: Graph, options: Names, below: string): { wanted: number[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const named = options.targets.length > 0 ? options.targets : [...options.only, ...options.until];
  const words = named.length > 0 ? named : graph.pipeline.default;
  for (const word of [
    ...options.from,
    ...options.skip,
    ...(options.targets.length > 0 ? [...options.only, ...options.until] : []),
  ]) {
    find(graph, word, below, problems);
  }
  if (words === undefined) return { wanted: graph.tasks.filter((t) => !t.off).map((t) => t.index), problems };
  const wanted = words.flatMap((word) => find(graph, word, below, problems));
  if (named.length === 0) return { wanted: wanted.filter((i) => graph.tasks[i]?.off === false), problems };
  return { wanted, problems };
}

/** Tasks a word means: a name, `name@value,…`, a glob over names, or an output path. */
export function find(graph: Graph, word: string, below: string, problems: Problem[]): number[] {
  const exact = graph.byId.get(word);
  if (exact !== undefined) return [exact];
  const target = graph.byTarget.get(word);
  if (target !== undefined) return [...target];
  const found = graph.tasks.filter((t) => matches(t, word)).map((t) => t.index);
  if (found.length > 0) return found;
  for (const path of [`${below}/${word}`, word]) {
    const clean = posix.normalize(path).replace(/^\//, '');
    const owner = graph.byPath.get(clean) ?? graph.byPath.get(`${clean}/`) ?? memberOf(graph, clean);
    if (owner !== undefined) return [owner];
  }
  const near = suggest(word, [
    ...graph.byTarget.keys(),
    ...(word.includes('@') ? graph.byId.keys() : []),
    ...(word.includes('/') ? graph.byPath.keys() : []),
  ]);
  problems.push({
    code: 'unknown-target',
    severity: 'error',
    message: `no target is named "${word}", and none builds a file of that name`,
    hint:
      near === undefined
        ? `targets: ${[...graph.byTarget.keys()].slice(0, 20).join(', ')}`
        : `did you mean "${near}"?`,
  });
  return [];
}

function memberOf(graph: Graph, path: string): number | undefined {
  return graph.tasks.find((t) =>
    t.outputs.some((o) =>
      o.kind === 'dir' ? path.startsWith(o.path) : o.kind === 'glob' && globTest(o.path).test(path),
    ),
  )?.index;
}

/** Whether a task is meant by a word: its name with `*` and `?`, or `target@` with some values in order or by variable. */
export function matches(task: Task, word: string): boolean {
  if (task.id === word || task.target.name === word) return true;
  const at = word.indexOf('@');
  if (at < 0)
    return /[*?{]/.test(word) && (globTest(word).test(task.target.name) || globTest(word).test(task.id));
  if (!globTest(word.slice(0, at)).test(task.target.name)) return false;
  const values = Object.entries(task.each);
  const parts = word.slice(at + 1).split(',');
  if (parts.every((p) => p.includes('='))) {
    return parts.every((p) => {
      const [name, wanted] = [p.slice(0, p.indexOf('=')), p.slice(p.indexOf('=') + 1)];
      const value = task.each[name];
      return (
        value !== undefined &&
        (value.text === wanted || globTest(slug(wanted) === '_' ? wanted : wanted).test(value.label))
      );
    });
  }
  return (
    parts.length === values.length && parts.every((p, i) => globTest(p).test(values[i]?.[1].label ?? ''))
  );
}

function globTest(pattern: string): RegExp {
  const alternatives = (text: string): string =>
    text.replace(/\\\{([^{}]*,[^{}]*)\\\}/g, (_, inner: string) => `(?:${inner.replaceAll(',', '|')})`);
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${alternatives(literal).replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 's');
}

/** Which tasks the filters leave out. */
function exclusion(graph: Graph, options: Names, below: string): (task: Task) => boolean {
  const all = (words: readonly string[]) => words.flatMap((w) => find(graph, w, below, []));
  const only = options.only.length > 0 ? new Set(all(options.only)) : undefined;
  const until =
    options.until.length > 0 ? closure(all(options.until), (i) => (graph.tasks[i] as Task).deps) : undefined;
  const from = options.from.length > 0 ? closure(all(options.from), needers(graph)) : undefined;
  const skip = new Set(all(options.skip));
  return ({ index }) =>
    skip.has(index) ||
    only?.has(index) === false ||
    until?.has(index) === false ||
    from?.has(index) === false;
}

function needers(graph: Graph): (index: number) => readonly number[] {
  const out: number[][] = graph.tasks.map(() => []);
  for (const task of graph.tasks) for (const dep of task.deps) out[dep]?.push(task.index);
  return (index) => out[index] ?? [];
}

function closure(start: readonly number[], next: (index: number) => readonly number[]): Set<number> {
  const seen = new Set<number>();
  const stack = [...start];
  while (stack.length > 0) {
    const index = stack.pop() as number;
    if (seen.has(index)) continue;
    seen.add(index);
    stack.push(...next(index));
  }
  return seen;
}
