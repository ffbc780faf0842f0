// The BuildState is a build as it stands now, folded from its events: what runs, what waits, and how far each family is.
import { type Event, type Job, type Money, money, type Outcome, type Reason } from '@evalmake/core';

export type Failed = Extract<Event, { event: 'failed' }>;

/** A task whose command runs. */
export interface RunningTask {
  readonly task: string;
  readonly sinceMs: number;
  readonly reasons: readonly Reason[];
  readonly attempt: number;
  /** Since when it waits for a job that is looked at now. */
  readonly waitsSinceMs: number | undefined;
  /** What it said of its progress, and when. */
  progress?: { readonly done: number; readonly of: number; readonly text: string; readonly atMs: number };
}

/** A task that waits for an external job. */
export interface WaitingTask {
  readonly task: string;
  readonly sinceMs: number;
  readonly until: string;
  readonly text: string;
  readonly jobs: readonly Job[];
}

/** The tasks of one target, as far as they were not fresh. */
export interface Family {
  readonly target: string;
  size: number;
  /** How many tasks came out how. */
  readonly outcomes: Partial<Record<Outcome, number>>;
  settled: number;
  /** Tasks that were restored from the shared cache. */
  readonly shared: Set<string>;
  /** Whether every result was what it was before. */
  unchanged: boolean;
  sinceMs: number | undefined;
  lastMs: number;
  paid: Money;
}

/** A failure with what was known of its task. */
export interface Failure {
  readonly event: Failed;
  readonly reasons: readonly Reason[];
  readonly attempt: number;
}

/** What is known of a build. It changes with every event. */
export interface BuildState {
  pipeline: string;
  /** Tasks of the plan that are not off, fresh ones included. */
  tasks: number;
  /** Tasks that are not fresh, by verdict. */
  verdicts: Readonly<Record<string, number>>;
  /** Tasks that are not fresh and can be dealt with. */
  total: number;
  /** From the plan to the end. */
  going: boolean;
  readonly settled: Map<string, Outcome>;
  readonly running: Map<string, RunningTask>;
  readonly waiting: Map<string, WaitingTask>;
  readonly families: Map<string, Family>;
  readonly failures: Map<string, Failure>;
  /** Of each blocked task those that it needs and that failed or are blocked. */
  readonly blockedBy: Map<string, readonly string[]>;
  /** The commands that took longest, longest first. */
  slowest: readonly { readonly task: string; readonly ms: number }[];
  spentUsd: number;
}

const shownSlowest = 3;

/** A build before its first event. */
export function newBuildState(): BuildState {
  return {
    pipeline: '',
    tasks: 0,
    verdicts: {},
    total: 0,
    going: false,
    settled: new Map(),
    running: new Map(),
    waiting: new Map(),
    families: new Map(),
    failures: new Map(),
    blockedBy: new Map(),
    slowest: [],
    spentUsd: 0,
  };
}

/** The target of a task. */
export function targetOf(task: string): string {
  const at = task.indexOf('@');
  return at < 0 ? task : task.slice(0, at);
}

/** How many tasks of a family came out well. */
export function goodOf({ outcomes }: Family): number {
  const good: readonly Outcome[] = ['ran', 'cut-off', 'restored', 'rechecked', 'adopted'];
  return good.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0);
}

/** The family of a task. */
export function familyOf(state: BuildState, task: string): Family {
  const target = targetOf(task);
  let family = state.families.get(target);
  if (family === undefined) {
    const blank = { size: 0, settled: 0, unchanged: true, sinceMs: undefined, lastMs: 0, paid: 0 };
    family = { target, outcomes: {}, shared: new Set(), ...blank };
    state.families.set(target, family);
  }
  return family;
}

/** Takes an event in. */
export function takeEvent(state: BuildState, event: Event, nowMs: number): void {
  switch (event.event) {
    case 'planned':
      planned(state, event);
      break;
    case 'replanned':
      replanned(state, event);
      break;
    case 'started':
      started(state, event, nowMs);
      break;
    case 'progress':
      progressed(state, event, nowMs);
      break;
    case 'cost':
      state.spentUsd = event.spentUsd;
      familyOf(state, event.task).paid += money(event.usd);
      break;
    case 'finished':
      finished(state, event, nowMs);
      break;
    case 'failed':
      failed(state, event, nowMs);
      break;
    case 'waiting':
      waits(state, event, nowMs);
      break;
    case 'blocked':
      blocked(state, event, nowMs);
      break;
    case 'rechecked':
      if (event.passed) settle(state, event.task, 'rechecked', nowMs);
      break;
    case 'cut-off':
    case 'adopted':
      settle(state, event.task, event.event, nowMs);
      break;
    case 'restored':
      settle(state, event.task, event.event, nowMs);
      if (event.origin === 'shared-cache') familyOf(state, event.task).shared.add(event.task);
      break;
    case 'ended':
      state.going = false;
      break;
    case 'note':
    case 'warn':
      break;
    default:
      event satisfies never;
  }
}

