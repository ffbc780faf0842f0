// Sets whose members are known only when their producer has run: when they change, so does the graph.
import type { Plan, Task, TaskRecord } from '@evalmake/core';

/** Whether a set that instances are made of came out different from what the graph was made with. */
export function setChanged(plan: Plan, index: number, record: TaskRecord): boolean {
  const task = plan.graph.tasks[index] as Task;
  return task.outputs.some(({ name }) => {
    const key = `${task.id}\0${name}`;
    if (!plan.graph.sets.has(key)) return false;
    const members = record.outputs[name]?.map((f) => f.path) ?? [];
    return plan.graph.sets.get(key)?.join('\0') !== members.join('\0');
  });
}

/** Whether no task of a target can change its set any more. */
export function setsAreKnown(plan: Plan, target: string): boolean {
  return (plan.graph.byTarget.get(target) ?? []).every((i) => {
    const open = ['todo', 'ready', 'running'].includes(plan.states[i] as string);
    return !open || (plan.graph.tasks[i] as Task).placeholder;
  });
}
