// Rendering a Report as terminal text and as Markdown.
import {
  type Adoption,
  money,
  moneyText,
  type Report,
  type ReportFile,
  type ReportTarget,
} from '@evalmake/core';
import { reasonLine, unprovenText } from './explain.ts';
import { count, durationText, type Paint, printable, sizeText } from './style.ts';

const shownFiles = 4;
const shownRuns = 40;

function verdictText(target: ReportTarget): string {
  const words = Object.entries(target.verdicts);
  const tasks = words.reduce((n, [, k]) => n + k, 0);
  const adopted = target.adopted.length === 0 ? '' : ` (${target.adopted.length} adopted)`;
  return words.map(([verdict, n]) => (tasks === 1 ? verdict : `${n} ${verdict}`)).join(', ') + adopted;
}

function fileText(file: ReportFile): string {
  return `${printable(file.path)} (${file.rows === undefined ? '' : `${count(file.rows, 'row')}, `}${sizeText(file.bytes)})`;
}

function adoptedText(adoption: Adoption): string {
  const { task, at, reason } = adoption;
  return `${task} adopted on ${at} because "${printable(reason)}"; not proven: ${unprovenText(adoption)}`;
}

/** What a target's results cost, and what of it the last build paid. */
function costText({ costUsd, spentUsd }: ReportTarget): string {
  const dollars = (usd: number): string => moneyText(money(usd));
  const parts = [
    ...(costUsd > 0 ? [dollars(costUsd)] : []),
    ...(spentUsd > 0 ? [`${dollars(spentUsd)} paid by the last build`] : []),
  ];
  return parts.map((part) => `, ${part}`).join('');
}

/** A report for a terminal. */
export function renderText(report: Report, paint: Paint): string {
  const lines = [
    paint.bold(
      `${printable(report.pipeline)}${report.run === undefined || report.run === 0 ? '' : `, run ${report.run}`}`,
    ),
  ];
  const width = Math.max(1, ...report.targets.map((t) => t.target.length));
  for (const target of report.targets) {
    lines.push(
      `  ${target.target.padEnd(width)}  ${verdictText(target)}${paint.dim(`, ${durationText(target.ms)}${costText(target)}`)}`,
    );
    for (const one of target.adopted.slice(0, shownFiles))
      lines.push(paint.yellow(`  ${' '.repeat(width)}    ${adoptedText(one)}`));
    if (target.adopted.length > shownFiles)
      lines.push(
        paint.yellow(`  ${' '.repeat(width)}    … and ${target.adopted.length - shownFiles} more adopted`),
      );
    for (const file of target.outputs.slice(0, shownFiles))
      lines.push(paint.dim(`  ${' '.repeat(width)}    ${fileText(file)}`));
    if (target.outputs.length > shownFiles)
      lines.push(
        paint.dim(
          `  ${' '.repeat(width)}    … and ${count(target.outputs.length - shownFiles, 'more file')}`,
        ),
      );
  }
  const failed = report.tasks.filter((t) => t.outcome === 'failed' || t.outcome === 'blocked');
  for (const task of failed.slice(0, shownRuns))
    lines.push(
      `  ${paint.red(task.outcome)} ${task.task} ${printable(task.message ?? task.reasons.map(reasonLine).join('; '))}`,
    );
  return `${lines.join('\n')}\n`;
}

/** Text of a cell of a Markdown table. */
export function markdownCell(text: string): string {
  return printable(text)
    .replaceAll('\n', ' ')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('`', '\\`');
}

/** What persons vouch for: said apart, so that nobody takes it for built. */
function adoptedTable(report: Report): string[] {
  const adopted = report.targets.flatMap((t) => t.adopted);
  if (adopted.length === 0) return [];
  const lines = ['', '## Adopted', '', '| task | when | because | not proven |', '| --- | --- | --- | --- |'];
  for (const one of adopted.slice(0, shownRuns))
    lines.push(
      `| ${markdownCell(one.task)} | ${one.at} | ${markdownCell(one.reason)} | ${markdownCell(unprovenText(one))} |`,
    );
  if (adopted.length > shownRuns) lines.push('', `… and ${adopted.length - shownRuns} more.`);
  return lines;
}

/** A report as Markdown, short enough for a comment. */
export function renderMarkdown(report: Report): string {
  const paid = report.targets.some((t) => t.costUsd > 0 || t.spentUsd > 0);
  const lines = [
    `# Build of ${markdownCell(report.pipeline)}`,
    '',
    `| target | state | time |${paid ? ' cost |' : ''} files |`,
    `| --- | --- | ---: |${paid ? ' ---: |' : ''} --- |`,
  ];
  for (const target of report.targets) {
    const files = target.outputs.slice(0, shownFiles).map((f) => markdownCell(fileText(f)));
    if (target.outputs.length > shownFiles) files.push(`and ${target.outputs.length - shownFiles} more`);
    lines.push(
      `| ${markdownCell(target.target)} | ${verdictText(target)} | ${durationText(target.ms)} |${paid ? ` ${costText(target).replace(', ', '')} |` : ''} ${files.join('<br>')} |`,
    );
  }
  lines.push(...adoptedTable(report));
  if (report.tasks.length > 0) {
    lines.push(
      '',
      `## The last build${report.run === undefined ? '' : ` (run ${report.run})`}`,
      '',
      '| task | outcome | time | why |',
      '| --- | --- | ---: | --- |',
    );
    for (const task of report.tasks.slice(0, shownRuns)) {
      const why = task.message ?? task.reasons.map(reasonLine).join('; ');
      lines.push(
        `| ${markdownCell(task.task)} | ${task.outcome} | ${task.ms === undefined ? '' : durationText(task.ms)} | ${markdownCell(why)} |`,
      );
    }
    if (report.tasks.length > shownRuns)
      lines.push('', `… and ${count(report.tasks.length - shownRuns, 'more task')}.`);
  }
  return `${lines.join('\n')}\n`;
}
