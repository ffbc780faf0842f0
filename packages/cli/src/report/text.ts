// A BuildReport for a terminal: state, causes, targets with their artifacts, failures, runs and money, on about one screen.
import type { BuildReport, ReportTarget, Verdict } from '@evalmake/core';
import { causeLine } from '../render-explanation.ts';
import { count, durationText, type Paint, printable } from '../style.ts';
import { verdictOrder, verdictSigns } from '../verdict-signs.ts';
import { openFailures } from './open-failures.ts';
import {
  adoptedIn,
  adoptedText,
  forecastText,
  outputText,
  resultText,
  stateText,
  tasksOf,
  usd,
  verdictsText,
  whenText,
} from './words.ts';

const shownCauses = 8;
const shownFiles = 3;
const shownTargets = 40;
const shownFailures = 10;
const barWidth = 50;

/** The text, with a line end. */
export function renderText(
  report: BuildReport,
  { paint, columns }: { paint: Paint; columns: number },
): string {
  const lines = [
    ...head(report, paint),
    ...causes(report, paint),
    ...targets(report, paint),
    ...failures(report, paint),
    ...foot(report),
    ...report.omitted.map((text) => paint.dim(`left out: ${printable(text)}`)),
  ];
  return `${lines.map((line) => cut(line, columns)).join('\n')}\n`;
}

/** Lines are cut where nothing is painted: a line end in the middle of a colour would lose its end. */
function cut(line: string, columns: number): string {
  return line.includes('\u001b') || line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}

function head(report: BuildReport, paint: Paint): string[] {
  const { summary, runs } = report;
  const last = runs.at(-1);
  const run = last === undefined ? '' : ` · run ${last.run}, ${whenText(last.at)} UTC, ${resultText(last)}`;
  const counts = verdictOrder.flatMap((v) => {
    const n = summary.verdicts[v] ?? 0;
    return n === 0 ? [] : [`${verdictSigns[v].glyph} ${n} ${v}`];
  });
  return [
    `${paint.bold(printable(report.pipeline))} · ${stateText(report)}${paint.dim(run)}`,
    `${bar(summary.verdicts, paint)}  ${counts.join('  ')}`,
  ];
}

/** The states of all tasks in proportion; none that is there is without a cell. */
function bar(verdicts: Readonly<Partial<Record<Verdict, number>>>, paint: Paint): string {
  const all = Object.values(verdicts).reduce((n, k) => n + (k ?? 0), 0);
  if (all === 0) return '';
  const fill: Partial<Record<Verdict, string>> = { fresh: '█', off: '·', maybe: '▒' };
  return [...verdictOrder]
    .reverse()
    .filter((v) => v !== 'off' || verdicts.fresh === undefined)
    .map((v) => {
      const n = verdicts[v] ?? 0;
      const cells = n === 0 ? 0 : Math.max(1, Math.round((n / all) * barWidth));
      const color =
        v === 'fresh'
          ? paint.green
          : v === 'ask' || v === 'blocked'
            ? paint.red
            : v === 'off'
              ? paint.dim
              : paint.yellow;
      return cells === 0 ? '' : color((fill[v] ?? '▓').repeat(cells));
    })
    .join('');
}

function causes({ causes: all }: BuildReport, paint: Paint): string[] {
  if (all.length === 0) return [];
  const lines = all.slice(0, shownCauses).map((cause) => {
    const where = cause.where === undefined ? '' : paint.dim(` (${printable(cause.where)})`);
    const after = cause.downstream > 0 ? paint.dim(`, ${cause.downstream} after`) : '';
    return `  ${String(cause.tasks.length).padStart(5)}  ${causeLine(cause, paint)}${where}${after}`;
  });
  const more = all.length - shownCauses;
  return [
    '',
    paint.bold('why'),
    ...lines,
    ...(more > 0 ? [paint.dim(`  … and ${count(more, 'more cause')}: evalmake -n`)] : []),
  ];
}

function targets(report: BuildReport, paint: Paint): string[] {
  const width = Math.max(1, ...report.targets.map((t) => t.name.length));
  const shown = report.targets.slice(0, shownTargets);
  const lines = shown.flatMap((target) => [
    targetLine(report, target, { width, paint }),
    ...artifacts(report, target, { width, paint }),
  ]);
  const more = report.targets.length - shown.length;
  return [
    '',
    paint.bold('targets'),
    ...lines,
    ...(more > 0 ? [paint.dim(`  … and ${count(more, 'more target')}`)] : []),
  ];
}

