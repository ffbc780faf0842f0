// A Job is a batch as the server keeps it, in any protocol: its rows, how far it has come, and how it ended.
import type { Completion } from './answerer.ts';
import type { Collection, Filed } from './collection.ts';
import type { Dialect, PromptDefaults } from './prompt.ts';

export type Ending = 'completed' | 'failed' | 'expired' | 'cancelled';

/** A reason why a job failed before a row was run. */
export interface JobError {
  readonly code: string;
  readonly message: string;
  /** Counted from 1; null when it is about no line. */
  readonly line: number | null;
}

export interface Outcome {
  readonly ending: Ending;
  readonly total: number;
  readonly succeeded: number;
  readonly errored: number;
  /** Rows that were not run, because the job expired or was cancelled. */
  readonly unrun: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly errors: readonly JobError[];
  /** Faults of the outcome that show in the job itself. */
  readonly emptyErrorFileId: boolean;
}

export interface Job extends Filed {
  readonly id: string;
  readonly createdMs: number;
  /** The rows the job declares or has, as far as it is known. */
  readonly total: number;
  /** The protocol's own word for where the job is. */
  readonly stage: string;
  /** How many steps it went forward. */
  readonly step: number;
  /** When it entered each stage, in milliseconds since 1970. */
  readonly times: Readonly<Record<string, number>>;
  readonly stopping: boolean;
  readonly outcome: Outcome | null;
}

/** One request of a job. */
export interface Row {
  readonly customId: string;
  readonly body: unknown;
}

export type RowResult =
  | { readonly kind: 'succeeded'; readonly customId: string; readonly completion: Completion }
  | { readonly kind: 'errored'; readonly customId: string; readonly status: number; readonly message: string }
  | { readonly kind: 'expired'; readonly customId: string }
  | { readonly kind: 'cancelled'; readonly customId: string };

/** The rows of a job, or why it must fail. */
export type Reading =
  | { readonly kind: 'rows'; readonly rows: readonly Row[]; readonly defaults: PromptDefaults }
  | { readonly kind: 'refused'; readonly errors: readonly JobError[] };

/** What differs between the protocols. */
export interface JobKind<J extends Job> {
  readonly protocol: 'fireworks' | 'openai' | 'anthropic';
  readonly dialect: Dialect;
  readonly jobs: Collection<J>;
  /** The stages up to the end, in order; the one named `running` is repeated for extra steps. */
  readonly stages: readonly string[];
  readonly running: string;
  /** The stage of each ending. */
  readonly ends: Readonly<Record<Ending, string>>;
  /** Reads and checks the rows. */
  readonly read: (job: J) => Reading;
  /**
   * Writes the results to the store; it may be called again with the same results after a crash.
   * @param shape how lines of failed rows look: `usual`, or as a fault says
   */
  readonly publish: (job: J, results: readonly RowResult[], shape: string) => void;
}
