// A family in the page: one line with its state, and below it what it is, where its tasks stand, and the tasks themselves.
import { cut, duration, number, usd } from './format.ts';
import { type History, historyOf } from './history.ts';
import { type Content, type Html, html, join } from './html.ts';
import type { BuildReport, ReportFamily } from './model.ts';
import { shardGrid } from './shard-grid.ts';
import { pill, stale, stateBar, worst } from './state.ts';
import { region } from './table.ts';
import { reasonLines, taskBody, taskLine } from './task.ts';

/** How much of each family is written: lines of tasks, and whether what is below them is too. */
export interface Depth {
  readonly lines: number;
  readonly bodies: boolean;
}

const gridFrom = 12;

function links(report: BuildReport, index: number): Content {
  const name = (at: number): Html => html`<a href="#f-${at}"><bdi>${report.families[at]?.name}</bdi></a>`;
  const from = report.edges.families.filter(([, to]) => to === index).map(([at]) => name(at));
  const to = report.edges.families.filter(([at]) => at === index).map(([, at]) => name(at));
  const row = (words: string, all: Html[]): Content =>
    all.length === 0
      ? undefined
      : html`<span>${words} ${join(all.slice(0, 12), ', ')}${all.length > 12 ? ` and ${all.length - 12} more` : ''}</span> `;
  return from.length + to.length === 0
    ? undefined
    : html`<p class="facts">${row('needs', from)}${row('needed by', to)}</p>`;
}

/** Different reasons in the family, each once, with how many tasks have it. */
function distinctReasons(report: BuildReport, { tasks }: ReportFamily): Content {
  const counts = new Map<string, number>();
  for (const at of tasks) {
    const task = report.tasks[at];
    if (task === undefined || task.verdict === 'fresh') continue;
    for (const line of reasonLines(report, task)) counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  if (counts.size === 0 || tasks.length === 1) return undefined;
  const all = [...counts].sort(([, a], [, b]) => b - a);
  return html`<ul class="reasons">${all.slice(0, 8).map(([line, n]) => html`<li><b>${number(n)}</b> ${line}</li>`)}${all.length > 8 ? html`<li>and ${number(all.length - 8)} more</li>` : undefined}</ul>`;
}

/** The three that took longest, and the three that cost most. */
function extremes(report: BuildReport, { tasks }: ReportFamily): Content {
  if (tasks.length < gridFrom) return undefined;
  const top = (of: (at: number) => number): number[] =>
    [...tasks]
      .filter((at) => of(at) > 0)
      .sort((a, b) => of(b) - of(a) || a - b)
      .slice(0, 3);
  const ms = (at: number): number => report.tasks[at]?.last?.ms ?? 0;
  const paid = (at: number): number => report.tasks[at]?.last?.costUsd ?? 0;
  const row = (words: string, all: number[], text: (at: number) => string): Content =>
    all.length === 0
      ? undefined
      : html`<span>${words} ${all.map((at, i) => html`${i > 0 ? ', ' : ''}<a href="#t-${at}"><bdi>${report.tasks[at]?.id}</bdi></a> ${text(at)}`)}</span> `;
  return html`<p class="facts">${row('slowest', top(ms), (at) => duration(ms(at)))}${row('dearest', top(paid), (at) => usd(paid(at)))}</p>`;
}

/** The tasks of a family, those that are not fresh first. */
export function inOrder(report: BuildReport, { tasks }: ReportFamily): number[] {
  const calm = (at: number): boolean => ['fresh', 'off'].includes(report.tasks[at]?.verdict ?? 'off');
  return [...tasks.filter((at) => !calm(at)), ...tasks.filter(calm)];
}

/** What stands below the line of a family. */
export function familyBody(
  report: BuildReport,
  index: number,
  { lines, bodies }: Depth,
  history: History = historyOf([]),
): Html {
  const family = report.families[index] as ReportFamily;
  const target = report.targets[family.target];
  const order = inOrder(report, family);
  const shown = order.slice(0, lines);
  const rest = order.length - shown.length;
  const command =
    target?.command === undefined
      ? undefined
      : html`<pre${region(`Command of ${family.name}`)}>${cut(target.command.trimEnd(), 2000)}</pre>`;
  const about = target?.desc === undefined ? undefined : html`<p>${target.desc}</p>`;
  return html`${about}${command}${links(report, index)}${distinctReasons(report, family)}${family.tasks.length < gridFrom ? undefined : shardGrid(report, family, index)}${extremes(report, family)}<div class="tasks">${shown.map((at) => taskLine(report, at, bodies ? taskBody(report, at, history) : undefined))}${rest > 0 ? html`<p class="note rest" data-family="${index}" data-shown="${shown.length}">and ${number(rest)} more <button type="button" class="js" data-more="${index}">Show more</button></p>` : undefined}</div>`;
}

/** The line of a family; what is below is filled when it is opened, unless it is given. */
export function familyLine(report: BuildReport, index: number, body: Content): Html {
  const family = report.families[index] as ReportFamily;
  const state = worst(family.verdicts);
  const open = stale(family.verdicts);
  const all = family.tasks.length;
  const says =
    all === 1
      ? ''
      : open > 0
        ? html`<b>${number(open)}</b>/${number(all)} not fresh`
        : `${number(all)} tasks`;
  return html`<details class="family${open > 0 ? ' open-work' : ''}" id="f-${index}" data-family="${index}"><summary>${pill(state)}<bdi class="name">${family.name}</bdi>${all > 1 ? stateBar(family.verdicts) : html`<span class="bar"></span>`}<span class="n share">${says}</span><span class="n">${family.ms === 0 ? '' : duration(family.ms)}</span><span class="n">${family.costUsd === 0 ? '' : usd(family.costUsd)}</span></summary><div class="body">${body}</div></details>
`;
}
