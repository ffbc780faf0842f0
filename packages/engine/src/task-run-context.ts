// A TaskRunContext is what running a task needs of the build around it, and a TaskEnd what the build gets back.
import type { Event, FailureKind, Graph, TaskRecord } from '@evalmake/core';
import type { Running } from './job.ts';
import type { RunLog } from './run-log.ts';
import type { Workspace } from './workspace.ts';

/** What running a task needs. */
export interface TaskRunContext {
  readonly workspace: Workspace;
  readonly graph: Graph;
  readonly log: RunLog;
  readonly emit: (event: Event) => void;
  /** Tells an event once a write is durable, and everything later after it. */
  readonly emitWhen: (written: Promise<void>, event: Event) => void;
  /** Told of the running command, so that it can be signalled; undefined when it has ended. */
  readonly onRunning: (running: Running | undefined) => void;
  /** Whether what runs was told to end. */
  readonly stopping: () => boolean;
  /** Whether another command may still be started. */
  readonly mayStart: () => boolean;
  /** Whether what runs elsewhere is left there. */
  readonly detach: boolean;
  /** Takes the folder of an attempt that is over: removed when nothing waits for the disk. */
  readonly emptied: (folder: string) => void;
}

/** How a task ended. */
export type TaskEnd =
  | {
      readonly ok: true;
      readonly record: TaskRecord;
      readonly changed: boolean;
      readonly again?: boolean;
      /** A former result was brought back: nothing ran. */
      readonly restored?: true;
      readonly durable?: Promise<void>;
    }
  | {
      readonly ok: false;
      readonly reason: FailureKind;
      readonly message: string;
      /** What is there is not good, and may be replaced only when a person says so. */
      readonly asks?: boolean;
      /** Of one that is not done yet: when it is to be run again, milliseconds since 1970. */
      readonly untilMs?: number;
    };
