// A Level is the graph at one grain, drawn: a box per target, or a box per family, with the state of all that is folded in it.
import { cut, number } from './format.ts';
import { type Content, type Html, html } from './html.ts';
import { type Box, layOut } from './layout.ts';
import type { ReportEdge } from './model.ts';
import { type Counts, countsText, shares, stale, states, sum, worst } from './state.ts';

/** What one box stands for. */
export interface Node {
  readonly name: string;
  readonly counts: Counts;
  readonly link: string;
}

export interface Level {
  readonly id: string;
  readonly title: string;
  readonly nodes: readonly Node[];
  readonly edges: readonly ReportEdge[];
}

const boxHeight = 34;
const margin = 10;
export const longestName = 26;

/** Roughly how wide a text is at 12 px in the fonts of systems. */
function textWidth(text: string): number {
  let width = 0;
  for (const c of text)
    width += /[iljtf.,:;|!'()[\] ]/.test(c)
      ? 4.2
      : /[mwMW@%]/.test(c)
        ? 10.4
        : /[A-Z0-9_]/.test(c)
          ? 7.8
          : c < '\u0300'
            ? 6.8
            : 12.5;
  return width;
}

/** `151/1000`: how many are not fresh, of how many. */
export function tally(counts: Counts): string {
  const all = sum(counts);
  const open = stale(counts);
  return all === 1 ? '' : open === 0 ? number(all) : `${open}/${all}`;
}

/** How large the box of a node is. */
export function boxOf(node: Pick<Node, 'name' | 'counts'>): Box {
  const words = textWidth(cut(node.name, longestName)) + textWidth(tally(node.counts)) * 0.85;
  return { w: Math.round(Math.max(64, words + 44)), h: boxHeight };
}

function nodeShape(node: Node, at: number, { w, h, x, y }: Box & { x: number; y: number }): Html {
  const state = worst(node.counts);
  const folded = sum(node.counts) > 1;
  const bar = shares(node.counts, w - 18, 2).map(
    (part) => html`<rect class="f-${part.verdict}" x="${part.x + 9}" y="25" width="${part.w}" height="4"/>`,
  );
  const label = `${node.name}: ${countsText(node.counts)}`;
  return html`<a href="${node.link}" class="box s-${state}" data-n="${at}" transform="translate(${round(x - w / 2)} ${round(y - h / 2)})"><title>${label}</title>${folded ? html`<rect class="stack" x="4" y="-4" width="${w}" height="${h}" rx="6"/>` : undefined}<rect class="body" width="${w}" height="${h}" rx="6"/><text x="9" y="${folded ? 17 : 21}"><tspan class="glyph">${states[state].glyph}</tspan> ${cut(node.name, longestName)}</text>${folded ? html`<text class="tally" x="${w - 9}" y="17">${tally(node.counts)}</text>${bar}` : undefined}</a>
`;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}

const pairing = { one: 'each reads one of its own', gather: 'one reads many', scatter: 'many read one' };

function edgeShape(level: Level, edge: ReportEdge, path: string): Content {
  const [from, to, kind] = edge;
  const title = `${level.nodes[from]?.name} → ${level.nodes[to]?.name}: ${pairing[kind]}`;
  return html`<path class="edge ${kind}" data-e="${from} ${to}" d="${path}" marker-end="url(#arrow-${level.id})"><title>${title}</title></path>
`;
}

/** Draws a level. Its natural size is one unit a pixel. */
export async function drawLevel(level: Level): Promise<Html> {
  const boxes = level.nodes.map(boxOf);
  const layout = await layOut(boxes, level.edges);
  const width = layout.width + 2 * margin + 4;
  const height = layout.height + 2 * margin + 4;
  const places = boxes.map((box, at) => ({ ...box, ...(layout.boxes[at] as { x: number; y: number }) }));
  return html`<svg class="graph${width > 1500 ? ' large' : ''}" viewBox="${-margin} ${-margin - 4} ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="Graph by ${level.title}">
<defs><marker id="arrow-${level.id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path class="head" d="M0 0.5L8 4L0 7.5Z"/></marker></defs>
<g>${level.edges.map((edge, at) => edgeShape(level, edge, layout.edges[at] ?? ''))}</g>
<g>${places.map((place, at) => nodeShape(level.nodes[at] as Node, at, place))}</g>
</svg>`;
}
