// A RunDifference is what lies between two builds: causes, tasks whose content changed, and metrics, old and new.
import { type FileChange, fileChanges, sameContents } from './contents.ts';
import { byCodeUnit } from './json.ts';
import type { Reason, ReasonCode } from './reason.ts';
import type { Outcome, RunSummary, TaskRun } from './run-summary.ts';
import { targetOf } from './run-targets.ts';
import { hasResult, type Standing, standingsAfter } from './standings.ts';

/** What was changed between the builds, and which tasks ran because of it. */
export interface ChangeCause {
  readonly code: ReasonCode;
  readonly subject?: string;
  readonly was?: string;
  readonly now?: string;
  readonly tasks: readonly string[];
}

/** A task whose content is another than it was. */
export interface ChangedTask {
  readonly task: string;
  /** Files that differ, as far as the logs list them. */
  readonly files: readonly FileChange[];
}

/** A metric that differs, is new, or is gone. */
export interface MetricChange {
  readonly task: string;
  readonly metric: string;
  readonly was?: number;
  readonly now?: number;
  readonly delta?: number;
}

/** What lies between two builds. */
export interface RunDifference {
  readonly causes: readonly ChangeCause[];
  readonly changed: readonly ChangedTask[];
  /** Tasks that ran, or were brought back, and came out the same. */
  readonly same: readonly string[];
  readonly added: readonly string[];
  readonly gone: readonly string[];
  /** Tasks that were to be built and were not: how they came out last. */
  readonly undone: readonly { readonly task: string; readonly outcome: Outcome }[];
  readonly metrics: readonly MetricChange[];
  /** How many metrics are the same. */
  readonly sameMetrics: number;
}

/**
 * What lies between two builds. Everything that was built in between counts: what a build found fresh is what an earlier
 * one left.
 * @param runs all that is known, in their order, up to the second of the two
 * @param from the number of the first
 */
export function runDifference(runs: readonly RunSummary[], from: number): RunDifference {
  const before = standingsAfter(runs.filter(({ run }) => run <= from));
  const after = standingsAfter(runs);
  const between = runs.filter(({ run }) => run > from);
  const touched = new Map<string, TaskRun[]>();
  for (const task of between.flatMap((run) => run.tasks)) {
    const list = touched.get(task.task);
    if (list === undefined) touched.set(task.task, [task]);
    else list.push(task);
  }
  const gone = new Set(between.flatMap((run) => run.gone).filter((task) => !touchedLast(task, between)));
  const result: Sorted = { changed: [], same: [], added: [], undone: [] };
  for (const task of gone) touched.delete(task);
  for (const [task, list] of touched) {
    sortIn(result, { task, list, was: before.get(task), now: after.get(task) });
  }
  for (const task of gone) after.delete(task);
  const added = new Set(result.added);
  return {
    // A task that is new was not there to be changed.
    causes: causesOf(
      [...touched].filter(([task]) => !added.has(task)),
      madeIn(before, after),
    ),
    ...result,
    gone: [...gone].filter((task) => before.has(task)).sort(byCodeUnit),
    ...metricsOf(before, after, gone),
  };
}

/** Whether a task that was gone once was built again later. */
function touchedLast(task: string, between: readonly RunSummary[]): boolean {
  const last = between.findLastIndex((run) => run.gone.includes(task));
  return between.slice(last).some((run) => run.tasks.some((t) => t.task === task && hasResult(t)));
}

interface Sorted {
  readonly changed: ChangedTask[];
  readonly same: string[];
  readonly added: string[];
  readonly undone: { readonly task: string; readonly outcome: Outcome }[];
}

interface Touched {
  readonly task: string;
  readonly list: readonly TaskRun[];
  readonly was: Standing | undefined;
  readonly now: Standing | undefined;
}

function sortIn({ changed, same, added, undone }: Sorted, { task, list, was, now }: Touched): void {
  const { outcome } = list.at(-1) as TaskRun;
  if (['failed', 'stopped', 'blocked', 'ask', 'waiting', 'unfinished'].includes(outcome))
    undone.push({ task, outcome });
  const results = list.filter(hasResult);
  if (results.length === 0 || now === undefined) return;
  const isNew = list.some(({ reasons }) => reasons.some((reason) => reason.code === 'never-built'));
  if (was === undefined && isNew) added.push(task);
  else if (was?.contents !== undefined && now.contents !== undefined) {
    if (sameContents(was.contents, now.contents)) same.push(task);
    else changed.push({ task, files: fileChanges(was.contents, now.contents) });
  } else if (results.some((result) => result.changed === true)) changed.push({ task, files: [] });
  else same.push(task);
}

