// A CSV file is a table by RFC 4180 with a header line; it is read as a stream with line numbers and written the same way every time.
import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import { Failure, fileProblem } from './failure.ts';
import { roundNumber } from './json-out.ts';
import { writeOutFile } from './out-file.ts';

/** What a cell may be given as; null writes an empty cell. */
export type Cell = string | number | boolean | null;

/** One data row; getters throw a Failure `file:line: column …`. */
export class CsvRow {
  readonly where: string;
  readonly #cells: Readonly<Record<string, string>>;

  /** @param where `file:line`, the line on which the row starts */
  constructor(cells: Readonly<Record<string, string>>, where: string) {
    this.#cells = cells;
    this.where = where;
  }

  /** The text of a cell; an empty cell is ''. */
  text(column: string): string {
    const value = this.#cells[column];
    if (value === undefined) throw new Failure(`${this.where}: no column ${column}`);
    return value;
  }

  /** A number. @throws Failure on an empty cell or a text that is no number */
  number(column: string): number {
    const value = this.optionalNumber(column);
    if (value === null) throw new Failure(`${this.where}: ${column}: expected a number, found an empty cell`);
    return value;
  }

  /** A number, or null for an empty cell. */
  optionalNumber(column: string): number | null {
    const text = this.text(column);
    if (text === '') return null;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value)) {
      throw new Failure(`${this.where}: ${column}: expected a number, found ${JSON.stringify(text)}`);
    }
    return value;
  }

  /** Throws the Failure for a cell that holds none of what is expected. */
  reject(column: string, expected: string): never {
    throw new Failure(
      `${this.where}: ${column}: expected ${expected}, found ${JSON.stringify(this.text(column))}`,
    );
  }
}

/**
 * Yields the data rows of a CSV file; quoted cells may hold commas, quotes and line breaks.
 * @param columns the columns that must be there; others are allowed and readable
 * @throws Failure naming the file and the missing columns, or the line of a broken row
 */
export async function* streamCsv(
  path: string,
  columns: readonly string[],
): AsyncGenerator<CsvRow, void, undefined> {
  // csv-parse counts lines after the header call, so the check of the header lives in its columns hook.
  let seen = false;
  const header = (names: string[]): string[] => {
    seen = true;
    const missing = columns.filter((column) => !names.includes(column));
    if (missing.length > 0) {
      throw new Failure(
        `${path}:1: missing column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}; the file has ${names.join(', ')}`,
      );
    }
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    if (twice.length > 0) throw new Failure(`${path}:1: column ${twice.join(', ')} appears twice`);
    return names;
  };
  const source = createReadStream(path);
  const parser = parse({ columns: header, bom: true, info: true, relax_column_count: false });
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let line = 1;
  try {
    for await (const record of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>) {
      // `info.lines` is the line on which the row ends: the row starts after the end of the one before.
      yield new CsvRow(record.record, `${path}:${line + 1}`);
      line = record.info.lines;
    }
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(csvProblem(path, error));
  } finally {
    source.destroy();
  }
  if (!seen) throw new Failure(`${path}: is empty; a header line was expected`);
}

function csvProblem(path: string, error: unknown): string {
  if (error instanceof Error && 'lines' in error)
    return `${path}:${String(error.lines)}: not a valid CSV row: ${error.message}`;
  return fileProblem(path, error);
}

/** Reads a whole CSV file into memory; for tables that the phase needs at once. Parameters as in streamCsv. */
export async function readCsv(path: string, columns: readonly string[]): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  for await (const row of streamCsv(path, columns)) rows.push(row);
  return rows;
}

/** The text of one cell: quoted when it holds a comma, a quote, a line break, or leading or trailing space. */
export function csvCell(value: Cell): string {
  if (value === null) return '';
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new Failure(`internal: a CSV cell is ${value}; write null where a number does not exist`);
    return String(roundNumber(value));
  }
  const text = typeof value === 'boolean' ? (value ? '1' : '0') : value;
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Writes a CSV file: a header, then the rows; lines end with `\n`; numbers at 10 significant digits.
 * @param rows each row gives one cell per column, in the order of `columns`
 * @returns the number of data rows
 */
export function writeCsv(path: string, columns: readonly string[], rows: Iterable<readonly Cell[]>): number {
  return writeOutFile(path, (file) => {
    file.write(`${columns.map(csvCell).join(',')}\n`);
    let count = 0;
    for (const row of rows) {
      if (row.length !== columns.length)
        throw new Failure(`internal: row ${count + 1} has ${row.length} cells for ${columns.length} columns`);
      file.write(`${row.map(csvCell).join(',')}\n`);
      count += 1;
    }
    return count;
  });
}
