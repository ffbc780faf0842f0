// Running one task: attempts, until one succeeds, waits, or fails for good.
import type { Decision, Task } from '@evalmake/core';
import { Failure } from './failure.ts';
import { LockLost } from './held-lock.ts';
import { PartialMismatch } from './outcome.ts';
import { HalfPublished } from './publish.ts';
import { DecideAnew } from './rows-run.ts';
import { isClusterFault } from './slurm/states.ts';
import { TaskAttempt } from './task-attempt.ts';
import type { TaskEnd, TaskRunContext } from './task-run-context.ts';
import { Waiting } from './waiting.ts';

/** How often a task is tried again because of faults of its cluster. */
const mostFaults = 2;

/**
 * Runs a task with its retries. Never throws for what a command or the disk does.
 * @throws LockLost when somebody else has become the writer: then nothing is touched any more
 */
export async function runTask(task: Task, decision: Decision, context: TaskRunContext): Promise<TaskEnd> {
  let partial = task.target.rebuild === 'missing' ? decision.partial : undefined;
  let faults = 0;
  for (let attempt = 1; ; ) {
    const one = new TaskAttempt(task, decision, context, attempt);
    try {
      return await one.run(partial);
    } catch (error) {
      if (error instanceof LockLost) throw error;
      if (error instanceof Waiting) return one.waits(error);
      if (error instanceof DecideAnew) {
        one.undo();
        return { ok: false, reason: 'collected', message: '' };
      }
      if (error instanceof PartialMismatch && partial !== undefined) {
        partial = undefined;
        one.undo();
        context.emit({
          event: 'note',
          at: one.now(),
          task: task.id,
          text: `${error.message} came out different: the whole set is built again`,
        });
        continue;
      }
      const failure =
        error instanceof Failure
          ? error
          : new Failure('could-not-start', String((error as Error).message ?? error));
      const may =
        !['stopped', 'outcome-unknown'].includes(failure.kind) &&
        !(failure instanceof HalfPublished) &&
        // What money made is not made again unasked; of the others each is kept.
        (one.kept === undefined || task.target.paid === undefined);
      // A fault of the cluster is none of the command's, unless what it keeps may still be in use there.
      const fault = isClusterFault(failure.kind) && task.target.rows === undefined && faults < mostFaults;
      if (fault) faults++;
      const again = fault || attempt - faults <= task.target.retries;
      const retry = again && may && context.mayStart();
      one.fail(failure, retry);
      const rejudged = decision.verdict === 'recheck' && failure.kind === 'check-failed';
      const asks = failure.kind === 'outcome-unknown' || rejudged;
      if (!retry) return { ok: false, reason: failure.kind, message: failure.message, asks };
      attempt++;
    }
  }
}