interface Columns {
  readonly width: number;
  readonly paint: Paint;
}

function targetLine(report: BuildReport, target: ReportTarget, { width, paint }: Columns): string {
  const { name, verdicts, ms, costUsd, spentUsd, offBy } = target;
  const vouched = adoptedIn(tasksOf(report, target)).length;
  const adopted = vouched === 0 ? '' : ` (${vouched} adopted)`;
  const state = offBy === undefined ? `${verdictsText(verdicts)}${adopted}` : `off (${printable(offBy)})`;
  const cost = [
    ...(costUsd > 0 ? [usd(costUsd)] : []),
    ...(spentUsd > 0 ? [`${usd(spentUsd)} paid by the last build`] : []),
  ];
  const made = ms > 0 ? [durationText(ms)] : [];
  const rest = [...made, ...cost].map((part) => `, ${part}`).join('');
  return `  ${printable(name).padEnd(width)}  ${stateColor(verdicts, paint)(state)}${paint.dim(rest)}`;
}

function stateColor(verdicts: ReportTarget['verdicts'], paint: Paint): (text: string) => string {
  if (verdicts.ask !== undefined || verdicts.blocked !== undefined) return paint.red;
  if (verdicts.off !== undefined) return paint.dim;
  return Object.keys(verdicts).join() === 'fresh' ? paint.green : paint.yellow;
}

/** Where the artifacts of a target lie, and what a person vouches for. */
function artifacts(report: BuildReport, target: ReportTarget, { width, paint }: Columns): string[] {
  const tasks = tasksOf(report, target);
  const indent = `  ${' '.repeat(width)}    `;
  const files = tasks.flatMap((t) => t.last?.outputs ?? []).filter((f) => !f.path.endsWith('.keys.jsonl'));
  const adopted = adoptedIn(tasks);
  const lines = adopted.slice(0, shownFiles).map((t) => paint.yellow(`${indent}${adoptedText(t)}`));
  if (adopted.length > shownFiles)
    lines.push(paint.yellow(`${indent}… and ${adopted.length - shownFiles} more adopted`));
  for (const file of files.slice(0, shownFiles)) lines.push(paint.dim(`${indent}${outputText(file)}`));
  if (files.length > shownFiles)
    lines.push(paint.dim(`${indent}… and ${count(files.length - shownFiles, 'more file')}`));
  return lines;
}

function failures(report: BuildReport, paint: Paint): string[] {
  const last = report.runs.at(-1);
  const failed = openFailures(report);
  if (last === undefined || failed.length === 0) return [];
  const lines = failed.slice(0, shownFailures).map((t) => {
    const log = t.log === undefined ? '' : paint.dim(` (${printable(t.log)})`);
    return `  ${paint.red(printable(t.task))} ${printable(t.message ?? t.why.join('; '))}${log}`;
  });
  const more = failed.length - shownFailures;
  return [
    '',
    paint.bold(`failed in run ${last.run}`),
    ...lines,
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}

function foot(report: BuildReport): string[] {
  const { summary, runs } = report;
  const forecast = forecastText(summary);
  const money = [
    ...(summary.spentUsd > 0 ? [`spent ${usd(summary.spentUsd)} in all`] : []),
    ...(summary.keptUsd > 0 ? [`${usd(summary.keptUsd)} of results kept`] : []),
  ];
  const lines = [
    ...(runs.length > 1 ? [`runs     ${runs.slice(-10).map(runMark).join(' ')}`] : []),
    ...(money.length > 0 ? [`money    ${money.join(', ')}`] : []),
    ...(forecast === '' ? [] : [`a build  would ${forecast}`]),
    ...(forecast === '' ? [] : ['next     evalmake -n · evalmake · evalmake why TARGET']),
  ];
  return lines.length === 0 ? [] : ['', ...lines];
}

function runMark({ run, exit, counts }: BuildReport['runs'][number]): string {
  const ran = counts?.ran ?? 0;
  return `#${run}${exit === undefined ? '?' : exit === 0 ? '✓' : '✗'}${ran > 0 ? ran : ''}`;
}
