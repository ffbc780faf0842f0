// A Document is a report before it has a format: blocks in reading order, which Markdown and HTML are both rendered from.
import type { Artifact } from './artifact.ts';
import { join, type Phrase } from './phrase.ts';

/** A column: its heading, and whether it holds numbers. */
export interface Column {
  readonly heading: string;
  readonly numeric?: boolean;
}

export type Level = 1 | 2 | 3 | 4;

/** A drawing that has been read and judged safe. */
export interface Picture {
  readonly name: string;
  /** Without a full stop; the renderings set it. */
  readonly title: string;
  readonly caption: string;
  /** What it shows, for somebody who cannot see it. */
  readonly alt: string;
  /** Where its SVG lies, as given. */
  readonly path: string;
  /** The SVG as it may stand inside an HTML page. */
  readonly inlineSvg: string;
  readonly sources: readonly Artifact[];
}

export interface Table {
  readonly kind: 'table';
  /** What the rows are. Markdown leaves it out: there the sentences before the table say it. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Phrase[])[];
}

export type Block =
  | { readonly kind: 'heading'; readonly level: Level; readonly text: string }
  | { readonly kind: 'paragraph'; readonly content: Phrase }
  | { readonly kind: 'list'; readonly items: readonly Phrase[] }
  | Table
  | { readonly kind: 'figure'; readonly picture: Picture }
  /** May be folded away by a reader; Markdown shows it whole. */
  | { readonly kind: 'details'; readonly summary: string; readonly blocks: readonly Block[] }
  /** Which artifacts the numbers above come from. */
  | { readonly kind: 'source'; readonly artifacts: readonly Artifact[] }
  /** All artifacts, whole. */
  | { readonly kind: 'artifacts'; readonly caption: string; readonly artifacts: readonly Artifact[] };

/** Collects blocks; what is empty is left out. */
export class Document {
  readonly #blocks: Block[] = [];

  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  heading(level: Level, text: string): this {
    return this.#add({ kind: 'heading', level, text });
  }

  /** Sentences, joined by spaces. */
  paragraph(...sentences: readonly Phrase[]): this {
    return this.#add({ kind: 'paragraph', content: join(sentences, ' ') });
  }

  /** An unordered list; nothing when it is empty. */
  list(items: readonly Phrase[]): this {
    return items.length === 0 ? this : this.#add({ kind: 'list', items });
  }

  /** A table; nothing when it has no rows. */
  table(caption: string, columns: readonly (Column | string)[], rows: readonly (readonly Phrase[])[]): this {
    if (rows.length === 0) return this;
    const specs = columns.map((column) => (typeof column === 'string' ? { heading: column } : column));
    return this.#add({ kind: 'table', caption, columns: specs, rows });
  }

  figures(pictures: readonly Picture[]): this {
    for (const picture of pictures) this.#add({ kind: 'figure', picture });
    return this;
  }

  /** Blocks that a reader may fold away; nothing when `fill` adds none. */
  details(summary: string, fill: (inside: Document) => void): this {
    const inside = new Document();
    fill(inside);
    return inside.blocks.length === 0 ? this : this.#add({ kind: 'details', summary, blocks: inside.blocks });
  }

  /** Ends a section that shows numbers. */
  source(artifacts: readonly Artifact[]): this {
    return artifacts.length === 0 ? this : this.#add({ kind: 'source', artifacts });
  }

  artifacts(caption: string, artifacts: readonly Artifact[]): this {
    return this.#add({ kind: 'artifacts', caption, artifacts });
  }

  #add(block: Block): this {
    this.#blocks.push(block);
    return this;
  }
}

/** A column of numbers. */
export function numeric(heading: string): Column {
  return { heading, numeric: true };
}
