// OpenFiles are files that are read at any place: a few stay open at a time, and one that has changed meanwhile is not read.
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { Failure, fileProblem } from './failure.ts';

/** Well below the 1,024 that a process may have open on most systems. */
const MOST_OPEN = 256;

/** A file as it was when it was first looked at. */
export interface FileState {
  readonly path: string;
  /** Differs when the file is written or replaced. */
  readonly state: string;
}

function stateOf({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev}:${ino}:${size}:${mtimeMs}`;
}

/** What a file is like now; null for what can be read only once, such as a pipe, and for what is not there. */
export function fileState(path: string): FileState | null {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch {
    return null; // whoever reads it says what is wrong
  }
  return stats.isFile() ? { path, state: stateOf(stats) } : null;
}

/** Reads bytes at any place of some files. */
export class OpenFiles {
  /** By path, the one that was opened first in front. */
  readonly #open = new Map<string, number>();
  #buffer = Buffer.alloc(1 << 14);

  /**
   * The bytes at a place; valid until the next call.
   * @throws Failure when the file is no more as it was
   */
  bytes(file: FileState, start: number, size: number): Buffer {
    if (this.#buffer.length < size) this.#buffer = Buffer.alloc(2 * size);
    const fd = this.#open.get(file.path) ?? this.#opened(file);
    let length = 0;
    try {
      while (length < size) {
        const read = readSync(fd, this.#buffer, length, size - length, start + length);
        if (read === 0) throw changed(file.path);
        length += read;
      }
    } catch (error) {
      throw error instanceof Failure ? error : new Failure(fileProblem(file.path, error));
    }
    return this.#buffer.subarray(0, size);
  }

  /** Closes all files; they may be read again. */
  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #opened(file: FileState): number {
    for (const [path, fd] of this.#open) {
      if (this.#open.size < MOST_OPEN) break;
      closeSync(fd);
      this.#open.delete(path);
    }
    let fd: number;
    try {
      fd = openSync(file.path, 'r');
    } catch (error) {
      throw new Failure(fileProblem(file.path, error));
    }
    this.#open.set(file.path, fd);
    if (stateOf(fstatSync(fd)) !== file.state) throw changed(file.path);
    return fd;
  }
}

function changed(path: string): Failure {
  return new Failure(`${path}: changed while it was read; run the same command again`);
}
