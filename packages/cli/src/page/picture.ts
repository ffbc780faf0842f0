// A Picture is the graph as an SVG file of its own: it brings its colours and its ground, for a README or a paper.
import { cut, listing } from './format.ts';
import { type Html, html, textOf } from './html.ts';
import { type Box, layOut } from './layout.ts';
import { boxOf, longestName, type Node, tally } from './level.ts';
import type { ReportEdge } from './model.ts';
import { type Counts, countsText, shares, states, sum, verdicts, worst } from './state.ts';

/** What is drawn. */
export interface PictureGraph {
  readonly title: string;
  readonly nodes: readonly Omit<Node, 'link'>[];
  readonly edges: readonly ReportEdge[];
}

/** Colours of the light page: of a line or a glyph, and of the ground of a box. A test holds them against the page's. */
export const pictureColors = {
  ink: '#1a1d22',
  quiet: '#575c67',
  edge: '#8d929b',
  card: '#ffffff',
  fresh: '#0a7350',
  run: '#8a5600',
  'run-ground': '#fcefd2',
  maybe: '#6c640a',
  'maybe-ground': '#f4f0cd',
  recheck: '#0b59a5',
  'recheck-ground': '#e1edfa',
  restore: '#09656f',
  'restore-ground': '#d9f1f3',
  waiting: '#5548b0',
  'waiting-ground': '#eae8fa',
  ask: '#8e2f86',
  'ask-ground': '#f9e6f6',
  blocked: '#ae2e19',
  'blocked-ground': '#fde7e1',
  off: '#5a5f69',
} as const;

const margin = 14;
const captionHeight = 26;
const dashes = { off: '3 3', maybe: '6 3' } as const;

/** Draws a graph as a whole file. Equal graphs have equal bytes. */
export async function drawPicture({ title, nodes, edges }: PictureGraph): Promise<string> {
  const boxes = nodes.map(boxOf);
  const layout = await layOut(boxes, edges);
  const counts = totalOf(nodes);
  const caption = `${title}: ${listing(verdicts.map((v) => [counts[v] ?? 0, states[v].word] as const))}`;
  const width = Math.max(layout.width, boxOf({ name: caption, counts: {} }).w) + 2 * margin;
  const height = layout.height + 2 * margin + captionHeight;
  const places = boxes.map((box, at) => ({ ...box, ...(layout.boxes[at] ?? { x: 0, y: 0 }) }));
  const picture = html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif" font-size="12">
<title>${caption}</title>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0.5L8 4L0 7.5Z" fill="${pictureColors.edge}"/></marker></defs>
<rect width="${width}" height="${height}" fill="${pictureColors.card}"/>
<text x="${margin}" y="${margin + 8}" fill="${pictureColors.quiet}">${caption}</text>
<g transform="translate(${margin} ${margin + captionHeight})">
${edges.map(([from, to, kind], at) => edgeShape(`${nodes[from]?.name} → ${nodes[to]?.name}`, { kind, path: layout.edges[at] ?? '' }))}${places.map((place, at) => boxShape(nodes[at] as Node, place))}</g>
</svg>
`;
  return textOf(picture);
}

function totalOf(nodes: readonly { readonly counts: Counts }[]): Counts {
  const out: { -readonly [K in keyof Counts]: Counts[K] } = {};
  for (const { counts } of nodes) for (const v of verdicts) if (counts[v]) out[v] = (out[v] ?? 0) + counts[v];
  return out;
}

function edgeShape(name: string, { kind, path }: { kind: ReportEdge[2]; path: string }): Html {
  const width = kind === 'one' ? 1.1 : 1.7;
  return html`<path d="${path}" fill="none" stroke="${pictureColors.edge}" stroke-width="${width}" marker-end="url(#arrow)"><title>${name}</title></path>
`;
}

function boxShape(
  { name, counts }: Omit<Node, 'link'>,
  { w, h, x, y }: Box & { x: number; y: number },
): Html {
  const state = worst(counts);
  const color = pictureColors[state];
  const ground = state === 'fresh' || state === 'off' ? pictureColors.card : pictureColors[`${state}-ground`];
  const folded = sum(counts) > 1;
  const dash = state === 'off' || state === 'maybe' ? html` stroke-dasharray="${dashes[state]}"` : undefined;
  const bar = shares(counts, w - 18, 2).map(
    (part) =>
      html`<rect x="${round(part.x + 9)}" y="25" width="${part.w}" height="4" fill="${pictureColors[part.verdict]}"/>`,
  );
  const stack = html`<rect x="4" y="-4" width="${w}" height="${h}" rx="6" fill="${pictureColors.card}" stroke="${color}" stroke-opacity="0.55"/>`;
  const parts = html`<text x="${w - 9}" y="17" text-anchor="end" font-size="10.5" fill="${pictureColors.quiet}">${tally(counts)}</text>${bar}`;
  return html`<g transform="translate(${round(x - w / 2)} ${round(y - h / 2)})"><title>${`${name}: ${countsText(counts)}`}</title>${folded ? stack : undefined}<rect width="${w}" height="${h}" rx="6" fill="${ground}" stroke="${color}" stroke-width="1.3"${dash}/><text x="9" y="${folded ? 17 : 21}" fill="${pictureColors.ink}"><tspan fill="${color}" font-weight="700">${states[state].glyph}</tspan> ${cut(name, longestName)}</text>${folded ? parts : undefined}</g>
`;
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
