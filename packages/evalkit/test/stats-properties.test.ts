// What must hold of every statistic whatever the data: order, labels, units and the level of confidence.

import type { MetricResult, StatsSettings } from 'evalkit/results';
import { compareMetric } from 'evalkit/stats/compare-metric';
import { mcnemarTest } from 'evalkit/stats/mcnemar';
import { benjaminiHochberg, holm } from 'evalkit/stats/multiplicity';
import { numberClusters, type PairedSample } from 'evalkit/stats/pairs';
import { RandomStream } from 'evalkit/stats/random';
import { type Score, ScoreTable } from 'evalkit/stats/scores';
import { signFlipTest } from 'evalkit/stats/sign-flip';
import { computeSignificance } from 'evalkit/stats/significance';
import type { Interval, Metric } from 'evalkit/stats/terms';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { settings, setup, tables } from './stats-scores.ts';

/** One pair before it is a sample: scores in twentieths. */
interface Row {
  readonly control: number;
  readonly treatment: number;
  readonly cluster: number;
}

const side = fc.oneof({ weight: 2, arbitrary: fc.constantFrom(0, 20) }, fc.nat(20));
const row = fc.record({ control: side, treatment: side, cluster: fc.nat(9) });
const scoreRows = fc.array(row, { minLength: 1, maxLength: 40, size: 'max' });
const right = fc.constantFrom(0, 20);
const binaryRows = fc.array(fc.record({ control: right, treatment: right, cluster: fc.nat(60) }), {
  minLength: 1,
  maxLength: 50,
  size: 'max',
});
const anyRows = fc.oneof(scoreRows, binaryRows);

function sampleOf(rows: readonly Row[], unit = 1 / 20): PairedSample {
  const { cluster, clusters } = numberClusters(rows.map((one) => `c${one.cluster}`));
  const zeroOne = (score: number): boolean => score === 0 || score * unit === 1;
  const binary = rows.every(({ control, treatment }) => zeroOne(control) && zeroOne(treatment));
  return {
    control: Float64Array.from(rows, (one) => one.control * unit),
    treatment: Float64Array.from(rows, (one) => one.treatment * unit),
    difference: Float64Array.from(rows, (one) => (one.treatment - one.control) * unit),
    cluster,
    clusters,
    binary,
  };
}

function compare(
  rows: readonly Row[],
  {
    metric = 'em',
    unit = 1 / 20,
    ...changes
  }: Partial<StatsSettings> & { metric?: Metric; unit?: number } = {},
): MetricResult {
  const task = { metric, name: 'properties', settings: { ...settings, ...changes } };
  return compareMetric(sampleOf(rows, unit), task);
}

function close(found: number | null | undefined, expected: number | null | undefined, what: string): void {
  if (found === expected) return;
  assert.ok(
    typeof found === 'number' && typeof expected === 'number' && Math.abs(found - expected) <= 1e-9,
    `${what}: ${found} should be ${expected}`,
  );
}

function sameInterval(found: Interval | null, expected: Interval | null, what: string): void {
  close(found?.low, expected?.low, `${what}, low`);
  close(found?.high, expected?.high, `${what}, high`);
}

const times = (interval: Interval | null, factor: number): Interval | null => {
  if (interval === null) return null;
  const ends = [interval.low * factor, interval.high * factor];
  return { low: Math.min(...ends), high: Math.max(...ends) };
};

/** The methods that draw no random numbers by position, and every p-value that is exact. */
const FIXED = ['cluster_t', 'newcombe_10', 'tango'] as const;
const ALL = [...FIXED, 'bca', 'cluster_bca'] as const;

test('the order of the pairs does not matter', () => {
  fc.assert(
    fc.property(
      anyRows.chain((rows) => fc.tuple(fc.constant(rows), shuffled(rows))),
      ([rows, mixed]) => {
        const [one, other] = [compare(rows), compare(mixed)];
        close(one.delta, other.delta, 'delta');
        for (const name of FIXED) sameInterval(one.intervals[name], other.intervals[name], name);
        close(one.effect.d_z, other.effect.d_z, 'd_z');
        close(one.tests.wilcoxon?.p, other.tests.wilcoxon?.p, 'Wilcoxon');
        assert.equal(one.tests.mcnemar, other.tests.mcnemar);
        if (one.tests.sign_flip?.method === 'exact')
          close(one.tests.sign_flip.p, other.tests.sign_flip?.p, 'sign flip');
      },
    ),
    { seed: 11, numRuns: 150 },
  );
});

function shuffled<T>(list: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
}

