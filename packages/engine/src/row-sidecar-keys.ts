// SidecarKeys are what the file beside an output of rows says: which key each row had, and a sum that binds its answer to it.
import { hash } from 'node:crypto';
import { isMap, type Json, type JsonMap } from '@evalmake/core/json';
import { existsSync } from './fs.ts';
import { RowIds } from './row-ids.ts';
import { keyBytes, keyOfText, keyText } from './row-keys.ts';
import { RowLines } from './row-lines.ts';

// Format, version 1: `<output>.keys.jsonl`. The first line is {schema: "evalmake-row-keys", version: 1, output, rows, id},
// output being the digest of the file beside it, rows how many it has, and id the field that names them. Then one line per
// row in the order of the output: {id, key, sum}, sum being the first 16 hex digits of the sha256 of `<key> <answer>`, the
// answer as it stands in the output, without its newline.
// Constraints: written by programs, merged by git: lines of two versions can end up in one file. So a line counts only for
// an output of the digest in the header, and only when its sum says that this key has this answer.

/** The sidecar of an output. */
export function sidecarPath(output: string): string {
  return `${output}.keys.jsonl`;
}

/** The schema that the first line names. */
export const sidecarSchema = 'evalmake-row-keys';

/** What the first line says. */
export interface SidecarHeader {
  readonly output: string;
  readonly rows: number;
  readonly id: string;
}

/** Bytes of a sum. */
const sumBytes = 8;

/** What binds an answer to its key, as 16 hex digits. */
export function sidecarSum(key: string, answer: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${key} `), answer]), 'hex').slice(0, sumBytes * 2);
}

/** The keys that the rows of an output had when it was written. */
export class SidecarKeys {
  header: SidecarHeader | undefined;
  readonly ids = new RowIds();
  /** Key and sum of each id. */
  #keys: Buffer = Buffer.alloc(0);
  #sums: Buffer = Buffer.alloc(0);
  /** Why lines, or all of them, do not count. */
  readonly warnings: string[] = [];

  /**
   * Reads a sidecar; one that is not there says nothing.
   * @param path the sidecar
   * @param name how it is called in warnings
   */
  constructor(path: string, name: string) {
    if (!existsSync(path)) return;
    const lines = new RowLines(path);
    let damaged = 0;
    try {
      while (lines.next()) {
        const value = mapIn(lines);
        if (lines.number === 1) {
          this.header = headerIn(value);
          if (this.header === undefined) break;
        } else if (value === undefined || !this.#take(value)) damaged += 1;
      }
    } finally {
      lines.close();
    }
    if (this.header === undefined)
      this.warnings.push(
        `${name}: the first line is not that of row keys of version 1; the file is passed over`,
      );
    if (damaged > 0) this.warnings.push(`${name}: ${damaged} lines are damaged and passed over`);
  }

  /** The key that an id had, as a block of one; undefined when the id is not known. */
  keyOf(id: string): Uint8Array | undefined {
    const i = this.ids.find(id);
    return i < 0 ? undefined : this.key(i);
  }

  key(i: number): Buffer {
    return this.#keys.subarray(i * keyBytes, (i + 1) * keyBytes);
  }

  /** Whether an answer is the one that stood beside this key. */
  vouches(i: number, answer: Uint8Array): boolean {
    const sum = this.#sums.toString('hex', i * sumBytes, (i + 1) * sumBytes);
    return sidecarSum(keyText(this.#keys, i), answer) === sum;
  }

  #take({ id, key, sum }: JsonMap): boolean {
    if (typeof id !== 'string' || typeof key !== 'string' || typeof sum !== 'string') return false;
    const bytes = keyOfText(key);
    if (bytes === undefined || !/^[0-9a-f]{16}$/.test(sum)) return false;
    const i = this.ids.size;
    if (this.ids.add(id) < i) return false;
    if ((i + 1) * keyBytes > this.#keys.length) {
      this.#keys = grown(this.#keys, 1024 * keyBytes);
      this.#sums = grown(this.#sums, 1024 * sumBytes);
    }
    this.#keys.set(bytes, i * keyBytes);
    this.#sums.write(sum, i * sumBytes, 'hex');
    return true;
  }
}

function grown(bytes: Buffer, least: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(least, bytes.length * 2));
  bytes.copy(larger);
  return larger;
}

function mapIn({ bytes, start, end, tooLong }: RowLines): JsonMap | undefined {
  try {
    const value = tooLong ? undefined : (JSON.parse(bytes.toString('utf8', start, end)) as Json);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function headerIn(value: JsonMap | undefined): SidecarHeader | undefined {
  const { schema, version, output, rows, id } = value ?? {};
  if (schema !== sidecarSchema || version !== 1) return undefined;
  return typeof output === 'string' && typeof rows === 'number' && typeof id === 'string'
    ? { output, rows, id }
    : undefined;
}
