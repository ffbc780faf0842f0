// The list of all families with search, filter and order: what cannot be written whole is filled by the page when it is opened.
import { type Depth, familyBody, familyLine } from './family.ts';
import { count, number } from './format.ts';
import { historyOf } from './history.ts';
import { type Html, html } from './html.ts';
import type { BuildReport, ReportFamily } from './model.ts';
import { stale, states, verdicts, worst } from './state.ts';

const wholeTasks = 40;
const lineTasks = 1000;
const bodyFamilies = 300;
const lineFamilies = 1500;

/** How deep the server writes; what is deeper is in the data, for the page to fill in. */
export function depthOf({ tasks, families }: BuildReport): Depth | undefined {
  if (families.length > bodyFamilies) return undefined;
  if (tasks.length <= wholeTasks) return { lines: wholeTasks, bodies: true };
  return { lines: tasks.length <= lineTasks ? 20 : 4, bodies: false };
}

/** Families that need work first, the worst of them before all; else as in the pipeline. */
function inOrder(families: readonly ReportFamily[]): number[] {
  const rank = (at: number): number => {
    const counts = families[at]?.verdicts ?? {};
    return stale(counts) === 0 ? 99 : verdicts.indexOf(worst(counts));
  };
  return families.map((_, at) => at).sort((a, b) => rank(a) - rank(b) || a - b);
}

/** The section. */
export function familyList(report: BuildReport): Html {
  const { families, targets, summary } = report;
  if (families.length === 0)
    return html`<p class="note">No target is defined yet: <code>evalmake init</code> starts a pipeline.</p>`;
  const depth = depthOf(report);
  const history = depth?.bodies === true ? historyOf(report.runs) : undefined;
  const order = inOrder(families);
  const written = order.slice(0, lineFamilies);
  const lines = written.map((at) =>
    familyLine(report, at, depth === undefined ? undefined : familyBody(report, at, depth, history)),
  );
  const there = verdicts.filter((verdict) => (summary.verdicts[verdict] ?? 0) > 0);
  const options = there.map(
    (verdict) =>
      html`<option value="${verdict}">${states[verdict].glyph} ${states[verdict].word} (${number(summary.verdicts[verdict] ?? 0)})</option>`,
  );
  const anchors = targets.flatMap((target, at) =>
    target.families.length > 1 ? [html`<span id="x-${at}"></span>`] : [],
  );
  const left = families.length - written.length;
  return html`<div class="tools js find" role="search"><label>Find <input type="search" id="find" placeholder="name, or press /" autocomplete="off" spellcheck="false"></label><label>State <select id="state"><option value="">any</option>${options}</select></label><label>Order <select id="order"><option value="">need of work</option><option value="name">name</option><option value="time">time</option><option value="cost">cost</option><option value="size">size</option></select></label><span id="found" class="dim" role="status">${count(families.length, 'family').replace('familys', 'families')}</span></div>
${anchors}<div class="families" id="families">${lines}</div>${left > 0 ? html`<p class="note">${number(left)} more families are left out of this list; the text report has them.</p>` : undefined}<noscript><p class="note">Parts, history and how a result was made are filled in by a script; <code>evalmake report -o report.json</code> has them as data.</p></noscript>`;
}
