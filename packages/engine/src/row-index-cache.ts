// The RowIndexCache keeps what was read of files of rows, under the digests of their content: unchanged files are not read again.
import { createHash } from 'node:crypto';
import { canonical } from '@evalmake/core/json';
import { digestText } from './digest.ts';
import { writeAtomic } from './disk.ts';
import { readFileSync } from './fs.ts';
import { RowIds } from './row-ids.ts';
import { keyBytes, RowKeys } from './row-keys.ts';
import type { RowSpec } from './row-spec.ts';
import { type RowArrays, RowTable, type RowTableOptions, readRowTable } from './row-table.ts';

// Format, version 1, in the byte order of the machine: 32 bytes of sha256 over all that follows; then the length of a JSON
// text as 8 bytes; the JSON, {size, firsts, headers, idBytes}, filled with spaces to a multiple of 8; then offsets (8 bytes
// per row), digests (16), lengths (4), lines (4), starts of ids (4 per row and one more), and the ids.
// Constraints: only tables without mistakes are kept. Whatever is not right costs a reading of the rows, nothing else.

/** Where tables are kept. */
export interface RowIndexCache {
  readonly dir: string;
  /** Takes the writes that keep new tables: never done by a dry run. */
  readonly later: (write: () => void) => void;
}

/** How rows are read through the cache. */
export interface CachedTableOptions extends RowTableOptions {
  /** What each of the files holds, as its digest. */
  readonly digests: readonly string[];
  readonly cache: RowIndexCache;
}

/**
 * Reads the rows of files like `readRowTable`, or what is kept of them.
 * @throws Unreadable when a file cannot be read
 */
export function cachedRowTable(options: CachedTableOptions): RowTable {
  const { files, spec, fingerprint, digests, cache } = options;
  const path = `${cache.dir}/${cacheName(spec, digests)}`;
  const kept = readArrays(path);
  if (kept !== undefined) return new RowTable(files, spec, kept, fingerprint, []);
  const table = readRowTable(options);
  if (table.problems.length === 0)
    cache.later(() => writeAtomic(path, Buffer.concat(partsOf(table.arrays)), false));
  return table;
}

function cacheName({ format, id, by }: RowSpec, digests: readonly string[]): string {
  return digestText(canonical({ version: 1, format, id, by, digests })).slice(7, 47);
}

const sumBytes = 32;

function partsOf(arrays: RowArrays): Uint8Array[] {
  const { ids, digests, offsets, lengths, lines, firsts, headers } = arrays;
  const idBytes = ids.bytes;
  const said = JSON.stringify({
    size: digests.size,
    firsts,
    headers: headers.map((h) => h ?? null),
    idBytes: idBytes.length,
  });
  const head = Buffer.from(said);
  const padded = Buffer.concat([head, Buffer.alloc((8 - (head.length % 8)) % 8, ' ')]);
  const parts = [
    bytesOf(new BigUint64Array([BigInt(padded.length)])),
    padded,
    bytesOf(offsets),
    digests.bytes,
    bytesOf(lengths),
    bytesOf(lines),
    bytesOf(ids.starts),
    idBytes,
  ];
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return [sum.digest(), ...parts];
}

function bytesOf(view: NodeJS.ArrayBufferView): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

interface Said {
  readonly size: number;
  readonly firsts: readonly number[];
  readonly headers: readonly (string | null)[];
  readonly idBytes: number;
}

function readArrays(path: string): RowArrays | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    // There is none, or it cannot be read: the rows themselves are read.
    return undefined;
  }
  if (bytes.length < sumBytes + 8) return undefined;
  const rest = bytes.subarray(sumBytes);
  if (!createHash('sha256').update(rest).digest().equals(bytes.subarray(0, sumBytes))) return undefined;
  const headLength = Number(new BigUint64Array(copyOf(rest, 0, 8))[0]);
  const { size, firsts, headers, idBytes } = JSON.parse(rest.toString('utf8', 8, 8 + headLength)) as Said;
  let at = 8 + headLength;
  const next = (length: number): ArrayBuffer => {
    at += length;
    return copyOf(rest, at - length, at);
  };
  const offsets = new Float64Array(next(size * 8));
  const digests = new RowKeys(Buffer.from(next(size * keyBytes)));
  const lengths = new Uint32Array(next(size * 4));
  const lines = new Uint32Array(next(size * 4));
  const starts = new Uint32Array(next((size + 1) * 4));
  const ids = new RowIds(Buffer.from(next(idBytes)), starts);
  return { ids, digests, offsets, lengths, lines, firsts, headers: headers.map((h) => h ?? undefined) };
}

/** A copy of some bytes, on an address that numbers can be read at. */
function copyOf(bytes: Buffer, from: number, to: number): ArrayBuffer {
  const copy = new ArrayBuffer(to - from);
  Buffer.from(copy).set(bytes.subarray(from, to));
  return copy;
}
