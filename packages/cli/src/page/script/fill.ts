// Filling: what the server did not write of families and tasks is written when they are opened.
import { familyBody, inOrder } from '../family.ts';
import { historyOf } from '../history.ts';
import { textOf } from '../html.ts';
import type { BuildReport } from '../model.ts';
import { columns, pitch } from '../shard-grid.ts';
import { states } from '../state.ts';
import { taskBody, taskLine } from '../task.ts';
import { all, clicked, fill, one } from './elements.ts';

const lines = 20;
const step = 100;

/** Fills a family or a task that is still empty. */
export function fillIn(report: BuildReport, details: HTMLElement): void {
  const body = details.querySelector(':scope > .body');
  if (body === null || body.childElementCount > 0) return;
  const { family, task } = details.dataset;
  if (task !== undefined) fill(body, taskBody(report, Number(task), historyOf(report.runs)));
  else if (family !== undefined) fill(body, familyBody(report, Number(family), { lines, bodies: false }));
}

/** The line of a task: it is written if it is not there. */
export function lineOf(report: BuildReport, task: number): HTMLElement | null {
  const there = one(`#t-${task}`);
  if (there !== null) return there;
  const family = report.tasks[task]?.family;
  const details = one(`#f-${family}`);
  if (details === null) return null;
  fillIn(report, details);
  if (one(`#t-${task}`) === null)
    details
      .querySelector('.tasks')
      ?.insertAdjacentHTML('afterbegin', textOf(taskLine(report, task, undefined)));
  return one(`#t-${task}`);
}

function showMore(report: BuildReport, rest: HTMLElement): void {
  const family = report.families[Number(rest.dataset.family)];
  if (family === undefined) return;
  const shown = Number(rest.dataset.shown) + step;
  const order = inOrder(report, family);
  const more = order.slice(0, shown).filter((task) => one(`#t-${task}`) === null);
  rest.insertAdjacentHTML('beforebegin', textOf(more.map((task) => taskLine(report, task, undefined))));
  rest.dataset.shown = String(shown);
  if (shown >= order.length) rest.remove();
  else (rest.firstChild as Text).data = `and ${order.length - shown} more `;
}

/** The task whose square the pointer is on. */
function taskAt(
  report: BuildReport,
  grid: HTMLElement,
  { clientX, clientY }: MouseEvent,
): number | undefined {
  const { left, top, width } = grid.getBoundingClientRect();
  const side = (pitch * width) / (grid as unknown as SVGSVGElement).viewBox.baseVal.width;
  const at = Math.floor((clientY - top) / side) * columns + Math.floor((clientX - left) / side);
  return report.families[Number(grid.dataset.family)]?.tasks[at];
}

function nameSquare(report: BuildReport, grid: HTMLElement, event: MouseEvent): void {
  const task = report.tasks[taskAt(report, grid, event) ?? -1];
  const title =
    grid.querySelector('title') ?? document.createElementNS('http://www.w3.org/2000/svg', 'title');
  title.textContent = task === undefined ? '' : `${task.id}: ${states[task.verdict].word}`;
  grid.prepend(title);
}

export function listenToFills(report: BuildReport): void {
  document.addEventListener('toggle', ({ target }) => fillIn(report, target as HTMLElement), true);
  document.addEventListener('click', (event) => {
    const rest = clicked(event, '.rest');
    if (rest !== null && clicked(event, '[data-more]') !== null) showMore(report, rest);
    const grid = clicked(event, '.shards');
    const task = grid === null ? undefined : taskAt(report, grid, event);
    if (task !== undefined) location.hash = `t-${task}`;
  });
  document.addEventListener('mousemove', (event) => {
    const grid = clicked(event, '.shards');
    if (grid !== null) nameSquare(report, grid, event);
  });
  for (const open of all('details[open][data-family],details[open][data-task]')) fillIn(report, open);
}
