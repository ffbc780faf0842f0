// A TaskEnd is how a task ended: with a record, or with why there is none.
import type { FailureKind, TaskRecord } from '@evalmake/core';

/** How a task ended. */
export type TaskEnd =
  | {
      readonly ok: true;
      readonly record: TaskRecord;
      readonly changed: boolean;
      readonly again?: boolean;
      readonly durable?: Promise<void>;
    }
  | {
      readonly ok: false;
      readonly reason: FailureKind;
      readonly message: string;
      /** What is there is not good, and may be replaced only when a person says so. */
      readonly asks?: boolean;
    };
