// The tiles answer at a glance: how it stands, what the last build did, what the next would do, what was spent, what is kept.
import type { Verdict } from '@evalmake/core/decision';
import type { MoneyDocument } from '@evalmake/core/money-document';
import { count, duration, listing, number, usd } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import type { BuildReport, ReportRun } from './model.ts';
import { lastRun } from './standing.ts';
import { stateBar, states, verdicts } from './state.ts';

interface Tile {
  readonly to: string;
  readonly label: string;
  readonly value: Content;
  readonly more: Content;
  readonly wide?: true;
}

/** A line of numbers without axes, oldest first. */
export function sparkline(values: readonly number[]): Html {
  const top = Math.max(...values, 1e-9);
  const step = 120 / Math.max(1, values.length - 1);
  const at = (value: number, index: number): string =>
    `${(index * step).toFixed(1)} ${(25 - (value / top) * 22).toFixed(1)}`;
  const line = `M${values.map(at).join('L')}`;
  const last = at(values.at(-1) ?? 0, values.length - 1).split(' ');
  return html`<svg class="spark" viewBox="-3 0 126 28" width="126" height="28" aria-hidden="true"><path class="area" d="${line}L120 27L0 27Z"/><path class="line" d="${line}"/><circle cx="${last[0]}" cy="${last[1]}" r="2.5"/></svg>`;
}

/** Fresh first, off last, and between them what is worst first. */
const rank = (verdict: Verdict): number => (verdict === 'fresh' ? -1 : verdicts.indexOf(verdict));

function tasksTile({ summary }: BuildReport): Tile {
  const legend = verdicts
    .filter((verdict) => (summary.verdicts[verdict] ?? 0) > 0)
    .sort((a, b) => rank(a) - rank(b));
  return {
    to: 'targets',
    label: 'Tasks',
    value: number(summary.tasks),
    wide: true,
    more: html`${stateBar(summary.verdicts)}<span class="legend">${legend.map(
      (verdict) =>
        html`<span class="key s-${verdict}"><span aria-hidden="true">${states[verdict].glyph}</span> ${number(summary.verdicts[verdict] ?? 0)} ${states[verdict].word}</span> `,
    )}</span>`,
  };
}

/** What a build did, in words. */
export function resultText({ counts, exit, ms }: ReportRun): string {
  if (counts === undefined) return ms === undefined ? 'cut off before its end' : `exit ${exit}`;
  const words = listing([
    [counts.failed, 'failed'],
    [counts.ran, 'ran'],
    [counts.cutOff, 'not needed'],
    [counts.restored ?? 0, 'restored'],
    [counts.rechecked, 'checked again'],
    [counts.adopted ?? 0, 'adopted'],
    [counts.blocked, 'blocked'],
    [counts.ask, 'asked'],
    [counts.waiting ?? 0, 'waiting'],
    [counts.notStarted, 'not started'],
  ]);
  return words === '' ? 'nothing to do' : words;
}

function lastTile(report: BuildReport): Tile {
  const last = lastRun(report);
  return {
    to: 'timeline',
    label: 'Last build',
    value: last === undefined ? 'none' : last.ms === undefined ? 'cut off' : duration(last.ms),
    more: last === undefined ? 'nothing has been built yet' : `run ${last.run}: ${resultText(last)}`,
  };
}

function costText(cost: MoneyDocument | undefined): string {
  if (cost === undefined) return '';
  if (cost.atMostUsd === 0) return cost.unknown ? ' · cost unknown' : '';
  const upTo = cost.knownUsd === cost.atMostUsd ? '' : 'up to ';
  return ` · ${upTo}${usd(cost.atMostUsd)}${cost.unknown ? ' or more' : ''}`;
}

/** Why a build would run nothing. */
function idleText({
  verdicts: { ask = 0, blocked = 0, waiting = 0, recheck = 0, restore = 0 },
}: BuildReport['summary']): string {
  if (ask > 0) return `${count(ask, 'task')} first ${ask === 1 ? 'needs' : 'need'} your decision`;
  if (blocked > 0) return `${count(blocked, 'task')} ${blocked === 1 ? 'is' : 'are'} blocked`;
  if (waiting > 0) return `${count(waiting, 'task')} ${waiting === 1 ? 'waits' : 'wait'} for a job`;
  return recheck + restore > 0 ? 'checks and former results only' : 'everything matches';
}

function nextTile({ summary }: BuildReport): Tile {
  const { run, maybe, ms, unknown } = summary.forecast;
  const cost = summary.money;
  const about = costText(cost);
  const time = ms === undefined ? (run + maybe > 0 ? 'time unknown' : undefined) : `about ${duration(ms)}`;
  const idle = run + maybe === 0;
  const fresh = unknown > 0 ? html`<br>${count(unknown, 'task')} never ran before` : undefined;
  return {
    to: 'next',
    label: 'Next build',
    value: idle
      ? 'nothing'
      : html`${number(run)}${maybe > 0 ? html` <small>to ${number(run + maybe)}</small>` : undefined} <small>to run</small>`,
    more: idle ? idleText(summary) : html`${time}${about}${fresh}`,
  };
}

function moneyTiles({ summary, runs }: BuildReport): Tile[] {
  const spent = runs.map((run) => run.money?.spentUsd ?? 0);
  if (summary.spentUsd === 0 && summary.keptUsd === 0) return [];
  const saved = runs.at(-1)?.money?.savedUsd ?? 0;
  return [
    {
      to: 'costs',
      label: 'Spent so far',
      value: usd(summary.spentUsd),
      more: spent.length > 1 ? sparkline(spent) : 'in one build',
    },
    {
      to: 'costs',
      label: 'Kept',
      value: usd(summary.keptUsd),
      more: html`paid results that stand${saved > 0 ? html`<br>${usd(saved)} saved by run ${runs.at(-1)?.run ?? 0}` : undefined}`,
    },
  ];
}

function checksTile({ summary }: BuildReport): Tile {
  const { passed, failed } = summary.checks;
  const all = passed + failed;
  return {
    to: 'failures',
    label: 'Checks',
    value: all === 0 ? 'none' : html`${number(passed)} <small>of ${number(all)}</small>`,
    more:
      all === 0
        ? 'no target declares checks'
        : failed === 0
          ? html`<span class="key s-fresh">✓ all passed</span>`
          : html`<span class="key s-blocked">✗ ${number(failed)} failed</span>`,
  };
}

/** All tiles. */
export function tiles(report: BuildReport): Html {
  const all = [
    tasksTile(report),
    lastTile(report),
    nextTile(report),
    ...moneyTiles(report),
    checksTile(report),
  ];
  return html`<section class="tiles" aria-label="At a glance">${all.map(
    ({ to, label, value, more, wide }) =>
      html`<a class="tile${wide ? ' broad' : ''}" href="#${to}"><span class="label">${label}</span><strong>${value}</strong><span class="more">${more}</span></a>
`,
  )}</section>`;
}
