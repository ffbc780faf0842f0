// A RunTarget is what one build did with the tasks of one target: how they came out, why they ran, what failed.
import { type Money, money, usdOf } from './money.ts';
import type { Reason } from './reason.ts';
import type { Outcome, RunSummary, TaskRun } from './run-summary.ts';

/** A reason, and of how many tasks it is one. */
export interface Cause {
  readonly reason: Reason;
  readonly tasks: number;
}

/** What became of a target in one build. */
export interface RunTarget {
  readonly target: string;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** How many of those that ran wrote something else than before. */
  readonly changed: number;
  /** How many of those that were restored came from the shared cache; only where some did. */
  readonly shared?: number;
  /** The longest of its attempts and all of them together, milliseconds. */
  readonly longestMs: number;
  readonly totalMs: number;
  readonly paidUsd: number;
  /** Reasons of their own, those of most tasks first; of what follows from other tasks, the reasons come after. */
  readonly causes: readonly Cause[];
  /** Tasks that failed, were stopped, ask or are blocked by themselves. */
  readonly troubles: readonly TaskRun[];
}

/** The target of a task, by its name. */
export function targetOf(task: string): string {
  return task.split('@', 1)[0] as string;
}

/** What a build did, target by target, in the order in which it came to them. */
export function runTargets({ tasks }: Pick<RunSummary, 'tasks'>): RunTarget[] {
  const families = new Map<string, TaskRun[]>();
  for (const task of tasks) {
    const name = targetOf(task.task);
    const list = families.get(name);
    if (list === undefined) families.set(name, [task]);
    else list.push(task);
  }
  return [...families].map(([target, list]) => runTarget(target, list));
}

function runTarget(target: string, list: readonly TaskRun[]): RunTarget {
  const outcomes: Partial<Record<Outcome, number>> = {};
  let paid: Money = 0;
  for (const { outcome, paidUsd } of list) {
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    paid += money(paidUsd);
  }
  const shared = list.filter((task) => task.outcome === 'restored' && task.origin === 'shared-cache').length;
  const times = list.map((task) => task.ms ?? 0);
  return {
    target,
    outcomes,
    changed: list.filter((task) => task.outcome === 'ran' && task.changed === true).length,
    ...(shared === 0 ? {} : { shared }),
    longestMs: Math.max(0, ...times),
    totalMs: times.reduce((sum, ms) => sum + ms, 0),
    paidUsd: usdOf(paid),
    causes: causesOf(list),
    troubles: list.filter(isTrouble),
  };
}

function isTrouble({ outcome, reasons }: TaskRun): boolean {
  if (outcome === 'blocked') return reasons.some((reason) => reason.root);
  return ['failed', 'stopped', 'ask', 'waiting', 'unfinished'].includes(outcome);
}

/** Why tasks were dealt with: equal reasons are told once. */
function causesOf(list: readonly TaskRun[]): Cause[] {
  const causes = new Map<string, { reason: Reason; tasks: number }>();
  for (const { reasons, outcome } of list) {
    if (outcome === 'cut-off') continue;
    for (const reason of reasons) {
      // Of what follows from other tasks the target says enough.
      const subject = reason.root ? reason.subject : reason.subject && targetOf(reason.subject);
      const key = `${reason.root ? 0 : 1}\0${reason.code}\0${subject}\0${reason.was}\0${reason.now}`;
      const cause = causes.get(key) ?? {
        reason: { ...reason, ...(subject === undefined ? {} : { subject }) },
        tasks: 0,
      };
      cause.tasks++;
      causes.set(key, cause);
    }
  }
  return [...causes.values()].sort(
    (a, b) => Number(b.reason.root) - Number(a.reason.root) || b.tasks - a.tasks,
  );
}
