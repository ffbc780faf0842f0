// Coverage by simulation: how often a 95 % interval holds the truth, of 10,000 samples drawn from a known one.
// What it should be is computed by R (test/reference/coverage.R): methods for counts have their known bias, so the number
// to meet is not 95 %. The only tolerance is the simulation's own error, four of its standard errors.

import { bcaInterval } from 'evalkit/stats/bca';
import { bootstrapRatio } from 'evalkit/stats/bootstrap';
import { clopperPearsonInterval } from 'evalkit/stats/clopper-pearson';
import { clusterInterval, clusterMean } from 'evalkit/stats/cluster-robust';
import { newcombePairedInterval, type PairedTable } from 'evalkit/stats/newcombe';
import { RandomStream } from 'evalkit/stats/random';
import { tangoPairedInterval } from 'evalkit/stats/tango';
import type { Interval } from 'evalkit/stats/terms';
import { wilsonInterval } from 'evalkit/stats/wilson';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golden as readGolden } from './reference/golden.ts';

interface Golden {
  readonly rates: readonly { n: number; from: number; to: number; wilson: number; exact: number }[];
  readonly pairs: readonly { n: number; shares: Shares; newcombe: number; tango: number }[];
  readonly bca: { n: number; samples: number; times: number; below: number; above: number };
}

/** Shares of the four kinds of pairs. */
type Shares = readonly [both: number, b: number, c: number, neither: number];

const golden = readGolden<Golden>('coverage');
const ALPHA = 0.05;
const REPLICATES = 10_000;

function holds(interval: Interval, truth: number): boolean {
  return interval.low <= truth && truth <= interval.high;
}

/** A number in [0, 1), 32 bits of it. */
const uniform = (stream: RandomStream): number => stream.uint32() / 2 ** 32;

/** Two independent standard normal numbers (Box & Muller 1958). */
function normals(stream: RandomStream): [number, number] {
  const size = Math.sqrt(-2 * Math.log(1 - uniform(stream)));
  const angle = 2 * Math.PI * uniform(stream);
  return [size * Math.cos(angle), size * Math.sin(angle)];
}

/** Asserts a share of all replicates; `more` widens the error where the expected share has one of its own. */
function meets(hits: number, expected: number, what: string, more = 1): void {
  const slack = 4 * more * Math.sqrt((expected * (1 - expected)) / REPLICATES);
  const found = hits / REPLICATES;
  const text = [found, expected, slack].map((share) => `${(100 * share).toFixed(2)} %`);
  assert.ok(Math.abs(found - expected) <= slack, `${what}: ${text[0]}, expected ${text[1]} +- ${text[2]}`);
}

/** How often the interval of successes holds a rate, over rates drawn from a range. */
function rateCoverage(
  method: (successes: number, n: number, alpha: number) => Interval,
  n: number,
  [from, to]: readonly [number, number],
): number {
  const intervals = Array.from({ length: n + 1 }, (_, k) => method(k, n, ALPHA));
  const stream = new RandomStream(95, `rate/${n}/${from}`);
  let hits = 0;
  for (let r = 0; r < REPLICATES; r += 1) {
    const p = from + (to - from) * uniform(stream);
    let k = 0;
    for (let i = 0; i < n; i += 1) if (uniform(stream) < p) k += 1;
    if (holds(intervals[k] as Interval, p)) hits += 1;
  }
  return hits;
}

test('Wilson covers 95 % on average over rates, Clopper-Pearson more', () => {
  for (const { n, from, to, wilson, exact } of golden.rates) {
    const where = `n ${n}, rates from ${from} to ${to}`;
    meets(rateCoverage(wilsonInterval, n, [from, to]), wilson, `Wilson, ${where}`);
    meets(rateCoverage(clopperPearsonInterval, n, [from, to]), exact, `Clopper-Pearson, ${where}`);
  }
});

