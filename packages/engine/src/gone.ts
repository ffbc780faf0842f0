// Gone: whether a task that was recorded once is surely none of the pipeline any more.
import type { Graph, TaskRecord } from '@evalmake/core';

/**
 * Whether a task is gone. While the set of a target's instances is not known, none of them is.
 * @param records what is known of the task; without any, its target is read from its name
 */
export function isGone(task: string, records: readonly TaskRecord[], graph: Graph): boolean {
  if (graph.byId.has(task)) return false;
  const targets = new Set([...records.map((r) => r.target), task.split('@', 1)[0] as string]);
  return ![...targets].some((name) =>
    (graph.byTarget.get(name) ?? []).some((index) => graph.tasks[index]?.placeholder === true),
  );
}
