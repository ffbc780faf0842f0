// The RowStore keeps what rows were answered, by key, in a file that only grows: what was bought once is not bought again.
import { dirname } from 'node:path';
import { makeDir, syncDir } from './disk.ts';
import { Unreadable } from './failure.ts';
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  openSync,
  statSync,
  writeSync,
} from './fs.ts';
import { keyBytes, keyText } from './row-keys.ts';
import { RowLines } from './row-lines.ts';
import {
  type RowAnswer,
  type RowFailure,
  type RowRecord,
  readAnswer,
  readFailure,
  recordKind,
  recordLine,
  recordVersion,
  versionLine,
} from './row-record.ts';
import { type RecordPlace, RowStoreIndex } from './row-store-index.ts';
import { RowWindow } from './row-window.ts';

/** Records wait in memory up to so many bytes before they are written. */
const batchBytes = 4 << 20;

/**
 * The answers of one target. Several processes may append to one file: each write holds whole lines, and what others
 * wrote is seen after `refresh`. A key is given as the place `i` in a block of keys.
 */
export class RowStore {
  #index = new RowStoreIndex();
  /** Up to where the file has been read; which file it was. */
  #read = 0;
  #lines = 0;
  #inode: number | undefined;
  /** Whether the file ends without a newline, and whether what stands there can be read. */
  #end: 'whole' | 'open' | 'torn' = 'whole';
  #damaged: number[] = [];
  #window: RowWindow | undefined;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #forgetting = false;
  #fd: number | undefined;
  #lost: unknown;
  readonly #key = Buffer.alloc(keyBytes);

  /**
   * Reads the file; one that is not there has no answers.
   * @throws Unreadable when it cannot be read, or a later version wrote it
   */
  constructor(readonly path: string) {
    this.refresh();
  }

