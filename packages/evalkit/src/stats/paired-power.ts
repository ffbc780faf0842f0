// Paired power for scores: how many items and samples per item it takes to see a mean difference.
import type { Goal } from './mcnemar-power.ts';
import { normalCdf, normalQuantile } from './normal.ts';

/** The variance of one item's difference, split after Miller (2024). */
export interface DifferenceVariance {
  /** Variance of the true difference between items: what more samples per item cannot reduce. */
  readonly item: number;
  /** Variance of one sample around its item's mean, per condition. */
  readonly control: number;
  readonly treatment: number;
}

/** Variance of an item's observed difference with K samples per item in each condition. */
export function differenceVariance(
  { item, control, treatment }: DifferenceVariance,
  samples: number,
): number {
  return item + control / samples + treatment / samples;
}

/**
 * Splits the variance of observed differences: the sampling part is what the items' means owe to chance, the rest is the
 * item part (Miller, Adding Error Bars to Evals, arXiv 2411.00640 (2024), section 5; not below 0).
 * @param variance of the observed differences
 * @param within mean within-item variance of one sample, per condition
 * @param sampling mean over the items of (within-item variance of one sample) / K, both conditions together; K may differ
 *   from item to item
 */
export function splitVariance(
  variance: number,
  within: { readonly control: number; readonly treatment: number },
  sampling: number,
): DifferenceVariance {
  return { item: Math.max(0, variance - sampling), control: within.control, treatment: within.treatment };
}

/**
 * Items needed to see a mean difference: (z_a + z_b)^2 variance / difference^2, rounded up (Miller 2024, formula for the
 * sample size; variance as from differenceVariance).
 * @param difference in size, above 0
 */
export function pairedItems(variance: number, difference: number, { alpha, power }: Goal): number {
  const z = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  return Math.max(2, Math.ceil((z * z * variance) / difference ** 2 - 1e-9));
}

/** Power with n items; the rejection on the wrong side is left out. 1 when nothing varies. */
export function pairedPower(variance: number, difference: number, at: { n: number; alpha: number }): number {
  if (variance <= 0) return 1;
  return normalCdf(difference / Math.sqrt(variance / at.n) - normalQuantile(1 - at.alpha / 2));
}

/** The smallest difference seen with the wanted power at n items. */
export function pairedDetectable(variance: number, n: number, { alpha, power }: Goal): number {
  return (normalQuantile(1 - alpha / 2) + normalQuantile(power)) * Math.sqrt(variance / n);
}
