// A RowTable is the rows that a task asks: name, key and place of each, in typed arrays, so that a million take 70 MB.

import { digestText } from './digest.ts';
import { Unreadable } from './failure.ts';
import { RowIds } from './row-ids.ts';
import { keyBytes, keyText, RowKeys, writeKey } from './row-keys.ts';
import { type RowScan, scanRows } from './row-scan.ts';
import { fieldsOf, type RowSpec, rowContent, rowId } from './row-spec.ts';

// The key of a row: the first half of sha256 over (the 71 characters of the digest of the fingerprint text, then the 16
// bytes of the row's own digest); a row's own digest is the first half of the sha256 of its content (see `rowContent`).
// Two steps, so that rows that are not read again get their keys under another fingerprint by one small hash each.

/** A file of rows. */
export interface RowFile {
  readonly path: string;
  /** How it is called in messages. */
  readonly name: string;
}

/** Where a row stands: the bytes of a file without the newline behind them, and the first line from 1. */
export interface RowPlace {
  readonly file: RowFile;
  readonly offset: number;
  readonly length: number;
  readonly line: number;
}

/** What is known of all rows; arrays are in the order of the rows. */
export interface RowArrays {
  readonly ids: RowIds;
  /** What each asks, without the fingerprint. */
  readonly digests: RowKeys;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly lines: Uint32Array;
  /** The first row of each file. */
  readonly firsts: readonly number[];
  /** The header of each CSV file, as written. */
  readonly headers: readonly (string | undefined)[];
}

/** How rows are read into a table. */
export interface RowTableOptions {
  /** In order; all of one format. */
  readonly files: readonly RowFile[];
  readonly spec: RowSpec;
  /** What keys are made with beside the row: see `rowFingerprintText`. */
  readonly fingerprint: string;
}

/** The rows of a task. With problems it holds only the rows without, and must not be used for anything but counting. */
export class RowTable {
  /** Key of each row, 16 bytes one behind the other. */
  readonly keys: Buffer;

  constructor(
    readonly files: readonly RowFile[],
    readonly spec: RowSpec,
    readonly arrays: RowArrays,
    fingerprint: string,
    /** Mistakes in the rows, each with its place; at most 20, and how many more there are. */
    readonly problems: readonly string[],
  ) {
    this.keys = keysOf(arrays.digests, fingerprint);
  }

  get size(): number {
    return this.arrays.digests.size;
  }

  /** The header of a CSV, as it is written in the first file. */
  get header(): string | undefined {
    return this.arrays.headers.find((header) => header !== undefined);
  }

  id(i: number): string {
    return this.arrays.ids.text(i);
  }

  /** The row of an id; -1 when there is none. */
  find(id: string): number {
    return this.arrays.ids.find(id);
  }

  key(i: number): string {
    return keyText(this.keys, i);
  }

  /** Which of the files a row stands in. */
  fileOf(i: number): number {
    const { firsts } = this.arrays;
    let file = firsts.length - 1;
    while (file > 0 && i < (firsts[file] as number)) file -= 1;
    return file;
  }

  where(i: number): RowPlace {
    const { offsets, lengths, lines } = this.arrays;
    return {
      file: this.files[this.fileOf(i)] as RowFile,
      offset: offsets[i] as number,
      length: lengths[i] as number,
      line: lines[i] as number,
    };
  }

  /** The same rows under another fingerprint; nothing is read for it. */
  withFingerprint(fingerprint: string): RowTable {
    return new RowTable(this.files, this.spec, this.arrays, fingerprint, this.problems);
  }
}

function keysOf(digests: RowKeys, fingerprint: string): Buffer {
  const keys = Buffer.allocUnsafeSlow(digests.size * keyBytes);
  const head = digestText(fingerprint);
  const of = Buffer.alloc(head.length + keyBytes);
  of.write(head, 'latin1');
  const { bytes } = digests;
  for (let i = 0; i < digests.size; i++) {
    bytes.copy(of, head.length, i * keyBytes, (i + 1) * keyBytes);
    writeKey(keys, i, of);
  }
  return keys;
}

/** How many mistakes are told. */
const mostProblems = 20;

/**
 * Reads the rows of files in one pass.
 * @throws Unreadable when a file cannot be read
 */
export function readRowTable({ files, spec, fingerprint }: RowTableOptions): RowTable {
  const reading = new Reading(files, spec);
  for (const file of files.keys()) reading.read(file);
  const { arrays, problems } = reading.done();
  return new RowTable(files, spec, arrays, fingerprint, problems);
}

