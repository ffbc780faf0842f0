// A RowWindow reads pieces of a file by their place: one after the other at the speed of the disk, at random without waste.
import { Unreadable } from './failure.ts';
import { closeSync, openSync, readSync } from './fs.ts';

const windowBytes = 1 << 20;

/** Reads a file that is open as long as the window is: what it holds cannot be replaced meanwhile. */
export class RowWindow {
  readonly #fd: number;
  #buffer = Buffer.alloc(0);
  #base = 0;
  #filled = 0;

  /** @throws the error of the file system when it cannot be opened */
  constructor(readonly path: string) {
    this.#fd = openSync(path, 'r');
  }

  /**
   * Bytes of the file, valid until the next are read.
   * @throws Unreadable when the file ends before
   */
  read(offset: number, length: number): Buffer {
    const end = this.#base + this.#filled;
    if (offset < this.#base || offset + length > end) {
      // What begins where the window ends is read in order: then the next ones are wanted soon.
      const inOrder = offset >= this.#base && offset <= end;
      this.#fill(offset, inOrder ? Math.max(length, windowBytes) : Math.max(length, 8192), length);
    }
    return this.#buffer.subarray(offset - this.#base, offset - this.#base + length);
  }

  #fill(offset: number, wanted: number, needed: number): void {
    if (wanted > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(wanted);
    this.#base = offset;
    this.#filled = 0;
    while (this.#filled < wanted) {
      const n = readSync(this.#fd, this.#buffer, this.#filled, wanted - this.#filled, offset + this.#filled);
      if (n === 0) break;
      this.#filled += n;
    }
    if (this.#filled < needed) throw new Unreadable(`"${this.path}" ends where it went on before`);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
