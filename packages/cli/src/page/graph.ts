// The graph shows what flows into what, folded so far that it can be read: by target, by family, and around one family.
import { count, number } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import { drawLevel, type Level } from './level.ts';
import type { BuildReport } from './model.ts';
import { countsText, pill, stale, worst } from './state.ts';
import { region } from './table.ts';

const mostBoxes = 300;
const readableBoxes = 24;

/** The levels that can be drawn, coarse to fine, and what has to be said of those that cannot. */
export function levelsOf(report: BuildReport): {
  readonly levels: readonly Level[];
  readonly notes: readonly string[];
} {
  const { targets, families, edges } = report;
  const byTarget: Level = {
    id: 'targets',
    title: 'target',
    nodes: targets.map(({ name, verdicts, families: own }, at) => ({
      name,
      counts: verdicts,
      link: own.length === 1 ? `#f-${own[0]}` : `#x-${at}`,
    })),
    edges: edges.targets,
  };
  const byFamily: Level = {
    id: 'families',
    title: 'family',
    nodes: families.map(({ name, verdicts }, at) => ({ name, counts: verdicts, link: `#f-${at}` })),
    edges: edges.families,
  };
  const notes: string[] = [];
  if (families.length > mostBoxes)
    notes.push(
      `The ${number(families.length)} families are folded into their targets: more than ${mostBoxes} boxes cannot be read.`,
    );
  const levels = [byTarget, ...(families.length > targets.length ? [byFamily] : [])].filter(
    ({ nodes }) => nodes.length > 0 && nodes.length <= mostBoxes,
  );
  if (targets.length > mostBoxes)
    notes.push(
      `The graph of ${number(targets.length)} targets is not drawn: more than ${mostBoxes} boxes cannot be read.`,
    );
  return { levels, notes };
}

/** The finest level that can be read without zooming, else the coarsest. */
function firstShown(levels: readonly Level[]): number {
  const readable = levels.findLastIndex(({ nodes }) => nodes.length <= readableBoxes);
  return Math.max(0, readable);
}

/** The same as a list, for those who do not look at pictures. */
function listed({ targets, families }: BuildReport): Html {
  const items = targets.slice(0, mostBoxes).map((target) => {
    const own = target.families
      .slice(0, 40)
      .flatMap((at) =>
        families[at] === undefined
          ? []
          : [
              html`<li><a href="#f-${at}"><bdi>${families[at].name}</bdi></a> ${countsText(families[at].verdicts)}</li>`,
            ],
      );
    return html`<li>${pill(worst(target.verdicts))} <bdi>${target.name}</bdi> <span class="dim">${countsText(target.verdicts)}</span>${target.families.length > 1 ? html`<ul>${own}</ul>` : undefined}</li>
`;
  });
  return html`<details class="aslist"><summary>As a list</summary><ul>${items}</ul></details>`;
}

function toolbar(levels: readonly Level[], first: number): Content {
  const choices = levels.map(
    ({ id, nodes }, at) =>
      html`<button type="button" data-level="${id}" aria-pressed="${at === first ? 'true' : 'false'}">${id === 'targets' ? 'Targets' : 'Families'} <span class="dim">${number(nodes.length)}</span></button>`,
  );
  return html`<div class="tools js" role="group" aria-label="Graph">${choices}<span class="gap"></span><button type="button" data-zoom="in" aria-label="Larger">+</button><button type="button" data-zoom="out" aria-label="Smaller">−</button><button type="button" data-zoom="fit">Fit</button><label class="check"><input type="checkbox" id="only-open"> only what is not fresh</label><label class="around">around <select id="around" aria-label="Show the neighbourhood of"><option value="">everything</option></select></label></div>`;
}

/** The section. */
export async function graph(report: BuildReport): Promise<Html> {
  const { levels, notes } = levelsOf(report);
  const said = notes.map((note) => html`<p class="note">${note}</p>`);
  if (levels.length === 0)
    return html`${said}${report.targets.length === 0 ? html`<p class="note">There is nothing to draw.</p>` : listed(report)}`;
  const first = firstShown(levels);
  const drawn: Html[] = [];
  for (const [at, level] of levels.entries()) {
    const picture = await drawLevel(level);
    drawn.push(
      html`<div class="view" id="level-${level.id}"${region(`Graph by ${level.title}`)}${at === first ? undefined : html` hidden`}>${picture}</div>`,
    );
  }
  const open = stale(report.summary.verdicts);
  return html`<div class="card">${toolbar(levels, first)}${drawn}<p class="note">${count(report.summary.tasks, 'task')} folded into boxes${open === 0 ? ', all fresh' : html`; <b>3/8</b> says that 3 of 8 are not fresh`}. <span class="js">Drag to move, Ctrl and wheel to zoom.</span></p>${said}${listed(report)}</div>`;
}