/** One pass over all files. */
class Reading {
  readonly #ids = new RowIds();
  readonly #digests = new RowKeys();
  #offsets = new Float64Array(1024);
  #lengths = new Uint32Array(1024);
  #lines = new Uint32Array(1024);
  readonly #firsts: number[] = [];
  readonly #headers: (string | undefined)[] = [];
  readonly #told: string[] = [];
  #untold = 0;
  readonly #digest = Buffer.alloc(keyBytes);
  readonly #by: readonly string[];

  constructor(
    private readonly files: readonly RowFile[],
    private readonly spec: RowSpec,
  ) {
    this.#by = fieldsOf(spec);
  }

  read(file: number): void {
    const { path, name } = this.files[file] as RowFile;
    this.#firsts.push(this.#digests.size);
    let scan: RowScan | undefined;
    try {
      scan = scanRows(path, this.spec.format);
      for (let more = true; more; ) {
        more = scan.next();
        if (scan.broken.length > 0)
          for (const broken of scan.broken.splice(0)) this.#problem(`${name}:${broken}`);
        if (more) this.#row(scan, name);
      }
      this.#header(scan, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw new Unreadable(`"${name}" cannot be read: ${(error as Error).message}`);
    } finally {
      scan?.close();
    }
  }

  done(): { arrays: RowArrays; problems: string[] } {
    const size = this.#digests.size;
    const arrays = {
      ids: this.#ids,
      digests: this.#digests,
      offsets: this.#offsets.subarray(0, size),
      lengths: this.#lengths.subarray(0, size),
      lines: this.#lines.subarray(0, size),
      firsts: this.#firsts,
      headers: this.#headers,
    };
    const more = this.#untold === 0 ? [] : [`and ${this.#untold} more mistakes in these rows`];
    return { arrays, problems: [...this.#told, ...more] };
  }

  #problem(text: string): void {
    if (this.#told.length < mostProblems) this.#told.push(text);
    else this.#untold += 1;
  }

  #row(scan: RowScan, name: string): void {
    const place = `${name}:${scan.line}`;
    const { id: field } = this.spec;
    const id = rowId(scan, field);
    if (id === undefined) {
      this.#problem(`${place}: the row has no id: "${field}" is to be a text that is not empty, or a number`);
      return;
    }
    try {
      writeKey(this.#digest, 0, rowContent(scan, this.#by));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#problem(`${place}: the row is nested too deeply to be compared`);
      return;
    }
    const size = this.#digests.size;
    const sameId = this.#ids.find(id);
    if (sameId >= 0) {
      this.#problem(`${place}: the id "${id}" stands at ${this.#place(sameId)} already`);
      return;
    }
    const sameKey = this.#digests.add(this.#digest, 0);
    if (sameKey < size) {
      this.#problem(
        `${place}: the row "${id}" asks the same as "${this.#ids.text(sameKey)}" at ${this.#place(sameKey)}: one answer would serve both; when it is to be asked more than once, add the index of the sample to rows.by`,
      );
      return;
    }
    this.#ids.add(id);
    this.#stand(scan, size);
  }

  #stand(scan: RowScan, i: number): void {
    if (i === this.#offsets.length) {
      this.#offsets = larger(this.#offsets, new Float64Array(i * 2));
      this.#lengths = larger(this.#lengths, new Uint32Array(i * 2));
      this.#lines = larger(this.#lines, new Uint32Array(i * 2));
    }
    this.#offsets[i] = scan.offset;
    this.#lengths[i] = scan.length;
    this.#lines[i] = scan.line;
  }

  #place(i: number): string {
    let file = this.#firsts.length - 1;
    while (i < (this.#firsts[file] as number)) file -= 1;
    return `${this.files[file]?.name}:${this.#lines[i]}`;
  }

  /** A column that is not there would be an empty field in every row: the key would not see what it was to see. */
  #header(scan: RowScan, name: string): void {
    this.#headers.push(scan.header);
    if (this.spec.format === 'jsonl') return;
    const { columns } = scan;
    if (columns === undefined) return;
    for (const field of new Set([this.spec.id, ...this.#by]))
      if (!columns.includes(field)) this.#problem(`${name}:1: there is no column "${field}"`);
    const first = this.#headers.findIndex((header) => header !== undefined);
    if (scan.header !== this.#headers[first])
      this.#problem(`${name}:1: the header is another than that of ${this.files[first]?.name}`);
  }
}

function larger<T extends Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
