// The step summary is what a build tells in Markdown on the page of a GitHub Actions run.
import { appendFileSync, statSync } from 'node:fs';
import { type Event, type RunSummary, summarise } from '@evalmake/core';
import { endMoneyText } from '../explain-money.ts';
import { markdownCell } from '../report/markdown-cell.ts';
import { closingLine } from './closing-line.ts';

const shownFailures = 100;
/** GitHub refuses a summary above a mebibyte, with all that is in it. */
const mostBytes = 900_000;

/** The summary of one build: its closing line, and what failed. */
export function stepSummary({ tasks }: RunSummary, closing: string): string {
  const failed = tasks.filter((t) => t.outcome === 'failed');
  const lines = [`**${markdownCell(closing)}**`, ''];
  if (failed.length > 0) lines.push('| failed | why | log |', '| --- | --- | --- |');
  for (const { task, message = '', log = '' } of failed.slice(0, shownFailures))
    lines.push(`| ${markdownCell(task)} | ${markdownCell(message)} | ${markdownCell(log)} |`);
  if (failed.length > shownFailures) lines.push('', `… and ${failed.length - shownFailures} more failed.`);
  return `${lines.join('\n')}\n\n`;
}

/** As much of a summary as there is room for beside what earlier commands of the step wrote, cut at a line. */
export function fittingSummary(text: string, usedBytes: number): string {
  const bytes = Buffer.from(text);
  const room = mostBytes - usedBytes;
  if (bytes.length <= room) return text;
  const note = '\n… the rest is left out: a summary may not be longer.\n';
  const cut = bytes.subarray(0, Math.max(0, room - Buffer.byteLength(note))).lastIndexOf(0x0a);
  return cut <= 0 ? '' : `${bytes.subarray(0, cut).toString()}${note}`;
}

/** Appends the summary of a build to the page of its run, where GitHub asks for one. */
export function tellGithub(
  env: Readonly<Record<string, string | undefined>>,
  { events, where }: { events: readonly Event[]; where: string },
): void {
  const path = env['GITHUB_STEP_SUMMARY'];
  if (env['GITHUB_ACTIONS'] !== 'true' || path === undefined || path === '') return;
  const summary = summarise(events);
  if (summary.counts === undefined) return;
  const closing = closingLine(summary.counts, summary.ms ?? 0) + endMoneyText(summary.money) + where;
  try {
    const used = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    appendFileSync(path, fittingSummary(stepSummary(summary, closing), used));
  } catch (error) {
    // The build is what it is, whether its page says so or not.
    process.stderr.write(`evalmake: warning: the summary was not written: ${(error as Error).message}\n`);
  }
}