test('the order of the rows of a file changes not one digit, bootstrap and permutation included', () => {
  const document = (rows: Score[]) => {
    const table = new ScoreTable(rows);
    const [temp = '', type = 'closed'] = [table.temps[0], table.types.at(-1)];
    return computeSignificance({ table, setup, primary: { metric: 'em', type, temp }, settings });
  };
  fc.assert(
    fc.property(
      tables.chain((rows) => fc.tuple(fc.constant(rows), shuffled(rows))),
      ([rows, mixed]) => assert.equal(JSON.stringify(document(mixed)), JSON.stringify(document(rows))),
    ),
    { seed: 12, numRuns: 20 },
  );
});

test('exchanging the labels turns signs and swaps the ends of every interval, bootstrap included', () => {
  fc.assert(
    fc.property(anyRows, (rows) => {
      const exchanged = rows.map((one) => ({ ...one, control: one.treatment, treatment: one.control }));
      const [one, other] = [compare(rows), compare(exchanged)];
      close(one.delta, -(other.delta as number), 'delta');
      for (const name of ALL) sameInterval(one.intervals[name], times(other.intervals[name], -1), name);
      sameInterval(one.ci, times(other.ci, -1), 'headline');
      close(one.p, other.p, 'p');
      close(one.tests.sign_flip?.p, other.tests.sign_flip?.p, 'sign flip');
      close(one.tests.wilcoxon?.p, other.tests.wilcoxon?.p, 'Wilcoxon');
      assert.equal(one.tests.mcnemar?.p_mid, other.tests.mcnemar?.p_mid);
      if (one.effect.d_z !== null) close(one.effect.d_z, -(other.effect.d_z as number), 'd_z');
      if (one.effect.cohen_h !== null) close(one.effect.cohen_h, -(other.effect.cohen_h as number), 'h');
      const odds = one.tests.mcnemar?.odds_ratio;
      if (odds) close(other.tests.mcnemar?.odds_ratio, 1 / odds, 'odds ratio');
    }),
    { seed: 13, numRuns: 150 },
  );
});

test('in another unit differences and intervals are multiples, p-values and effect sizes the same', () => {
  const factor = fc.constantFrom(1 / 100, 1 / 40, 1 / 21, 1, 5);
  fc.assert(
    fc.property(scoreRows, factor, (rows, unit) => {
      const [one, other] = [compare(rows, { metric: 'f1' }), compare(rows, { metric: 'f1', unit })];
      const ratio = unit * 20;
      close(other.delta, (one.delta as number) * ratio, 'delta');
      for (const name of ALL) sameInterval(other.intervals[name], times(one.intervals[name], ratio), name);
      close(other.tests.sign_flip?.p, one.tests.sign_flip?.p, 'sign flip');
      close(other.tests.wilcoxon?.p, one.tests.wilcoxon?.p, 'Wilcoxon');
      close(other.effect.d_z, one.effect.d_z, 'd_z');
    }),
    { seed: 14, numRuns: 150 },
  );
});

test('more confidence gives an interval around that of less, for every method', () => {
  const level = fc.constantFrom(0.2, 0.1, 0.05, 0.01, 0.001);
  fc.assert(
    fc.property(anyRows, level, level, (rows, first, second) => {
      const wide = compare(rows, { alpha: Math.min(first, second) });
      const narrow = compare(rows, { alpha: Math.max(first, second) });
      for (const name of ALL) nested(wide.intervals[name], narrow.intervals[name], name);
      for (const side of ['control', 'treatment'] as const)
        for (const name of ['cluster_t', 'wilson', 'clopper_pearson'] as const)
          nested(wide[side]?.[name] ?? null, narrow[side]?.[name] ?? null, `${side} ${name}`);
      const [outer, inner] = [wide.tests.mcnemar?.odds_ratio_ci, narrow.tests.mcnemar?.odds_ratio_ci];
      if (outer && inner) {
        assert.ok((outer.low ?? 0) <= (inner.low ?? 0) + 1e-12);
        assert.ok((outer.high ?? Infinity) >= (inner.high ?? Infinity) - 1e-12);
      }
      // The bound of non-inferiority falls too, and the point lies in every score and t interval.
      assert.ok((wide.non_inferiority?.bound ?? 0) <= (narrow.non_inferiority?.bound ?? 0) + 1e-12);
      const delta = wide.delta as number;
      for (const name of FIXED)
        nested(wide.intervals[name], { low: delta, high: delta }, `${name} and delta`);
    }),
    { seed: 15, numRuns: 150 },
  );
});

