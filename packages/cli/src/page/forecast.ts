// The forecast says what a build would do: how much runs, how long, for how much money, and by which family.
import type { TargetMoneyDocument } from '@evalmake/core/money-document';
import { count, duration, number, usd } from './format.ts';
import { type Content, type Html, html, join } from './html.ts';
import type { BuildReport, ReportFamily } from './model.ts';
import { countsText, pill, stale, stateBar, worst } from './state.ts';
import { table } from './table.ts';

const shownFamilies = 16;

function sentence({ summary }: BuildReport): Html {
  const { run, maybe, keep, ms, jobs, unknown } = summary.forecast;
  const cost = summary.money;
  const time =
    ms === undefined ? 'nobody knows yet how long' : `about ${duration(ms)} with ${count(jobs, 'slot')}`;
  const price =
    cost === undefined
      ? undefined
      : cost.knownUsd === cost.atMostUsd
        ? html`, for <b>${usd(cost.knownUsd)}</b>${cost.unknown ? ' and what nobody can know yet' : ''}`
        : html`, for <b>${usd(cost.knownUsd)}</b> to <b>${usd(cost.atMostUsd)}</b>${cost.unknown ? ' or more' : ''}`;
  const fresh = unknown > 0 ? ` ${count(unknown, 'task')} never ran before.` : '';
  return html`<p class="lead">A build now would run <b>${count(run, 'task')}</b>${maybe > 0 ? html` and perhaps <b>${number(maybe)}</b> more` : undefined}, ${time}${price}. ${number(keep)} stay as they are.${fresh}</p>`;
}

/** What one row or one run costs by the price list. */
function unitPrice({ usdPerRow, usdPerRun, discount }: TargetMoneyDocument): string {
  const off = discount === undefined ? '' : `, ${Math.round(discount * 100)}% off`;
  if (usdPerRow !== undefined) return `${usd(usdPerRow)} a row${off}`;
  return usdPerRun === undefined ? '' : `${usd(usdPerRun)} a run${off}`;
}

/** Free targets that, once built, tell what is uncertain now. */
function toldBy(targets: readonly TargetMoneyDocument[]): Content {
  const names = [...new Set(targets.flatMap(({ freeBefore = [] }) => freeBefore))];
  return names.length === 0
    ? undefined
    : html`<p class="note">Known better once these are built, which costs nothing: ${join(
        names.slice(0, shownFamilies).map((name) => html`<bdi>${name}</bdi>`),
        ', ',
      )}.</p>`;
}

function moneyTable({ summary }: BuildReport): Content {
  const cost = summary.money;
  if (cost === undefined || cost.targets.length === 0) return undefined;
  const rows = cost.targets.map((one) => {
    const price = one.unpriced
      ? 'no price'
      : one.knownUsd === one.atMostUsd
        ? usd(one.knownUsd)
        : `${usd(one.knownUsd)} to ${usd(one.atMostUsd)}`;
    return [
      html`<bdi>${one.target}</bdi>${dollar}`,
      number(one.tasks),
      one.rows === undefined ? '' : number(one.rows),
      unitPrice(one),
      `${price}${one.unknown && !one.unpriced ? ' or more' : ''}`,
      one.savesUsd > 0 ? usd(one.savesUsd) : '',
    ];
  });
  const limit =
    cost.limitUsd === null
      ? undefined
      : html`<p class="note">The limit is ${usd(cost.limitUsd)}${cost.asks ? ', and something would go beyond it: it asks first.' : '.'}</p>`;
  const columns = [
    'target',
    ['n', 'tasks'],
    ['n', 'rows'],
    'price',
    ['n', 'would cost'],
    ['n', 'kept answers save'],
  ] as const;
  return html`<div class="card">${table({ caption: 'Money', columns, rows })}${limit}${toldBy(cost.targets)}</div>`;
}

const dollar = html` <span class="paid" title="needs a paid provider">$</span>`;

function familyRow(report: BuildReport, family: ReportFamily): Content[] {
  const index = report.families.indexOf(family);
  return [
    html`<a href="#f-${index}"><bdi>${family.name}</bdi></a>${report.targets[family.target]?.paid ? dollar : undefined}`,
    pill(worst(family.verdicts)),
    html`${number(stale(family.verdicts))}<span class="dim">/${number(family.tasks.length)}</span>`,
    stateBar(family.verdicts),
    countsText(family.verdicts),
  ];
}

/** The section. */
export function forecast(report: BuildReport): Html {
  const open = report.families.filter((family) => stale(family.verdicts) > 0);
  if (open.length === 0)
    return html`<p class="lead">Nothing: ${count(report.summary.forecast.keep, 'task')} stay as they are.</p>${offTargets(report)}`;
  const rows = open.slice(0, shownFamilies).map((family) => familyRow(report, family));
  const rest = open.length - rows.length;
  const columns = ['family', 'state', ['n', 'tasks'], ['barcell', 'share'], ['grow', 'in detail']] as const;
  return html`${sentence(report)}<div class="two">
<div class="card">${table({ caption: 'Not fresh, by family', columns, rows })}</div>
${moneyTable(report)}</div>${rest > 0 ? html`<p class="note">${count(rest, 'more family').replace('familys', 'families')}: see the <a href="#targets">targets</a>.</p>` : undefined}${offTargets(report)}`;
}

/** Targets that are off, and the key that says so. */
function offTargets({ targets }: BuildReport): Content {
  const off = targets.filter((target) => target.offBy !== undefined);
  if (off.length === 0) return undefined;
  return html`<p class="note">Off: ${off.slice(0, shownFamilies).map((target, at) => html`${at > 0 ? ', ' : ''}<bdi>${target.name}</bdi> by <code>${target.offBy}</code>`)}${off.length > shownFamilies ? ' and more' : ''}.</p>`;
}
