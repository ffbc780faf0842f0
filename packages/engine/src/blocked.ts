// Blocked tasks as events: each with why it cannot start, and whether a person must decide on this very one.
import type { Event, Plan, Task } from '@evalmake/core';

/** The events of tasks that were blocked just now. */
export function blockedEvents(plan: Plan, indexes: readonly number[], at: string): Event[] {
  return indexes.map((index): Event => {
    const { id } = plan.graph.tasks[index] as Task;
    const decision = plan.decisions[index];
    const verdict = decision?.verdict === 'ask' ? 'ask' : 'blocked';
    return { event: 'blocked', at, task: id, verdict, reasons: decision?.reasons ?? [] };
  });
}
