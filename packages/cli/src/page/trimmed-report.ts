// A trimmed report is one that a page can carry: what old builds did, and what fresh tasks were made from, goes first.
import { number } from './format.ts';
import type { BuildReport, ReportRun, ReportTask } from './model.ts';

/** What builds did with tasks, in all of them together; about 18 bytes each. */
const taskRunsMost = 12_000;
/** Tasks whose parts are all kept; about 90 bytes each. */
const partsMost = 20_000;

/** Older builds lose their tasks until the others are few enough; the last keeps them in any case. */
function withRecentTasks(runs: readonly ReportRun[]): readonly ReportRun[] {
  let sum = 0;
  const kept = [...runs].reverse().map((run, at): ReportRun => {
    sum += run.tasks?.length ?? 0;
    if (at === 0 || run.tasks === undefined || sum <= taskRunsMost) return run;
    const { tasks: _, ...rest } = run;
    return rest;
  });
  return kept.reverse();
}

function withoutParts(task: ReportTask): ReportTask {
  return task.verdict !== 'fresh' || task.last === undefined
    ? task
    : { ...task, last: { ...task.last, parts: {} } };
}

/** The report as the page carries it; what was left out is said in it. */
export function trimmedReport(report: BuildReport): BuildReport {
  const runs = withRecentTasks(report.runs);
  const first = runs.findIndex((run) => run.tasks !== undefined);
  const lost = runs.filter((run, at) => run !== report.runs[at]);
  const large = report.tasks.length > partsMost;
  const omitted = [
    ...report.omitted,
    ...(lost.length > 0 ? [`what builds before run ${runs[first]?.run ?? 0} did with each task`] : []),
    ...(large ? [`what the fresh of ${number(report.tasks.length)} tasks were made from`] : []),
  ];
  if (omitted.length === report.omitted.length) return report;
  return { ...report, runs, omitted, tasks: large ? report.tasks.map(withoutParts) : report.tasks };
}
