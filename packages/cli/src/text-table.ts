// A TextTable is rows of cells in columns as wide as they must be; it knows nothing of what is in them.

/**
 * The lines of a table.
 * @param rows the first is the head; all cells are plain text
 * @param right the columns that are numbers, from 0
 */
export function tableLines(rows: readonly (readonly string[])[], right: readonly number[]): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => (row[i] ?? '').length)),
  );
  const cell = (text: string, i: number): string =>
    right.includes(i) ? text.padStart(widths[i] as number) : text.padEnd(widths[i] as number);
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

/** When something was, for people: `2026-11-27 12:48`. */
export function whenText(at: string | undefined): string {
  return at === undefined ? '' : at.slice(0, 16).replace('T', ' ');
}
