// A Decision is the verdict on one task with all its reasons, and what it was made from.
import type { Config } from './config.ts';
import type { Estimate } from './estimate.ts';
import { type Fingerprint, type FingerprintContext, withDiscovered } from './fingerprint.ts';
import type { Graph, Task } from './graph.ts';
import type { KeptResult } from './kept.ts';
import type { Origin } from './origin.ts';
import type { World } from './ports.ts';
import type { Reason } from './reason.ts';
import type { Parts, TaskRecord } from './record.ts';
import type { RowStanding } from './rows.ts';

export type Verdict =
  | 'fresh'
  | 'recheck'
  | 'restore'
  | 'run'
  | 'maybe'
  | 'waiting'
  | 'ask'
  | 'blocked'
  | 'off';

/** How a task stands towards those that need it; `asks` when all it waits for is a person's decision, `waits` for an external job. */
export type Standing = 'settled' | 'unsettled' | 'blocked' | 'asks' | 'waits';

/** The verdict on one task. */
export interface Decision {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly fingerprint: Fingerprint;
  /** The record that proves it fresh, or against which it was compared. */
  readonly record: TaskRecord | undefined;
  /** All records of the task when it is not fresh: what any of them wrote is its own, whatever it is compared with. */
  readonly history: readonly TaskRecord[];
  /** Members to write when only these are missing (`rebuild: missing`). */
  readonly partial: readonly string[] | undefined;
  /** How its rows stand, when it has rows and is not fresh. */
  readonly rows?: RowStanding;
  /** Kept results that are judged again, those made last first; of a `recheck` of what is not published. */
  readonly kept?: readonly KeptResult[];
  /** Of a `restore`: where its result lies. */
  readonly origin?: Origin;
  /** What it would cost, when it is paid and may run. */
  readonly estimate?: Estimate;
}

/** What a decision is made from. */
export interface DecideContext {
  readonly graph: Graph;
  readonly config: Config;
  readonly world: World;
  readonly memo: FingerprintContext['memo'];
  readonly standing: (task: number) => Standing;
  readonly accepted: (task: number) => TaskRecord | undefined;
  readonly proven: (task: number) => boolean;
  /** Of a task that is put back from what others share: the result that will lie there. */
  readonly restoring: (task: number) => TaskRecord | undefined;
  readonly forced: (task: number) => boolean;
  /** Whether tasks that are forced ask all their rows again. */
  readonly forceRows: boolean;
}

/** The fingerprint of a task for which none was made. */
export const nothing: Fingerprint = { parts: {}, pending: [], missing: [], files: [] };

/** Makes a decision. */
export function decision(
  verdict: Verdict,
  reasons: readonly Reason[],
  made: Fingerprint,
  more: Partial<Decision> = {},
): Decision {
  return { verdict, reasons, fingerprint: made, record: undefined, partial: undefined, history: [], ...more };
}

/** The parts of now as they are compared with a record: with the inputs that its command had listed itself. */
export function partsFor(
  task: Task,
  record: TaskRecord,
  { parts }: Pick<Fingerprint, 'parts'>,
  { world }: Pick<DecideContext, 'world'>,
): Parts {
  return task.target.depsFile === undefined ? parts : withDiscovered(record.parts, parts, world.snapshot);
}
