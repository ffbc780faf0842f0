// Multiplicity: p-values of a family of hypotheses, adjusted together.

/** Positions of the p-values from the smallest up; equal ones in their given order. */
function ascending(p: readonly number[]): number[] {
  return p.map((_, index) => index).sort((x, y) => (p[x] ?? 0) - (p[y] ?? 0) || x - y);
}

/**
 * Holm's step-down adjustment (Scandinavian Journal of Statistics 6 (1979) 65-70): controls the chance of any false
 * rejection. From the smallest p up, the running maximum of (m - rank + 1) p.
 */
export function holm(p: readonly number[]): number[] {
  const adjusted = new Array<number>(p.length).fill(0);
  let running = 0;
  ascending(p).forEach((index, rank) => {
    running = Math.max(running, Math.min(1, (p.length - rank) * (p[index] ?? 0)));
    adjusted[index] = running;
  });
  return adjusted;
}

/**
 * Benjamini & Hochberg's adjustment (JRSS B 57 (1995) 289-300): controls the expected share of false rejections.
 * From the LARGEST p down, the running minimum of m p / rank; from the smallest up it would be wrong.
 */
export function benjaminiHochberg(p: readonly number[]): number[] {
  const adjusted = new Array<number>(p.length).fill(0);
  const order = ascending(p);
  let running = 1;
  for (let rank = p.length; rank >= 1; rank -= 1) {
    const index = order[rank - 1] ?? 0;
    running = Math.min(running, (p.length * (p[index] ?? 0)) / rank);
    adjusted[index] = running;
  }
  return adjusted;
}
