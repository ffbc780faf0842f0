// The Clopper-Pearson interval of a proportion.
import { betaQuantile } from './beta.ts';
import type { Interval } from './terms.ts';

/**
 * The exact interval of Clopper & Pearson (Biometrika 26 (1934) 404-413) by beta quantiles: never below its level,
 * so wider than Wilson's.
 * @param successes whole, 0..n
 * @param n above 0
 * @param alpha one minus the confidence level
 */
export function clopperPearsonInterval(successes: number, n: number, alpha: number): Interval {
  return {
    low: successes === 0 ? 0 : betaQuantile(alpha / 2, successes, n - successes + 1),
    high: successes === n ? 1 : betaQuantile(1 - alpha / 2, successes + 1, n - successes),
  };
}
