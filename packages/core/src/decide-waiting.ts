// Decisions about waiting: a task whose command said "not yet" is looked at again, as long as it is the same work.
import type { DecideContext, Decision } from './decision.ts';
import { stateKey } from './fingerprint.ts';
import type { Task } from './graph.ts';
import type { Reason } from './reason.ts';
import type { Job } from './record.ts';

/** What an attempt waits for, in words: what its command said, and the jobs that it told of. */
export function waitText(message: string, jobs: readonly Job[]): string {
  return [message, ...jobs.map((job) => `${job.provider} ${job.id}`)]
    .filter((text) => text !== '')
    .join(', ');
}

/** Lets a stale task wait whose last attempt did; targets with rows have their own way, see `withRows`. */
export function withWaiting(task: Task, made: Decision, context: DecideContext): Decision {
  if (made.verdict !== 'run' || task.target.rows !== undefined) return made;
  const last = context.world.records.lastAttempt(task.id);
  if (last?.kind !== 'waiting') return made;
  // A command on a cluster is given up when it is for something else by now; it is not told to go on.
  const fp = stateKey(made.fingerprint.parts, (t) => context.world.digest(t));
  if (last.remote !== undefined && last.fp !== fp) return made;
  const subject = waitText(last.message, last.jobs ?? []);
  const others = made.reasons.filter((r) => r.code !== 'previous-run-interrupted');
  const reason: Reason = { code: 'job-waits', root: true, subject };
  return { ...made, verdict: 'waiting', reasons: [reason, ...others] };
}
