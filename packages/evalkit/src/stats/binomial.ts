// The binomial distribution.
import { regularizedBeta } from './beta.ts';
import { binomialDensity } from './saddle-point.ts';

/** P(X = k) for X ~ Binomial(n, p). */
export function binomialPmf(k: number, n: number, p: number): number {
  if (k < 0 || k > n) return 0;
  if (p === 0) return k === 0 ? 1 : 0;
  if (p === 1) return k === n ? 1 : 0;
  if (k === 0) return Math.exp(n * Math.log1p(-p));
  if (k === n) return p ** n;
  return binomialDensity(k, n - k, { x: p, y: 1 - p });
}

/** P(X <= k) for X ~ Binomial(n, p), by the incomplete beta function (Abramowitz & Stegun 26.5.24). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return regularizedBeta(1 - p, n - k, k + 1, p);
}
