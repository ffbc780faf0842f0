// Student's t distribution.
import { regularizedBeta } from './beta.ts';
import { normalQuantile } from './normal.ts';
import { findRoot } from './root.ts';

/** P(T > t) for t >= 0, by the incomplete beta function (Abramowitz & Stegun 26.7.1). */
function upperTail(t: number, df: number): number {
  if (t === Number.POSITIVE_INFINITY) return 0;
  const square = t * t;
  const x = df / (df + square);
  const y = square / (df + square);
  // Near 0 the ratio x rounds to 1, so the complement is taken; farther out that would cancel.
  return square < Math.min(1, df)
    ? 0.5 - 0.5 * regularizedBeta(y, 0.5, df / 2, x)
    : 0.5 * regularizedBeta(x, df / 2, 0.5, y);
}

/**
 * P(T <= t) with `df` degrees of freedom.
 * @throws RangeError when df is not above 0
 */
export function studentCdf(t: number, df: number): number {
  if (!(df > 0) || Number.isNaN(t))
    throw new RangeError(`studentCdf: needs a number t and df > 0, got ${t}, ${df}`);
  return t < 0 ? upperTail(-t, df) : 1 - upperTail(t, df);
}

/** P(T <= t) as a p-value: one below what a double can hold is the smallest double, not 0. */
export function studentOneSided(t: number, df: number): number {
  return Math.max(Number.MIN_VALUE, studentCdf(t, df));
}

/** Two-sided p-value of a t statistic; never 0, as above. */
export function studentTwoSided(t: number, df: number): number {
  return Math.max(Number.MIN_VALUE, Math.min(1, 2 * studentCdf(-Math.abs(t), df)));
}

/** The t with P(T <= t) = p. @param p in (0, 1) */
export function studentQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1 && df > 0))
    throw new RangeError(`studentQuantile: needs 0 < p < 1, df > 0; got ${p}, ${df}`);
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  // The t quantile lies outside the normal one; double the end until it is passed.
  const low = -normalQuantile(tail) * 0.99;
  let high = 2 * low + 1;
  while (upperTail(high, df) > tail) high *= 2;
  const t = findRoot((x) => upperTail(x, df) - tail, low, high);
  return p < 0.5 ? -t : t;
}
