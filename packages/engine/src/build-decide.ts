// A task is decided again from the disk as it is when its turn comes: a plan may be hours old by then.
import { advance, type Decision, decideNow, type Plan, type Task, type TaskRecord } from '@evalmake/core';
import type { DiskSnapshot } from './observe.ts';

/** Forgets what was seen of a task's inputs and code, and decides it anew. A group is done when all it needs is. */
export function decideAnew(plan: Plan, index: number, snapshot: DiskSnapshot): Decision {
  const task = plan.graph.tasks[index] as Task;
  const before = plan.decisions[index] as Decision;
  if (task.target.run === undefined) return { ...before, verdict: 'fresh', reasons: [] };
  for (const { paths } of before.fingerprint.files) snapshot.forget(paths);
  const scripts = Object.keys(before.fingerprint.parts).filter((l) => l.startsWith('script:'));
  snapshot.forget(scripts.map((l) => l.slice('script:'.length)));
  plan.memo.delete(`code\0${task.target.name}`);
  plan.memo.delete(`code\0${task.id}`);
  return decideNow(plan, index);
}

/**
 * Decides a task anew that a person must decide on now, also one that was forced: that was said before it was known. What is
 * kept of another attempt, and may pass, is left to the next build.
 */
export function decideAsking(plan: Plan, index: number, snapshot: DiskSnapshot): Decision {
  const decision = decideAnew(plan, index, snapshot);
  return decision.verdict === 'run' || decision.verdict === 'recheck'
    ? { ...decision, verdict: 'ask' }
    : decision;
}

/** Whether a decision depended on what was still to be built. */
export function wasUnsure({ reasons }: Decision): boolean {
  return reasons.some((r) => r.code === 'upstream-runs' || r.code === 'set-may-change');
}

/** Settles a task by what it has just made. */
export function settleBy(plan: Plan, index: number, record: TaskRecord): void {
  const before = plan.decisions[index] as Decision;
  const decision: Decision = { ...before, verdict: 'fresh', reasons: [], record };
  advance(plan, { kind: 'settled', task: index, decision });
}
