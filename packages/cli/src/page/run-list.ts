// The runs: a strip of the last fifty builds, the same as a table, and two of them held against each other.
import { cut, duration, moment, number, usd } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import type { BuildReport, ReportRun } from './model.ts';
import { type Column, scrolling, table } from './table.ts';
import { resultText } from './tiles.ts';

const barWidth = 18;
const barHeight = 64;

function executed({ counts }: ReportRun): number {
  return (counts?.ran ?? 0) + (counts?.restored ?? 0) + (counts?.rechecked ?? 0);
}

function all(run: ReportRun): number {
  const { counts } = run;
  return (
    executed(run) +
    (counts?.fresh ?? 0) +
    (counts?.cutOff ?? 0) +
    (counts?.failed ?? 0) +
    (counts?.blocked ?? 0) +
    (counts?.notStarted ?? 0)
  );
}

/** One build as a bar: what it ran, what failed, and what it did not have to run. */
function barOf(run: ReportRun, at: number, most: number): Html {
  const x = at * (barWidth + 4);
  const tall = (n: number): number =>
    n === 0 ? 0 : Math.max(2, Math.round((n / most) * barHeight * 10) / 10);
  const failed = tall(run.counts?.failed ?? 0);
  const ran = tall(executed(run));
  const rest = Math.max(0, tall(all(run)) - failed - ran);
  const title = `run ${run.run}, ${moment(run.at)}: ${resultText(run)}`;
  const mark =
    run.counts === undefined
      ? html`<text class="mark" x="${x + barWidth / 2}" y="${barHeight - 2}">…</text>`
      : undefined;
  return html`<g><title>${title}</title><rect class="reach" x="${x}" y="0" width="${barWidth}" height="${barHeight + 18}"/><rect class="cached" x="${x}" y="${barHeight - rest}" width="${barWidth}" height="${rest}"/><rect class="ran" x="${x}" y="${barHeight - rest - ran}" width="${barWidth}" height="${ran}"/><rect class="failed" x="${x}" y="${barHeight - rest - ran - failed}" width="${barWidth}" height="${failed}"/>${failed > 0 ? html`<text class="mark bad" x="${x + barWidth / 2}" y="${barHeight + 14}">✗</text>` : mark}${at % 5 === 0 && failed === 0 ? html`<text class="tick" x="${x + barWidth / 2}" y="${barHeight + 14}">${run.run}</text>` : undefined}</g>`;
}

function strip(runs: readonly ReportRun[]): Html {
  const most = Math.max(1, ...runs.map(all));
  const width = runs.length * (barWidth + 4);
  const costs = runs.map((run) => run.money?.spentUsd ?? 0);
  const dearest = Math.max(...costs);
  const points = costs.map(
    (cost, at) =>
      `${at * (barWidth + 4) + barWidth / 2} ${(barHeight - 3 - (cost / dearest) * (barHeight - 8)).toFixed(1)}`,
  );
  const line =
    dearest > 0 && runs.length > 1 ? html`<path class="cost" d="M${points.join('L')}"/>` : undefined;
  return html`${scrolling(`The last ${runs.length} builds`, html`<svg class="strip" viewBox="0 -2 ${width} ${barHeight + 22}" width="${width}" height="${barHeight + 22}" role="img" aria-label="The last ${runs.length} builds, oldest first; the table below says the same">${runs.map((run, at) => barOf(run, at, most))}${line}</svg>`)}
<p class="legend"><span class="key"><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="ran" width="12" height="12" rx="2"/></svg> executed</span> <span class="key"><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="cached" width="12" height="12" rx="2"/></svg> not needed</span> <span class="key"><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="failed" width="12" height="12" rx="2"/></svg> ✗ failed</span>${line === undefined ? undefined : html` <span class="key"><svg viewBox="0 0 12 12" aria-hidden="true"><path class="cost" d="M0 9L5 4L12 7"/></svg> paid, at most ${usd(dearest)}</span>`}</p>`;
}

function rowOf(run: ReportRun): Content[] {
  const { counts, money } = run;
  const failed = counts !== undefined && counts.failed > 0;
  const state =
    counts === undefined
      ? html`<span class="pill s-off">… cut off</span>`
      : failed
        ? html`<span class="pill s-blocked">✗ failed</span>`
        : html`<span class="pill s-fresh">✓ done</span>`;
  const n = (value: number | undefined): string => (value === undefined ? '' : number(value));
  const from: Content[] = [
    run.ci === true ? 'CI ' : undefined,
    run.commit === undefined ? undefined : html`<code>${run.commit.slice(0, 12)}</code>`,
  ];
  return [
    run.run,
    moment(run.at),
    state,
    n(counts?.ran),
    n(counts?.cutOff),
    n(counts?.fresh),
    n(counts?.failed),
    run.ms === undefined ? '' : duration(run.ms),
    money === undefined ? '' : usd(money.spentUsd),
    money === undefined ? '' : usd(money.savedUsd),
    html`<code>${cut((run.args ?? []).join(' '), 60)}</code>`,
    from,
  ];
}

const columns: readonly Column[] = [
  ['n', 'run'],
  'started, UTC',
  'result',
  ['n', 'ran'],
  ['n', 'not needed'],
  ['n', 'fresh'],
  ['n', 'failed'],
  ['n', 'time'],
  ['n', 'paid'],
  ['n', 'saved'],
  ['grow', 'call'],
  'from',
];

function comparison(runs: readonly ReportRun[]): Content {
  const known = runs.filter((run) => run.tasks !== undefined);
  if (known.length < 2) return undefined;
  const choice = (at: number): Html[] =>
    known.map(
      (run, i) =>
        html`<option value="${run.run}"${i === at ? html` selected` : undefined}>run ${run.run}</option>`,
    );
  return html`<div class="js compare"><h3>Between two builds</h3><p class="tools"><label>from <select id="compare-from">${choice(known.length - 2)}</select></label> <label>to <select id="compare-to">${choice(known.length - 1)}</select></label></p><div id="compared" aria-live="polite"></div></div>`;
}

/** The section. */
export function runList({ runs }: BuildReport): Html {
  if (runs.length === 0) return html`<p class="note">No build is known yet: <code>evalmake build</code>.</p>`;
  const only =
    runs.length === 1
      ? html`<p class="note">One build so far: from the second on they can be compared.</p>`
      : undefined;
  const rows = [...runs].reverse().map(rowOf);
  return html`<div class="card">${strip(runs)}${only}<details${runs.length <= 8 ? html` open` : undefined}><summary>All ${runs.length} as a table</summary>${table({ caption: 'Builds, newest first', quiet: true, columns, rows })}</details>${comparison(runs)}</div>`;
}
