// The counts of a build: what ran, what was spared, what is left.
import type { Decision, EndCounts, Plan, Task } from '@evalmake/core';
import type { TaskEnd } from './task-run-context.ts';
import { notYet } from './waiting.ts';

/** What a build has done itself. */
export interface Tally {
  ran: number;
  cutOff: number;
  rechecked: number;
  /** Only where former results were brought back. */
  restored?: number;
  failed: number;
}

/** Counts a task that has ended well by how it did. */
export function countDone(tally: Tally, { again, restored }: Extract<TaskEnd, { ok: true }>): void {
  if (restored) tally.restored = (tally.restored ?? 0) + 1;
  else if (again) tally.rechecked++;
  else tally.ran++;
}

/**
 * The numbers of the closing line. Targets without a command count nowhere.
 * @param asleep tasks whose jobs were being waited for when the build ended
 */
function countEnd(plan: Plan, tally: Tally, asleep = 0): EndCounts {
  const counts = { fresh: 0, blocked: 0, ask: 0, notStarted: 0 };
  let waiting = asleep;
  for (const [i, decision] of plan.decisions.entries()) {
    const task = plan.graph.tasks[i] as Task;
    if (decision === undefined || task.target.run === undefined) continue;
    const state = plan.states[i];
    if (state === 'settled') counts.fresh++;
    else if (state === 'blocked' && decision.verdict === 'waiting') waiting++;
    else if (state === 'blocked' && onlyWaits(decision)) counts.notStarted++;
    else if (state === 'blocked') counts[decision.verdict === 'ask' ? 'ask' : 'blocked']++;
    else counts.notStarted++;
  }
  // What was stopped has not failed: it is to be done again.
  counts.notStarted = Math.max(0, counts.notStarted - tally.failed - asleep);
  const done = tally.ran + tally.cutOff + tally.rechecked + (tally.restored ?? 0);
  const off = plan.graph.tasks.filter((t) => t.off && plan.decisions[t.index] === undefined).length;
  const waits = waiting === 0 ? {} : { waiting };
  return { ...tally, off, ...counts, ...waits, fresh: Math.max(0, counts.fresh - done) };
}

/** Whether all that keeps a task from being built is that others wait for their jobs. */
function onlyWaits({ reasons }: Decision): boolean {
  return reasons.length > 0 && reasons.every((r) => r.code === 'upstream-waits');
}

/** How many tasks are still to be dealt with. */
export function openTasks(plan: Plan): number {
  return plan.states.filter(isOpen).length;
}

type State = Plan['states'][number];

const isOpen = (state: State): boolean => state === 'todo' || state === 'ready' || state === 'running';

/** How many open tasks each target has whose tasks are instances; those of which none is open are left out. */
export function openFamilies(plan: Plan): Record<string, number> {
  const open = new Map<string, number>();
  for (const { id, index, target } of plan.graph.tasks)
    if (id !== target.name && isOpen(plan.states[index] as State))
      open.set(target.name, (open.get(target.name) ?? 0) + 1);
  return Object.fromEntries(open);
}

/** Whether something cannot be built for want of a source or a secret: found before hour three, not in it. */
export function missingInputs(plan: Plan): boolean {
  const missing = ['input-missing', 'secret-missing'];
  return plan.decisions.some(
    (d) => d?.verdict === 'blocked' && d.reasons.some((r) => missing.includes(r.code)),
  );
}

/** How a build ended. */
export interface Ending {
  readonly counts: EndCounts;
  readonly signal: NodeJS.Signals | undefined;
  /** How its lock was lost, when it was. */
  readonly lost: string | undefined;
  /** Whether it was asked to stop and left something undone. */
  readonly leftUndone: boolean;
  /** Whether the pipeline turned out to be wrong when a set was known. */
  readonly wrong: boolean;
}

const signalExits: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGHUP: 129 };

/** The exit code of a build. */
export function exitOf({ counts, signal, lost, leftUndone, wrong }: Ending): number {
  if (lost !== undefined) return 6;
  if (signal !== undefined) return signalExits[signal] ?? 143;
  if (wrong) return 2;
  if (leftUndone) return 143;
  if (counts.ask > 0) return 5;
  if (counts.failed > 0 || counts.blocked > 0) return 1;
  return (counts.waiting ?? 0) > 0 ? notYet : 0;
}

/** Why a build ended before everything was done, in words; undefined when nothing but its tasks ended it. */
export function haltText({ lost, leftUndone, counts }: Ending): string | undefined {
  if (lost !== undefined) return `${lost}; what ran was ended, and nothing more is recorded`;
  return leftUndone ? `stopped on request: ${counts.notStarted} not started` : undefined;
}

/** What there is to be known at the end of a build beside its plan. */
export interface EndingOf {
  readonly crew: {
    readonly signal: NodeJS.Signals | undefined;
    readonly lost: Error | undefined;
    readonly draining: boolean;
  };
  /** How many tasks sleep. */
  readonly asleep: number;
  /** Whether a set is not known yet. */
  readonly unknown: boolean;
  /** Whether the pipeline turned out to be wrong. */
  readonly wrong: boolean;
}

/** How a build ended. */
export function endingOf(plan: Plan, tally: Tally, { crew, asleep, unknown, wrong }: EndingOf): Ending {
  const counts = countEnd(plan, tally, asleep);
  const undone = counts.notStarted > 0 || unknown || asleep > 0;
  const { signal, lost, draining } = crew;
  return { counts, signal, lost: lost?.message, leftUndone: draining && undone, wrong };
}