/** How often each paired interval holds the true difference; equal tables share their intervals. */
function pairedCoverage([both, b, c]: Shares, n: number): { newcombe: number; tango: number } {
  const stream = new RandomStream(10, `paired/${both}/${b}/${c}/${n}`);
  const truth = b - c;
  const known = new Map<number, { newcombe: boolean; tango: boolean }>();
  const hits = { newcombe: 0, tango: 0 };
  for (let r = 0; r < REPLICATES; r += 1) {
    const table = { both: 0, b: 0, c: 0, neither: 0 };
    for (let i = 0; i < n; i += 1) {
      const u = uniform(stream);
      table[u < both ? 'both' : u < both + b ? 'b' : u < both + b + c ? 'c' : 'neither'] += 1;
    }
    const key = (table.both * (n + 1) + table.b) * (n + 1) + table.c;
    const found = known.get(key) ?? judge(table, truth);
    known.set(key, found);
    hits.newcombe += Number(found.newcombe);
    hits.tango += Number(found.tango);
  }
  return hits;
}

function judge(table: PairedTable, truth: number): { newcombe: boolean; tango: boolean } {
  return {
    newcombe: holds(newcombePairedInterval(table, ALPHA), truth),
    tango: holds(tangoPairedInterval(table, ALPHA), truth),
  };
}

test('Newcombe 10 and Tango cover a paired difference of rates, from 15 pairs to 100', () => {
  for (const { n, shares, newcombe, tango } of golden.pairs) {
    const hits = pairedCoverage(shares, n);
    meets(hits.newcombe, newcombe, `Newcombe, n ${n}, shares ${shares}`);
    meets(hits.tango, tango, `Tango, n ${n}, shares ${shares}`);
  }
});

/** How often the t interval by cluster holds 0, with `size` items per cluster that share a part of their luck. */
function clusteredCoverage(clusters: number, size: number, limit: (df: number) => number): number {
  const stream = new RandomStream(64, `clusters/${clusters}/${size}`);
  const n = clusters * size;
  const values = new Float64Array(n);
  const cluster = Int32Array.from(values, (_, i) => i % clusters);
  let hits = 0;
  for (let r = 0; r < REPLICATES; r += 1) {
    values.fill(0);
    for (let g = 0; g < clusters; g += 1) {
      const [shared] = normals(stream);
      for (let i = g; i < n; i += clusters) values[i] = shared;
    }
    for (let i = 0; i < n; i += 2) {
      const [first, second] = normals(stream);
      values[i] = (values[i] as number) + first;
      if (i + 1 < n) values[i + 1] = (values[i + 1] as number) + second;
    }
    const { mean, se, df } = clusterMean({ values, cluster, clusters });
    if (Math.abs(mean) <= limit(df) * (se as number)) hits += 1;
  }
  return hits;
}

test('the t interval by cluster covers 95 % with few clusters; with normal limits it would not', () => {
  const limits = new Map<number, number>();
  const t = (df: number): number => {
    const known =
      limits.get(df) ?? (clusterInterval({ mean: 0, se: 1, df, designEffect: 1 }, ALPHA)?.high as number);
    limits.set(df, known);
    return known;
  };
  // Clusters of equal size and normal luck: the reference with G - 1 degrees of freedom is exact.
  for (const [clusters, size] of [
    [5, 4],
    [12, 5],
    [30, 3],
  ] as const) {
    meets(clusteredCoverage(clusters, size, t), 0.95, `${clusters} clusters of ${size}`);
  }
  assert.ok(clusteredCoverage(5, 4, () => 1.96) / REPLICATES < 0.9, 'five clusters need the t distribution');
});

test('BCa of the mean of a skew distribution: 4.6 points short with 20 items, mostly on the far side', () => {
  const { n, samples, times, below, above } = golden.bca;
  const stream = new RandomStream(87, 'bca');
  const ones = new Float64Array(n).fill(1);
  const values = new Float64Array(n);
  const missed = { below: 0, above: 0 };
  for (let r = 0; r < REPLICATES; r += 1) {
    for (let i = 0; i < n; i += 1) values[i] = -Math.log(1 - uniform(stream));
    const interval = bcaInterval(bootstrapRatio(values, ones, { samples, stream }), ALPHA);
    assert.ok(interval !== null);
    if (interval.high < 1) missed.below += 1;
    if (interval.low > 1) missed.above += 1;
  }
  const more = Math.sqrt(1 + REPLICATES / times);
  meets(missed.below, below, 'BCa below the mean', more);
  meets(missed.above, above, 'BCa above the mean', more);
});

test.run();
