// Effect sizes without a unit, beside the difference itself.

/**
 * Cohen's h of two proportions: the difference of their arcsine transforms (Cohen, Statistical Power Analysis for the
 * Behavioral Sciences (1988) 6.2). Positive when the first is larger.
 */
export function cohenH(first: number, second: number): number {
  return 2 * Math.asin(Math.sqrt(first)) - 2 * Math.asin(Math.sqrt(second));
}

/**
 * d_z: mean of the paired differences over their standard deviation (Cohen 1988, 2.3.5; Lakens, Frontiers in
 * Psychology 4 (2013) 863, formula 6).
 * @returns null with fewer than two differences or when all are equal
 */
export function cohenDz(differences: Float64Array): number | null {
  const n = differences.length;
  if (n < 2) return null;
  let sum = 0;
  for (const d of differences) sum += d;
  const mean = sum / n;
  let squares = 0;
  for (const d of differences) squares += (d - mean) ** 2;
  const sd = Math.sqrt(squares / (n - 1));
  // Equal differences leave a rounding residue; it is not a deviation.
  return sd <= 1e-12 * Math.max(1, Math.abs(mean)) ? null : mean / sd;
}
