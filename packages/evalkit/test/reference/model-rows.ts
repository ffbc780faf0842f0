// The rows of a model as golden files hold them, and as the fits of evalkit take them.
import type { ItemCells } from 'evalkit/stats/glmm';
import type { Observation } from 'evalkit/stats/lmm';
import { same } from './golden.ts';

/** Columns, one entry per item and condition. */
export interface Scores {
  readonly condition: number[];
  readonly item: number[];
  readonly cluster: number[];
  readonly y: number[];
}

export interface Answers extends Omit<Scores, 'y'> {
  readonly trials: number[];
  readonly right: number[];
}

/** The covariates of a condition: an intercept and one indicator per treatment. */
export function designRow(condition: number, conditions: number): Float64Array {
  return Float64Array.from({ length: conditions }, (_, j) => Number(j === 0 || j === condition));
}

export function designRows(conditions: number): Float64Array[] {
  return Array.from({ length: conditions }, (_, condition) => designRow(condition, conditions));
}

export function observations({ condition, item, y }: Scores, conditions: number): Observation[] {
  return y.map((value, i) => ({
    x: designRow(condition[i] as number, conditions),
    y: value,
    item: item[i] as number,
  }));
}

export function itemsOf({ condition, item, cluster, trials, right }: Answers): ItemCells[] {
  const items = new Map<number, { cells: ItemCells['cells'][number][]; cluster: number }>();
  item.forEach((name, i) => {
    const known = items.get(name) ?? { cells: [], cluster: cluster[i] as number };
    items.set(name, known);
    const design = condition[i] as number;
    known.cells.push({ design, successes: right[i] as number, trials: trials[i] as number });
  });
  return [...items.values()];
}

export function sameFit(
  method: string,
  found: { beta: Float64Array; covariance: Float64Array | null },
  expected: { what: string; beta: readonly number[]; se: readonly number[] },
): void {
  const size = expected.beta.length;
  expected.beta.forEach((value, j) => {
    const what = `${expected.what} ${j}`;
    same(method, found.beta[j], value, { what, unit: 0.01 });
    same(method, Math.sqrt(found.covariance?.[j * size + j] ?? Number.NaN), expected.se[j], { what });
  });
}
