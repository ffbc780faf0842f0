// The BCa interval: a bootstrap interval corrected for bias and for a standard error that changes with the estimate.
import type { RatioBootstrap } from './bootstrap.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import type { Interval } from './terms.ts';

/**
 * Efron's bias-corrected and accelerated interval (JASA 82 (1987) 171-185; Efron & Tibshirani 1993, 14.3): percentiles
 * of the replicates at levels shifted by the bias z0 and the acceleration a of the jackknife.
 * Replicates equal to the estimate count half in z0, since scores of few items take few values. When the estimate
 * lies outside all replicates z0 is not finite, and when there is no spread nothing can be said: null.
 */
export function bcaInterval(
  { estimate, replicates, jackknife }: RatioBootstrap,
  alpha: number,
): Interval | null {
  const sorted = Float64Array.from(replicates).sort();
  const first = sorted[0] as number;
  const last = sorted[sorted.length - 1] as number;
  const slack = 1e-12 * Math.max(1, Math.abs(estimate));
  if (sorted.length === 0 || last - first <= slack) return null;
  let below = 0;
  for (const value of sorted) {
    if (value < estimate - slack) below += 1;
    else if (value <= estimate + slack) below += 0.5;
  }
  if (below === 0 || below === sorted.length) return null;
  const z0 = normalQuantile(below / sorted.length);
  const a = acceleration(jackknife);
  const level = (z: number): number => normalCdf(z0 + (z0 + z) / (1 - a * (z0 + z)));
  const z = normalQuantile(1 - alpha / 2);
  // Beyond 1/a the shift turns round; the end of the replicates is then the answer.
  if (a * (z0 + z) >= 1 || a * (z0 - z) >= 1) return { low: first, high: last };
  return { low: percentile(sorted, level(-z)), high: percentile(sorted, level(z)) };
}

/**
 * The acceleration: a sixth of the skewness of the leave-one-out values (Efron & Tibshirani 1993, formula 14.15);
 * 0 when they do not vary.
 */
export function acceleration(jackknife: Float64Array): number {
  let mean = 0;
  for (const value of jackknife) mean += value / jackknife.length;
  let squares = 0;
  let cubes = 0;
  for (const value of jackknife) {
    const d = mean - value;
    squares += d * d;
    cubes += d * d * d;
  }
  return squares < 1e-24 ? 0 : cubes / (6 * squares ** 1.5);
}

/**
 * The quantile of sorted values by linear interpolation (type 7 of Hyndman & Fan, The American Statistician 50 (1996)
 * 361-365).
 * @param sorted ascending, not empty
 * @param p in [0, 1]
 */
export function percentile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(sorted.length - 1, low + 1);
  const left = sorted[low] as number;
  return left + (at - low) * ((sorted[high] as number) - left);
}

/** The plain percentile interval of unsorted replicates. */
export function percentileInterval(replicates: Float64Array, alpha: number): Interval {
  const sorted = Float64Array.from(replicates).sort();
  return { low: percentile(sorted, alpha / 2), high: percentile(sorted, 1 - alpha / 2) };
}
