// The standard normal distribution.

const SQRT_TWO_PI = Math.sqrt(2 * Math.PI);

/** Density at x. */
export function normalPdf(x: number): number {
  return Math.exp(-0.5 * x * x) / SQRT_TWO_PI;
}

/**
 * P(Z <= x). Power series near 0 (Abramowitz & Stegun 26.2.11), continued fraction in the tails (26.2.14), so that
 * small tail probabilities keep their relative accuracy (about 1e-13).
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) throw new RangeError('normalCdf: x is not a number');
  const size = Math.abs(x);
  if (size < 3) return 0.5 + normalPdf(x) * oddSeries(x);
  const tail = size > 40 ? 0 : normalPdf(size) * upperTailFraction(size);
  return x < 0 ? tail : 1 - tail;
}

/** The sum of x^(2k+1) / (1 * 3 * ... * (2k+1)). */
function oddSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return sum;
}

/** Mills' ratio 1/(x + 1/(x + 2/(x + 3/(x + ...)))), from the inside out. */
function upperTailFraction(x: number): number {
  let value = x;
  for (let k = 200; k >= 1; k -= 1) value = x + k / value;
  return 1 / value;
}

/**
 * The x with P(Z <= x) = p: the rational start of Abramowitz & Stegun 26.2.23 made exact by Halley's steps.
 * @param p in (0, 1); 0 and 1 give minus and plus infinity
 * @throws RangeError when p is no probability
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`normalQuantile: p must lie in [0, 1], got ${p}`);
  if (p === 0 || p === 1) return p === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0.5) return 0;
  const t = Math.sqrt(-2 * Math.log(p));
  const start =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  let x = -start;
  for (let step = 0; step < 4; step += 1) {
    const newton = (normalCdf(x) - p) / normalPdf(x);
    x -= newton / (1 + 0.5 * x * newton);
  }
  return x;
}

/** Two-sided p-value of a z statistic. One below what a double can hold (|z| from 38.5) is the smallest double, not 0. */
export function normalTwoSided(z: number): number {
  return Math.max(Number.MIN_VALUE, Math.min(1, 2 * normalCdf(-Math.abs(z))));
}
