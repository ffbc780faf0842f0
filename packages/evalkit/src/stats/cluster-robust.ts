// A cluster-robust mean: questions on one passage share its luck, so the passage is the unit of evidence.
import { studentQuantile, studentTwoSided } from './student.ts';
import type { Interval } from './terms.ts';

/** Values in groups. `cluster[i]` is the group of `values[i]`, 0..clusters-1; every group has a value. */
export interface Clustered {
  readonly values: Float64Array;
  readonly cluster: Int32Array;
  readonly clusters: number;
}

/** A mean with its cluster-robust standard error; `se` is null with fewer than two clusters. */
export interface ClusterMean {
  readonly mean: number;
  readonly se: number | null;
  /** Degrees of freedom of the t reference: clusters - 1. */
  readonly df: number;
  /** se squared over the squared standard error that ignores clusters; null where either is missing or 0. */
  readonly designEffect: number | null;
}

/**
 * Mean and clustered standard error, Miller (Adding Error Bars to Evals, arXiv 2411.00640 (2024), section 2.2):
 * sqrt(sum over clusters of (sum of residuals)^2) / n, times the small-sample factor G / (G - 1) under the root
 * (Cameron & Miller, Journal of Human Resources 50 (2015) 317-372, formula 12). With one item per cluster it is s / sqrt(n).
 * @param data at least one value
 */
export function clusterMean({ values, cluster, clusters }: Clustered): ClusterMean {
  const n = values.length;
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / n;
  const residual = new Float64Array(clusters);
  let squares = 0;
  for (let i = 0; i < n; i += 1) {
    const e = (values[i] as number) - mean;
    residual[cluster[i] as number] = (residual[cluster[i] as number] as number) + e;
    squares += e * e;
  }
  if (clusters < 2) return { mean, se: null, df: 0, designEffect: null };
  let clustered = 0;
  for (const total of residual) clustered += total * total;
  // What rounding leaves of a constant is not a standard error.
  const rounding = 1e-13 * Math.max(1, Math.abs(mean));
  const se = Math.sqrt(((clusters / (clusters - 1)) * clustered) / (n * n));
  const plain = Math.sqrt(squares / (n - 1) / n);
  const real = Math.sqrt(squares / n) > rounding;
  return {
    mean,
    se: real && se > rounding ? se : 0,
    df: clusters - 1,
    designEffect: real && plain > 0 ? (se / plain) ** 2 : null,
  };
}

/** mean +- t se with G - 1 degrees of freedom; null without a standard error. A zero error gives a point. */
export function clusterInterval({ mean, se, df }: ClusterMean, alpha: number): Interval | null {
  if (se === null) return null;
  const half = studentQuantile(1 - alpha / 2, df) * se;
  return { low: mean - half, high: mean + half };
}

/** Two-sided p of "the mean is 0"; null without a standard error above 0. */
export function clusterTest({ mean, se, df }: ClusterMean): number | null {
  return se === null || se === 0 ? null : studentTwoSided(mean / se, df);
}

/** Sums of the values and counts of the items of every cluster. */
export function clusterSums({ values, cluster, clusters }: Clustered): {
  sums: Float64Array;
  counts: Float64Array;
} {
  const sums = new Float64Array(clusters);
  const counts = new Float64Array(clusters);
  for (let i = 0; i < values.length; i += 1) {
    const at = cluster[i] as number;
    sums[at] = (sums[at] as number) + (values[i] as number);
    counts[at] = (counts[at] as number) + 1;
  }
  return { sums, counts };
}
