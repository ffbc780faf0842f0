// CSV as RFC 4180 has it, read line by line: quoted cells may hold delimiters, doubled quotes and newlines.
import { isUtf8 } from 'node:buffer';
import { longestLine } from './facts-lines.ts';

const quote = 34;
const carriageReturn = 13;

/** What is told of each record. */
export interface CsvSink {
  /** A record: the line where it begins, how many cells it has, and the text of the cells that were asked for. */
  record(line: number, count: number, cells: ReadonlyMap<number, string>): void;
  /** Content that is no CSV; the record it stands in is still told of. */
  broken(line: number, why: string): void;
}

/** The part of a buffer that is one line: `stop` leaves out a `\r` before the newline. */
interface Span {
  readonly end: number;
  readonly stop: number;
  readonly number: number;
}

/** Reads records from lines. Blank lines between records are passed over. */
export class CsvReader {
  readonly #sink: CsvSink;
  readonly #delimiter: number;
  /** The columns whose text is told; undefined for all, as for the header. */
  #wanted: ReadonlySet<number> | undefined;
  #inQuotes = false;
  #first = 0;
  #count = 0;
  #cells = new Map<number, string>();
  #cell = '';

  constructor(sink: CsvSink, tabs = false) {
    this.#sink = sink;
    this.#delimiter = tabs ? 9 : 44;
  }

  /** Chooses the columns whose text is told from the next record on. */
  want(columns: ReadonlySet<number>): void {
    this.#wanted = columns;
  }

  /** Takes one line without its newline: bytes `start` to `end`; `number` counts from 1. */
  line(bytes: Buffer, start: number, end: number, number: number): void {
    const whole = bytes.subarray(start, end);
    if (!isUtf8(whole)) this.#sink.broken(number, 'not valid UTF-8');
    if (whole.includes(0)) this.#sink.broken(number, 'a NUL byte stands in the text');
    const stop = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
    const span = { end, stop, number };
    let at: number | undefined;
    if (this.#inQuotes) at = this.#quotedCell(bytes, start, span);
    else {
      if (start === stop) return;
      this.#first = number;
      at = this.#cellAt(bytes, start, span);
    }
    while (at !== undefined && at < stop) at = this.#cellAt(bytes, at + 1, span);
    if (at !== undefined) this.#endRecord();
  }

  /** Takes a line too long to be held. */
  longLine(number: number): void {
    this.#sink.broken(number, `the line is longer than ${longestLine} bytes`);
    if (this.#inQuotes) return;
    this.#first = number;
    this.#endCell();
    this.#endRecord();
  }

  /** Takes the end of the file. */
  end(): void {
    if (!this.#inQuotes) return;
    this.#inQuotes = false;
    this.#sink.broken(this.#first, 'a quoted cell of the record that begins here never ends');
    this.#endCell();
    this.#endRecord();
  }

  /** Reads one cell; returns where its delimiter or the line's end is, undefined when it goes on in the next line. */
  #cellAt(bytes: Buffer, at: number, span: Span): number | undefined {
    return at < span.stop && bytes[at] === quote
      ? this.#quotedCell(bytes, at + 1, span)
      : this.#plain(bytes, at, span);
  }

  #quotedCell(bytes: Buffer, from: number, span: Span): number | undefined {
    let start = from;
    for (let at = from; at < span.end; at++) {
      if (bytes[at] !== quote) continue;
      this.#take(bytes, start, at, span.number);
      if (at + 1 < span.end && bytes[at + 1] === quote) {
        at += 1;
        start = at;
        continue;
      }
      this.#inQuotes = false;
      if (at + 1 < span.stop && bytes[at + 1] !== this.#delimiter) {
        this.#sink.broken(span.number, 'text stands behind the closing quote of a cell');
      }
      return this.#plain(bytes, at + 1, span);
    }
    this.#take(bytes, start, span.end, span.number);
    if (this.#isWanted()) this.#cell += '\n';
    this.#inQuotes = true;
    return undefined;
  }

  #plain(bytes: Buffer, from: number, span: Span): number {
    let at = from;
    while (at < span.stop && bytes[at] !== this.#delimiter) at += 1;
    this.#take(bytes, from, at, span.number);
    this.#endCell();
    return Math.max(at, from);
  }

  #isWanted(): boolean {
    return this.#wanted === undefined || this.#wanted.has(this.#count);
  }

  #take(bytes: Buffer, start: number, end: number, number: number): void {
    if (end <= start || !this.#isWanted()) return;
    if (this.#cell.length > longestLine)
      this.#sink.broken(number, `a cell is longer than ${longestLine} characters`);
    else this.#cell += bytes.toString('utf8', start, end);
  }

  #endCell(): void {
    if (this.#isWanted()) this.#cells.set(this.#count, this.#cell);
    this.#cell = '';
    this.#count += 1;
  }

  #endRecord(): void {
    this.#sink.record(this.#first, this.#count, this.#cells);
    this.#count = 0;
    this.#cells = new Map();
  }
}
