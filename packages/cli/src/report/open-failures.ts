// Open failures are what failed or asked in the last build and is still in the way; what came right since is none.
import type { BuildReport, ReportTask, ReportTaskRun } from '@evalmake/core/build-report/model';

/** Tasks of the last build whose failure or question still stands. */
export function openFailures({
  runs,
  tasks,
  causes,
}: Pick<BuildReport, 'runs' | 'tasks' | 'causes'>): ReportTaskRun[] {
  const failed = (runs.at(-1)?.tasks ?? []).filter((t) => t.outcome === 'failed' || t.outcome === 'ask');
  if (failed.length === 0) return [];
  const now = new Map(tasks.map((t) => [t.id, t]));
  const failsStill = (task: ReportTask): boolean =>
    task.verdict === 'blocked' ||
    task.causes.some((i) => /^(previous-run|check-failed|outcome-unknown)/.test(causes[i]?.code ?? ''));
  return failed.filter((t) => {
    const task = now.get(t.task);
    if (task === undefined) return true; // it is not told any more: that it failed is all that is known
    return t.outcome === 'ask' ? task.verdict === 'ask' : failsStill(task);
  });
}
