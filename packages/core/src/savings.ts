// Savings are rows whose answers are kept, so that a build need not buy them: each row once, however many tasks share it.
import { type Money, money } from './money.ts';
import type { RowStanding } from './rows.ts';

/** Rows of one target by their keys. Those of another target are others: answers are kept by target. */
export interface Savings {
  /** Rows that are asked. What other tasks then reuse of them is bought all the same, and spares nothing. */
  readonly asked: Set<string>;
  /** Rows whose answers are kept, each with the US dollars it would be expected to cost. */
  readonly reused: Map<string, number>;
}

/** Savings of which nothing is known yet. */
export function noSavings(): Savings {
  return { asked: new Set(), reused: new Map() };
}

/**
 * Notes the rows of a task that would start.
 * @param usdPerRow what one of its rows is expected to cost
 * @returns how many of the rows that it asks no task before it did
 */
export function noteRows({ asked, reused }: Savings, rows: RowStanding, usdPerRow: number): number {
  const before = asked.size;
  for (const key of rows.todoKeys()) asked.add(key);
  for (const key of rows.reusedKeys()) if (!reused.has(key)) reused.set(key, usdPerRow);
  return asked.size - before;
}

/** How many rows are not bought again, and what they would have cost. */
export function spared({ asked, reused }: Savings): { readonly rows: number; readonly saves: Money } {
  const byPrice = new Map<number, number>();
  let rows = 0;
  for (const [key, usd] of reused) {
    if (asked.has(key)) continue;
    rows++;
    byPrice.set(usd, (byPrice.get(usd) ?? 0) + 1);
  }
  let saves = 0;
  for (const [usd, count] of byPrice) saves += money(usd * count);
  return { rows, saves };
}
