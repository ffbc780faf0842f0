// The regularised incomplete beta function, from which the t and binomial distributions follow.
import { findRoot } from './root.ts';
import { binomialDensity } from './saddle-point.ts';

/**
 * I_x(a, b): the distribution function of Beta(a, b) at x, by the continued fraction DLMF 8.17.22 and, beyond its
 * fast half, the symmetry 8.17.4.
 * @param x in [0, 1]
 * @param a above 0
 * @param b above 0
 * @param y 1 - x, from callers who know it to more digits than that difference has
 */
export function regularizedBeta(x: number, a: number, b: number, y: number = 1 - x): number {
  if (!(x >= 0 && x <= 1 && a > 0 && b > 0)) {
    throw new RangeError(`regularizedBeta: needs 0 <= x <= 1, a > 0, b > 0; got ${x}, ${a}, ${b}`);
  }
  if (x === 0 || y === 0) return x === 0 ? 0 : 1;
  // x^a y^b / B(a, b), which is the density times ab / (a + b).
  const front = binomialDensity(a, b, { x, y }) / (a + b);
  if (x < (a + 1) / (a + b + 2)) return front * b * betaFraction(x, a, b);
  return 1 - front * a * betaFraction(y, b, a);
}

/** The continued fraction, by the modified Lentz algorithm (Thompson & Barnett 1986). */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 10_000; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return value;
}

/** The x with I_x(a, b) = p. @param p in [0, 1] */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`betaQuantile: p must lie in [0, 1], got ${p}`);
  if (p === 0 || p === 1) return p;
  return findRoot((x) => regularizedBeta(x, a, b) - p, 0, 1);
}
