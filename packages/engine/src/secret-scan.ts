// A SecretScan looks for the values of secrets in what is to be sent, piece by piece: a large file takes no more memory.
import { setImmediate } from 'node:timers/promises';
import { closeSync, openSync, readSync } from './fs.ts';

/** Values that are shorter stand in ordinary text by chance, and would hold results back for nothing. */
export const shortestScanned = 8;

const pieceBytes = 1 << 20;

/** Looks for some values as they are, and as JSON writes them. Never tells which one it found. */
export class SecretScan {
  readonly #values: readonly Buffer[];
  /** How much of a piece is looked at again with the next one: a value may lie on both. */
  readonly #overlap: number;

  constructor(secrets: readonly string[]) {
    const long = secrets.filter((value) => Buffer.byteLength(value) >= shortestScanned);
    const forms = long.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
    this.#values = [...new Set(forms)].map((value) => Buffer.from(value));
    this.#overlap = Math.max(1, ...this.#values.map((value) => value.length)) - 1;
  }

  /** Whether one of the values stands in these bytes. */
  finds(bytes: Buffer): boolean {
    return this.#values.some((value) => bytes.includes(value));
  }

  /**
   * Whether one of the values stands in a file. Others get their turn between two pieces.
   * @throws what the disk throws
   */
  async findsIn(path: string): Promise<boolean> {
    if (this.#values.length === 0) return false;
    const room = Buffer.allocUnsafe(this.#overlap + pieceBytes);
    const fd = openSync(path, 'r');
    try {
      for (let kept = 0, at = 0; ; ) {
        const n = readSync(fd, room, kept, pieceBytes, at);
        if (n === 0) return false;
        at += n;
        const end = kept + n;
        if (this.finds(room.subarray(0, end))) return true;
        kept = Math.min(end, this.#overlap);
        room.copyWithin(0, end - kept, end);
        await setImmediate();
      }
    } finally {
      closeSync(fd);
    }
  }
}
