// Renders past runs as text: the table of runs, the page of one run, and the past of a target.
import { fromSharedText, money, moneyText, originText, type RunSummary, type TaskRun } from '@evalmake/core';
import { resultWords, runResult } from '@evalmake/core/run-result';
import { type Cause, type RunTarget, runTargets } from '@evalmake/core/run-targets';
import type { TaskPast } from '@evalmake/core/task-past';
import { reasonLine } from './explain.ts';
import { shownCall } from './shown-call.ts';
import { count, durationText, type Paint, printable } from './style.ts';
import { tableLines, whenText } from './text-table.ts';

const shownCauses = 5;
const shownTroubles = 5;

/** The table of runs, the newest last. */
export function runsLines(runs: readonly RunSummary[], isRunning: (run: number) => boolean): string[] {
  const head = ['run', 'when', 'result', 'ran', 'cached', 'failed', 'time', 'paid', 'call'];
  const rows = runs.map((summary) => {
    const { run, at, ms, counts, tasks } = summary;
    const ran = counts?.ran ?? tasks.filter((task) => task.outcome === 'ran').length;
    const cached = counts && counts.fresh + counts.cutOff + counts.rechecked + (counts.restored ?? 0);
    const failed = counts?.failed ?? tasks.filter((task) => task.outcome === 'failed').length;
    return [
      String(run),
      whenText(at),
      resultWords[runResult(summary, isRunning(run))],
      String(ran),
      cached === undefined ? '' : String(cached),
      String(failed),
      ms === undefined ? '' : durationText(ms),
      paidText(summary),
      shownCall(summary.call),
    ];
  });
  return tableLines([head, ...rows], [0, 3, 4, 5, 6, 7]);
}

function paidText({ money: paid, tasks }: RunSummary): string {
  const usd = paid?.spentUsd ?? tasks.reduce((sum, task) => sum + task.paidUsd, 0);
  return usd === 0 ? '' : moneyText(money(usd));
}

/** How a run is shown. */
export interface RunPage {
  readonly running: boolean;
  readonly all: boolean;
  readonly paint: Paint;
}

/** The page of one run. */
export function runLines(summary: RunSummary, page: RunPage): string[] {
  const { run, at, ms, call, counts } = summary;
  const { paint, running } = page;
  const result = resultWords[runResult(summary, running)];
  const time = ms === undefined ? '' : ` in ${durationText(ms)}`;
  const paid = paidText(summary);
  const lines = [
    `${paint.bold(`run ${run}`)}: ${result}${time}, ${whenText(at) || 'nobody knows when'}${paid === '' ? '' : `, paid ${paid}`}`,
  ];
  if (call !== undefined) lines.push(`  ${shownCall(call)}${call.ci ? ' (in CI)' : ''}`);
  if (call?.commit !== undefined) lines.push(`  commit ${printable(call.commit.slice(0, 12))}`);
  const targets = runTargets(summary);
  const width = Math.max(0, ...targets.map(({ target }) => target.length));
  for (const target of targets) lines.push(...targetLines(target, width, page));
  if (counts !== undefined && counts.fresh > 0) lines.push(paint.dim(`${count(counts.fresh, 'task')} fresh`));
  if (summary.gone.length > 0) lines.push(paint.dim(`gone: ${summary.gone.map(printable).join(', ')}`));
  return lines;
}

function targetLines(target: RunTarget, width: number, { paint, all }: RunPage): string[] {
  const { outcomes, changed, shared = 0, longestMs, totalMs, causes, troubles } = target;
  const words = Object.entries(outcomes).map(([outcome, n]) => {
    const text = `${n} ${outcome}`;
    const same = outcome === 'ran' && changed < n ? ` (${n - changed} with the same content)` : '';
    const from = outcome === 'restored' ? fromSharedText(shared, n) : '';
    return outcome === 'failed' ? paint.red(text) : text + same + from;
  });
  const time =
    totalMs === 0
      ? ''
      : `  ${durationText(totalMs)}${longestMs < totalMs ? `, longest ${durationText(longestMs)}` : ''}`;
  const paid = target.paidUsd === 0 ? '' : `  ${moneyText(money(target.paidUsd))}`;
  const lines = [`${paint.bold(printable(target.target).padEnd(width))}  ${words.join(', ')}${time}${paid}`];
  const many = Object.values(outcomes).reduce((sum, n) => sum + n, 0) > 1;
  const shown = all ? causes : causes.slice(0, shownCauses);
  for (const cause of shown) lines.push(`    ${causeText(cause, many)}`);
  if (shown.length < causes.length)
    lines.push(paint.dim(`    … and ${causes.length - shown.length} more reasons`));
  const told = all ? troubles : troubles.slice(0, shownTroubles);
  for (const task of told) lines.push(...troubleLines(task, paint));
  if (told.length < troubles.length) lines.push(paint.dim(`    … and ${troubles.length - told.length} more`));
  return lines;
}

function causeText({ reason, tasks }: Cause, many: boolean): string {
  return `${reason.root ? '' : '· '}${reasonLine(reason)}${many ? ` (${count(tasks, 'task')})` : ''}`;
}

function troubleLines({ task, outcome, message, log }: TaskRun, paint: Paint): string[] {
  const said = message === undefined ? '' : `: ${printable(message)}`;
  const word = outcome === 'failed' ? paint.red('FAILED') : outcome;
  return [
    `    ${word} ${printable(task)}${said}`,
    ...(log === undefined ? [] : [paint.dim(`      log: ${printable(log)}`)]),
  ];
}

/** The past of a target or a task: a line per run and task, the newest last. */
export function pastLines(pasts: readonly TaskPast[], kept: number): string[] {
  const head = ['run', 'when', 'task', 'outcome', 'time', 'cost', 'metrics', 'why'];
  const rows = pasts.map(({ run, at, task }) => [
    String(run),
    whenText(task.startedAt ?? at),
    printable(task.task),
    outcomeText(task),
    task.ms === undefined ? '' : durationText(task.ms),
    costText(task),
    Object.entries(task.metrics)
      .map(([name, value]) => `${printable(name)} ${metricText(value)}`)
      .join(', '),
    whyText(task),
  ]);
  const lines = tableLines([head, ...rows], [0, 4, 5]);
  if (pasts.length < kept) lines.push(`--all shows all ${kept}`);
  return lines;
}

function outcomeText({ outcome, changed, origin }: TaskRun): string {
  if (origin !== undefined) return `${outcome} ${originText(origin)}`;
  return outcome === 'ran' && changed === false ? 'ran, same content' : outcome;
}

/** What the result cost; while there is none, what was paid for it. */
function costText({ costUsd, paidUsd }: TaskRun): string {
  const usd = costUsd ?? paidUsd;
  return usd === 0 ? '' : moneyText(money(usd));
}

function whyText({ reasons, outcome, message }: TaskRun): string {
  if (outcome === 'failed' && message !== undefined) return printable(message.split('\n', 1)[0] as string);
  const [first, ...rest] = [...reasons].sort((a, b) => Number(b.root) - Number(a.root));
  if (first === undefined) return '';
  return `${reasonLine(first)}${rest.length === 0 ? '' : `, and ${rest.length} more`}`;
}

/** A number with as many digits as tell it apart. */
export function metricText(value: number): string {
  return String(Number(value.toPrecision(6)));
}
