// The costs: what each target was paid in all and in the last build, what of it is kept, and which have no price.
import { number, usd } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import type { BuildReport } from './model.ts';
import { type Column, table } from './table.ts';

const shownRuns = 10;

interface Sum {
  usd: number;
  last: number;
  tokensIn: number;
  tokensOut: number;
}

function bar(share: number, kind: string): Html {
  const w = share === 0 ? 0 : Math.max(1.5, Math.round(share * 1000) / 10);
  return html`<svg class="bar money" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="rail" width="100" height="8"/><rect class="${kind}" width="${w}" height="8"/></svg>`;
}

/** Payments by target. */
function sums({ costs, runs }: BuildReport): Map<string, Sum> {
  const out = new Map<string, Sum>();
  const last = runs.at(-1)?.run;
  for (const { run, target, usd: paid, tokensIn, tokensOut } of costs) {
    const sum = out.get(target) ?? { usd: 0, last: 0, tokensIn: 0, tokensOut: 0 };
    sum.usd += paid;
    sum.last += run === last ? paid : 0;
    sum.tokensIn += tokensIn;
    sum.tokensOut += tokensOut;
    out.set(target, sum);
  }
  return out;
}

function perRun({ costs }: BuildReport): Content {
  const runs = new Map<number, number>();
  for (const { run, usd: paid } of costs) runs.set(run, (runs.get(run) ?? 0) + paid);
  const rows = [...runs].sort(([a], [b]) => b - a);
  const most = Math.max(1e-9, ...runs.values());
  if (rows.length < 2) return undefined;
  const shown = rows.slice(0, shownRuns);
  const rest = rows.slice(shownRuns).reduce((all, [, paid]) => all + paid, 0);
  const newest = table({
    caption: 'By build',
    columns: [
      ['n', 'run'],
      ['n', 'paid'],
      ['barcell', 'share'],
    ],
    rows: shown.map(([run, paid]) => [run, usd(paid), bar(paid / most, 'spent')]),
  });
  const before = html`<p class="note">${usd(rest)} by ${rows.length - shown.length} before</p>`;
  return html`<div>${newest}${rows.length > shown.length ? before : undefined}</div>`;
}

const columns: readonly Column[] = [
  'target',
  ['n', 'paid'],
  ['barcell', 'share paid'],
  ['n', 'kept'],
  ['barcell', 'share kept'],
  ['n', 'last build'],
  ['n', 'tokens in'],
  ['n', 'tokens out'],
];

/** The section. */
export function costTable(report: BuildReport): Html {
  const paid = sums(report);
  const unpriced = new Set(
    (report.summary.money?.targets ?? []).filter((one) => one.unpriced).map((one) => one.target),
  );
  const targets = report.targets.filter(
    (target) => target.paid || target.costUsd > 0 || paid.has(target.name),
  );
  const gone = [...paid.keys()].filter((name) => !report.targets.some((target) => target.name === name));
  const names = [...targets.map((target) => target.name), ...gone];
  if (names.length === 0)
    return html`<p class="note">No target is paid, so nothing was spent: a target that is says so with <code>paid:</code>.</p>`;
  const most = Math.max(
    1e-9,
    ...names.map((name) => paid.get(name)?.usd ?? 0),
    ...targets.map((target) => target.costUsd),
  );
  const rows = names.map((name) => {
    const sum = paid.get(name);
    const target = targets.find((one) => one.name === name);
    const none = unpriced.has(name) && (sum?.usd ?? 0) === 0;
    const money = (value: number): Content => (none ? html`<span class="none">no price</span>` : usd(value));
    return [
      html`<bdi>${name}</bdi>${target === undefined ? html` <span class="dim">gone</span>` : undefined}`,
      money(sum?.usd ?? 0),
      bar((sum?.usd ?? 0) / most, 'spent'),
      target === undefined ? '' : money(target.costUsd),
      bar((target?.costUsd ?? 0) / most, 'kept'),
      usd(target?.spentUsd ?? sum?.last ?? 0),
      number(sum?.tokensIn ?? 0),
      number(sum?.tokensOut ?? 0),
    ];
  });
  const { spentUsd, keptUsd } = report.summary;
  return html`<div class="card"><p class="lead"><b>${usd(spentUsd)}</b> paid by all builds; results that cost <b>${usd(keptUsd)}</b> stand and need not be paid again.</p><div class="two">${table({ caption: 'By target', columns, rows })}${perRun(report)}</div></div>`;
}
