// A pair is one item under the control and under a treatment; all comparisons are made of pairs.
import type { Clustered } from './cluster-robust.ts';
import { metricValue, type Score, type ScoreTable } from './scores.ts';
import type { Metric, QuestionType } from './terms.ts';

export interface Pair {
  readonly control: Score;
  readonly treatment: Score;
}

/** The pairs of one comparison, in code-unit order of the items, so that the order of the file does not matter. */
export interface Pairing {
  readonly pairs: readonly Pair[];
  readonly controlOnly: number;
  readonly treatmentOnly: number;
}

/** Pairs the items of a treatment with those of the control. */
export function pairItems(
  table: ScoreTable,
  at: {
    readonly temp: string;
    readonly type: QuestionType;
    readonly control: string;
    readonly treatment: string;
  },
): Pairing {
  const control = table.group(at.temp, at.type, at.control);
  const treatment = table.group(at.temp, at.type, at.treatment);
  const pairs: Pair[] = [];
  for (const item of [...control.keys()].sort((a, b) => (a < b ? -1 : 1))) {
    const left = control.get(item);
    const right = treatment.get(item);
    if (left && right) pairs.push({ control: left, treatment: right });
  }
  return {
    pairs,
    controlOnly: control.size - pairs.length,
    treatmentOnly: treatment.size - pairs.length,
  };
}

/** Paired values of one quantity. */
export interface PairedSample {
  readonly control: Float64Array;
  readonly treatment: Float64Array;
  /** Treatment minus control. */
  readonly difference: Float64Array;
  readonly cluster: Int32Array;
  readonly clusters: number;
  /** One sample on both sides everywhere and every value 0 or 1. */
  readonly binary: boolean;
}

/**
 * The pairs in which both sides have a value.
 * @param quantity what to take of a score; null leaves the pair out
 */
export function pairedSample(
  pairs: readonly Pair[],
  quantity: (score: Score) => number | null,
): PairedSample {
  const control: number[] = [];
  const treatment: number[] = [];
  const names: string[] = [];
  let single = true;
  for (const pair of pairs) {
    const left = quantity(pair.control);
    const right = quantity(pair.treatment);
    if (left === null || right === null) continue;
    control.push(left);
    treatment.push(right);
    names.push(pair.control.cluster);
    single &&= pair.control.samples === 1 && pair.treatment.samples === 1;
  }
  const { cluster, clusters } = numberClusters(names);
  const zeroOne = (values: readonly number[]): boolean => values.every((value) => value === 0 || value === 1);
  return {
    control: Float64Array.from(control),
    treatment: Float64Array.from(treatment),
    difference: Float64Array.from(control, (value, i) => (treatment[i] as number) - value),
    cluster,
    clusters,
    binary: single && zeroOne(control) && zeroOne(treatment),
  };
}

/** The paired sample of a metric. */
export function metricSample(pairs: readonly Pair[], metric: Metric): PairedSample {
  return pairedSample(pairs, (score) => metricValue(score, metric));
}

/** Numbers the clusters by first appearance. */
export function numberClusters(names: readonly string[]): { cluster: Int32Array; clusters: number } {
  const numbers = new Map<string, number>();
  const cluster = Int32Array.from(names, (name) => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  });
  return { cluster, clusters: numbers.size };
}

/** One side or the difference of a paired sample, as clustered values. */
export function clustered(sample: PairedSample, side: 'control' | 'treatment' | 'difference'): Clustered {
  return { values: sample[side], cluster: sample.cluster, clusters: sample.clusters };
}
