// The log-gamma function and the binomial coefficient that follows from it.

/** Coefficients B(2k) / (2k (2k - 1)) of the Stirling series, from the Bernoulli numbers. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Natural logarithm of the gamma function: Stirling's series (Abramowitz & Stegun 6.1.40) from 10 up,
 * reached by the recurrence 6.1.15 from below. Relative error about 1e-15.
 * @param x above 0
 * @throws RangeError when x is not above 0
 */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`logGamma: x must be above 0, got ${x}`);
  let product = 1;
  let z = x;
  while (z < 10) {
    product *= z;
    z += 1;
  }
  return (z - 0.5) * Math.log(z) - z + HALF_LOG_TWO_PI + stirlingSeries(z) - Math.log(product);
}

/** The series that Stirling's formula lacks, for z from 10 up. */
function stirlingSeries(z: number): number {
  let series = 0;
  const inverseSquare = 1 / (z * z);
  for (let k = STIRLING.length - 1; k >= 0; k -= 1) series = series * inverseSquare + (STIRLING[k] ?? 0);
  return series / z;
}

/** log x! minus Stirling's (x + 1/2) log x - x + log(2 pi) / 2, for x above 0: small where all of these are large. */
export function stirlingError(x: number): number {
  if (x >= 10) return stirlingSeries(x);
  return logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - HALF_LOG_TWO_PI;
}

/** Natural logarithm of the binomial coefficient "n choose k", for whole 0 <= k <= n. */
export function logChoose(n: number, k: number): number {
  if (k === 0 || k === n) return 0;
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}
