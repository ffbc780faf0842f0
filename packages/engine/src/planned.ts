// What a plan says of its tasks, as it is written to the run log and shown.
import type { Plan, PlannedTask, Task } from '@evalmake/core';

/** Tasks of a plan that are not fresh, in graph order; `all` for every wanted one. */
export function plannedTasks(plan: Plan, all = false): PlannedTask[] {
  const out: PlannedTask[] = [];
  for (const index of plan.graph.order) {
    const decision = plan.decisions[index];
    if (decision === undefined || (!all && decision.verdict === 'fresh')) continue;
    const task = plan.graph.tasks[index] as Task;
    out.push({ id: task.id, target: task.target.name, verdict: decision.verdict, reasons: decision.reasons });
  }
  return out;
}
