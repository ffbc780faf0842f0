// A Markdown document is a list of blocks: headings, paragraphs, tables, lists.

/** A column: its heading, and whether it holds numbers. */
export interface Column {
  readonly heading: string;
  readonly numeric?: boolean;
}

/** Builds a document; every block is followed by one empty line. */
export class Markdown {
  readonly #blocks: string[] = [];

  heading(level: 1 | 2 | 3 | 4, text: string): this {
    this.#blocks.push(`${'#'.repeat(level)} ${text}`);
    return this;
  }

  paragraph(...sentences: readonly string[]): this {
    this.#blocks.push(sentences.filter((sentence) => sentence !== '').join(' '));
    return this;
  }

  /** An unordered list; nothing when it is empty. */
  list(items: readonly string[]): this {
    if (items.length > 0) this.#blocks.push(items.map((item) => `- ${item}`).join('\n'));
    return this;
  }

  /** A table; nothing when it has no rows. Cells are escaped. */
  table(columns: readonly (Column | string)[], rows: readonly (readonly string[])[]): this {
    if (rows.length === 0) return this;
    const specs = columns.map((column) =>
      typeof column === 'string' ? { heading: column, numeric: false } : column,
    );
    const cells = [specs.map((column) => column.heading), ...rows].map((row) => row.map(escapeCell));
    const widths = specs.map((_, index) => Math.max(3, ...cells.map((row) => (row[index] ?? '').length)));
    const line = (row: readonly string[]): string =>
      `| ${specs.map((column, index) => pad(row[index] ?? '', widths[index] ?? 3, column.numeric === true)).join(' | ')} |`;
    const rule = `| ${specs
      .map((column, index) =>
        column.numeric ? `${'-'.repeat((widths[index] ?? 3) - 1)}:` : '-'.repeat(widths[index] ?? 3),
      )
      .join(' | ')} |`;
    const [head, ...body] = cells;
    this.#blocks.push([line(head ?? []), rule, ...body.map(line)].join('\n'));
    return this;
  }

  /** The text of the document. */
  toString(): string {
    return `${this.#blocks.join('\n\n')}\n`;
  }
}

/** A column of numbers. */
export function numeric(heading: string): Column {
  return { heading, numeric: true };
}

function pad(text: string, width: number, right: boolean): string {
  return right ? text.padStart(width) : text.padEnd(width);
}

/** A pipe ends a cell and a line break ends the table, so both are written otherwise. */
function escapeCell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();
}
