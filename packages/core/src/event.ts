// An Event is one thing that happened in a build; every screen and report is a fold of events over the plan.
import type { Call } from './call.ts';
import type { Contents } from './contents.ts';
import type { Verdict } from './decide.ts';
import type { MoneyDocument } from './money-document.ts';
import type { Origin } from './origin.ts';
import type { Reason } from './reason.ts';
import type { Job } from './record.ts';

/** A task as the plan saw it. */
export interface PlannedTask {
  readonly id: string;
  readonly target: string;
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  /** Of a `restore`: where its result lies. */
  readonly origin?: Origin;
}

/** Why an attempt failed. */
export type FailureKind =
  | 'exit'
  | 'signal'
  | 'timeout'
  | 'output-missing'
  | 'output-unrecorded'
  | 'check-failed'
  | 'input-moved'
  | 'wrote-elsewhere'
  | 'could-not-start'
  | 'publish'
  | 'rows-unanswered'
  | 'answers-wrong'
  | 'collected'
  | 'waiting'
  | 'outcome-unknown'
  | 'stopped'
  | 'node-fail'
  | 'preempted'
  | 'out-of-memory'
  | 'cancelled'
  | 'job-lost';

/** What a result is: its files, and its numbers by name. Logs of before these were told have neither. */
export type Result = Partial<Contents> & { readonly metrics?: Readonly<Record<string, number>> };

/** All that can happen, in the order of a build. Times are ISO 8601 in UTC. */
export type Event =
  | {
      readonly event: 'planned';
      readonly version: 1;
      readonly run: number;
      readonly at: string;
      readonly pipeline: string;
      readonly counts: Readonly<Record<string, number>>;
      /** Tasks that are not fresh; fresh ones are only counted. */
      readonly tasks: readonly PlannedTask[];
      /** What it would cost; only of a plan with paid tasks. */
      readonly money?: MoneyDocument;
      /** How the build was started. */
      readonly call?: Call;
    }
  | {
      readonly event: 'started';
      readonly at: string;
      readonly task: string;
      readonly reasons: readonly Reason[];
      readonly attempt: number;
    }
  | {
      readonly event: 'progress';
      readonly at: string;
      readonly task: string;
      readonly done: number;
      readonly of: number;
      readonly text: string;
    }
  | {
      /** A payment that a command told of and that was not counted before. */
      readonly event: 'cost';
      readonly at: string;
      readonly task: string;
      readonly usd: number;
      readonly tokensIn: number;
      readonly tokensOut: number;
      readonly id?: string;
      /** What this build has spent by now. */
      readonly spentUsd: number;
    }
  | { readonly event: 'note'; readonly at: string; readonly task?: string; readonly text: string }
  | { readonly event: 'warn'; readonly at: string; readonly task?: string; readonly text: string }
  | ({
      readonly event: 'finished';
      readonly at: string;
      readonly task: string;
      readonly ms: number;
      /** Whether any output differs from the one before. */
      readonly changed: boolean;
      /** What the result cost when it was bought; this build need not have paid all of it. */
      readonly costUsd?: number;
    } & Result)
  | { readonly event: 'cut-off'; readonly at: string; readonly task: string }
  /** A former result was brought back, and nothing ran. */
  | ({
      readonly event: 'restored';
      readonly at: string;
      readonly task: string;
      /** Where it came from; logs of before this was told do not say. */
      readonly origin?: Origin;
    } & Result)
  /** With a result when one that was kept has been published. */
  | ({
      readonly event: 'rechecked';
      readonly at: string;
      readonly task: string;
      readonly passed: boolean;
    } & Result)
  | ({
      readonly event: 'adopted';
      readonly at: string;
      readonly task: string;
      /** What the person gave as the reason. */
      readonly reason: string;
      /** What could not be proven: how the record that came nearest differs. */
      readonly unproven: readonly Reason[];
    } & Result)
  | {
      readonly event: 'failed';
      readonly at: string;
      readonly task: string;
      readonly ms: number;
      readonly reason: FailureKind;
      readonly message: string;
      readonly log?: string;
      readonly tail?: readonly string[];
      readonly retry: boolean;
    }
  | {
      /** A command is not done yet: it is run again when its time has come. */
      readonly event: 'waiting';
      readonly at: string;
      readonly task: string;
      readonly until: string;
      readonly text: string;
      readonly jobs: readonly Job[];
    }
  | {
      readonly event: 'blocked';
      readonly at: string;
      readonly task: string;
      /** `ask` when a person must decide on this very task, `waiting` when it waits for an external job. */
      readonly verdict: 'blocked' | 'ask' | 'waiting';
      readonly reasons: readonly Reason[];
    }
  | {
      readonly event: 'replanned';
      readonly at: string;
      readonly tasks: number;
      readonly open: number;
      readonly because: string;
      /** How many open tasks each target with instances has; those that have none are left out. */
      readonly families: Readonly<Record<string, number>>;
      /** What it would cost as it is known now; only of a plan with paid tasks. */
      readonly money?: MoneyDocument;
    }
  | {
      readonly event: 'ended';
      readonly at: string;
      readonly exit: number;
      readonly ms: number;
      readonly counts: EndCounts;
      /** What the build paid, and what rows it did not have to ask again would have cost; only with paid tasks. */
      readonly money?: EndMoney;
      /** Tasks with records that are none of the pipeline any more; at most 100 of them. */
      readonly gone?: readonly string[];
    };

/** The money of a build, US dollars. */
export interface EndMoney {
  readonly spentUsd: number;
  readonly savedUsd: number;
}

/** What a build did, in numbers. */
export interface EndCounts {
  readonly ran: number;
  readonly fresh: number;
  readonly cutOff: number;
  readonly rechecked: number;
  /** Only where former results were brought back. */
  readonly restored?: number;
  /** Only where somebody adopted outputs. */
  readonly adopted?: number;
  readonly failed: number;
  readonly blocked: number;
  readonly ask: number;
  readonly off: number;
  readonly notStarted: number;
  /** Tasks that wait for an external job; only where there are any. */
  readonly waiting?: number;
}
