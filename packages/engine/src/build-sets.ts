// Sets whose members are known only when their producer has run: when they change, so does the graph.
import type { Decision, Plan, Task, TaskRecord } from '@evalmake/core';

/** Whether a set that other targets are made of came out different from what the graph was made with. */
export function setChanged(plan: Plan, index: number, record: TaskRecord): boolean {
  const task = plan.graph.tasks[index] as Task;
  const used = plan.graph.pipeline.targets.some((t) =>
    t.each.some((e) => e.source.kind === 'from' && e.source.target === task.target.name),
  );
  if (!used) return false;
  const before = (plan.decisions[index] as Decision).record;
  const members = (r: TaskRecord | undefined, name: string) =>
    r?.outputs[name]?.map((f) => f.path).join('\0');
  return task.outputs.some((o) => o.kind === 'glob' && members(before, o.name) !== members(record, o.name));
}

/** Whether no task of a target can change its set any more. */
export function setsAreKnown(plan: Plan, target: string): boolean {
  return (plan.graph.byTarget.get(target) ?? []).every((i) => {
    const open = ['todo', 'ready', 'running'].includes(plan.states[i] as string);
    return !open || (plan.graph.tasks[i] as Task).placeholder;
  });
}
