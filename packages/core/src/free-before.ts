// What can be built for nothing to know what a paid task will ask: the targets whose results it still waits for.

import type { Task } from './graph.ts';
import type { Plan } from './plan.ts';

/**
 * Names of the targets that a task waits for, undefined when something that has to be
 * built before them costs money, or when it waits for nothing.
 */
export function freeBefore(plan: Plan, task: Task): readonly string[] | undefined {
  const names = new Set<string>();
  for (const dep of task.deps) if (isOpen(plan, dep)) names.add((plan.graph.tasks[dep] as Task).target.name);
  if (names.size === 0 || hasPaidAbove(plan, task)) return undefined;
  return [...names];
}

function hasPaidAbove(plan: Plan, task: Task): boolean {
  const seen = new Set<number>();
  const queue = [...task.deps];
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    if (seen.has(index) || !isOpen(plan, index)) continue;
    seen.add(index);
    const { target, deps } = plan.graph.tasks[index] as Task;
    if (target.paid !== undefined) return true;
    for (const dep of deps) queue.push(dep);
  }
  return false;
}

/** Whether a task is still to be built; a group, which has no command, is as open as what it stands for. */
function isOpen({ decisions, graph }: Plan, index: number): boolean {
  const decision = decisions[index];
  if (graph.tasks[index]?.target.run === undefined) return true;
  return decision !== undefined && decision.verdict !== 'fresh' && decision.verdict !== 'off';
}
