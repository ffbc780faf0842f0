// An Estimate is what a task would cost if it were started: rows that go to the command times their price, as last time told.
import type { Money } from './money.ts';
import type { Price } from './price.ts';

/** What was paid for a target when it was paid last, held against its price list: 1.12 when it was 12 % more. */
export type Accuracy = number;

/** What a task would cost. */
export interface Estimate {
  readonly price: Price;
  /** What the last payments of its target were, held against its price list; 1 when nobody knows. */
  readonly accuracy: Accuracy;
  /** Rows that go to the command and are not counted for another task; undefined without rows. */
  readonly rows: number | 'unknown' | undefined;
  /** Whether all it reads is settled, so that it will cost this; else it is the most it is known to cost. */
  readonly certain: boolean;
  /** Whether it costs more than is counted, which nobody can know yet. */
  readonly unknown: boolean;
  /** By the price list. */
  readonly listed: Money;
  /** What it is expected to cost; `Infinity` when all is settled and the rows are still unknown. */
  readonly money: Money;
  /** Whether it is an attempt that goes on: agreed to when it was begun, and so not asked for again. */
  readonly agreed: boolean;
}

/** US dollars that a row is expected to cost. */
export function usdPerRow({ price, accuracy }: Pick<Estimate, 'price' | 'accuracy'>): number {
  return price.perRow * accuracy;
}

/** What rows and a run cost: none of it when there is nothing to ask. */
export function costOf(price: Price, rows: number | undefined): number {
  return rows === 0 ? 0 : price.perRun + (rows ?? 0) * price.perRow;
}
