// Markdown is a rendering of a document: every block is followed by one empty line.
import { relative, resolve } from 'node:path';
import { type Artifact, shortDigest } from './artifact.ts';
import type { Block, Column, Document, Table } from './document.ts';
import { count } from './format.ts';
import { type Inline, inlinesOf, type Phrase, visible } from './phrase.ts';

/** Figures are referenced from the folder that the Markdown lies in. */
export interface MarkdownPlace {
  readonly folder: string;
}

/** The text of a document in Markdown. */
export function renderMarkdown(document: Document, place: MarkdownPlace = { folder: '.' }): string {
  let figures = 0;
  const next = (): number => {
    figures += 1;
    return figures;
  };
  return `${document.blocks.map((block) => blockText(block, { ...place, next })).join('\n\n')}\n`;
}

interface Context extends MarkdownPlace {
  /** The number of the next figure. */
  readonly next: () => number;
}

function blockText(block: Block, context: Context): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${textOf(block.text)}`;
    case 'paragraph':
      return phraseText(block.content);
    case 'list':
      return block.items.map((item) => `- ${phraseText(item)}`).join('\n');
    case 'table':
      return tableText(block);
    case 'details':
      return block.blocks.map((inside) => blockText(inside, context)).join('\n\n');
    case 'source':
      return `Source: ${block.artifacts.map((artifact) => `${textOf(artifact.name)} ${shortDigest(artifact)}`).join(', ')}`;
    case 'artifacts':
      return tableText(artifactTable(block.caption, block.artifacts));
    case 'figure': {
      const { title, caption, alt, path, sources } = block.picture;
      const at = relative(resolve(context.folder), resolve(path)).replaceAll('\\', '/');
      const image = `![${textOf(alt).replace(/[[\]\\]/g, '\\$&')}](${at.split('/').map(encodeURIComponent).join('/')})`;
      const words = `**Figure ${context.next()}. ${textOf(title)}.** ${textOf(caption)}`;
      return `${image}\n\n${words}\n\n${blockText({ kind: 'source', artifacts: sources }, context)}`;
    }
  }
}

/** The list of artifacts with the first 16 digits of each digest. */
function artifactTable(caption: string, artifacts: readonly Artifact[]): Table {
  return {
    kind: 'table',
    caption,
    columns: [
      { heading: 'artifact' },
      { heading: 'path' },
      { heading: 'bytes', numeric: true },
      { heading: 'SHA-256 (first 16)' },
    ],
    rows: artifacts.map((artifact) => [
      artifact.role,
      artifact.path,
      count(artifact.bytes),
      shortDigest(artifact),
    ]),
  };
}

function phraseText(phrase: Phrase): string {
  return inlinesOf(phrase).map(inlineText).join('');
}

function inlineText(inline: Inline): string {
  if (typeof inline === 'string') return textOf(inline);
  return inline.kind === 'strong' ? `**${textOf(inline.text)}**` : codeText(visible(inline.text));
}

/** What would start a tag or a link is written as an entity: text of data stays text. */
function textOf(text: string): string {
  return visible(text)
    .replace(/<(?=[A-Za-z/!?])/g, '&lt;')
    .replaceAll('](', ']&#40;');
}

/** A code span whose fence is longer than any run of backticks inside. */
function codeText(text: string): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = longest > 0 ? ' ' : '';
  return `${fence}${space}${text}${space}${fence}`;
}

function tableText({ columns, rows }: Table): string {
  const cells = [columns.map((column) => column.heading), ...rows].map((row) =>
    row.map((cell) => escapeCell(phraseText(cell))),
  );
  const widths = columns.map((_, index) => Math.max(3, ...cells.map((row) => (row[index] ?? '').length)));
  const width = (index: number): number => widths[index] ?? 3;
  const line = (row: readonly string[]): string =>
    `| ${columns.map((column, index) => pad(row[index] ?? '', width(index), column)).join(' | ')} |`;
  const rule = `| ${columns
    .map((column, index) => (column.numeric ? `${'-'.repeat(width(index) - 1)}:` : '-'.repeat(width(index))))
    .join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), rule, ...body.map(line)].join('\n');
}

function pad(text: string, width: number, column: Column): string {
  return column.numeric ? text.padStart(width) : text.padEnd(width);
}

/** A pipe ends a cell and a line break ends the table, so both are written otherwise. */
function escapeCell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
}
