// A LedgerLine is one payment, or the end of work that was paid for, with its checksum: the format of the ledger.
import { digestText } from './digest.ts';

// Format, version 1. Line 1: `evalmake-costs 1 <sum>`, <sum> being the first 16 hex digits of the sha256 of what stands
// before it. Then one entry per line: `<sum of the JSON> <JSON>`.
// Constraints: only ever appended to, by nobody but the owner of the lock; never compacted, since every line is money.
// A line that is damaged costs what it said and nothing else. A kind that is not known comes from a later version and
// is left alone. To change the meaning of a field, give the entry another kind.

/** A payment, counted when it was heard. */
export interface PaidEntry {
  readonly kind: 'paid';
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly run: number;
  readonly task: string;
  readonly target: string;
  readonly usd: number;
  /** Tokens sent and received. */
  readonly in: number;
  readonly out: number;
  /** Names the payment; (target, id) stands in a ledger once. */
  readonly id?: string;
  /** What the work was expected to cost when it was started, and how many rows it asked. */
  readonly estimateUsd?: number;
  readonly rows?: number;
}

/** The end of an attempt that was paid for and succeeded: what it cost in all, held against what was expected. */
export interface DoneEntry {
  readonly kind: 'done';
  readonly at: string;
  readonly run: number;
  readonly task: string;
  readonly target: string;
  /** All payments for it, also those that an earlier build made. */
  readonly usd: number;
  readonly estimateUsd: number;
  /** By the price list alone. */
  readonly listUsd: number;
  readonly rows?: number;
}

export type LedgerEntry = PaidEntry | DoneEntry;

function sumOf(text: string): string {
  return digestText(text).slice(7, 23);
}

const version = 1;

function headerOf(number: number): string {
  const text = `evalmake-costs ${number}`;
  return `${text} ${sumOf(text)}`;
}

/** The first line of a ledger, without its line break. */
export const ledgerHeader = headerOf(version);

/** The version that a first line names; undefined when it is damaged or no such line. */
export function ledgerVersion(line: string): number | undefined {
  const number = Number(/^evalmake-costs (\d{1,9}) /.exec(line)?.[1]);
  return number > 0 && line === headerOf(number) ? number : undefined;
}

/** An entry as a line, with its line break. */
export function ledgerLine(entry: LedgerEntry): string {
  const json = JSON.stringify(entry);
  return `${sumOf(json)} ${json}\n`;
}

/** Reads a line without its break; `later` for a kind that is not known, `damaged` when its checksum is wrong. */
export function readLedgerLine(line: string): LedgerEntry | 'later' | 'damaged' {
  const json = line.slice(17);
  if (line[16] !== ' ' || sumOf(json) !== line.slice(0, 16)) return 'damaged';
  const entry = JSON.parse(json) as LedgerEntry;
  return entry.kind === 'paid' || entry.kind === 'done' ? entry : 'later';
}
