// The Standing is how a workspace stands, in one word and one sentence: what the title, the icon and the head of the page say.
import type { Verdict } from '@evalmake/core/decision';
import { openFailures } from '../report/open-failures.ts';
import { count, number } from './format.ts';
import type { BuildReport, ReportRun } from './model.ts';
import { stale, states } from './state.ts';

export interface Standing {
  /** The state that it is shown as. */
  readonly verdict: Verdict;
  readonly glyph: string;
  /** The first word of the title. */
  readonly title: string;
  /** What the pill says. */
  readonly says: string;
}

/** The last build, if any is known. */
export function lastRun(report: BuildReport): ReportRun | undefined {
  return report.runs.at(-1);
}

/** Whether no task has a result and no build is known. */
export function neverBuilt(report: BuildReport): boolean {
  return report.runs.length === 0 && report.tasks.every((task) => task.last === undefined);
}

/** Tells how a workspace stands; the first that holds. */
export function standingOf(report: BuildReport): Standing {
  const { summary } = report;
  const counts = summary.verdicts;
  const all = count(summary.tasks, 'task');
  const open = stale(counts);
  const failed = openFailures(report).filter((task) => task.outcome === 'failed').length;
  const told = (verdict: Verdict, title: string, says: string): Standing => ({
    verdict,
    glyph: states[verdict].glyph,
    title,
    says,
  });
  if (summary.tasks === 0) return told('off', 'empty', 'no tasks');
  if (neverBuilt(report)) return told('off', 'never built', `${all}, none built yet`);
  if (failed > 0 && open > 0) return told('blocked', `failed ${failed}`, `${count(failed, 'task')} failed`);
  if (open === 0) {
    const off = counts.off ?? 0;
    return told('fresh', 'fresh', `all ${count(summary.tasks - off, 'task')} fresh`);
  }
  const ask = counts.ask ?? 0;
  if (ask > 0 && (counts.run ?? 0) === 0)
    return told('ask', `asks ${ask}`, `${count(ask, 'task')} ${ask === 1 ? 'needs' : 'need'} your decision`);
  if (counts.waiting === open)
    return told('waiting', `waiting ${open}`, `${count(open, 'task')} wait for a provider`);
  const shown = (counts.blocked ?? 0) > 0 ? 'blocked' : 'run';
  return told(shown, `stale ${open}`, `${number(open)} of ${all} need work`);
}
