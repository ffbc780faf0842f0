// A RowScan goes through the rows of a file, JSON Lines or CSV alike, and knows where each stands and what it says.
import { isUtf8 } from 'node:buffer';
import { isMap, type Json, type JsonMap } from '@evalmake/core/json';
import { CsvReader } from './facts-csv.ts';
import { jsonFault, parseExactly } from './facts-json.ts';
import { longestLine } from './facts-lines.ts';
import { RowLines } from './row-lines.ts';

/** How a file of rows is written: one JSON object per line, or CSV with a header, its cells parted by commas or tabs. */
export type RowFormat = 'jsonl' | 'csv' | 'tsv';

/** The format that the name of a file says: `.csv`, `.tsv`, and JSON Lines for all else. */
export function rowFormatOf(path: string): RowFormat {
  const lower = path.toLowerCase();
  return lower.endsWith('.csv') ? 'csv' : lower.endsWith('.tsv') ? 'tsv' : 'jsonl';
}

/** A reader that stands at one row; its fields are about that row, and valid until it goes on. */
export interface RowScan {
  /** Goes on to the next row that can be read; what cannot is told in `broken`. False at the end. */
  next(): boolean;
  /** Where the row stands in the file, in bytes, without the newline behind it. */
  readonly offset: number;
  readonly length: number;
  /** Its first line, from 1. */
  readonly line: number;
  /** The row as it is written, without the newline behind it. */
  readonly raw: Buffer;
  /** Its fields; those of a CSV are its columns, and texts. */
  readonly value: JsonMap;
  /** The fields again, with long numbers as they are written (see `parseExactly`). */
  exact(): JsonMap;
  /** The first line of a CSV, as it is written. */
  readonly header: string | undefined;
  readonly columns: readonly string[] | undefined;
  /** What could not be read, and where: `12:5: why`, line and column or only the line. Who has told it empties the list. */
  readonly broken: string[];
  /** Whether the last row had no newline behind it; told at the end. `unread`: and it could not be read. */
  readonly torn: 'no' | 'read' | 'unread';
  close(): void;
}

/**
 * Begins to go through a file.
 * @throws the error of the file system when it cannot be read
 */
export function scanRows(path: string, format: RowFormat): RowScan {
  return format === 'jsonl' ? new JsonlRows(path) : new CsvRows(path, format === 'tsv');
}

const carriageReturn = 13;

class JsonlRows implements RowScan {
  offset = 0;
  length = 0;
  line = 0;
  value: JsonMap = {};
  readonly header = undefined;
  readonly columns = undefined;
  readonly broken: string[] = [];
  torn: 'no' | 'read' | 'unread' = 'no';
  readonly #lines: RowLines;

  constructor(path: string) {
    this.#lines = new RowLines(path);
  }

  next(): boolean {
    const lines = this.#lines;
    while (lines.next()) {
      if (!lines.ended) this.torn = 'unread';
      const { bytes, start } = lines;
      if (lines.tooLong) {
        this.broken.push(`${lines.number}: the line is longer than ${longestLine} bytes`);
        continue;
      }
      const end = lines.end > start && bytes[lines.end - 1] === carriageReturn ? lines.end - 1 : lines.end;
      const text = bytes.toString('utf8', start, end);
      const value = this.#parse(text, bytes, start, end);
      if (value === undefined) continue;
      this.value = value;
      this.offset = lines.offset;
      this.length = end - start;
      this.line = lines.number;
      if (!lines.ended) this.torn = 'read';
      return true;
    }
    return false;
  }

  exact(): JsonMap {
    return parseExactly(this.raw.toString('utf8')) as JsonMap;
  }

  get raw(): Buffer {
    const { bytes, start } = this.#lines;
    return bytes.subarray(start, start + this.length);
  }

  close(): void {
    this.#lines.close();
  }

