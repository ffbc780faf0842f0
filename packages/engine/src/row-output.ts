// A RowOutput is a file that is written piece by piece and gets its name when it is whole; its digest is made on the way.
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { openMaking, syncDir, temporaryOf, writeAll } from './disk.ts';
import { closeSync, fdatasyncSync, renameSync, rmSync } from './fs.ts';

const chunkBytes = 1 << 20;

/** A file in the making; it must be committed or discarded. */
export class RowOutput {
  bytes = 0;
  readonly #temporary: string;
  readonly #fd: number;
  readonly #sum = createHash('sha256');
  readonly #buffer = Buffer.allocUnsafe(chunkBytes);
  #filled = 0;
  #closed = false;

  /** @throws the error of the file system, here and in every call */
  constructor(readonly path: string) {
    this.#temporary = temporaryOf(path);
    this.#fd = openMaking(this.#temporary, 'w');
  }

  /** Writes a line and its newline. */
  line(content: string | Uint8Array): void {
    this.#write(typeof content === 'string' ? Buffer.from(content) : content);
    if (this.#filled === chunkBytes) this.#flush();
    this.#buffer[this.#filled] = 10;
    this.#filled += 1;
    this.bytes += 1;
  }

  /**
   * Puts the file in its place, in one step, so that it survives a power cut.
   * @returns its digest
   */
  commit(): string {
    this.#flush();
    fdatasyncSync(this.#fd);
    this.#close();
    renameSync(this.#temporary, this.path);
    syncDir(dirname(this.path));
    return `sha256:${this.#sum.digest('hex')}`;
  }

  /** Gives it up after an error. */
  discard(): void {
    if (!this.#closed) this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    this.#closed = true;
    closeSync(this.#fd);
  }

  #write(content: Uint8Array): void {
    this.bytes += content.length;
    if (this.#filled + content.length > chunkBytes) this.#flush();
    if (content.length > chunkBytes) {
      this.#sum.update(content);
      writeAll(this.#fd, content);
      return;
    }
    this.#buffer.set(content, this.#filled);
    this.#filled += content.length;
  }

  #flush(): void {
    const filled = this.#buffer.subarray(0, this.#filled);
    this.#sum.update(filled);
    writeAll(this.#fd, filled);
    this.#filled = 0;
  }
}

/**
 * Writes a file by lines, whole or not at all.
 * @param write gives the lines; what it throws leaves the old file as it was
 * @returns the digest of the file and its size
 */
export function writeRows(
  path: string,
  write: (output: RowOutput) => void,
): { digest: string; bytes: number } {
  const output = new RowOutput(path);
  let digest: string;
  try {
    write(output);
    digest = output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
  return { digest, bytes: output.bytes };
}
