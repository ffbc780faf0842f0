// A RunSummary is what one build did, folded from its events: each task with its outcome, times, causes and costs.
import type { Call } from './call.ts';
import type { Contents } from './contents.ts';
import type { EndCounts, EndMoney, Event, FailureKind, Result } from './event.ts';
import { type Money, money, usdOf } from './money.ts';
import type { Origin } from './origin.ts';
import type { Reason } from './reason.ts';

/** How a task came out of a build. */
export type Outcome =
  | 'ran'
  | 'cut-off'
  | 'failed'
  | 'stopped'
  | 'blocked'
  | 'ask'
  | 'waiting'
  | 'rechecked'
  | 'restored'
  | 'adopted'
  | 'unfinished';

/** What a build did with one task. */
export interface TaskRun {
  readonly task: string;
  readonly outcome: Outcome;
  /** When its last attempt started and when it was dealt with, ISO 8601 in UTC. */
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  /** How long its last attempt took, milliseconds. */
  readonly ms: number | undefined;
  readonly attempts: number;
  /** Why it was started, or why it is blocked. */
  readonly reasons: readonly Reason[];
  /** Of one that ran: whether any output differs from the one before. */
  readonly changed: boolean | undefined;
  /** Of one that was restored: where its result came from, when its log tells. */
  readonly origin: Origin | undefined;
  readonly message: string | undefined;
  readonly failure: FailureKind | undefined;
  readonly log: string | undefined;
  readonly tail: readonly string[];
  /** What this build paid for it, US dollars. */
  readonly paidUsd: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** What it made; undefined when it made nothing, or its log does not tell. */
  readonly contents: Contents | undefined;
  /** What its result cost when it was bought, US dollars. */
  readonly costUsd: number | undefined;
}

/** What one build did. */
export interface RunSummary {
  /** Its number; 0 when it left no log. */
  readonly run: number;
  readonly at: string | undefined;
  /** When it ended; undefined for one that was cut off, or that goes on. */
  readonly endedAt: string | undefined;
  readonly ms: number | undefined;
  readonly exit: number | undefined;
  readonly counts: EndCounts | undefined;
  readonly money: EndMoney | undefined;
  /** How it was started; undefined when its log does not tell. */
  readonly call: Call | undefined;
  /** Tasks with records that were none of its pipeline. */
  readonly gone: readonly string[];
  /** Tasks that were dealt with, in the order in which they were first. */
  readonly tasks: readonly TaskRun[];
}

type Draft = { -readonly [K in keyof TaskRun]: TaskRun[K] } & { paid: Money };

/** Folds the events of one build. Events of a log that was cut off give what is known. */
export function summarise(events: readonly Event[]): RunSummary {
  const tasks = new Map<string, Draft>();
  const planned = new Map<string, readonly Reason[]>();
  let out: RunSummary = {
    run: 0,
    at: undefined,
    endedAt: undefined,
    ms: undefined,
    exit: undefined,
    counts: undefined,
    money: undefined,
    call: undefined,
    gone: [],
    tasks: [],
  };
  for (const event of events) {
    if (event.event === 'planned') {
      out = { ...out, run: event.run, at: event.at, call: event.call };
      for (const task of event.tasks) planned.set(task.id, task.reasons);
    } else if (event.event === 'ended') {
      const { at, ms, exit, counts, gone = [] } = event;
      out = { ...out, endedAt: at, ms, exit, counts, money: event.money, gone };
    } else if ('task' in event && event.task !== undefined) {
      const draft = tasks.get(event.task) ?? blank(event.task, planned.get(event.task));
      if (take(draft, event)) tasks.set(event.task, draft);
    }
  }
  return { ...out, tasks: [...tasks.values()].map(finished) };
}

function blank(task: string, reasons: readonly Reason[] = []): Draft {
  return {
    task,
    outcome: 'unfinished',
    startedAt: undefined,
    endedAt: undefined,
    ms: undefined,
    attempts: 0,
    reasons,
    changed: undefined,
    origin: undefined,
    message: undefined,
    failure: undefined,
    log: undefined,
    tail: [],
    paidUsd: 0,
    paid: 0,
    tokensIn: 0,
    tokensOut: 0,
    metrics: {},
    contents: undefined,
    costUsd: undefined,
  };
}

function finished({ paid, ...task }: Draft): TaskRun {
  return { ...task, paidUsd: usdOf(paid) };
}

/** Takes an event into what is known of its task; says whether it tells anything of it. */
function take(draft: Draft, event: Event): boolean {
  switch (event.event) {
    case 'started':
      draft.outcome = 'unfinished';
      draft.startedAt = event.at;
      draft.attempts = event.attempt;
      draft.reasons = event.reasons;
      return true;
    case 'cost':
      draft.paid += money(event.usd);
      draft.tokensIn += event.tokensIn;
      draft.tokensOut += event.tokensOut;
      return true;
    case 'finished':
      settle(draft, 'ran', event.at);
      draft.ms = event.ms;
      draft.changed = event.changed;
      draft.costUsd = event.costUsd;
      made(draft, event);
      return true;
    case 'failed':
      if (event.retry) return true;
      settle(draft, event.reason === 'stopped' ? 'stopped' : 'failed', event.at);
      draft.ms = event.ms;
      draft.message = event.message;
      draft.failure = event.reason;
      draft.log = event.log;
      draft.tail = event.tail ?? [];
      return true;
    case 'blocked':
      settle(draft, event.verdict, event.at);
      draft.reasons = event.reasons;
      return true;
    case 'waiting':
      settle(draft, 'waiting', event.at);
      draft.message = event.text;
      return true;
    case 'adopted':
      settle(draft, 'adopted', event.at);
      draft.reasons = event.unproven;
      draft.message = event.reason;
      made(draft, event);
      return true;
    case 'cut-off':
      settle(draft, event.event, event.at);
      return true;
    case 'restored':
      settle(draft, event.event, event.at);
      draft.origin = event.origin;
      made(draft, event);
      return true;
    case 'rechecked':
      if (!event.passed) return false;
      settle(draft, 'rechecked', event.at);
      made(draft, event);
      return true;
    default:
      return false;
  }
}

/** Takes what a task made. */
function made(draft: Draft, { outputs, moreOutputs, metrics = {} }: Result): void {
  draft.metrics = metrics;
  if (outputs !== undefined)
    draft.contents = { outputs, ...(moreOutputs === undefined ? {} : { moreOutputs }) };
}

function settle(draft: Draft, outcome: Outcome, at: string): void {
  draft.outcome = outcome;
  draft.endedAt = at;
}
