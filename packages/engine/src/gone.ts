// Gone: whether a task that was recorded once is surely none of the pipeline any more.
import { byCodeUnit, type Graph, type TaskRecord } from '@evalmake/core';
import type { Workspace } from './workspace.ts';

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

/** A log is no list of everything that ever was. */
const mostTold = 100;

/** Tasks with records in the journal that are gone, by name; the first 100. */
export function goneTasks({ journal }: Pick<Workspace, 'journal'>, graph: Graph): string[] {
  const names = [...journal.names()].filter((name) => {
    const records = graph.byId.has(name) ? [] : journal.records(name);
    return records.length > 0 && isGone(name, records, graph);
  });
  return names.sort(byCodeUnit).slice(0, mostTold);
}
