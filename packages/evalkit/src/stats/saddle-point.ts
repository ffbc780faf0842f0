// The binomial density of counts to a million and beyond, without the difference of large logarithms.
import { stirlingError } from './gamma.ts';

/**
 * (a + b)! / (a! b!) x^a y^b, for any a, b > 0, by the saddle point of Loader (Fast and Accurate Computation of Binomial
 * Probabilities (2000)): what is left of log-gamma after Stirling's leading terms, and two deviances that are small
 * where the density is large. Differences of log-gamma lose as many digits as n has: 1e-9 of the value at a million.
 * @param x in (0, 1)
 * @param y 1 - x, given since the caller may know it to more digits
 */
export function binomialDensity(
  a: number,
  b: number,
  { x, y }: { readonly x: number; readonly y: number },
): number {
  const n = a + b;
  const corrections = stirlingError(n) - stirlingError(a) - stirlingError(b);
  // a - n x is n y - b: the smaller of x and y has more digits behind the point.
  const gap = x <= y ? a - n * x : n * y - b;
  const log = corrections - deviance(a, n * x, gap) - deviance(b, n * y, -gap);
  return Math.exp(log) * Math.sqrt(n / (2 * Math.PI * a) / b);
}

/** k log(k / mean) - gap, with gap = k - mean; near the mean by the series in v = gap / (k + mean): no term cancels. */
function deviance(k: number, mean: number, gap: number): number {
  const v = gap / (k + mean);
  if (Math.abs(v) >= 0.1) return k * Math.log(k / mean) - gap;
  // log(k / mean) = 2 artanh v; the first term 2 k v and -gap join to gap v.
  let sum = gap * v;
  let power = 2 * k * v;
  for (let odd = 3; ; odd += 2) {
    power *= v * v;
    const next = sum + power / odd;
    if (next === sum) return sum;
    sum = next;
  }
}