  #parse(text: string, ...[bytes, start, end]: [Buffer, number, number]): JsonMap | undefined {
    const { number } = this.#lines;
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch {
      if (text.trim() === '') return undefined;
      const fault = jsonFault(text);
      this.broken.push(
        `${number}:${(fault?.offset ?? 0) + 1}: not valid JSON: ${fault?.why ?? 'cannot be read'}`,
      );
      return undefined;
    }
    if (!isMap(value)) this.broken.push(`${number}: a row is a JSON object, and this is none`);
    // The replacement character may be in the file itself; only then are the bytes looked at.
    else if (text.includes('\uFFFD') && !isUtf8(bytes.subarray(start, end)))
      this.broken.push(`${number}: not valid UTF-8`);
    else return value;
    return undefined;
  }
}

class CsvRows implements RowScan {
  offset = 0;
  length = 0;
  line = 0;
  header: string | undefined;
  columns: readonly string[] | undefined;
  readonly broken: string[] = [];
  torn: 'no' | 'read' | 'unread' = 'no';
  readonly #lines: RowLines;
  readonly #reader: CsvReader;
  #told:
    | { readonly line: number; readonly count: number; readonly cells: ReadonlyMap<number, string> }
    | undefined;
  #faults = 0;
  /** The lines of a record that goes on in the next one, and where its first begins. */
  #before: Buffer[] = [];
  #begin: number | undefined;
  raw: Buffer = Buffer.alloc(0);

  constructor(path: string, tabs: boolean) {
    this.#lines = new RowLines(path);
    this.#reader = new CsvReader(
      {
        record: (line, count, cells) => {
          this.#told = { line, count, cells };
        },
        broken: (line, why) => {
          this.#faults += 1;
          this.broken.push(`${line}: ${why}`);
        },
      },
      tabs,
    );
  }

  next(): boolean {
    const lines = this.#lines;
    while (lines.next()) {
      if (!lines.ended) this.torn = 'unread';
      if (!this.#take()) continue;
      if (!lines.ended) this.torn = 'read';
      return true;
    }
    if (this.#begin !== undefined) this.#reader.end();
    this.#begin = undefined;
    return false;
  }

  /** Takes a line; whether it ends a row that can be read. */
  #take(): boolean {
    const { bytes, start, end, offset, number, tooLong } = this.#lines;
    this.#begin ??= offset;
    if (tooLong) this.#reader.longLine(number);
    else this.#reader.line(bytes, start, end, number);
    const told = this.#told;
    if (told === undefined) {
      const blank = end === start || (end === start + 1 && bytes[start] === carriageReturn);
      if (this.#before.length === 0 && blank) this.#begin = undefined;
      else this.#before.push(Buffer.from(bytes.subarray(start, end)), Buffer.from('\n'));
      return false;
    }
    const stop = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
    const last = bytes.subarray(start, stop);
    this.raw = this.#before.length === 0 ? last : Buffer.concat([...this.#before, last]);
    this.offset = this.#begin;
    this.length = this.raw.length;
    this.line = told.line;
    this.#told = undefined;
    this.#before = [];
    this.#begin = undefined;
    const whole = this.#faults === 0;
    this.#faults = 0;
    return whole && this.#record(told.count, told.cells);
  }

  #cells: ReadonlyMap<number, string> = new Map();

  #record(count: number, cells: ReadonlyMap<number, string>): boolean {
    if (this.columns === undefined) {
      const columns = [...cells.values()];
      const twice = columns.find((c, i) => columns.indexOf(c) !== i);
      if (twice !== undefined) this.broken.push(`${this.line}: two columns are named "${twice}"`);
      this.columns = columns;
      this.header = this.raw.toString('utf8');
      return false;
    }
    if (count === this.columns.length) {
      this.#cells = cells;
      return true;
    }
    this.broken.push(`${this.line}: ${count} cells, and the header has ${this.columns.length}`);
    return false;
  }

  get value(): JsonMap {
    return Object.fromEntries((this.columns ?? []).map((name, i) => [name, this.#cells.get(i) ?? '']));
  }

  exact(): JsonMap {
    return this.value;
  }

  close(): void {
    this.#lines.close();
  }
}
