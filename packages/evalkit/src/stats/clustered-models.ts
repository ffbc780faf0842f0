// A clustered model needs no distribution for the items: ordinary estimates with cluster-robust errors.
import type { ItemCells } from './glmm.ts';
import type { Observation } from './lmm.ts';
import { type DesignRows, fitLogistic, linearPredictors, logisticScore } from './logistic.ts';
import { addOuter, cholesky, choleskySolve, inverse, sandwich } from './matrix.ts';

export interface ClusteredFit {
  readonly beta: Float64Array;
  /** Cluster-robust covariance, row-major; null with fewer than two clusters or collinear covariates. */
  readonly covariance: Float64Array | null;
  /** Clusters - 1. */
  readonly df: number;
  readonly converged: boolean;
}

/** Adds `score` to its cluster's sum. */
function addScore(scores: Map<number, Float64Array>, cluster: number, score: Float64Array): void {
  const sum = scores.get(cluster);
  if (sum === undefined) scores.set(cluster, Float64Array.from(score));
  else for (let j = 0; j < sum.length; j += 1) sum[j] = (sum[j] as number) + (score[j] as number);
}

/**
 * Population-averaged logistic model: generalised estimating equations with working independence and the sandwich
 * covariance (Liang & Zeger, Biometrika 73 (1986) 13-22), times G / (G - 1).
 */
export function fitGeeLogistic(rows: DesignRows, items: readonly ItemCells[]): ClusteredFit {
  const { beta, covariance, converged } = fitLogistic(
    rows,
    items.flatMap((item) => item.cells),
  );
  const eta = linearPredictors(rows, beta);
  const scores = new Map<number, Float64Array>();
  for (const { cells, cluster } of items) addScore(scores, cluster, logisticScore(rows, cells, eta));
  const groups = scores.size;
  const robust =
    covariance && groups > 1 ? sandwich(covariance, [...scores.values()], groups / (groups - 1)) : null;
  return { beta, covariance: robust, df: groups - 1, converged };
}

/**
 * Least squares with cluster-robust errors, small-sample factor G/(G-1) x (n-1)/(n-p)
 * (Cameron & Miller, Journal of Human Resources 50 (2015) 317-372, section II.B).
 * @param clusterOf cluster of each observation, in order
 * @returns null when the covariates are collinear
 */
export function fitOls(data: readonly Observation[], clusterOf: readonly number[]): ClusteredFit | null {
  const size = data[0]?.x.length ?? 0;
  const xx = new Float64Array(size * size);
  const xy = new Float64Array(size);
  for (const { x, y } of data) {
    addOuter(xx, x, 1);
    for (let j = 0; j < size; j += 1) xy[j] = (xy[j] as number) + (x[j] as number) * y;
  }
  const factor = cholesky(xx, size);
  const bread = inverse(xx, size);
  if (factor === null || bread === null || data.length <= size) return null;
  const beta = choleskySolve(factor, xy);
  const scores = new Map<number, Float64Array>();
  const score = new Float64Array(size);
  data.forEach(({ x, y }, i) => {
    const residual = y - x.reduce((sum, value, j) => sum + value * (beta[j] as number), 0);
    for (let j = 0; j < size; j += 1) score[j] = (x[j] as number) * residual;
    addScore(scores, clusterOf[i] ?? 0, score);
  });
  const groups = scores.size;
  const scale = (groups / (groups - 1)) * ((data.length - 1) / (data.length - size));
  const covariance = groups > 1 ? sandwich(bread, [...scores.values()], scale) : null;
  return { beta, covariance, df: groups - 1, converged: true };
}
