// A Scan is one pass over the content of a file in its format, which tells readers of each row and counts them.
import { isUtf8 } from 'node:buffer';
import type { CheckFormat } from '@evalmake/core/check';
import { isList, type Json } from '@evalmake/core/json';
import { CsvReader } from './facts-csv.ts';
import type { Row } from './facts-field.ts';
import { jsonFault, lineAt, parseExactly } from './facts-json.ts';
import { LineCutter, type LineSink, longestLine } from './facts-lines.ts';

/** A JSON file beyond this (128 MiB) is not parsed: it would not fit in memory together with its values. */
export const largestJson = 128 * 1024 * 1024;

/** Looks at the content as it passes by. */
export interface ContentReader {
  /** The columns of a CSV it wants to see in rows. */
  readonly fields: readonly string[];
  /** One row: a line of JSONL, a record of CSV, an item of a JSON list, or a JSON document that is no list. */
  row?(row: Row): void;
  /** A whole JSON document and its text. */
  document?(value: Json, text: string): void;
}

/** What a pass finds without readers. */
export interface ScanResult {
  readonly rows?: number;
  readonly columns?: readonly string[];
  readonly broken?: string;
}

/** One pass: chunks go in, the result comes out at the end. */
export interface Scan {
  feed(chunk: Buffer): void;
  end(): ScanResult;
}

/** What a pass is for. */
export interface ScanOptions {
  readonly readers: readonly ContentReader[];
  /** Whether lines of JSONL are parsed; without it they are only counted. */
  readonly content: boolean;
  /** Whether the cells of a CSV are separated by tabs. */
  readonly tabs: boolean;
}

/**
 * Begins a pass over content of a format.
 *
 * What counts as broken: JSON and CSV are always read in full, so whatever is not JSON or CSV is found. JSONL is only
 * parsed for checks that look into rows (`content`); then every line must be JSON in UTF-8. Text is never broken.
 */
export function startScan(format: CheckFormat, options: ScanOptions): Scan {
  if (format === 'json') return new JsonScan(options.readers);
  if (format === 'text') return new TextScan();
  return format === 'csv' ? new CsvScan(options) : new JsonlScan(options);
}

class TextScan implements Scan {
  #rows = 0;
  #open = false;

  feed(chunk: Buffer): void {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) this.#rows += 1;
    if (chunk.length > 0) this.#open = chunk[chunk.length - 1] !== 10;
  }

  end(): ScanResult {
    return { rows: this.#rows + (this.#open ? 1 : 0) };
  }
}

