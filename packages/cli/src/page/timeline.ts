// The timeline of one build: a lane per slot, what waited, the critical path, and how much ran at once. Drawn by the same code in the page.
import { count, cut, duration } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import type { ReportRun, ReportTaskRun } from './model.ts';
import { outcomes } from './state.ts';
import { scrolling } from './table.ts';

const width = 1080;
const left = 52;
const hues = 8;
const narrow = 2.5;
const shownChain = 16;

/** A stretch of a lane: one task, or several too short to be seen apart. */
interface Span {
  readonly from: number;
  to: number;
  hue: number;
  readonly task: ReportTaskRun;
  tasks: number;
}

/** Tells the target of a task: what stands before its `each` values. */
export function targetOf(task: string): string {
  return /^[^@[]*/.exec(task)?.[0] || task;
}

/** The targets of a build by the time they took, longest first: as many as there are hues. */
function huesOf(tasks: readonly ReportTaskRun[]): string[] {
  const time = new Map<string, number>();
  for (const { task, from = 0, to = 0 } of tasks)
    time.set(targetOf(task), (time.get(targetOf(task)) ?? 0) + to - from);
  const longest = [...time].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, hues - 1);
  const order = [...time.keys()];
  return longest.map(([name]) => name).sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

/** Stretches of one lane: tasks too short to be seen apart become one, in the colour of the longest. */
function spansOf(tasks: readonly ReportTaskRun[], legend: readonly string[], scale: number): Span[] {
  const out: Span[] = [];
  let longest = 0;
  for (const task of tasks) {
    const { from = 0, to = from } = task;
    const at = legend.indexOf(targetOf(task.task));
    const hue = at < 0 ? hues - 1 : at;
    const before = out.at(-1);
    const small = (to - from) * scale < narrow;
    if (
      before !== undefined &&
      joins(before, task, scale) &&
      small &&
      (before.hue === hue || (before.to - before.from) * scale < narrow)
    ) {
      before.to = Math.max(before.to, to);
      before.tasks += 1;
      if (to - from > longest) before.hue = hue;
      longest = Math.max(longest, to - from);
    } else {
      out.push({ from, to, hue, task, tasks: 1 });
      longest = to - from;
    }
  }
  return out;
}

function joins(before: Span, task: ReportTaskRun, scale: number): boolean {
  return (
    plain(before.task) &&
    plain(task) &&
    before.task.critical === task.critical &&
    ((task.from ?? 0) - before.to) * scale < 1
  );
}

function plain({ outcome }: ReportTaskRun): boolean {
  return outcome !== 'failed' && outcome !== 'waiting' && outcome !== 'stopped';
}

function spanShape({ from, to, hue, task, tasks }: Span, y: number, h: number, scale: number): Html {
  const words =
    tasks > 1
      ? `${tasks} tasks from ${task.task} on, ${duration(to - from)}`
      : `${task.task}: ${outcomes[task.outcome].word}, ${duration(to - from)}`;
  const w = Math.max(1, (to - from) * scale - 1);
  const x = (left + from * scale).toFixed(1);
  const title = w > 3 || !plain(task) ? html`<title>${cut(words, 120)}</title>` : undefined;
  const bad = task.outcome === 'failed';
  return html`<rect class="h${hue}${task.outcome === 'waiting' ? ' waits' : ''}${bad ? ' bad' : ''}${task.critical ? ' crit' : ''}" x="${x}" y="${y}" width="${w.toFixed(1)}" height="${h}" rx="2">${title}</rect>${bad && w > 9 ? html`<text class="mark" x="${(left + from * scale + w / 2).toFixed(1)}" y="${y + h - 4}">✗</text>` : undefined}`;
}

/** Whole seconds, minutes or hours between marks, so that there are four to ten. */
function stepOf(ms: number): number {
  const steps = [
    10, 50, 100, 500, 1e3, 5e3, 1e4, 3e4, 6e4, 3e5, 6e5, 1.8e6, 3.6e6, 7.2e6, 2.16e7, 8.64e7, 6.048e8,
  ];
  return steps.find((step) => ms / step <= 8) ?? ms;
}

function axis(ms: number, scale: number, top: number, bottom: number): Html[] {
  const step = stepOf(ms);
  return Array.from({ length: Math.floor(ms / step) + 1 }, (_, i) => {
    const x = (left + i * step * scale).toFixed(1);
    return html`<path class="grid" d="M${x} ${top}V${bottom}"/><text class="tick" x="${x}" y="${bottom + 15}">${
      i === 0
        ? '0'
        : duration(i * step)
            .replace(/m00s$/, 'm')
            .replace('.0s', 's')
    }</text>`;
  });
}

/** How many ran at each moment, as an area of steps. */
function concurrency(tasks: readonly ReportTaskRun[], scale: number, y: number, h: number): Content {
  const turns = tasks.flatMap(
    ({ from = 0, to = 0 }) =>
      [
        [from, 1],
        [to, -1],
      ] as [number, number][],
  );
  turns.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const points: [x: number, n: number][] = [];
  let n = 0;
  for (const [at, by] of turns) {
    n += by;
    const x = Math.round(left + at * scale);
    if (points.at(-1)?.[0] === x)
      (points.at(-1) as [number, number])[1] = Math.max(n, by < 0 ? n : (points.at(-1)?.[1] ?? 0));
    else points.push([x, n]);
  }
  const top = Math.max(1, ...points.map(([, running]) => running));
  const level = (running: number): string => (y + h - (running / top) * h).toFixed(1);
  const path = points.map(([x, running]) => `H${x}V${level(running)}`).join('');
  return html`<path class="conc" d="M${left} ${y + h}${path}V${y + h}Z"/><text class="lane" x="${left - 8}" y="${y + 10}">at once</text><text class="lane" x="${left - 8}" y="${y + 24}">≤ ${top}</text>`;
}

function criticalPath(tasks: readonly ReportTaskRun[]): Content {
  const chain = tasks.filter((task) => task.critical === true);
  if (chain.length === 0) return undefined;
  const ms = chain.reduce((all, { from = 0, to = 0 }) => all + to - from, 0);
  const long = (task: ReportTaskRun): number => (task.to ?? 0) - (task.from ?? 0);
  const least = [...chain].sort((a, b) => long(b) - long(a))[shownChain - 1];
  const shown =
    least === undefined ? chain : chain.filter((task) => long(task) >= long(least)).slice(0, shownChain);
  const items = shown.map(
    (task) =>
      html`<li><bdi>${cut(task.task, 60)}</bdi> <span class="dim">${duration(long(task))}</span></li>`,
  );
  const some = shown.length < chain.length ? `, the ${shown.length} longest` : '';
  return html`<div class="path"><b>Critical path</b> <span class="dim">${duration(ms)} in ${count(chain.length, 'task')}${some}</span><ol>${items}</ol></div>`;
}

/** The picture of one build with its legend, or why there is none. */
export function timelineOf(run: ReportRun): Html {
  const ran = (run.tasks ?? []).filter((task) => task.from !== undefined && task.to !== undefined);
  if (run.tasks === undefined)
    return html`<p class="note">What run ${run.run} did is not kept in this report.</p>`;
  if (ran.length === 0) return html`<p class="note">Run ${run.run} executed nothing.</p>`;
  const ms = ran.reduce((latest, { to = 0 }) => Math.max(latest, to), 1);
  const scale = (width - left - 6) / ms;
  const legend = huesOf(ran);
  const slots = ran.reduce((most, { slot = 0 }) => Math.max(most, slot + 1), 1);
  const h = slots <= 12 ? 18 : slots <= 32 ? 10 : 5;
  const lanes = Array.from({ length: slots }, (_, slot) => {
    const own = ran.filter((task) => (task.slot ?? 0) === slot).sort((a, b) => (a.from ?? 0) - (b.from ?? 0));
    const y = 4 + slot * (h + 4);
    const name =
      h > 8 || slot % 5 === 0
        ? html`<text class="lane" x="${left - 8}" y="${y + h - 4}">slot ${slot + 1}</text>`
        : undefined;
    return html`${name}${spansOf(own, legend, scale).map((span) => spanShape(span, y, h, scale))}
`;
  });
  const bottom = 4 + slots * (h + 4);
  const others = ran.some(({ task }) => !legend.includes(targetOf(task)));
  const keys = legend.map(
    (name, hue) =>
      html`<span class="key"><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="h${hue}" width="12" height="12" rx="2"/></svg> <bdi>${cut(name, 40)}</bdi></span> `,
  );
  const said = `Timeline of run ${run.run}: ${ran.length} tasks in ${slots} slots, ${duration(ms)}`;
  return html`${scrolling(said, html`<svg class="time" viewBox="0 0 ${width} ${bottom + 72}" role="img" aria-label="${said}">${axis(ms, scale, 2, bottom)}${lanes}${concurrency(ran, scale, bottom + 26, 34)}</svg>`)}<p class="legend">${keys}${others ? html`<span class="key"><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="h7" width="12" height="12" rx="2"/></svg> other</span> ` : undefined}<span class="key"><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="h7 crit" x="1.5" y="1.5" width="9" height="9" rx="2"/></svg> critical path</span></p>${criticalPath(ran)}`;
}

/** The section: the last build, and a choice of the others whose tasks are known. */
export function timeline(runs: readonly ReportRun[]): Html {
  const known = runs
    .filter((run) => run.tasks !== undefined)
    .slice(-10)
    .reverse();
  const last = known[0];
  if (last === undefined)
    return html`<p class="note">No build is known yet: <code>evalmake build</code>.</p>`;
  const options = known.map(
    (run) =>
      html`<option value="${run.run}">run ${run.run}${run.ms === undefined ? '' : `, ${duration(run.ms)}`}</option>`,
  );
  return html`<div class="card">${known.length > 1 ? html`<p class="tools js"><label>Build <select id="timeline-run">${options}</select></label></p>` : undefined}<div id="timeline-of">${timelineOf(last)}</div></div>`;
}
