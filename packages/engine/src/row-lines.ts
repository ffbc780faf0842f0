// RowLines are the lines of a file and where each stands in it, one after the other, without a copy of any.
import { longestLine } from './facts-lines.ts';
import { closeSync, openSync, readSync } from './fs.ts';

const newline = 10;
const chunkBytes = 1 << 20;

/** Where reading begins. */
export interface RowLinesFrom {
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  /** How many lines stand before. */
  readonly lines: number;
}

/** A reader that stands at one line; its fields are about that line, and valid until it goes on. */
export class RowLines {
  /** Holds the line from `start` to `end`, without its newline. */
  bytes: Buffer = Buffer.allocUnsafeSlow(chunkBytes);
  start = 0;
  end = 0;
  /** Where in the file the line begins. */
  offset = 0;
  /** Counts from 1. */
  number: number;
  /** Whether a newline follows: without one, the file ends here. */
  ended = true;
  /** Whether the line is longer than can be held; then there are no bytes of it. */
  tooLong = false;

  readonly #fd: number;
  /** Up to where the buffer is filled, where its first byte stands in the file, and where the next line begins in it. */
  #filled = 0;
  #base: number;
  #next = 0;

  /** @throws the error of the file system when the file cannot be read */
  constructor(
    readonly path: string,
    from: RowLinesFrom = { offset: 0, lines: 0 },
  ) {
    this.#fd = openSync(path, 'r');
    this.#base = from.offset;
    this.number = from.lines;
  }

  /** Goes on to the next line; false at the end of the file. */
  next(): boolean {
    let searched = this.#next;
    this.tooLong = false;
    for (;;) {
      const at = this.bytes.subarray(searched, this.#filled).indexOf(newline);
      if (at >= 0) return this.#stand(searched + at, true);
      const open = this.#filled - this.#next;
      if (open > longestLine) this.tooLong = true;
      searched = this.tooLong ? 0 : open;
      if (!this.#more())
        return (this.tooLong || this.#next < this.#filled) && this.#stand(this.#filled, false);
    }
  }

  /** Where the line after this one begins. */
  get after(): number {
    return this.#base + this.#next;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #stand(end: number, ended: boolean): boolean {
    this.start = this.#next;
    this.end = end;
    this.ended = ended;
    this.#next = ended ? end + 1 : end;
    this.number += 1;
    const { bytes, start } = this;
    if (this.#base + start === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf && end >= 3)
      this.start = 3;
    this.offset = this.#base + this.start;
    if (this.tooLong) this.start = end;
    return true;
  }

  /** Reads on; what is left of the buffer moves to its beginning, and nothing of a line that is too long is left. */
  #more(): boolean {
    const from = this.tooLong ? this.#filled : this.#next;
    if (from > 0) {
      this.bytes.copy(this.bytes, 0, from, this.#filled);
      this.#base += from;
      this.#filled -= from;
      this.#next = 0;
    }
    if (this.#filled === this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2);
      this.bytes.copy(larger, 0, 0, this.#filled);
      this.bytes = larger;
    }
    const at = this.#base + this.#filled;
    const n = readSync(this.#fd, this.bytes, this.#filled, this.bytes.length - this.#filled, at);
    this.#filled += n;
    return n > 0;
  }
}
