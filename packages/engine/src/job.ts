// A Job is one command to be started by an executor, and how it ends.
import type { FailureKind, Submission } from '@evalmake/core';
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
  /** What an executor needs whose jobs outlive this process; one on this machine ignores it. */
  readonly remote?: RemoteJob;
}

/** What is needed to run a command elsewhere, and to find it again. */
export interface RemoteJob {
  readonly task: string;
  /** Jobs with the same text here may go out together. */
  readonly group: string;
  /** The folder of this very attempt, absolute: nobody else ever writes there. */
  readonly dir: string;
  /** What is asked of the cluster: its own words by option. */
  readonly resources: Readonly<Record<string, string>>;
  /** Names of variables that were declared: the others are the surroundings of whoever started the build. */
  readonly declared: ReadonlySet<string>;
  /** Files and folders beside those below the attempt that the command writes, absolute. */
  readonly writes: readonly string[];
  /** An attempt that was submitted before, and is gone on with. */
  readonly submitted: Submission | undefined;
  /** Whether what does not end at once is left for another build. */
  readonly detach: boolean;
  /** Makes durable how far it has come: before it is submitted, and when its id is known. */
  readonly note: (submission: Submission) => Promise<void>;
  /** Told what people should know. */
  readonly tell: (kind: 'note' | 'warn', text: string) => void;
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
  /** Why it did not end by itself, when whoever ran it knows. */
  readonly cause?: {
    readonly kind: FailureKind;
    readonly text: string;
    /** Whether it may have been started: then nobody knows what it did. */
    readonly begun: boolean;
  };
  /** It goes on, and another build will find it: what it waits for, in words. */
  readonly left?: string;
}

/** A running command. */
export interface Running {
  readonly end: Promise<JobEnd>;
  signal(signal: NodeJS.Signals): void;
  /** Lets it run on where it outlives this process: somebody else has the workspace now. */
  leave?(): void;
}

/** Starts a command; rejects when that cannot be. */
export type Executor = (job: Job) => Promise<Running>;
