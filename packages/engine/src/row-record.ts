// A RowRecord is one line of the row store: an answer, a failure, or the word that a row is to be asked again.
import { hash } from 'node:crypto';
import type { Json } from '@evalmake/core/json';
import { keyBytes } from './row-keys.ts';

// Format, version 1. Each line: `<sum> <kind> …`, <sum> being the first 16 hex digits of the sha256 of what follows the
// space behind it. Kinds:
//   rows 1                        the version; the first line of a file, and of every one that appends to an empty file
//   answer <key> <JSON>\t<text>   {id, at, header?}; the text is the answer's line as it came, or with a header (a row of a
//                                 CSV, which may hold newlines) that row as a JSON text
//   error <key> <JSON>\t<JSON>    {id, at, attempt}; behind the tab what went wrong, as the command gave it
//   forget <key> <JSON>           {at}: whatever stands before about this key counts no more
// Constraints: several checkouts may append to one file, so a line stands for itself, has no number, and its order matters
// only among the lines of one key; the first answer wins. A damaged line costs itself. Unknown kinds come from a later
// version and are passed over; a version above 1 is refused.

/** What the store is given to keep. */
export type RowRecord =
  | {
      readonly kind: 'answer';
      readonly id: string;
      readonly at: string;
      readonly text: string;
      readonly header?: string;
    }
  | {
      readonly kind: 'error';
      readonly id: string;
      readonly at: string;
      /** Names the attempt: a row fails at most once in each, however often its answers are taken. */
      readonly attempt: string;
      readonly error: Json;
    }
  | { readonly kind: 'forget'; readonly at: string };

const space = 32;
const tab = 9;
const brace = 123;
const sumLength = 16;

function sumOf(rest: string | Uint8Array): string {
  return hash('sha256', rest, 'hex').slice(0, sumLength);
}

function summed(rest: string): string {
  return `${sumOf(rest)} ${rest}\n`;
}

/** The first line of a store, with its newline. */
export const versionLine = summed('rows 1');

/** A record as a line, with its newline. */
export function recordLine(key: string, record: RowRecord): string {
  const { kind, at } = record;
  if (kind === 'forget') return summed(`forget ${key} ${JSON.stringify({ at })}`);
  if (kind === 'error') {
    const { id, attempt, error } = record;
    return summed(`error ${key} ${JSON.stringify({ id, at, attempt })}\t${JSON.stringify(error)}`);
  }
  const { id, text, header } = record;
  const head = JSON.stringify(header === undefined ? { id, at } : { id, at, header });
  return summed(`answer ${key} ${head}\t${header === undefined ? text : JSON.stringify(text)}`);
}

/** What a line is about, as far as its first words tell. */
export type RecordKind = 'rows' | 'answer' | 'error' | 'forget' | 'unknown' | 'damaged';

const words: Readonly<Record<string, RecordKind>> = {
  rows: 'rows',
  answer: 'answer',
  error: 'error',
  forget: 'forget',
};

/**
 * Checks a line and reads its first words.
 * @param line its bytes, without the newline
 * @param key takes the 16 bytes of the key of an answer, an error, or a forgetting
 */
export function recordKind(line: Buffer, key: Buffer): RecordKind {
  const from = sumLength + 1;
  if (line.length < from || line[sumLength] !== space) return 'damaged';
  if (sumOf(line.subarray(from)) !== line.toString('latin1', 0, sumLength)) return 'damaged';
  const end = line.indexOf(space, from);
  const kind = words[line.toString('latin1', from, end)] ?? 'unknown';
  if (kind === 'rows' || kind === 'unknown') return kind;
  const hex = line.toString('latin1', end + 1, end + 1 + keyBytes * 2);
  return key.write(hex, 0, keyBytes, 'hex') === keyBytes ? kind : 'unknown';
}

/** The version that a `rows` line names. */
export function recordVersion(line: Buffer): number {
  return Number(line.toString('latin1', sumLength + 6));
}

/** An answer as it is used again: the line as it came, valid as long as the buffer it was read from. */
export interface RowAnswer {
  /** The id it was bought for; a row of the same key may have another one. */
  readonly id: string;
  readonly text: Buffer;
  /** The header of a CSV; undefined for a line of JSON. */
  readonly header: string | undefined;
}

/** Reads a line of kind `answer`. */
export function readAnswer(line: Buffer): RowAnswer {
  const cut = line.indexOf(tab);
  const { id, header } = headOf(line, cut) as { id: string; header?: string };
  const text = line.subarray(cut + 1);
  return header === undefined
    ? { id, text, header }
    : { id, text: Buffer.from(JSON.parse(text.toString('utf8')) as string), header };
}

/** Why a row has no answer. */
export interface RowFailure {
  readonly attempt: string;
  readonly at: string;
  readonly error: Json;
}

/** Reads a line of kind `error`. */
export function readFailure(line: Buffer): RowFailure {
  const cut = line.indexOf(tab);
  const { attempt, at } = headOf(line, cut) as { attempt: string; at: string };
  return { attempt, at, error: JSON.parse(line.toString('utf8', cut + 1)) as Json };
}

/** The JSON between the key and the tab; a sum that is right says that it is what was written. */
function headOf(line: Buffer, cut: number): unknown {
  return JSON.parse(line.toString('utf8', line.indexOf(brace, sumLength), cut));
}
