// A JournalLine is one event of one task with its checksum and its number: the format of the journal.
import type { LastAttempt, Submission, TaskRecord } from '@evalmake/core';
import { digestText } from './digest.ts';

// Format, version 2. Line 1: `evalmake-journal 2 <sum>`, <sum> being the first 16 hex digits of the sha256 of what
// stands before it. Then one entry per line:
//   <sum of the rest> <number> <type> <task> <JSON>
// Numbers begin with 1 and go up by 1, so that lines that were cut out, copied or moved are noticed.
// Version 1 had no sum in its first line and no numbers; it is read, and rewritten by the next build.
// Constraints: appended while a build runs, so a crash can tear only the last line; 100,000 records load in well under
// a second, so a line is indexed by its first words and its JSON is parsed when it is asked for.
// Later lines of a task win. A line that is lost says nothing and costs nothing else.
// A type that is not known comes from a later version and is kept as it is.

/** What a line says of its task. */
export type LineType =
  | 'started'
  | 'spawned'
  | 'publishing'
  | 'finished'
  | 'failed'
  | 'waiting'
  | 'revoked'
  | 'manifest'
  | 'damaged';

/** A command about to start, or started: what is needed to recognise what a crash left. */
export interface Started {
  readonly at: string;
  readonly run: number;
  readonly host: string;
  /** Process group of the command and the start time of its leader, once known. */
  readonly pid?: number;
  readonly started?: string;
  /** Names the fingerprint of the attempt. */
  readonly fp?: string;
  /** Of a command on a cluster: it outlives whoever watches, and is gone on with. */
  readonly remote?: Submission;
  /** Nothing is run: results that are kept in this folder are judged again. */
  readonly restore?: true;
  readonly kept?: string;
  /** Fixed-path outputs copied aside, by path: restored when the attempt does not finish. */
  readonly aside?: readonly string[];
  /** Outputs the command writes at their own paths. */
  readonly fixed?: readonly { readonly kind: 'file' | 'dir' | 'glob'; readonly path: string }[];
}

/** How an attempt stands of which the last line says only that it began: cut off, or still on a cluster. */
export function begunAttempt(begun: Partial<Started>, open: 'started' | 'publishing'): LastAttempt {
  const { at = '', remote, fp } = begun;
  if (remote === undefined || open === 'publishing')
    return { kind: 'interrupted', message: '', at, open, ...nature(begun) };
  return { ...remoteAttempt(remote), at, ...nature(begun), ...(fp === undefined ? {} : { fp }) };
}

/** What is told of an attempt whose command runs on a cluster. */
export function remoteAttempt(
  remote: Submission,
): Pick<LastAttempt, 'kind' | 'message' | 'jobs' | 'remote'> & { readonly kind: 'waiting' } {
  const jobs = remote.id === undefined ? [] : [{ provider: 'slurm', id: remote.id, at: remote.at }];
  return { kind: 'waiting', message: 'a Slurm job', jobs, remote };
}

/** What is told of an attempt that was cut off, beside when: in which build it was, and whether anything was run. */
export function nature({ run, restore, kept, fp }: Partial<Started>): Partial<LastAttempt> {
  return {
    ...(run === undefined ? {} : { run }),
    ...(restore === undefined ? {} : { restore }),
    ...(kept === undefined ? {} : { kept, ...(fp === undefined ? {} : { fp }) }),
  };
}

/** Outputs that are about to be renamed into place. */
export interface Publishing {
  readonly record: TaskRecord;
  readonly moves: readonly { readonly from: string; readonly to: string; readonly digest: string }[];
  readonly remove: readonly string[];
  /** Nothing was run: a former result is put back. */
  readonly restored?: boolean;
}

/** An attempt that neither finished nor failed. */
export interface Interrupted {
  readonly task: string;
  readonly started: Started | undefined;
  readonly publishing: Publishing | undefined;
  /** The journal was damaged behind its last line: perhaps it did end, and the line that said so is lost. */
  readonly doubtful: boolean;
}

/** A line as it was read. */
export interface Line {
  /** Its place in the order of all lines. */
  readonly number: number;
  /** A LineType, or one of a later version. */
  readonly type: string;
  readonly task: string;
  readonly json: string;
}

function sumOf(text: string): string {
  return digestText(text).slice(7, 23);
}

/** The first line of a journal of some version, without its line break. */
export function headerOf(version: number): string {
  const text = `evalmake-journal ${version}`;
  return version === 1 ? text : `${text} ${sumOf(text)}`;
}

/** The first line of a journal as it is written now. */
export const header = headerOf(2);

/** The version that a first line names; undefined when it is damaged, or no such line at all. */
export function headerVersion(line: string): number | undefined {
  const version = Number(/^evalmake-journal (\d{1,9})(?: |$)/.exec(line)?.[1]);
  return version > 0 && line === headerOf(version) ? version : undefined;
}

/**
 * One line of the journal, with its line break.
 * @param number its place in the order; undefined in a journal of version 1
 */
export function lineOf(number: number | undefined, { type, task, json }: Omit<Line, 'number'>): string {
  const rest = number === undefined ? `${type} ${task} ${json}` : `${number} ${type} ${task} ${json}`;
  return `${sumOf(rest)} ${rest}\n`;
}

/** Reads a line; undefined when its checksum is wrong. One of version 1 has the number 0. */
export function readLine(line: string): Line | undefined {
  if (line.length < 20 || line[16] !== ' ') return undefined;
  const rest = line.slice(17);
  if (sumOf(rest) !== line.slice(0, 16)) return undefined;
  const first = rest.charCodeAt(0);
  const numbered = first >= 0x30 && first <= 0x39;
  const from = numbered ? rest.indexOf(' ') + 1 : 0;
  const one = rest.indexOf(' ', from);
  const two = rest.indexOf(' ', one + 1);
  if (one < 0 || two < 0) return undefined;
  return {
    number: numbered ? Number(rest.slice(0, from - 1)) : 0,
    type: rest.slice(from, one),
    task: rest.slice(one + 1, two),
    json: rest.slice(two + 1),
  };
}
