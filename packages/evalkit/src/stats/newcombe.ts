// Newcombe's interval of the difference of two paired proportions.
import type { Interval } from './terms.ts';
import { wilsonInterval } from './wilson.ts';

/** A paired 2 x 2 table: `b` only the first is right, `c` only the second is. */
export interface PairedTable {
  readonly both: number;
  readonly b: number;
  readonly c: number;
  readonly neither: number;
}

/**
 * Method 10 of Newcombe (Statistics in Medicine 17 (1998) 2635-2650): two Wilson intervals joined by square-and-add
 * with the correlation phi, whose numerator is corrected for continuity. Agrees with the test better than Wald's.
 * @param table at least one pair
 * @returns the interval of (b - c) / n
 */
export function newcombePairedInterval(table: PairedTable, alpha: number): Interval {
  const { both, b, c, neither } = table;
  const n = both + b + c + neither;
  const first = wilsonInterval(both + b, n, alpha);
  const second = wilsonInterval(both + c, n, alpha);
  const p1 = (both + b) / n;
  const p2 = (both + c) / n;
  const phi = correctedPhi(table);
  const reach = (x: number, y: number): number => Math.sqrt(Math.max(0, x * x - 2 * phi * x * y + y * y));
  const delta = (b - c) / n;
  return {
    low: Math.max(-1, delta - reach(p1 - first.low, second.high - p2)),
    high: Math.min(1, delta + reach(first.high - p1, p2 - second.low)),
  };
}

function correctedPhi({ both, b, c, neither }: PairedTable): number {
  const n = both + b + c + neither;
  const margins = (both + b) * (c + neither) * (both + c) * (b + neither);
  if (margins === 0) return 0;
  const cross = both * neither - b * c;
  const corrected = cross > n / 2 ? cross - n / 2 : Math.min(0, cross);
  return corrected / Math.sqrt(margins);
}