function nested(outer: Interval | null, inner: Interval | null, what: string): void {
  if (outer === null || inner === null) return;
  assert.ok(
    outer.low <= inner.low + 1e-12 && outer.high >= inner.high - 1e-12,
    `${what}: [${outer.low}, ${outer.high}] should hold [${inner.low}, ${inner.high}]`,
  );
}

const chance = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(0, 1, 0.05, 1e-300, 1e-9),
);

test('Holm and Benjamini-Hochberg: from p to 1, in the order of p, the same for any order of hypotheses', () => {
  fc.assert(
    fc.property(fc.array(chance, { minLength: 1, maxLength: 30, size: 'max' }), fc.nat(29), (p, turn) => {
      const m = p.length;
      const adjusted = { holm: holm(p), bh: benjaminiHochberg(p) };
      for (const [name, values] of Object.entries(adjusted)) {
        for (let i = 0; i < m; i += 1) {
          const [value, raw] = [values[i] as number, p[i] as number];
          assert.ok(value >= raw * (1 - 1e-15) && value <= Math.min(1, m * raw) + 1e-15, `${name}: ${value}`);
          for (let j = 0; j < m; j += 1)
            if (raw <= (p[j] as number)) assert.ok(value <= (values[j] as number) + 1e-15, name);
        }
        const turned = [...p.slice(turn % m), ...p.slice(0, turn % m)];
        const back = name === 'holm' ? holm(turned) : benjaminiHochberg(turned);
        assert.equal(back, [...values.slice(turn % m), ...values.slice(0, turn % m)]);
      }
      // False discoveries are the weaker promise.
      adjusted.bh.forEach((q, i) => void assert.ok(q <= (adjusted.holm[i] as number) + 1e-15));
    }),
    { seed: 16, numRuns: 300 },
  );
});

test('smaller p-values never have larger adjusted ones', () => {
  fc.assert(
    fc.property(
      fc.array(chance, { minLength: 1, maxLength: 20, size: 'max' }),
      fc.nat(19),
      chance,
      (p, at, factor) => {
        const less = p.map((value, i) => (i === at % p.length ? value * factor : value));
        for (const adjust of [holm, benjaminiHochberg]) {
          const [before, after] = [adjust(p), adjust(less)];
          after.forEach((value, i) => void assert.ok(value <= (before[i] as number) + 1e-15));
        }
      },
    ),
    { seed: 17, numRuns: 300 },
  );
});

test('a permutation p is in (0, 1], never below one in the number of vectors it looked at', () => {
  const stream = () => new RandomStream(1, 'p');
  fc.assert(
    fc.property(
      fc.array(
        fc.integer({ min: -40, max: 40 }).map((twentieths) => twentieths / 20),
        { maxLength: 60, size: 'max' },
      ),
      fc.integer({ min: 1, max: 300 }),
      fc.boolean(),
      (list, samples, oneWay) => {
        // All one way, no random vector reaches the observed one: that is where a p could be 0.
        const values = Float64Array.from(list, (value) => (oneWay ? Math.abs(value) : value));
        const flip = signFlipTest(values, { samples, stream: stream() });
        assert.ok(flip.p > 0 && flip.p <= 1);
        const least = flip.samples === null ? 2 ** (1 - flip.units) : 1 / (flip.samples + 1);
        assert.ok(flip.p >= Math.min(1, least) * (1 - 1e-12), `${flip.p} below ${least}`);
      },
    ),
    { seed: 18, numRuns: 150 },
  );
  // More units, all one way, than a double has powers of two.
  for (const units of [1000, 1100, 4000]) {
    const { p, method } = signFlipTest(new Float64Array(units).fill(1), { samples: 10, stream: stream() });
    assert.is(method, 'exact');
    assert.ok(p > 0, `p of ${units} units`);
  }
});

test('McNemar: symmetric; the farther from an even split, the smaller p; never 0, to a million pairs', () => {
  const count = fc.oneof(fc.nat(30), fc.nat(2000), fc.nat(500_000));
  fc.assert(
    fc.property(count, count, (b, c) => {
      const p = mcnemarTest(b, c);
      assert.equal(p, mcnemarTest(c, b));
      assert.ok(0 < p.mid && p.mid <= p.exact && p.exact <= 1, `${b}, ${c}: ${p.mid}, ${p.exact}`);
      const [less, more] = [Math.min(b, c), Math.max(b, c)];
      if (less === 0) return;
      const farther = mcnemarTest(less - 1, more + 1);
      assert.ok(farther.exact <= p.exact * (1 + 1e-9) && farther.mid <= p.mid * (1 + 1e-9));
    }),
    { seed: 19, numRuns: 300 },
  );
});

test.run();
