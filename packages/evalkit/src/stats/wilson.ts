// The Wilson score interval of a proportion.
import { normalQuantile } from './normal.ts';
import type { Interval } from './terms.ts';

/**
 * Wilson's score interval (Wilson, JASA 22 (1927) 209-212): keeps its level for few items and extreme rates, where
 * the usual normal interval fails.
 * @param successes whole, 0..n
 * @param n above 0
 * @param alpha one minus the confidence level
 */
export function wilsonInterval(successes: number, n: number, alpha: number): Interval {
  const z = normalQuantile(1 - alpha / 2);
  const p = successes / n;
  const scale = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  // At 0 and n the limits are exactly 0 and 1; rounding must not move them.
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
  };
}
