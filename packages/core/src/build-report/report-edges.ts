// The edges of a report: what flows between targets and between families, and how their tasks pair.
import type { Task } from '../graph.ts';
import type { ReportEdge } from './model.ts';

/**
 * Edges between groups of tasks.
 * @param tasks all tasks of the groups
 * @param groupOf index of the group of a task, by its index in the graph; undefined for tasks in none
 */
export function edgesBetween(
  tasks: readonly Task[],
  groupOf: (index: number) => number | undefined,
): ReportEdge[] {
  const found = new Map<
    string,
    { from: number; to: number; readers: Set<number>; read: Set<number>; pairs: number }
  >();
  for (const task of tasks) {
    const to = groupOf(task.index);
    if (to === undefined) continue;
    for (const dep of task.deps) {
      const from = groupOf(dep);
      if (from === undefined || from === to) continue;
      const key = `${from} ${to}`;
      const edge = found.get(key) ?? { from, to, readers: new Set(), read: new Set(), pairs: 0 };
      found.set(key, edge);
      edge.readers.add(task.index);
      edge.read.add(dep);
      edge.pairs++;
    }
  }
  return [...found.values()]
    .map(({ from, to, readers, read, pairs }): ReportEdge => {
      if (pairs > readers.size) return [from, to, 'gather'];
      return [from, to, pairs > read.size ? 'scatter' : 'one'];
    })
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}
