// Cohen's kappa is the agreement of two raters beyond what their own habits would give by chance.
import { normalQuantile } from './normal.ts';
import type { Interval } from './terms.ts';

export interface Kappa {
  readonly n: number;
  /** Share of items on which the raters agree. */
  readonly agreement: number;
  /** Share expected from the raters' own shares of each category. */
  readonly expected: number;
  /** null when both raters use one and the same category throughout: chance alone agrees then. */
  readonly kappa: number | null;
  readonly se: number | null;
  /** Normal interval, cut at -1 and 1; null where kappa is, and where the standard error is 0. */
  readonly ci: Interval | null;
}

/**
 * Kappa (Cohen, Educational and Psychological Measurement 20 (1960) 37-46) with the large-sample standard error of
 * Fleiss, Cohen & Everitt (Psychological Bulletin 72 (1969) 323-327), which holds also where kappa is not 0.
 * @param table square; table[i][j]: items that the first rater puts into category i and the second into j; not empty
 * @param alpha one minus the confidence level
 */
export function cohenKappa(table: readonly (readonly number[])[], alpha: number): Kappa {
  const size = table.length;
  const cells = table.map((row) => [...row]);
  const n = cells.flat().reduce((sum, count) => sum + count, 0);
  if (n === 0 || cells.some((row) => row.length !== size))
    throw new RangeError('cohenKappa: needs a square table with at least one item');
  const p = (i: number, j: number): number => (cells[i]?.[j] ?? 0) / n;
  const indices = [...cells.keys()];
  const rows = indices.map((i) => indices.reduce((sum, j) => sum + p(i, j), 0));
  const columns = indices.map((j) => indices.reduce((sum, i) => sum + p(i, j), 0));
  const row = (i: number): number => rows[i] ?? 0;
  const column = (j: number): number => columns[j] ?? 0;
  const agreement = indices.reduce((sum, i) => sum + p(i, i), 0);
  const expected = indices.reduce((sum, i) => sum + row(i) * column(i), 0);
  if (1 - expected < 1e-12) return { n, agreement, expected, kappa: null, se: null, ci: null };
  const kappa = (agreement - expected) / (1 - expected);
  const rest = 1 - kappa;
  let inner = 0;
  for (const i of indices) {
    for (const j of indices) {
      const weight = i === j ? 1 - (row(i) + column(i)) * rest : rest * (column(i) + row(j));
      inner += p(i, j) * weight ** 2;
    }
  }
  const variance = (inner - (kappa - expected * rest) ** 2) / (n * (1 - expected) ** 2);
  const se = Math.sqrt(Math.max(0, variance));
  const half = normalQuantile(1 - alpha / 2) * se;
  const ci = se < 1e-9 ? null : { low: Math.max(-1, kappa - half), high: Math.min(1, kappa + half) };
  return { n, agreement, expected, kappa, se, ci };
}
