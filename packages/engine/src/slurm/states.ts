// Slurm's States: what each word says of a job, and what a job that ended so is told as.
import type { FailureKind } from '@evalmake/core';

/** What a state says: it may still run, it is over and ended by itself, or it is over because of somebody or something else. */
export type StateMeaning =
  | { readonly kind: 'going' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'cut'; readonly failure: FailureKind; readonly text: string };

const going: StateMeaning = { kind: 'going' };
const ended: StateMeaning = { kind: 'ended' };
const cut = (failure: FailureKind, text: string): StateMeaning => ({ kind: 'cut', failure, text });

/** Each in its long form, as `squeue %T`, `sacct` and `scontrol` write it. */
const meanings: Readonly<Record<string, StateMeaning>> = {
  PENDING: going,
  CONFIGURING: going,
  RUNNING: going,
  // Its processes may still be ended: what they write is not whole yet.
  COMPLETING: going,
  SUSPENDED: going,
  STOPPED: going,
  SIGNALING: going,
  STAGE_OUT: going,
  RESIZING: going,
  REQUEUED: going,
  REQUEUE_HOLD: going,
  REQUEUE_FED: going,
  RESV_DEL_HOLD: going,
  SPECIAL_EXIT: going,
  COMPLETED: ended,
  FAILED: ended,
  CANCELLED: cut('cancelled', 'the job was cancelled'),
  TIMEOUT: cut('timeout', 'Slurm ended the job at its time limit'),
  DEADLINE: cut('timeout', 'Slurm ended the job at its deadline'),
  OUT_OF_MEMORY: cut('out-of-memory', 'the job used more memory than it had asked for'),
  NODE_FAIL: cut('node-fail', 'the node of the job failed'),
  BOOT_FAIL: cut('node-fail', 'the node of the job did not boot'),
  PREEMPTED: cut('preempted', 'the job was preempted by another one'),
  REVOKED: cut('cancelled', 'the job was revoked: another cluster has it'),
};

/** The first word of a state: `CANCELLED by 0` says who, `COMPLETED+` that more is known. */
export function stateWord(text: string): string {
  return (/^[A-Z_]+/.exec(text.trim())?.[0] ?? text.trim()).replace(/_+$/, '');
}

/** Whether a word is one of those that this version knows. */
export function isKnownState(word: string): boolean {
  return Object.hasOwn(meanings, word);
}

/** What a state says. A word of a later Slurm says nothing: the job may still run. */
export function meaningOf(word: string): StateMeaning {
  return (isKnownState(word) ? meanings[word] : undefined) ?? going;
}

/** Whether a job with such an end has met a fault of the cluster, so that the same command may well succeed elsewhere. */
export function isClusterFault(kind: FailureKind): boolean {
  return kind === 'node-fail' || kind === 'preempted' || kind === 'job-lost';
}

/** Why a job may wait for ever, by the reason that Slurm gives; undefined for one that passes by itself. */
export function stuckText(reason: string): string | undefined {
  const word = /^[A-Za-z]+/.exec(reason)?.[0] ?? '';
  const known: Readonly<Record<string, string>> = {
    PartitionConfig: 'no node of its partition can ever give what it asks for',
    PartitionNodeLimit: 'it asks for more nodes than its partition gives',
    PartitionTimeLimit: 'it asks for more time than its partition gives',
    PartitionDown: 'its partition is down',
    PartitionInactive: 'its partition takes no jobs',
    DependencyNeverSatisfied: 'it depends on a job that failed',
    BadConstraints: 'no node fits its constraints',
    ReqNodeNotAvail: 'a node that it needs is not available',
    JobHeldUser: 'it is held by its user',
    JobHeldAdmin: 'it is held by an administrator',
    launchfailedrequeuedheld: 'its start failed, and it is held',
    InvalidAccount: 'its account is not valid',
    InvalidQOS: 'its QOS is not valid',
    AccountNotAllowed: 'its account may not use the partition',
  };
  if (Object.hasOwn(known, word)) return `${reason}: ${known[word]}`;
  return /^(?:Assoc|QOS)/.test(word) ? `${reason}: a limit of its account or QOS` : undefined;
}
