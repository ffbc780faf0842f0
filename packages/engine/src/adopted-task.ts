// An AdoptedTask is what became of one task that somebody wanted to adopt: adopted, fresh anyway, or refused.
import type { Plan, Reason, Task } from '@evalmake/core';

/** What became of one named task. */
export interface AdoptedTask {
  readonly id: string;
  readonly target: string;
  readonly outcome: 'adopted' | 'fresh' | 'refused';
  /** Why it was refused. */
  readonly because: readonly Reason[];
  /** The same in words, where no reason has a code for it. */
  readonly text?: string;
  /** What could not be proven, against the record that comes nearest. */
  readonly unproven: readonly Reason[];
  /** That record, when somebody had adopted it too. */
  readonly over?: { readonly at: string; readonly reason: string };
  /** A manifest that mentions the sha256 of every file, where no record does. */
  readonly mentionedIn?: string;
  /** Command checks that a dry run did not start. */
  readonly notRun: readonly string[];
}

/** A task of which nothing more is to be said. */
export function plain(task: Task, outcome: AdoptedTask['outcome']): AdoptedTask {
  return { id: task.id, target: task.target.name, outcome, because: [], unproven: [], notRun: [] };
}

/** A task that was not adopted, and why. */
export function refused(task: Task, because: readonly Reason[], text?: string): AdoptedTask {
  return { ...plain(task, 'refused'), because, ...(text === undefined ? {} : { text }) };
}

/** A group has nothing of its own: it is as fresh as what it groups. */
export function group(plan: Plan, task: Task): AdoptedTask {
  return plan.decisions[task.index]?.verdict === 'fresh'
    ? plain(task, 'fresh')
    : refused(task, [], 'it only groups others: name these');
}

/** What a task needs and that is not settled. */
export function needsOf(plan: Plan, index: number): number[] {
  const settled = ['settled', 'outside'];
  return (plan.graph.tasks[index] as Task).deps.filter((i) => !settled.includes(plan.states[i] as string));
}

/** A task that cannot be judged before what it reads is settled. */
export function unsettled(plan: Plan, index: number): AdoptedTask {
  const task = plan.graph.tasks[index] as Task;
  const reasons = plan.decisions[index]?.reasons ?? [];
  const upstream = reasons.filter((r) => !r.root);
  const needs = needsOf(plan, index).map(
    (i): Reason => ({ code: 'upstream-runs', root: false, subject: (plan.graph.tasks[i] as Task).id }),
  );
  const because = upstream.length > 0 ? upstream : needs.length > 0 ? needs : reasons;
  return refused(
    task,
    because,
    'what it reads is not settled: build that first, or adopt it in the same call',
  );
}
