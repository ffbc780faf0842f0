// A Verdict is what two witnesses say together of a job: the result it wrote itself, and the state that Slurm tells.
import type { FailureKind } from '@evalmake/core';
import type { Result } from './result.ts';
import { meaningOf } from './states.ts';

/** What is known of a job. A query that failed has changed none of it. */
export interface Evidence {
  readonly result: Result | undefined;
  /** Slurm's word; undefined when it does not know the job, or was not asked yet. */
  readonly state: string | undefined;
  /** How Slurm says that it ended, as `0:53`. */
  readonly exit?: string | undefined;
  /** How often in a row a healthy Slurm did not know it, and since when. */
  readonly absent: number;
  readonly absentMs: number;
  /** Since when Slurm has called it over. */
  readonly overMs: number;
}

export type Verdict =
  | { readonly kind: 'going' }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'cut'; readonly failure: FailureKind; readonly text: string };

/** How long things may take to be seen, milliseconds: attributes of shared file systems are kept for up to a minute. */
export interface Patience {
  /** After Slurm called a job completed, until it is believed that no result comes. */
  readonly resultMs: number;
  /** After Slurm called a job failed. */
  readonly failedMs: number;
  /** After a healthy Slurm no longer knew it. */
  readonly absentMs: number;
}

export const usualPatience: Patience = { resultMs: 60_000, failedMs: 5000, absentMs: 60_000 };

/** How often a healthy Slurm must say that it does not know a job, with a result there and without. */
const absentWithResult = 2;
const absentWithout = 4;

const going: Verdict = { kind: 'going' };

/** Judges a job. */
export function judge(seen: Evidence, patience: Patience = usualPatience): Verdict {
  const { result, state, absent } = seen;
  if (state === undefined) {
    // Slurm forgets what is over: the result alone must do, and there is nobody left who could write.
    if (result !== undefined) return absent >= absentWithResult ? { kind: 'done', result } : going;
    if (absent < absentWithout || seen.absentMs < patience.absentMs) return going;
    return lost('Slurm does not know the job any more, and it left no result');
  }
  const meaning = meaningOf(state);
  if (meaning.kind === 'going') return going;
  // A command that ended well in a job that ran out of memory may have lost a part of its work.
  if (meaning.kind === 'cut') {
    if (result?.timedOut === true) return { kind: 'done', result };
    return seen.overMs >= Math.min(patience.failedMs, 1000) || result !== undefined ? meaning : going;
  }
  if (result !== undefined) return { kind: 'done', result };
  if (state === 'COMPLETED') {
    if (seen.overMs < patience.resultMs) return going;
    return lost('Slurm says that the job completed, but it left no result: does the node see the workspace?');
  }
  if (seen.overMs < patience.failedMs) return going;
  return failedText(seen.exit);
}

function lost(text: string): Verdict {
  return { kind: 'cut', failure: 'job-lost', text };
}

/** Exit codes of our own script, and of Slurm when it could not start it. */
export const scriptExits = { noFolder: 91, noManifest: 92, taken: 93 } as const;

function failedText(exit: string | undefined): Verdict {
  const [code, signal] = (exit ?? '').split(':').map(Number);
  const could = (text: string): Verdict => ({ kind: 'cut', failure: 'could-not-start', text });
  if (code === scriptExits.noFolder) return could('the node does not see the folder of the workspace');
  if (code === scriptExits.noManifest) return could('the node does not see the files of the job');
  if (code === scriptExits.taken) return lost('the job was started a second time, which an attempt never is');
  if (code === 0 && signal === 53) return could('the node could not write the log of the job');
  const how = exit === undefined ? '' : ` (exit ${exit})`;
  return lost(`the job failed before its command could tell how it ended${how}`);
}