  /** What is wrong with the file: each sentence names it. Nothing else of it is lost. */
  get warnings(): string[] {
    const out: string[] = [];
    const [first] = this.#damaged;
    if (first !== undefined)
      out.push(
        `${this.path}: ${this.#damaged.length === 1 ? `line ${first} is` : `${this.#damaged.length} lines are`} damaged and passed over${this.#damaged.length === 1 ? '' : `, the first is line ${first}`}`,
      );
    if (this.#end === 'torn') out.push(`${this.path}: the last line is torn and passed over`);
    return out;
  }

  /** How many keys have an answer. */
  get size(): number {
    return this.#index.answers;
  }

  /** Whether answers that were once kept may be lost: the file was deleted, or lines of it are damaged. */
  get mayLack(): boolean {
    return this.size === 0 || this.#damaged.length > 0;
  }

  has(keys: Uint8Array, i: number): boolean {
    return this.#index.answer(this.#index.find(keys, i)) !== undefined;
  }

  /** The answer of a key, valid until the next one is read; undefined when there is none. */
  answer(keys: Uint8Array, i: number): RowAnswer | undefined {
    const place = this.#index.answer(this.#index.find(keys, i));
    return place === undefined ? undefined : readAnswer(this.#line(place, keys, i));
  }

  /** In how many attempts a key has failed, since it was last forgotten. */
  failures(keys: Uint8Array, i: number): number {
    return this.#index.failures(this.#index.find(keys, i));
  }

  /** The last failure of a key. */
  failure(keys: Uint8Array, i: number): RowFailure | undefined {
    const place = this.#index.failure(this.#index.find(keys, i));
    return place === undefined ? undefined : readFailure(this.#line(place, keys, i));
  }

  /** Whether a key was to be asked again and has no answer since: what other sources say of it does not count. */
  forgotten(keys: Uint8Array, i: number): boolean {
    return this.#index.forgotten(this.#index.find(keys, i));
  }

  /**
   * Keeps a record; it is written with others, at the latest by `flush`. An answer of a key that has one, and a failure
   * in an attempt in which the key has failed already, is not kept: the first counts.
   */
  add(keys: Uint8Array, i: number, record: RowRecord): void {
    // What was forgotten a moment ago is to be seen by what follows.
    if (this.#forgetting && record.kind !== 'forget') this.flush();
    this.#forgetting = record.kind === 'forget';
    const slot = this.#index.find(keys, i);
    if (record.kind === 'answer' && this.#index.answer(slot) !== undefined) return;
    if (record.kind === 'error' && this.#index.failedIn(slot, record.attempt)) return;
    const line = recordLine(keyText(keys, i), record);
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes >= batchBytes) this.flush();
  }

  /**
   * Writes what waits, in one write of whole lines, and reads what stands in the file now.
   * @throws the error of the file system, as for a full disk; what was not written is not kept
   */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.refresh();
    const fd = this.#open();
    const start = this.#end === 'whole' ? '' : '\n';
    try {
      append(fd, Buffer.from(`${start}${this.#read === 0 ? versionLine : ''}${text}`));
    } finally {
      this.refresh();
    }
  }

  /** Waits until everything that was flushed would survive a power cut. */
  durable(): void {
    this.flush();
    if (this.#lost !== undefined) throw this.#lost;
    if (this.#read === 0) return;
    try {
      // Also what another process has written, who died before it was on disk: it counts as kept from now on.
      fdatasyncSync(this.#open());
    } catch (error) {
      this.#lost = error;
      throw error;
    }
  }

  /** Like `durable`, off the main thread: other commands go on meanwhile. */
  durableAside(): Promise<void> {
    this.flush();
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    if (this.#read === 0) return Promise.resolve();
    const fd = this.#open();
    return new Promise((done, fail) => {
      fdatasync(fd, (error) => {
        if (error === null) return done();
        // After one failed flush the kernel takes the lost pages for written: a later success would mean nothing.
        this.#lost ??= error;
        fail(error);
      });
    });
  }

  /** Reads what was appended since, also by others. */
  refresh(): void {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    if (stat === undefined || stat.ino !== this.#inode || stat.size < this.#read) this.#forgetFile();
    if (stat === undefined) return;
    this.#inode = stat.ino;
    if (stat.size === this.#read) return;
    const lines = new RowLines(this.path, { offset: this.#read, lines: this.#lines });
    try {
      this.#take(lines);
    } finally {
      lines.close();
    }
  }

  /** Gives the files back; what was not flushed is not kept. */
  close(): void {
    this.#window?.close();
    this.#window = undefined;
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #take(lines: RowLines): void {
    const key = this.#key;
    this.#end = 'whole';
    while (lines.next()) {
      const { bytes, start, end, offset, number, ended } = lines;
      const line = bytes.subarray(start, end);
      const kind = lines.tooLong ? 'damaged' : line.length === 0 ? 'empty' : recordKind(line, key);
      if (!ended) this.#end = kind === 'damaged' ? 'torn' : 'open';
      // Another process may be in the middle of this line: it is looked at again.
      if (this.#end === 'torn') return;
      this.#read = lines.after;
      this.#lines = number;
      if (kind === 'damaged') this.#damaged.push(number);
      else if (kind === 'rows') this.#version(line);
      else if (kind === 'forget') this.#index.forget(key);
      else if (kind === 'answer') this.#index.addAnswer(key, { offset, length: line.length });
      else if (kind === 'error')
        this.#index.addFailure(key, { offset, length: line.length }, readFailure(line).attempt);
    }
  }

  #version(line: Buffer): void {
    const version = recordVersion(line);
    if (version > 1)
      throw new Unreadable(
        `${this.path} is of version ${version}, which a later evalmake wrote; this one reads version 1`,
      );
  }

  /** The line of a key. It is checked again: the file may be another by now, and a wrong answer is worse than none. */
  #line({ offset, length }: RecordPlace, keys: Uint8Array, i: number): Buffer {
    this.#window ??= new RowWindow(this.path);
    const line = this.#window.read(offset, length);
    const kind = recordKind(line, this.#key);
    if (kind === 'damaged' || this.#key.compare(keys, i * keyBytes, (i + 1) * keyBytes) !== 0)
      throw new Unreadable(`${this.path} was changed while it was read; run evalmake again`);
    return line;
  }

  /** Opens the file for appending; makes it when it is not there, and its name durable. */
  #open(): number {
    if (this.#fd !== undefined && this.#inode !== undefined && fstatSync(this.#fd).ino === this.#inode)
      return this.#fd;
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    const dir = dirname(this.path);
    const made = [dir, dirname(dir)];
    for (let at = dirname(dir); !existsSync(at); at = dirname(at)) made.push(dirname(at));
    makeDir(dir);
    this.#fd = openSync(this.path, 'a', 0o666);
    // What is flushed into a file is on disk when its name is, which a flush does not say; who made it may have died.
    for (const folder of made) syncDir(folder);
    return this.#fd;
  }

  #forgetFile(): void {
    this.#index = new RowStoreIndex();
    this.#read = 0;
    this.#lines = 0;
    this.#inode = undefined;
    this.#end = 'whole';
    this.#damaged = [];
    this.#window?.close();
    this.#window = undefined;
  }
}

/** Appends whole lines; a line that a short write tore is written again whole, and its torn piece ends with a newline. */
function append(fd: number, bytes: Buffer): void {
  for (let rest = bytes; rest.length > 0; ) {
    const n = writeSync(fd, rest, 0, rest.length);
    if (n === rest.length) return;
    const whole = n === 0 ? 0 : rest.lastIndexOf(10, n - 1) + 1;
    const next = rest.subarray(whole);
    rest = whole === n ? next : Buffer.concat([Buffer.from('\n'), next]);
  }
}
