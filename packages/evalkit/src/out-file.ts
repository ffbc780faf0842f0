// An OutFile is a file being written: it grows beside its final path and takes that name only when it is whole.
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Failure, fileProblem } from './failure.ts';

const CHUNK = 1 << 16;

/** Writes text or bytes in order; `close` publishes, `abandon` leaves no trace. */
export class OutFile {
  readonly path: string;
  readonly #temp: string;
  readonly #fd: number;
  #pending: string[] = [];
  #pendingLength = 0;

  /** Opens the file and creates its parent folders. @throws Failure naming the path */
  constructor(path: string) {
    this.path = path;
    this.#temp = `${path}.tmp`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#fd = openSync(this.#temp, 'w');
    } catch (error) {
      throw new Failure(fileProblem(path, error));
    }
  }

  /** Appends text (UTF-8). */
  write(text: string): void {
    this.#pending.push(text);
    this.#pendingLength += text.length;
    if (this.#pendingLength >= CHUNK) this.#flush();
  }

  /** Appends bytes. */
  writeBytes(bytes: Uint8Array): void {
    this.#flush();
    this.#put(bytes);
  }

  /** Ends the file and gives it its name. */
  close(): void {
    this.#flush();
    closeSync(this.#fd);
    try {
      renameSync(this.#temp, this.path);
    } catch (error) {
      throw new Failure(fileProblem(this.path, error));
    }
  }

  /** Ends the attempt: whatever stood at the path before stays as it was. */
  abandon(): void {
    closeSync(this.#fd);
    rmSync(this.#temp, { force: true });
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const bytes = Buffer.from(this.#pending.join(''), 'utf8');
    this.#pending = [];
    this.#pendingLength = 0;
    this.#put(bytes);
  }

  #put(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      throw new Failure(fileProblem(this.path, error));
    }
  }
}

/**
 * Writes one file by giving it to `fill`; published when `fill` returns, abandoned when it throws.
 * @returns what `fill` returned
 */
export function writeOutFile<T>(path: string, fill: (file: OutFile) => T): T {
  const file = new OutFile(path);
  let result: T;
  try {
    result = fill(file);
  } catch (error) {
    file.abandon();
    throw error;
  }
  file.close();
  return result;
}

/** Writes a whole text file at once, by a temporary file and a rename. */
export function writeText(path: string, text: string): void {
  writeOutFile(path, (file) => file.write(text));
}
