// An HTML rendering of a document: its blocks as elements without scripts or styles of their own, and its contents.
import { type Artifact, shortDigest } from './artifact.ts';
import type { Block, Column, Document, Level, Picture, Table } from './document.ts';
import { count } from './format.ts';
import { type Inline, inlinesOf, type Phrase, plain, visible } from './phrase.ts';

/** A heading of the page, for the table of contents. */
export interface Entry {
  readonly level: Level;
  readonly text: string;
  readonly id: string;
}

/** The blocks as HTML, and the headings among them in their order. */
export interface RenderedBlocks {
  readonly html: string;
  readonly entries: readonly Entry[];
}

/** What the rendering of a block needs to know of the blocks before it. */
interface Context {
  readonly ids: Set<string>;
  readonly entries: Entry[];
  tables: number;
  figures: number;
}

/** Renders the blocks of a document. */
export function renderBlocks(document: Document): RenderedBlocks {
  const context: Context = { ids: new Set(), entries: [], tables: 0, figures: 0 };
  const html = document.blocks.map((block) => blockHtml(block, context)).join('\n');
  return { html, entries: context.entries };
}

/** Text as it may stand in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function blockHtml(block: Block, context: Context): string {
  switch (block.kind) {
    case 'heading':
      return headingHtml(block.level, block.text, context);
    case 'paragraph':
      return `<p>${phraseHtml(block.content)}</p>`;
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${phraseHtml(item)}</li>`).join('\n')}\n</ul>`;
    case 'table':
      return tableHtml(block, context);
    case 'details': {
      const inside = block.blocks.map((one) => blockHtml(one, context)).join('\n');
      return `<details>\n<summary>${escapeHtml(block.summary)}</summary>\n${inside}\n</details>`;
    }
    case 'source':
      return sourceHtml(block.artifacts);
    case 'artifacts':
      return artifactsHtml(block.caption, block.artifacts, context);
    case 'figure':
      return figureHtml(block.picture, context);
  }
}

function headingHtml(level: Level, text: string, { ids, entries }: Context): string {
  const words = visible(text)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60);
  const base = `s-${words.replace(/^-+|-+$/g, '') || 'section'}`;
  let id = base;
  for (let number = 2; ids.has(id); number += 1) id = `${base}-${number}`;
  ids.add(id);
  entries.push({ level, text, id });
  return `<h${level} id="${id}">${escapeHtml(text)}</h${level}>`;
}

function phraseHtml(phrase: Phrase): string {
  return inlinesOf(phrase).map(inlineHtml).join('');
}

function inlineHtml(inline: Inline): string {
  if (typeof inline === 'string') return escapeHtml(inline);
  return inline.kind === 'strong'
    ? `<strong>${escapeHtml(inline.text)}</strong>`
    : `<code${direction(inline.text)}>${escapeHtml(inline.text)}</code>`;
}

/** Text in a script that is written from right to left keeps its order, and does not turn what stands around it. */
function direction(text: string): string {
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u.test(text)
    ? ' dir="auto"'
    : '';
}

function classOf(column: Column | undefined): string {
  return column?.numeric ? ' class="n"' : '';
}

function cellHtml(cell: Phrase, column: Column | undefined, first: boolean): string {
  const attributes = `${classOf(column)}${direction(plain(cell))}`;
  const content = phraseHtml(cell);
  return first ? `<th scope="row"${attributes}>${content}</th>` : `<td${attributes}>${content}</td>`;
}

function tableHtml({ caption, columns, rows }: Table, context: Context): string {
  const head = columns
    .map((column) => `<th scope="col"${classOf(column)}>${escapeHtml(column.heading)}</th>`)
    .join('');
  const body = rows.map(
    (row) => `<tr>${row.map((cell, index) => cellHtml(cell, columns[index], index === 0)).join('')}</tr>`,
  );
  return tableBox(
    escapeHtml(caption),
    `<thead><tr>${head}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>`,
    context,
  );
}

/** A table in a box of its own that scrolls sideways, by the keyboard too. */
function tableBox(caption: string, content: string, context: Context): string {
  context.tables += 1;
  const id = `table-${context.tables}`;
  return [
    `<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">`,
    '<table>',
    `<caption id="${id}"><span class="words"><span class="label">Table ${context.tables}.</span> ${caption}</span></caption>`,
    content,
    '</table>',
    '</div>',
  ].join('\n');
}

/** Where the row of an artifact stands; the same digest is the same row. */
function artifactId(artifact: Artifact): string {
  return `artifact-${shortDigest(artifact)}`;
}

function sourceHtml(artifacts: readonly Artifact[]): string {
  const links = artifacts.map(
    (artifact) =>
      `<a href="#${artifactId(artifact)}">${escapeHtml(artifact.name)} <code>${shortDigest(artifact)}</code></a>`,
  );
  return `<p class="source">Source: ${links.join(', ')}</p>`;
}

function artifactsHtml(caption: string, artifacts: readonly Artifact[], context: Context): string {
  const row = (artifact: Artifact): string => {
    const id = artifactId(artifact);
    const first = !context.ids.has(id);
    context.ids.add(id);
    return [
      `<tr${first ? ` id="${id}"` : ''}><th scope="row">${escapeHtml(artifact.role)}</th>`,
      `<td><code${direction(artifact.path)}>${escapeHtml(artifact.path)}</code></td>`,
      `<td class="n">${count(artifact.bytes)}</td><td><code class="digest">${artifact.sha256}</code></td></tr>`,
    ].join('');
  };
  const head = '<th scope="col">artifact</th><th scope="col">path</th>';
  const more = '<th scope="col" class="n">bytes</th><th scope="col">SHA-256</th>';
  const rows = artifacts.map(row).join('\n');
  const content = `<thead><tr>${head}${more}</tr></thead>\n<tbody>\n${rows}\n</tbody>`;
  return tableBox(escapeHtml(caption), content, context);
}

function figureHtml({ title, caption, inlineSvg, sources }: Picture, context: Context): string {
  context.figures += 1;
  const id = `figure-title-${context.figures}`;
  return [
    '<figure>',
    `<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0">`,
    inlineSvg,
    '</div>',
    `<figcaption><strong id="${id}">Figure ${context.figures}. ${escapeHtml(title)}.</strong> ${escapeHtml(caption)}</figcaption>`,
    sourceHtml(sources),
    '</figure>',
  ].join('\n');
}
