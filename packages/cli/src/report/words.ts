// Words that every form of a report shares: the state of a workspace in one phrase, verdicts, causes, files and money.
import {
  type BuildReport,
  money,
  moneyText,
  type ReportTarget,
  type ReportTask,
  type Verdict,
} from '@evalmake/core';
import { unprovenText } from '../explain.ts';
import { count, printable, roundedText, sizeText } from '../style.ts';
import { verdictOrder } from '../verdict-signs.ts';
import { openFailures } from './open-failures.ts';

/** `10 of 34 need work`, `all fresh`, `nothing has been built yet`: what the first line says. */
export function stateText(report: Pick<BuildReport, 'summary' | 'runs' | 'tasks' | 'causes'>): string {
  const { summary, runs } = report;
  const { verdicts, tasks } = summary;
  const open = tasks - (verdicts.fresh ?? 0) - (verdicts.off ?? 0);
  const failed = openFailures(report).filter((t) => t.outcome === 'failed').length;
  if (tasks === 0) return 'no tasks';
  if (open === 0) return 'all fresh';
  if ((verdicts.fresh ?? 0) === 0 && runs.length === 0)
    return `nothing has been built yet, ${count(tasks, 'task')} defined`;
  return `${open} of ${tasks} need work${failed > 0 ? `, ${failed} failed` : ''}`;
}

/** `3 run, 2 fresh`, worst first. */
export function verdictsText(verdicts: Readonly<Partial<Record<Verdict, number>>>): string {
  const parts = verdictOrder.flatMap((v) => (verdicts[v] === undefined ? [] : [[v, verdicts[v]] as const]));
  if (parts.length === 1 && parts[0]?.[1] === 1) return parts[0][0];
  return parts.map(([verdict, n]) => `${n} ${verdict}`).join(', ');
}

/** US dollars, as everywhere. */
export function usd(amount: number): string {
  return moneyText(money(amount));
}

/** `2026-11-27 17:38` of an ISO time. */
export function whenText(at: string): string {
  return at.slice(0, 16).replace('T', ' ');
}

/** What a build came to: `done`, `2 failed`, `cut off`. */
export function resultText({ exit, counts }: BuildReport['runs'][number]): string {
  if (exit === undefined) return 'cut off';
  if (exit === 0) return 'done';
  const parts = (['failed', 'blocked', 'ask', 'notStarted', 'waiting'] as const).flatMap((key) => {
    const n = counts?.[key] ?? 0;
    const word = {
      failed: 'failed',
      blocked: 'blocked',
      ask: 'to decide',
      notStarted: 'not started',
      waiting: 'waiting',
    };
    return n > 0 ? [`${n} ${word[key]}`] : [];
  });
  return parts.length > 0 ? parts.join(', ') : `exit ${exit}`;
}

/** `path (20 rows, 1.2 kB)`, with what is wrong with it. */
export function outputText({ path, rows, bytes, found }: Output): string {
  const size = `${rows === undefined ? '' : `${count(rows, 'row')}, `}${sizeText(bytes)}`;
  return `${printable(path)} (${size})${found === 'same' ? '' : ` ${found}`}`;
}

type Output = NonNullable<BuildReport['tasks'][number]['last']>['outputs'][number];

/** What a build now would do, in a phrase; '' when it would do nothing. */
export function forecastText({ forecast, money: cost }: BuildReport['summary']): string {
  const { run, maybe, ms } = forecast;
  if (run + maybe === 0) return '';
  const parts = [
    ...(run > 0 ? [`run ${count(run, 'task')}`] : []),
    ...(maybe > 0 ? [`decide on ${maybe} on the way`] : []),
    ...(ms === undefined ? [] : [`at most about ${roundedText(ms)}`]),
    ...(cost === undefined || cost.atMostUsd === 0 ? [] : [`at most ${usd(cost.atMostUsd)}`]),
  ];
  return parts.join(', ');
}

/** What a person vouches for, in a line. */
export function adoptedText({ id, last }: ReportTask): string {
  const { at = '', adopted = '', unproven = [] } = last ?? {};
  return `${printable(id)} adopted on ${at} because "${printable(adopted)}"; not proven: ${unprovenText({ unproven })}`;
}

/** Tasks whose results stand on a person's word. */
export function adoptedIn(tasks: readonly ReportTask[]): ReportTask[] {
  return tasks.filter((t) => t.last?.adopted !== undefined && t.verdict === 'fresh');
}

/** The tasks of a target that a report tells. */
export function tasksOf(report: BuildReport, target: ReportTarget): ReportTask[] {
  return target.families
    .flatMap((f) => report.families[f]?.tasks ?? [])
    .flatMap((index) => report.tasks[index] ?? []);
}
