// A BatchJournal is what a run has planned, asked for, been promised and collected, and the next step that follows from it.
import type { Ending } from './batch-api.ts';
import type { BatchPlan } from './batch-plan.ts';

/** A verified file of results in the state folder. */
export interface KeptFile {
  readonly name: string;
  readonly sha256: string;
}

/** What came of a job that ended. */
export interface Collected {
  readonly ending: Ending;
  readonly text: string;
  readonly overQuota: boolean;
  readonly files: readonly KeptFile[];
}

/** A line of batches.jsonl. */
export type BatchRecord =
  | { readonly kind: 'planned'; readonly plan: BatchPlan }
  /** Written before the create: from here on the job may exist. */
  | { readonly kind: 'intent'; readonly key: string; readonly atMs: number }
  | { readonly kind: 'receipt'; readonly key: string; readonly job: string; readonly found: boolean }
  /** The create of the last intent certainly did nothing, or a person said so. */
  | { readonly kind: 'absent'; readonly key: string; readonly why: string }
  /** The plan is given up for another one of the same rows; it never had a job. */
  | { readonly kind: 'dropped'; readonly key: string; readonly why: string }
  | ({ readonly kind: 'collected'; readonly key: string } & Collected);

/** One batch as the journal tells it. */
export interface BatchState {
  readonly plan: BatchPlan;
  /** When the intent was written that nothing has answered yet; null when there is none. */
  readonly intentMs: number | null;
  readonly job: string | null;
  readonly collected: Collected | null;
}

/** look-up and create; find out what became of a create; look at the job and collect; nothing more. */
export type BatchStep = 'create' | 'recover' | 'follow' | 'done';

/** The next step of a batch. Only `create` may buy, and it does so only where nothing may have been bought. */
export function nextStep({ collected, job, intentMs }: BatchState): BatchStep {
  if (collected !== null) return 'done';
  if (job !== null) return 'follow';
  return intentMs === null ? 'create' : 'recover';
}

/** The batches after one more record. */
export function withRecord(
  batches: ReadonlyMap<string, BatchState>,
  record: BatchRecord,
): Map<string, BatchState> {
  const after = new Map(batches);
  if (record.kind === 'planned') {
    after.set(record.plan.key, { plan: record.plan, intentMs: null, job: null, collected: null });
    return after;
  }
  const batch = after.get(record.key);
  if (batch === undefined)
    throw new Error(`the journal speaks of a batch that was not planned: ${record.key}`);
  switch (record.kind) {
    case 'intent':
      after.set(record.key, { ...batch, intentMs: record.atMs });
      break;
    case 'receipt':
      after.set(record.key, { ...batch, intentMs: null, job: record.job });
      break;
    case 'absent':
      after.set(record.key, { ...batch, intentMs: null });
      break;
    case 'dropped':
      after.delete(record.key);
      break;
    case 'collected': {
      const { ending, text, overQuota, files } = record;
      after.set(record.key, { ...batch, collected: { ending, text, overQuota, files } });
      break;
    }
    default: {
      const never: never = record;
      throw new Error(`unknown record ${JSON.stringify(never)}`);
    }
  }
  return after;
}

/** The batches that a journal tells of, in the order in which they were planned. */
export function batchesOf(records: readonly BatchRecord[]): Map<string, BatchState> {
  let batches = new Map<string, BatchState>();
  for (const record of records) batches = withRecord(batches, record);
  return batches;
}
