// A Standing is the last result of a task that its runs tell of; standings after two builds are what those are compared by.
import type { Contents } from './contents.ts';
import type { RunSummary, TaskRun } from './run-summary.ts';

/** The last result of a task. */
export interface Standing {
  /** The build that made it. */
  readonly run: number;
  /** Undefined when the log does not tell. */
  readonly contents: Contents | undefined;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Whether a task came out of a build with a result of its own. */
export function hasResult({ outcome, contents }: TaskRun): boolean {
  return (
    ['ran', 'restored', 'adopted'].includes(outcome) || (outcome === 'rechecked' && contents !== undefined)
  );
}

/**
 * How all tasks stand after some builds, by name. Tasks that were fresh stand as an earlier build left them.
 * @param runs in the order in which they were
 */
export function standingsAfter(runs: readonly RunSummary[]): Map<string, Standing> {
  const standings = new Map<string, Standing>();
  for (const { run, tasks } of runs)
    for (const task of tasks)
      if (hasResult(task)) standings.set(task.task, { run, contents: task.contents, metrics: task.metrics });
  return standings;
}
