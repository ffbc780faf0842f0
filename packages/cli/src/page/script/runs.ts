// Builds in the page: another one in the timeline, and two held against each other.
import { cut, listing, number } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { BuildReport, ReportTaskRun } from '../model.ts';
import { timelineOf } from '../timeline.ts';
import { fill, onChange, one } from './elements.ts';

const shown = 12;

type Last = ReadonlyMap<string, ReportTaskRun>;

/** What was done with each task after one build, up to another: the last that happened, and whether content ever changed. */
function between({ runs }: BuildReport, from: number, to: number): Last {
  const out = new Map<string, ReportTaskRun>();
  for (const { run, tasks = [] } of runs) {
    if (run <= from || run > to) continue;
    for (const did of tasks) {
      const changed = did.changed === true || out.get(did.task)?.changed === true;
      out.set(did.task, { ...did, ...(changed ? { changed } : {}) });
    }
  }
  return out;
}

/** Tasks in groups: each in the first that fits it. */
function groups(report: BuildReport, from: number, to: number): [words: string, tasks: string[]][] {
  const now = new Set(report.tasks.map(({ id }) => id));
  const before = new Set(
    report.runs.flatMap(({ run, tasks = [] }) => (run <= from ? tasks.map(({ task }) => task) : [])),
  );
  const out: [string, (did: ReportTaskRun) => boolean, string[]][] = [
    ['✗ failed or blocked', ({ outcome }) => outcome === 'failed' || outcome === 'blocked', []],
    ['– gone since', ({ task }) => !now.has(task), []],
    ['+ new', ({ task, why }) => !before.has(task) && why.some((line) => line.startsWith('never built')), []],
    ['↻ content changed', ({ changed }) => changed === true, []],
    ['= ran, came out the same', ({ outcome }) => outcome === 'ran', []],
    ['≡ not needed', ({ outcome }) => outcome === 'cut-off', []],
    ['other', () => true, []],
  ];
  for (const did of between(report, from, to).values()) out.find(([, fits]) => fits(did))?.[2].push(did.task);
  return out.filter(([, , tasks]) => tasks.length > 0).map(([words, , tasks]) => [words, tasks]);
}

function comparison(report: BuildReport, from: number, to: number): Html {
  if (from >= to) return html`<p class="note">Choose an older build first, a newer one second.</p>`;
  const found = groups(report, from, to);
  if (found.length === 0)
    return html`<p class="note">Nothing was done after run ${from}, up to run ${to}.</p>`;
  const ids = new Map(report.tasks.map(({ id }, at) => [id, at]));
  const link = (id: string, at: number): Html =>
    html`${at > 0 ? ', ' : ''}${ids.has(id) ? html`<a href="#t-${ids.get(id)}"><bdi>${cut(id, 60)}</bdi></a>` : html`<bdi>${cut(id, 60)}</bdi>`}`;
  return html`<p class="note">${listing(found.map(([words, tasks]) => [tasks.length, words.slice(2)]))}</p><dl>${found.map(([words, tasks]) => html`<dt>${words}</dt><dd class="n">${number(tasks.length)}</dd><dd>${tasks.slice(0, shown).map(link)}${tasks.length > shown ? ' and more' : ''}</dd>`)}</dl>`;
}

export function listenToRuns(report: BuildReport): void {
  onChange('#timeline-run', (value) => {
    const run = report.runs.find((each) => each.run === Number(value));
    const place = one('#timeline-of');
    const title = one('#timeline-title');
    if (run === undefined || place === null) return;
    fill(place, timelineOf(run));
    if (title !== null) title.textContent = `Timeline, run ${run.run}`;
  });
  const compare = (): void => {
    const [from, to] = ['#compare-from', '#compare-to'].map((id) =>
      Number(one<HTMLSelectElement>(id)?.value),
    );
    const place = one('#compared');
    if (place !== null) fill(place, comparison(report, from ?? 0, to ?? 0));
  };
  onChange('#compare-from', compare);
  onChange('#compare-to', compare);
  compare();
}
