// A Result is what events tell of what a task made: its files with their digests, and its metrics.
import { contentsOf, type Decision, type Result, type Task, type TaskRecord } from '@evalmake/core';
import { type MetricContext, readMetrics } from './metric-reading.ts';
import type { TaskRunContext } from './task-run-context.ts';
import { isoTime } from './workspace.ts';

/** What was published, and the decision by which it was made. */
export interface Published {
  readonly decision: Decision;
  readonly outputs: TaskRecord['outputs'];
  /** Metrics that its command told. */
  readonly told?: Readonly<Record<string, number>>;
}

/** The result of a task whose outputs lie in their places. Metrics that are not found are warned of. */
export function resultOf(
  task: Task,
  { decision, outputs, told }: Published,
  context: MetricContext & Pick<TaskRunContext, 'emit'>,
): Result {
  const { options, world } = context.workspace;
  const contents = contentsOf(Object.values(outputs), world.digest);
  const { metrics: read, warnings } = readMetrics(task, { decision, outputs }, context);
  const at = isoTime(options.nowMs());
  for (const text of warnings) context.emit({ event: 'warn', at, task: task.id, text });
  // What the published file says goes before what its command said.
  const metrics = { ...told, ...read };
  return { ...contents, ...(Object.keys(metrics).length === 0 ? {} : { metrics }) };
}
