// An HTML page is one file that needs no other: its style, its figures and its contents are inside, and nothing runs.
import { createHash } from 'node:crypto';
import type { Document } from './document.ts';
import { type Entry, escapeHtml, renderBlocks } from './html.ts';
import { STYLESHEET } from './stylesheet.ts';

/** Headings down to this level stand in the contents. */
const DEEPEST_ENTRY = 3;

/** The text of a document as a whole page; the first heading is its title. */
export function renderHtml(document: Document): string {
  const { html, entries } = renderBlocks(document);
  const title = entries.find(({ level }) => level === 1)?.text ?? 'Report';
  const [header = '', ...rest] = splitAfterTitle(html);
  const lines = [
    '<!DOCTYPE html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy()}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${STYLESHEET}</style>`,
    '</head>',
    '<body>',
    '<a class="skip" href="#content">Skip to the report</a>',
    `<header>\n${header}\n</header>`,
    contents(entries),
    `<main id="content" tabindex="-1">\n${rest.join('')}\n</main>`,
    '</body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

/** Nothing may be loaded or run; the one style is named by its digest. */
function policy(): string {
  const digest = createHash('sha256').update(STYLESHEET).digest('base64');
  return `default-src 'none'; style-src 'sha256-${digest}'; img-src data:; base-uri 'none'; form-action 'none'`;
}

/** The title stands above the contents, everything else beside or below them. */
function splitAfterTitle(html: string): [string, string] {
  const end = html.indexOf('</h1>');
  const cut = end < 0 ? 0 : end + '</h1>'.length;
  return [html.slice(0, cut), html.slice(cut).trimStart()];
}

/** A list of links, one level deep below each section. */
function contents(entries: readonly Entry[]): string {
  const shown = entries.filter(({ level }) => level > 1 && level <= DEEPEST_ENTRY);
  const link = ({ id, text }: Entry): string => `<a href="#${id}">${escapeHtml(text)}</a>`;
  const items = shown.flatMap((entry, index) => {
    if (entry.level !== 2) return [];
    const end = shown.findIndex((other, at) => at > index && other.level === 2);
    const inner = shown.slice(index + 1, end < 0 ? undefined : end);
    const list = inner.map((one) => `<li>${link(one)}</li>`).join('');
    return [`<li>${link(entry)}${list === '' ? '' : `<ol>${list}</ol>`}</li>`];
  });
  return `<nav aria-label="Contents">\n<ol>\n${items.join('\n')}\n</ol>\n</nav>`;
}
