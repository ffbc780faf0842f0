// A Job is one command to be started by an executor, and how it ends.
import type { ChildLine } from './child-lines.ts';

/** What to start. */
export interface Job {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where its output goes; undefined when only the last lines of it are wanted. */
  readonly log: string | undefined;
  /** Values that must not reach the log. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly onLine: (line: ChildLine) => void;
  /** Called with the process group once the command lives. */
  readonly onSpawn: (group: number, started: string) => void;
}

/** How it ended. */
export interface JobEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** The last lines of its output. */
  readonly tail: readonly string[];
  /** Why it could not be started, when it could not. */
  readonly error?: string;
  /** Whether processes that it had started had to be killed after the command itself had ended. */
  readonly leftovers: boolean;
}

/** A running command. */
export interface Running {
  readonly end: Promise<JobEnd>;
  signal(signal: NodeJS.Signals): void;
}

/** Starts a command; rejects when that cannot be. */
export type Executor = (job: Job) => Promise<Running>;
