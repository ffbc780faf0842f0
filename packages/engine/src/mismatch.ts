// A Mismatch is one place where what was recorded and what is there now contradict each other.

/** What kind of contradiction it is. */
export type MismatchCode =
  | 'output-missing'
  | 'output-modified'
  | 'output-unrecorded'
  | 'check-failed'
  | 'manifest-differs'
  | 'manifest-missing'
  | 'manifest-damaged'
  | 'journal-damaged';

/** One contradiction. Which fields are given depends on the code. */
export interface Mismatch {
  readonly code: MismatchCode;
  /** The task it is about; undefined when nobody can tell. */
  readonly task: string | undefined;
  /** The file it is about, relative to the workspace. */
  readonly path?: string;
  /** What of the file: the check, or what two records say differently. */
  readonly subject?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly message?: string;
  /** Tasks that need this one, directly or through others. */
  readonly downstream?: Downstream;
}

/** Tasks behind a task: how many, and the first of them. */
export interface Downstream {
  readonly count: number;
  readonly tasks: readonly string[];
}
