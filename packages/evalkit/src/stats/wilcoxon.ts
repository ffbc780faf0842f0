// The Wilcoxon signed-rank test of paired differences.
import { normalTwoSided } from './normal.ts';

/** Differences of decimal scores that are equal on paper may differ in the last bits. */
const ROUNDING = 1e-12;
/** Non-zero differences up to which the p-value is exact. */
const EXACT_UP_TO = 60;

export interface SignedRank {
  readonly wPlus: number;
  readonly nonzero: number;
  readonly p: number;
  readonly method: 'exact' | 'normal';
}

/**
 * Two-sided signed-rank test (Wilcoxon, Biometrics Bulletin 1 (1945) 80-83). Zeros are dropped, ties get mean ranks.
 * Up to 60 differences the exact distribution given the ranks (Hollander & Wolfe, Nonparametric Statistical Methods
 * (1999) 3.1, also with ties); beyond, the normal approximation with the tie correction and without continuity
 * correction.
 */
export function wilcoxonSignedRank(differences: Float64Array): SignedRank {
  const values = differences.filter((d) => Math.abs(d) > ROUNDING);
  const nonzero = values.length;
  if (nonzero === 0) return { wPlus: 0, nonzero, p: 1, method: 'exact' };
  const { doubled, tieTerm } = meanRanks(values);
  let twiceW = 0;
  for (let i = 0; i < nonzero; i += 1) if ((values[i] as number) > 0) twiceW += doubled[i] as number;
  const wPlus = twiceW / 2;
  if (nonzero <= EXACT_UP_TO) return { wPlus, nonzero, p: exactP(doubled, twiceW), method: 'exact' };
  const mean = (nonzero * (nonzero + 1)) / 4;
  const variance = (nonzero * (nonzero + 1) * (2 * nonzero + 1)) / 24 - tieTerm / 48;
  return { wPlus, nonzero, p: normalTwoSided((wPlus - mean) / Math.sqrt(variance)), method: 'normal' };
}

/** Twice the mean rank of every |difference| (a whole number), and the sum of t^3 - t over groups of ties. */
function meanRanks(values: Float64Array): { doubled: Int32Array; tieTerm: number } {
  const size = values.map(Math.abs);
  const order = Array.from(size.keys()).sort((x, y) => (size[x] as number) - (size[y] as number));
  const doubled = new Int32Array(values.length);
  let tieTerm = 0;
  for (let start = 0; start < order.length; ) {
    const first = size[order[start] as number] as number;
    let end = start + 1;
    while (end < order.length && (size[order[end] as number] as number) - first <= ROUNDING) end += 1;
    for (let k = start; k < end; k += 1) doubled[order[k] as number] = start + end + 1;
    tieTerm += (end - start) ** 3 - (end - start);
    start = end;
  }
  return { doubled, tieTerm };
}

/** Twice the smaller tail of the sum of a random half of the ranks, at most 1. */
function exactP(doubled: Int32Array, observed: number): number {
  const total = doubled.reduce((sum, rank) => sum + rank, 0);
  const chance = new Float64Array(total + 1);
  chance[0] = 1;
  let width = 0;
  for (const rank of doubled) {
    width += rank;
    for (let s = width; s >= 0; s -= 1) {
      chance[s] = 0.5 * ((chance[s] as number) + (s >= rank ? (chance[s - rank] as number) : 0));
    }
  }
  const edge = Math.min(observed, total - observed);
  let tail = 0;
  for (let s = 0; s <= edge; s += 1) tail += chance[s] as number;
  return Math.min(1, 2 * tail);
}
