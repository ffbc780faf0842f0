// A Record is what was true when a task last succeeded: its fingerprint and the digests of what it wrote.
import type { Facts } from './check.ts';
import type { Submission } from './submission.ts';

/** The labelled parts of a fingerprint: label -> value or digest. Equality decides, the difference explains. */
export type Parts = Readonly<Record<string, string>>;

/** One published file or directory. */
export interface OutputFile {
  /** Relative to the workspace, with `/`; a directory ends in `/`. */
  readonly path: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly bytes: number;
  /** What a directory holds, relative to it: so that a foreign file in it is never removed. */
  readonly members?: readonly string[];
  /** What is known of the content, so that a changed check can be judged without reading it again. */
  readonly facts?: Facts;
}

/** What a check said when it was last judged: its id, the digest of its text and of the files it names. */
export interface CheckResult {
  readonly id: string;
  readonly digest: string;
  readonly status: 'passed' | 'failed';
  readonly message?: string;
}

/** The last good result of a task. */
export interface TaskRecord {
  readonly task: string;
  readonly target: string;
  readonly parts: Parts;
  /** By output name; a glob holds its members, a file exactly one entry. */
  readonly outputs: Readonly<Record<string, readonly OutputFile[]>>;
  readonly checks: readonly CheckResult[];
  /** When the attempt ended, ISO 8601 in UTC. */
  readonly at: string;
  readonly run: number;
  readonly ms: number;
  /** Inputs found by the command itself (`deps_file`), with their digests. */
  readonly deps?: Readonly<Record<string, string>>;
  readonly costUsd?: number;
  /** Jobs at somebody else's that did it, as its command told. */
  readonly jobs?: readonly Job[];
  /** Of a target with rows: how many were asked for this result, and ids that were let go without an answer. */
  readonly rows?: { readonly total: number; readonly asked: number; readonly failed: readonly string[] };
  /** Why a person vouched for the outputs, when no run made this record. */
  readonly adopted?: string;
  /** Labels of what could not be proven when they did; see Adoption. */
  readonly unproven?: readonly string[];
  /** Where it was read: the journal, or the manifest beside the artifacts. */
  readonly source?: 'journal' | 'manifest';
}

/** How the last attempt of a task ended when it did not succeed. */
export interface LastAttempt {
  readonly kind: 'failed' | 'interrupted' | 'input-moved' | 'stopped' | 'waiting' | 'outcome-unknown';
  readonly message: string;
  readonly at: string;
  /**
   * Nobody has seen to it yet: a build is at it now, or was cut off. `publishing` may turn out to be done, what stood at
   * fixed paths of one that had only `started` will be put back.
   */
  readonly open?: 'started' | 'publishing';
  /** Of one that waits for an external job: when it is to be looked at again, ISO 8601 in UTC, and its jobs. */
  readonly until?: string;
  readonly jobs?: readonly Job[];
  /** Names the fingerprint that it was made with. */
  readonly fp?: string;
  /** Of one whose results fail their checks and are not to be made again without a word: the folder in which these are kept. */
  readonly kept?: string;
  /** Of one at rows that failed its checks: what these said. */
  readonly checks?: readonly CheckResult[];
  /** The build that it was made in. */
  readonly run?: number;
  /** Nothing was run: a former or a kept result was being put in place. */
  readonly restore?: boolean;
  /** Of one whose command runs on a cluster, whoever watches: how it is found again. */
  readonly remote?: Submission;
}

/** A job at somebody else's, as a command told of it (`evalmake:job provider=… id=…`). */
export interface Job {
  readonly provider: string;
  readonly id: string;
  /** When it was first told of, ISO 8601 in UTC. */
  readonly at: string;
}

/** An attempt at rows that was begun and not collected yet. */
export interface OpenAttempt {
  /** The fingerprint it was begun with. */
  readonly parts: Parts;
  readonly at: string;
  /** How many rows it asked. */
  readonly rows: number;
  /** What it was expected to cost, US dollars. */
  readonly estimateUsd: number;
  /** How it stands: cut off or failed on the way, waiting for a job, or with an outcome that nobody knows. */
  readonly kind: 'interrupted' | 'failed' | 'waiting' | 'outcome-unknown';
  readonly message: string;
  readonly jobs: readonly Job[];
  /** Of one that waits: when it is to be looked at again, ISO 8601 in UTC. */
  readonly until?: string;
}

/** All files of a record in the order of its outputs. */
export function recordFiles(record: TaskRecord): OutputFile[] {
  return Object.values(record.outputs).flat();
}

/** Whether two records have the same files with the same bytes; nothing is never the same. */
export function sameOutputs(before: TaskRecord | undefined, after: TaskRecord): boolean {
  if (before === undefined) return false;
  const text = (record: TaskRecord) =>
    recordFiles(record)
      .map((f) => `${f.path}\0${f.digest}`)
      .sort()
      .join('\n');
  return text(before) === text(after);
}
