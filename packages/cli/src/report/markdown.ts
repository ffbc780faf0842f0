// A BuildReport as Markdown for a comment or a step summary: causes, graph, what is not fresh, failures, costs, artifacts.
import { type BuildReport, originText, type ReportTarget } from '@evalmake/core';
import { shownValue, unprovenText } from '../explain.ts';
import { count, durationText, printable } from '../style.ts';
import { markdownCell as cell } from './markdown-cell.ts';
import { mermaidOf } from './mermaid.ts';
import { openFailures } from './open-failures.ts';
import {
  adoptedIn,
  forecastText,
  outputText,
  resultText,
  stateText,
  tasksOf,
  usd,
  verdictsText,
  whenText,
} from './words.ts';

/** What GitHub takes for a comment is 65,536 characters. */
const longest = 60_000;
const shownRows = 40;
const shownFiles = 4;

/** The text; what does not fit is left out, and said. */
export function renderMarkdown(report: BuildReport): string {
  const last = report.runs.at(-1);
  const run =
    last === undefined
      ? []
      : [
          '',
          `Run ${last.run}, ${whenText(last.at)} UTC: ${resultText(last)}${last.ms === undefined ? '' : ` in ${durationText(last.ms)}`}.`,
        ];
  const forecast = forecastText(report.summary);
  const parts = [
    [
      `# ${cell(report.pipeline)}: ${cell(stateText(report))}`,
      ...run,
      ...(forecast === '' ? [] : ['', `A build now would ${cell(forecast)}.`]),
    ],
    causeTable(report),
    failures(report),
    graph(report),
    targetTable(report),
    adopted(report),
    costTable(report),
    lastRun(report),
    report.omitted.map((text) => `Left out: ${cell(text)}.`),
  ].filter((part) => part.length > 0);
  return fitted(parts.map((part) => part.join('\n')));
}

/** Whole sections as long as they fit. */
function fitted(parts: readonly string[]): string {
  let text = '';
  for (const [i, part] of parts.entries()) {
    if (text.length + part.length > longest)
      return `${text}\n${count(parts.length - i, 'section')} left out: the whole report is too long for a comment.\n`;
    text += `${i === 0 ? '' : '\n'}${part}\n`;
  }
  return text;
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const right = head.map((h) => (/^(tasks|time|cost|paid|rows)$/.test(h) ? '---:' : '---'));
  const lines = [`## ${title}`, '', line(head), line(right), ...rows.slice(0, shownRows).map(line)];
  if (rows.length > shownRows) lines.push('', `… and ${rows.length - shownRows} more.`);
  return lines;
}

function causeTable({ causes }: BuildReport): string[] {
  const rows = causes.map((c) => [
    String(c.tasks.length),
    cell(c.text),
    c.diff === undefined
      ? c.was === undefined && c.now === undefined
        ? ''
        : `${cell(shownValue(c.was))} → ${cell(shownValue(c.now))}`
      : c.diff
          .map(({ kind, text }) =>
            kind === 'same' ? cell(text) : kind === 'gone' ? `~~${cell(text)}~~` : `**${cell(text)}**`,
          )
          .join(' '),
    cell(c.where ?? ''),
    c.downstream > 0 ? String(c.downstream) : '',
  ]);
  return table('Why it is not fresh', ['tasks', 'cause', 'old → new', 'where', 'then'], rows);
}

function failures(report: BuildReport): string[] {
  const failed = openFailures(report);
  if (failed.length === 0) return [];
  const lines = ['## Failed'];
  for (const { task, message, tail, why } of failed.slice(0, 10)) {
    lines.push('', `**${cell(task)}** ${cell(message ?? why.join('; '))}`);
    if (tail !== undefined) lines.push('', ...fenced(tail));
  }
  if (failed.length > 10) lines.push('', `… and ${failed.length - 10} more.`);
  return lines;
}

/** Lines of a log in a fence that none of them can end. */
function fenced(lines: readonly string[]): string[] {
  const safe = lines.map(printable);
  const ticks = Math.max(3, ...safe.map((l) => (/`+/.exec(l)?.[0].length ?? 0) + 1));
  return ['`'.repeat(ticks), ...safe, '`'.repeat(ticks)];
}

function graph(report: BuildReport): string[] {
  if (report.edges.targets.length === 0 || report.edges.targets.length > 100) return [];
  return ['## Graph', '', '```mermaid', ...mermaidOf(report).trimEnd().split('\n'), '```'];
}

function targetTable(report: BuildReport): string[] {
  const paid = report.targets.some((t) => t.costUsd > 0 || t.spentUsd > 0);
  const rows = report.targets.map((target) => [
    cell(target.name),
    target.offBy === undefined ? verdictsText(target.verdicts) : `off (${cell(target.offBy)})`,
    target.ms > 0 ? durationText(target.ms) : '',
    ...(paid ? [target.costUsd > 0 ? usd(target.costUsd) : ''] : []),
    filesText(report, target),
  ]);
  return table('Targets', ['target', 'state', 'time', ...(paid ? ['cost'] : []), 'artifacts'], rows);
}

function filesText(report: BuildReport, target: ReportTarget): string {
  const files = tasksOf(report, target).flatMap((t) => t.last?.outputs ?? []);
  const shown = files.slice(0, shownFiles).map((f) => cell(outputText(f)));
  if (files.length > shownFiles) shown.push(`and ${files.length - shownFiles} more`);
  return shown.join('<br>');
}

/** What persons vouch for: said apart, so that nobody takes it for built. */
function adopted({ tasks }: BuildReport): string[] {
  const rows = adoptedIn(tasks).map(({ id, last }) => [
    cell(id),
    last?.at ?? '',
    cell(last?.adopted ?? ''),
    cell(unprovenText({ unproven: last?.unproven ?? [] })),
  ]);
  return table('Adopted', ['task', 'when', 'because', 'not proven'], rows);
}

function costTable({ costs }: BuildReport): string[] {
  const byTarget = new Map<string, { usd: number; tokensIn: number; tokensOut: number }>();
  for (const c of costs) {
    const sum = byTarget.get(c.target) ?? { usd: 0, tokensIn: 0, tokensOut: 0 };
    byTarget.set(c.target, {
      usd: sum.usd + c.usd,
      tokensIn: sum.tokensIn + c.tokensIn,
      tokensOut: sum.tokensOut + c.tokensOut,
    });
  }
  const rows = [...byTarget].map(([target, c]) => [
    cell(target),
    usd(c.usd),
    String(c.tokensIn),
    String(c.tokensOut),
  ]);
  return table('Costs of all builds', ['target', 'paid', 'tokens in', 'tokens out'], rows);
}

function lastRun({ runs }: BuildReport): string[] {
  const last = runs.at(-1);
  if (last?.tasks === undefined) return [];
  const rows = last.tasks.map((t) => [
    cell(t.task),
    t.origin === undefined ? t.outcome : `${t.outcome} ${originText(t.origin)}`,
    t.from === undefined || t.to === undefined ? '' : durationText(t.to - t.from),
    cell(t.message ?? t.why.join('; ')),
  ]);
  const lines = table(`Run ${last.run}`, ['task', 'outcome', 'time', 'why'], rows);
  return lines.length === 0
    ? []
    : ['<details><summary>The last build, task by task</summary>', '', ...lines, '', '</details>'];
}
