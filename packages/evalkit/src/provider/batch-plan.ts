// A BatchPlan is one batch before it is bought: its rows, and the key that their content gives it.
import { digestOf } from '../digest.ts';
import type { WireRow } from './wire-row.ts';

export interface BatchPlan {
  /** 40 hex digits: the same content has the same key on every machine. Ids and metadata at the provider are cut from it. */
  readonly key: string;
  /** 0, or one more than the batch whose rows it repairs. */
  readonly generation: number;
  /** Repairs among its generations that count: those after a batch that was turned away for want of quota do not. */
  readonly repairs: number;
  /** The key of the batch it repairs, or null. */
  readonly parent: string | null;
  /** The job whose unfinished rows it goes on with, or null when it sends its rows itself. */
  readonly continues: string | null;
  /** Wire ids, in the order of the run. */
  readonly ids: readonly string[];
}

export interface BatchLimits {
  readonly requests: number;
  readonly bytes: number;
}

/** What is the same for all batches of a run and part of their keys. */
export interface BatchScope {
  readonly protocol: string;
  readonly model: string;
}

/** A plan with its key. */
export function planBatch(scope: BatchScope, plan: Omit<BatchPlan, 'key'>): BatchPlan {
  const { generation, continues, ids } = plan;
  const parts = [scope.protocol, scope.model, String(generation), continues ?? '', ...ids];
  return { ...plan, key: digestOf(...parts).slice(0, 40) };
}

/**
 * Cuts rows into batches that keep the limits; a row that is longer than the limit is alone in its batch.
 * @param sizeOf bytes of a row in the provider's own form
 */
export function splitRows(
  rows: readonly WireRow[],
  limits: BatchLimits,
  sizeOf: (row: WireRow) => number,
): WireRow[][] {
  const batches: WireRow[][] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = sizeOf(row);
    const last = batches.at(-1);
    if (last === undefined || last.length >= limits.requests || bytes + size > limits.bytes) {
      batches.push([row]);
      bytes = size;
    } else {
      last.push(row);
      bytes += size;
    }
  }
  return batches;
}