/** Said by other parts of a difference, or no change of anything. */
const notCauses: readonly ReasonCode[] = [
  'never-built',
  'record-lost',
  'previous-run-failed',
  'previous-run-interrupted',
];

/** What was changed: of each task from the first old value to the last new one, and equal changes once. */
function causesOf(
  touched: readonly (readonly [task: string, runs: readonly TaskRun[]])[],
  made: ReadonlySet<string>,
): ChangeCause[] {
  const causes = new Map<string, ChangeCause & { readonly tasks: string[] }>();
  for (const [task, list] of touched) {
    const chains = new Map<string, Reason>();
    for (const reason of list.flatMap(({ reasons }) => reasons)) {
      if (!reason.root || notCauses.includes(reason.code) || isMade(reason, made)) continue;
      const key = `${reason.code.replace(/-(added|removed)$/, '-changed')}\0${reason.subject}`;
      const first = chains.get(key);
      chains.set(key, first === undefined ? reason : linked(first, reason));
    }
    for (const { code, subject, was, now } of chains.values()) {
      if (was !== undefined && was === now) continue;
      const key = `${code}\0${subject}\0${was}\0${now}`;
      const words = { ...(subject === undefined ? {} : { subject }), ...(was === undefined ? {} : { was }) };
      const cause = causes.get(key) ?? { code, ...words, ...(now === undefined ? {} : { now }), tasks: [] };
      cause.tasks.push(task);
      causes.set(key, cause);
    }
  }
  const key = (cause: ChangeCause) => `${cause.code}\0${cause.subject}`;
  return [...causes.values()].sort((a, b) => byCodeUnit(key(a), key(b)));
}

/** All files that tasks made: a change of one follows from another change. */
function madeIn(...standings: readonly ReadonlyMap<string, Standing>[]): Set<string> {
  const all = standings.flatMap((map) => [...map.values()]);
  return new Set(all.flatMap(({ contents }) => contents?.outputs.map((file) => file.path) ?? []));
}

function isMade({ code, subject = '' }: Reason, made: ReadonlySet<string>): boolean {
  if (!code.startsWith('input-')) return false;
  const bare = subject.replace(/^input:/, '');
  // The name of an input stands in front of the path, where it has one.
  return made.has(bare) || made.has(bare.slice(bare.indexOf(':') + 1));
}

/** Two changes of one thing as one. */
function linked(first: Reason, last: Reason): Reason {
  const { was: _, now: __, ...reason } = last;
  return {
    ...reason,
    ...(first.was === undefined ? {} : { was: first.was }),
    ...(last.now === undefined ? {} : { now: last.now }),
  };
}

function metricsOf(
  before: ReadonlyMap<string, Standing>,
  after: ReadonlyMap<string, Standing>,
  gone: ReadonlySet<string>,
): Pick<RunDifference, 'metrics' | 'sameMetrics'> {
  const metrics: MetricChange[] = [];
  let sameMetrics = 0;
  for (const task of [...new Set([...before.keys(), ...after.keys()])].sort(byCodeUnit)) {
    if (gone.has(task) && !before.has(task)) continue;
    const old = before.get(task)?.metrics ?? {};
    const young = after.get(task)?.metrics ?? {};
    for (const metric of [...new Set([...Object.keys(old), ...Object.keys(young)])].sort(byCodeUnit)) {
      const [was, now] = [old[metric], young[metric]];
      if (was === now) sameMetrics++;
      else metrics.push(metricChange(task, metric, { was, now }));
    }
  }
  return { metrics, sameMetrics };
}

function metricChange(
  task: string,
  metric: string,
  { was, now }: { readonly was: number | undefined; readonly now: number | undefined },
): MetricChange {
  return {
    task,
    metric,
    ...(was === undefined ? {} : { was }),
    ...(now === undefined ? {} : { now }),
    ...(was === undefined || now === undefined ? {} : { delta: now - was }),
  };
}

/** The target of each of some tasks, with how many they are: `infer (12 tasks)`. */
export function byTarget(
  tasks: readonly string[],
): { readonly target: string; readonly tasks: readonly string[] }[] {
  const targets = new Map<string, string[]>();
  for (const task of tasks) {
    const name = targetOf(task);
    targets.set(name, [...(targets.get(name) ?? []), task]);
  }
  return [...targets].map(([target, list]) => ({ target, tasks: list }));
}