function planned(state: BuildState, event: Extract<Event, { event: 'planned' }>): void {
  const { fresh = 0, off: _, ...open } = event.counts;
  const all = Object.values(open).reduce((sum, n) => sum + n, 0);
  state.pipeline = event.pipeline;
  state.verdicts = open;
  state.total = all - (open['blocked'] ?? 0) - (open['ask'] ?? 0);
  state.tasks = all + fresh;
  state.going = all > 0;
  for (const task of event.tasks)
    if (!['off', 'blocked', 'ask'].includes(task.verdict)) familyOf(state, task.id).size++;
}

function replanned(state: BuildState, event: Extract<Event, { event: 'replanned' }>): void {
  state.total = state.settled.size + event.open;
  for (const family of state.families.values())
    if (family.size > 1) family.size = family.settled + (event.families[family.target] ?? 0);
  for (const [target, open] of Object.entries(event.families)) {
    const family = familyOf(state, target);
    family.size = family.settled + open;
  }
}

function started(state: BuildState, event: Extract<Event, { event: 'started' }>, nowMs: number): void {
  const { task, reasons, attempt } = event;
  unsettle(state, task);
  const waitsSinceMs = state.waiting.get(task)?.sinceMs;
  state.waiting.delete(task);
  state.running.set(task, { task, sinceMs: nowMs, reasons, attempt, waitsSinceMs });
  familyOf(state, task).sinceMs ??= nowMs;
}

function progressed(state: BuildState, event: Extract<Event, { event: 'progress' }>, nowMs: number): void {
  const running = state.running.get(event.task);
  const { done, of, text } = event;
  if (running !== undefined) running.progress = { done, of, text, atMs: nowMs };
}

function finished(state: BuildState, event: Extract<Event, { event: 'finished' }>, nowMs: number): void {
  const { task, ms, changed } = event;
  if (changed) familyOf(state, task).unchanged = false;
  state.slowest = [...state.slowest, { task, ms }].sort((a, b) => b.ms - a.ms).slice(0, shownSlowest);
  settle(state, task, 'ran', nowMs);
}

function blocked(state: BuildState, event: Extract<Event, { event: 'blocked' }>, nowMs: number): void {
  const { task, reasons, verdict } = event;
  const needs = reasons.flatMap((r) => (r.code === 'upstream-failed' && r.subject ? [r.subject] : []));
  if (needs.length > 0) state.blockedBy.set(task, needs);
  settle(state, task, verdict, nowMs);
}

function waits(state: BuildState, event: Extract<Event, { event: 'waiting' }>, nowMs: number): void {
  const { task, until, text, jobs } = event;
  const sinceMs = state.running.get(task)?.waitsSinceMs ?? nowMs;
  state.running.delete(task);
  state.waiting.set(task, { task, sinceMs, until, text, jobs });
}

function failed(state: BuildState, event: Failed, nowMs: number): void {
  const { reasons = [], attempt = 1 } = state.running.get(event.task) ?? {};
  state.running.delete(event.task);
  if (event.retry) return;
  const stopped = event.reason === 'stopped';
  if (!stopped) state.failures.set(event.task, { event, reasons, attempt });
  settle(state, event.task, stopped ? 'stopped' : 'failed', nowMs);
}

function settle(state: BuildState, task: string, outcome: Outcome, nowMs: number): void {
  unsettle(state, task);
  state.running.delete(task);
  state.waiting.delete(task);
  state.settled.set(task, outcome);
  const family = familyOf(state, task);
  family.outcomes[outcome] = (family.outcomes[outcome] ?? 0) + 1;
  family.settled++;
  family.lastMs = nowMs;
}

/** A task that is started again, or found to be spoilt, is not what it was. */
function unsettle(state: BuildState, task: string): void {
  const former = state.settled.get(task);
  if (former === undefined) return;
  state.settled.delete(task);
  const family = familyOf(state, task);
  family.outcomes[former] = (family.outcomes[former] ?? 1) - 1;
  family.settled--;
  family.shared.delete(task);
}
