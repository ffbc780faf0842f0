// The regularised incomplete beta function, from which the t and binomial distributions follow.
import { findRoot } from './root.ts';
import { binomialDensity } from './saddle-point.ts';

/**
 * I_x(a, b): the distribution function of Beta(a, b) at x, by a continued fraction below the mean and the symmetry DLMF
 * 8.17.4 above it.
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
  // x^a y^b / B(a, b), by the density that is ab / (a + b) times less.
  const front = ((a * b) / (a + b)) * binomialDensity(a, b, { x, y });
  // a - (a + b) x, with the digits of whichever of x and y has more.
  const lead = x <= y ? a - (a + b) * x : (a + b) * y - b;
  return lead > 0
    ? front * betaFraction({ a, b, x, y }, lead)
    : 1 - front * betaFraction({ a: b, b: a, x: y, y: x }, -lead);
}

interface BetaPoint {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
}

/**
 * I_x(a, b) over x^a y^b / B(a, b), by the fraction of Didonato & Morris (ACM TOMS 18 (1992) 360-373, formulas 9 to 12)
 * and the modified Lentz algorithm (Thompson & Barnett 1986). It is every second step of DLMF 8.17.22, whose first
 * term, 1 - (a + b) x / (a + 1), has lost six digits at a million before the fraction begins.
 * @param lead a - (a + b) x, not below 0
 */
function betaFraction({ a, b, x, y }: BetaPoint, lead: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = guard((a * (lead + 1)) / (a + 1));
  let d = 0;
  let value = c;
  for (let n = 1; n <= 10_000; n += 1) {
    const odd = a + 2 * n - 1;
    const above = ((a + n - 1) / odd) * ((a + b + n - 1) / odd) * n * (b - n) * x * x;
    const below = n + (n * (b - n) * x) / odd + ((a + n) / (odd + 2)) * (lead + 1 + n * (1 + y));
    d = 1 / guard(below + above * d);
    c = guard(below + above / c);
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-15) break;
  }
  return 1 / value;
}

/** The x with I_x(a, b) = p. @param p in [0, 1] */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`betaQuantile: p must lie in [0, 1], got ${p}`);
  if (p === 0 || p === 1) return p;
  return findRoot((x) => regularizedBeta(x, a, b) - p, 0, 1);
}
