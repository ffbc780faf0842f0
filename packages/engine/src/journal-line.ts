// A JournalLine is one event of one task with its checksum: the format of the journal.
import type { TaskRecord } from '@evalmake/core';
import { digestText } from './digest.ts';

// Format, version 1. Line 1: `evalmake-journal 1`. Then one record per line:
//   <first 16 hex digits of sha256 of the rest> <type> <task> <JSON>
// Constraints: appended while a build runs, so a crash can tear only the last line; 100,000 records load in well under
// a second, so a line is indexed by its first words and its JSON is parsed when it is asked for.
// Later lines of a task win. A bad line in the middle costs only its own task; a torn last line is cut once.
// Types: started, spawned, publishing, finished, failed, revoked, manifest.
export const header = 'evalmake-journal 1';

export type LineType = 'started' | 'spawned' | 'publishing' | 'finished' | 'failed' | 'revoked' | 'manifest';

/** A command about to start, or started: what is needed to recognise what a crash left. */
export interface Started {
  readonly at: string;
  readonly run: number;
  readonly host: string;
  /** Process group of the command and the start time of its leader, once known. */
  readonly pid?: number;
  readonly started?: string;
  /** Fixed-path outputs copied aside, by path: restored when the attempt does not finish. */
  readonly aside?: readonly string[];
  /** Outputs the command writes at their own paths. */
  readonly fixed?: readonly { readonly kind: 'file' | 'dir' | 'glob'; readonly path: string }[];
}

/** Outputs that are about to be renamed into place. */
export interface Publishing {
  readonly record: TaskRecord;
  readonly moves: readonly { readonly from: string; readonly to: string; readonly digest: string }[];
  readonly remove: readonly string[];
}

/** One line of the journal. */
export function lineOf(type: LineType, task: string, json: string): string {
  const rest = `${type} ${task} ${json}`;
  return `${digestText(rest).slice(7, 23)} ${rest}\n`;
}

/** Whether a line is whole: its checksum fits the rest. */
export function isWhole(line: string): boolean {
  if (line.length < 20 || line[16] !== ' ') return false;
  return digestText(line.slice(17)).slice(7, 23) === line.slice(0, 16);
}
