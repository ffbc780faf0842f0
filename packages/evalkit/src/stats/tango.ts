// Tango's score interval of the difference of two paired proportions.
import type { PairedTable } from './newcombe.ts';
import { normalQuantile } from './normal.ts';
import { findRoot } from './root.ts';
import type { Interval } from './terms.ts';

/**
 * The interval of Tango (Statistics in Medicine 17 (1998) 891-908): all differences that the score test does not
 * reject. The test of "no difference" in it is McNemar's without correction, so the two never disagree about 0.
 * It never leaves [-1, 1], and has a length also where no pair is discordant: then it ends at z^2 / (n + z^2).
 * @param table at least one pair; only its discordant pairs and their total count
 * @returns the interval of (b - c) / n
 */
export function tangoPairedInterval({ both, b, c, neither }: PairedTable, alpha: number): Interval {
  const n = both + b + c + neither;
  const z = normalQuantile(1 - alpha / 2);
  const high = tangoUpper(b, c, { n, z });
  const low = -tangoUpper(c, b, { n, z });
  return { low: low === 0 ? 0 : low, high };
}

/** The upper limit; the lower one is that of the table with its sides exchanged. */
function tangoUpper(b: number, c: number, { n, z }: { readonly n: number; readonly z: number }): number {
  if (b === n) return 1;
  return findRoot((delta) => tangoScore(b, c, { n, delta }) + z, (b - c) / n, 1);
}

/**
 * The score statistic of "the difference is delta": how far b - c lies above n delta, in standard errors under that
 * hypothesis. Falls as delta grows, from plus to minus infinity where the hypothesis leaves no variance.
 */
export function tangoScore(
  b: number,
  c: number,
  { n, delta }: { readonly n: number; readonly delta: number },
): number {
  // The other side of 0 is the mirrored table: this side has no difference of nearly equal numbers in it.
  if (delta < 0) return -tangoScore(c, b, { n, delta: -delta });
  const excess = b - c - n * delta;
  if (excess === 0) return 0;
  const variance = 2 * restrictedShare(b, c, { n, delta }) + delta * (1 - delta);
  return excess / Math.sqrt(n * variance);
}

/**
 * The most likely share of pairs of kind c when shares of b and c differ by delta >= 0: the root of
 * 2n q^2 + middle q - c delta (1 - delta) that is not negative, by whichever formula adds and does not subtract.
 */
function restrictedShare(
  b: number,
  c: number,
  { n, delta }: { readonly n: number; readonly delta: number },
): number {
  const middle = (2 * n - b + c) * delta - b - c;
  const product = c * delta * (1 - delta);
  const root = Math.sqrt(middle * middle + 8 * n * product);
  return middle < 0 ? (root - middle) / (4 * n) : product === 0 ? 0 : (2 * product) / (root + middle);
}