class JsonlScan implements Scan, LineSink {
  readonly #options: ScanOptions;
  readonly #cutter = new LineCutter(this);
  #rows = 0;
  #broken: string | undefined;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  feed(chunk: Buffer): void {
    this.#cutter.feed(chunk);
  }

  end(): ScanResult {
    this.#cutter.end();
    return { rows: this.#rows, ...(this.#broken === undefined ? {} : { broken: this.#broken }) };
  }

  line(bytes: Buffer, start: number, end: number, number: number): void {
    if (isBlank(bytes, start, end)) return;
    this.#rows += 1;
    if (!this.#options.content) return;
    const text = bytes.toString('utf8', start, end);
    // The replacement character may be in the file itself; only then are the bytes looked at.
    if (text.includes('\uFFFD') && !isUtf8(bytes.subarray(start, end))) {
      this.#broken ??= `line ${number}: not valid UTF-8`;
      return;
    }
    const value = parse(text);
    if (value === undefined) {
      const fault = jsonFault(text);
      this.#broken ??= `line ${number}: not valid JSON at column ${(fault?.offset ?? 0) + 1}: ${fault?.why ?? 'cannot be read'}`;
      return;
    }
    const row = { value, line: number, exact: () => parseExactly(text) };
    for (const reader of this.#options.readers) reader.row?.(row);
  }

  longLine(number: number): void {
    this.#rows += 1;
    if (this.#options.content) this.#broken ??= `line ${number}: longer than ${longestLine} bytes`;
  }
}

class CsvScan implements Scan {
  readonly #options: ScanOptions;
  readonly #reader: CsvReader;
  readonly #cutter: LineCutter;
  #columns: readonly string[] | undefined;
  #wanted: readonly (readonly [number, string])[] = [];
  #rows = 0;
  #broken: string | undefined;

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#reader = new CsvReader(
      {
        record: (line, count, cells) => this.#record(line, count, cells),
        broken: (line, why) => {
          this.#broken ??= `line ${line}: ${why}`;
        },
      },
      options.tabs,
    );
    this.#cutter = new LineCutter(this.#reader);
  }

  feed(chunk: Buffer): void {
    this.#cutter.feed(chunk);
  }

  end(): ScanResult {
    this.#cutter.end();
    this.#reader.end();
    return {
      rows: this.#rows,
      columns: this.#columns ?? [],
      ...(this.#broken === undefined ? {} : { broken: this.#broken }),
    };
  }

  #record(line: number, count: number, cells: ReadonlyMap<number, string>): void {
    if (this.#columns === undefined) {
      this.#header([...cells.values()]);
      return;
    }
    this.#rows += 1;
    if (count !== this.#columns.length) {
      this.#broken ??= `line ${line}: ${count} cells, and the header has ${this.#columns.length}`;
    }
    if (this.#options.readers.length === 0) return;
    const value: Record<string, Json> = Object.fromEntries(
      this.#wanted.map(([i, name]) => [name, cells.get(i) ?? null]),
    );
    for (const reader of this.#options.readers) reader.row?.({ value, line, exact: () => value });
  }

  #header(columns: readonly string[]): void {
    this.#columns = columns;
    const fields = new Set(this.#options.readers.flatMap((r) => r.fields));
    this.#wanted = columns.flatMap((c, i) =>
      fields.has(c) && columns.indexOf(c) === i ? [[i, c] as const] : [],
    );
    this.#reader.want(new Set(this.#wanted.map(([i]) => i)));
  }
}

class JsonScan implements Scan {
  readonly #readers: readonly ContentReader[];
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(readers: readonly ContentReader[]) {
    this.#readers = readers;
  }

  feed(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > largestJson) this.#chunks = [];
    else this.#chunks.push(Buffer.from(chunk));
  }

  end(): ScanResult {
    if (this.#bytes > largestJson) {
      return {
        broken: `the file is larger than ${largestJson} bytes, too large to be read as JSON; write JSON Lines, or say format: text`,
      };
    }
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    if (!isUtf8(bytes)) return { broken: `line ${badUtf8Line(bytes)}: not valid UTF-8` };
    const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
    const value = parse(text);
    if (value === undefined) {
      const fault = jsonFault(text);
      const { line, column } = lineAt(text, fault?.offset ?? 0);
      return {
        broken: `line ${line}: not valid JSON at column ${column}: ${fault?.why ?? 'cannot be read'}`,
      };
    }
    this.#tell(value, text);
    return { rows: isList(value) ? value.length : 1 };
  }

  #tell(value: Json, text: string): void {
    let exact: Json | undefined;
    const exactly = (): Json => {
      exact ??= parseExactly(text);
      return exact;
    };
    for (const reader of this.#readers) reader.document?.(value, text);
    const items = isList(value) ? value : [value];
    for (const [i, item] of items.entries()) {
      const row = {
        value: item,
        line: i + 1,
        exact: () => (isList(value) ? ((exactly() as Json[])[i] ?? null) : exactly()),
      };
      for (const reader of this.#readers) reader.row?.(row);
    }
  }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const b = bytes[at];
    if (b !== 32 && b !== 9 && b !== 13) return false;
  }
  return true;
}

function badUtf8Line(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, start)) {
    if (!isUtf8(bytes.subarray(start, at))) return line;
    line += 1;
    start = at + 1;
  }
  return line;
}
