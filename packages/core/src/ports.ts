// Ports are the few holes in the core through which the world is asked: files, records, environment, digests.
import type { Task } from './graph.ts';
import type { KeptResult } from './kept.ts';
import type { Restorable } from './origin.ts';
import type { LastAttempt, OpenAttempt, Parts, TaskRecord } from './record.ts';
import type { RowStanding, RowsAsked } from './rows.ts';

/** What is known of one path at the moment of a plan. */
export type Entry =
  | { readonly kind: 'file'; readonly digest: string; readonly bytes: number }
  | { readonly kind: 'dir'; readonly digest: string; readonly bytes: number }
  | { readonly kind: 'missing' };

/** The disk as it was seen: the same question has the same answer for the life of a snapshot. */
export interface Snapshot {
  /** Content of a path; one that ends in `/` is digested as a directory. `listing` digests names and sizes only. */
  entry(path: string, how?: 'content' | 'listing'): Entry;
  /** Whether a file or directory is there, without reading it. */
  exists(path: string): boolean;
  /** Files that match a pattern, in code-unit order, without those of evalmake itself. */
  glob(pattern: string): readonly string[];
}

/** What earlier builds left. */
export interface Records {
  /** Valid records of the journal, newest first. */
  journal(task: string): readonly TaskRecord[];
  /** The record in a task's manifest; read only when the journal does not prove the task fresh. */
  manifest(task: Pick<Task, 'id' | 'target' | 'manifest'>): TaskRecord | undefined;
  /** How the last attempt ended, when it did not succeed. */
  lastAttempt(task: string): LastAttempt | undefined;
  /** An attempt at rows that was begun and not collected yet: what it asked is frozen, and may be bought already. */
  openAttempt(task: string): OpenAttempt | undefined;
}

/** Everything the core asks of the world. */
export interface World {
  readonly snapshot: Snapshot;
  readonly records: Records;
  /** A variable of the surrounding environment. */
  env(name: string): string | undefined;
  /** Whether a secret is in the environment or in a target's env_file. Its value is never asked for here. */
  hasSecret(name: string, envFile: string | undefined): boolean;
  /** `package@version` of a command found in node_modules/.bin, or undefined. */
  tool(name: string): string | undefined;
  /** sha256 of a text, as `sha256:…`. */
  digest(text: string): string;
  /** How the rows of a task stand against the answers that were kept. */
  rows(task: Task, asked: RowsAsked): RowStanding;
  /** The former result of a task for a fingerprint, when all its files can be brought back. */
  restorable(task: Task, parts: Parts): Restorable | undefined;
  /** Whether results of other checkouts can be brought, too: then any result may be one that somebody has made. */
  readonly shared: boolean;
  /** Whether any former result of a task was kept: what its fingerprint will be may be one that returns. */
  formerly(task: string): boolean;
  /** What attempts with a fingerprint made and was kept because it failed its checks, those made last first. */
  kept(task: string, parts: Parts): readonly KeptResult[];
  /** Whether a path matches a glob. */
  matches(pattern: string, path: string): boolean;
}

/** The newest record of a task, wherever it is. */
export function newestRecord(
  records: Records,
  task: Pick<Task, 'id' | 'target' | 'manifest'>,
): TaskRecord | undefined {
  return records.journal(task.id)[0] ?? records.manifest(task);
}
