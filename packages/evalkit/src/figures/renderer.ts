// A Renderer turns a Figure into a Vega-Lite document and into SVG that follows the colours of the page around it.
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Figure } from './figure.ts';
import { textWidth } from './text-width.ts';
import { CONFIG, GRID, INK } from './theme.ts';

/** A drawn figure. */
export interface Drawing {
  readonly svg: string;
  /** The whole Vega-Lite document, data inline. */
  readonly spec: object;
  /** What Vega did not like; nothing of ours should give any. */
  readonly warnings: readonly string[];
}

/** The complete Vega-Lite document of a figure. */
export function documentOf(figure: Figure): object {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: figure.alt,
    background: null,
    config: CONFIG,
    ...figure.spec,
  };
}

/** A logger for Vega that keeps what it would print. */
function keeper(said: string[]): object {
  const keep = (...words: readonly unknown[]): object => {
    said.push(words.map(String).join(' '));
    return logger;
  };
  const ignore = (): object => logger;
  const logger = { level: ignore, error: keep, warn: keep, info: ignore, debug: ignore };
  return logger;
}

interface Letters {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
}

/** How Vega measures text; its types do not tell of it. */
const { textMetrics } = vega as unknown as {
  textMetrics: { width: (item: Letters, text: unknown) => number };
};

/** Draws a figure; the same bytes every time. */
export async function draw(figure: Figure): Promise<Drawing> {
  const spec = JSON.parse(JSON.stringify(documentOf(figure))) as object;
  textMetrics.width = (item, text) =>
    textWidth(String(text ?? ''), item.fontSize ?? 11, item.fontWeight === 'bold');
  const warnings: string[] = [];
  const logger = keeper(warnings) as never;
  vega.resetSVGDefIds();
  const compiled = compile(spec as TopLevelSpec, { logger });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger });
  try {
    return { svg: finish(await view.toSVG(), figure), spec, warnings };
  } finally {
    view.finalize();
  }
}

/** What a stand-alone picture needs; `svg:root` matches nothing when the picture stands inside a page. */
const STYLE =
  'svg:root{color-scheme:light dark}@media (prefers-color-scheme:dark){svg:root{--fig-ink:#e6e6e6;--fig-grid:#4d4d4d}}';

/** Adds title, description and style; every tag is put right. */
function finish(svg: string, { name, title, alt }: Figure): string {
  const id = `figure-${name}`;
  const words = `<title id="${id}-title">${escapeXml(title)}</title><desc id="${id}-desc">${escapeXml(alt)}</desc>`;
  const [whole = '', head = ''] = /^<svg ([^>]*)>/.exec(svg) ?? [];
  const attributes = head.replace('class="marks"', `class="figure ${id}"`);
  const open = `<svg ${attributes} role="img" aria-labelledby="${id}-title ${id}-desc">`;
  const body = svg.slice(whole.length).replace(/<(?:"[^"]*"|[^">])*>/g, (tag) => finishTag(tag, id));
  return `${open}${words}<style>${STYLE}</style>${body}\n`;
}

/** Names what is defined after the figure, lets colours follow the page, and leaves roles to the picture as a whole. */
function finishTag(tag: string, id: string): string {
  const own = tag
    .replace(/ (?:role|aria-[a-z]+)="[^"]*"/g, '')
    .replace(/ id="((?:clip|gradient)[^"]*)"/g, ` id="${id}-$1"`)
    .replace(/url\(#((?:clip|gradient)[^)]*)\)/g, `url(#${id}-$1)`);
  // Programs that know no variables take the colour of the group.
  if (own.startsWith('<g class="mark-text ')) return own.replace('>', ` fill="${INK}">`);
  if (own.startsWith('<g class="mark-rule ')) return own.replace('>', ' stroke="#808080">');
  return own
    .replaceAll(`="${INK}"`, '="var(--fig-ink, #222)"')
    .replaceAll(`="${GRID}"`, '="var(--fig-grid, #ddd)"');
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
