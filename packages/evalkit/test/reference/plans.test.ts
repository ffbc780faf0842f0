// Plans of a next run against R: variances split by analysis of variance, items found by trying, and pairs of answers.
import type { BinaryPower, MeanPower, PowerEndpoint } from 'evalkit/results';
import { computePower, type PowerSettings } from 'evalkit/stats/power-analysis';
import { ScoreTable } from 'evalkit/stats/scores';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { score, setup } from '../stats-scores.ts';
import { golden, metReference, same } from './golden.ts';

interface Needed {
  readonly effect: number;
  readonly samples?: number;
  readonly n: number;
  readonly n_adjusted: number;
  readonly n_with_design_effect: number;
}

interface Point {
  readonly n: number;
  readonly effect: number;
  readonly power: number;
  readonly power_exact?: number | null;
}

interface Rows {
  readonly cluster: number[];
  readonly control: number[];
  readonly treatment: number[];
}

type Sides = readonly [control: number | null, treatment: number | null];

interface Mean {
  readonly metric: 'em' | 'f1';
  readonly rows: Rows & {
    control_sd: (number | null)[];
    treatment_sd: (number | null)[];
    samples: [control: number[], treatment: number[]];
  };
  readonly variance: number | null;
  readonly design_effect?: number;
  readonly item_variance: number | null;
  readonly sampling_variance: Sides;
  readonly mde: number;
  readonly mde_adjusted: number;
  readonly needed: Needed[];
  readonly curve: Point[];
}

interface Binary {
  readonly rows: Rows;
  readonly discordant_share: number;
  readonly design_effect: number | null;
  readonly mde: number | null;
  readonly mde_adjusted: number | null;
  readonly needed: Needed[];
  readonly curve: Point[];
}

interface Many {
  readonly variance: number;
  readonly sampling_variance: [number, number];
  readonly item_variance: number;
  readonly mde: number;
}

const r = golden<{
  settings: PowerSettings;
  means: Record<string, Mean>;
  many: Many;
  pairs: Record<string, Binary>;
}>('plans');

const SAMPLES = 'plan with K samples';
const PAIRS = 'plan of paired answers';

/** The endpoint of a metric over rows of items; what a side says of an item is added to its score. */
function endpoint(
  { cluster, control, treatment }: Rows,
  metric: 'em' | 'f1',
  more: (side: 'control' | 'treatment', i: number) => object,
): PowerEndpoint {
  const rows = cluster.flatMap((name, i) =>
    (['control', 'treatment'] as const).map((condition) => {
      const value = (condition === 'control' ? control : treatment)[i] as number;
      return score({
        item: `i${i}`,
        cluster: `c${name}`,
        condition,
        [metric]: value,
        ...more(condition, i),
      });
    }),
  );
  const primary = { metric, type: 'closed', temp: '0.0' } as const;
  const { endpoints } = computePower({ table: new ScoreTable(rows), setup, primary, settings: r.settings });
  return endpoints.find((one) => one.metric === metric) as PowerEndpoint;
}

function sameNeeded(method: string, found: BinaryPower | MeanPower, expected: Needed[], what: string): void {
  assert.equal(
    found.required_n.map(({ effect, samples }) => [effect, samples]),
    expected.map(({ effect, samples }) => [effect, samples ?? null]),
  );
  expected.forEach((one, i) => {
    const at = `${what}, effect ${one.effect}, samples ${one.samples}`;
    for (const key of ['n', 'n_adjusted', 'n_with_design_effect'] as const) {
      same(method, found.required_n[i]?.[key], one[key], { what: `${key}, ${at}` });
    }
  });
}

function sameCurve(method: string, found: BinaryPower | MeanPower, expected: Point[], what: string): void {
  assert.is(found.curve.length, expected.length);
  expected.forEach(({ n, effect, power, power_exact }, i) => {
    const point = found.curve[i];
    assert.equal([point?.n, point?.effect], [n, effect]);
    same(method, point?.power, power, { what });
    same(method, point?.power_exact, power_exact, { what });
  });
}

for (const [what, expected] of Object.entries(r.means)) {
  test(`plan for means, ${what}`, () => {
    const { rows, metric } = expected;
    const found = endpoint(rows, metric, (side, i) => {
      const samples = rows.samples[side === 'control' ? 0 : 1];
      return { samples: samples[i] as number, f1Sd: rows[`${side}_sd`][i] };
    });
    if (expected.variance === null) {
      assert.equal([found.n, found.mean, found.binary, found.design_effect], [1, null, null, null]);
      assert.match(found.notes.join(), /fewer than two pairs/);
      return;
    }
    const mean = found.mean as MeanPower;
    same(SAMPLES, mean.sd_difference, Math.sqrt(expected.variance), { what });
    same(SAMPLES, found.design_effect, expected.design_effect, { what });
    same(SAMPLES, mean.item_variance, expected.item_variance, { what });
    same(SAMPLES, mean.sampling_variance_control, expected.sampling_variance[0], { what });
    same(SAMPLES, mean.sampling_variance_treatment, expected.sampling_variance[1], { what });
    same(SAMPLES, mean.mde, expected.mde, { what });
    same(SAMPLES, mean.mde_adjusted, expected.mde_adjusted, { what });
    sameNeeded(SAMPLES, mean, expected.needed, what);
    sameCurve(SAMPLES, mean, expected.curve, what);
    assert.is(
      /the sampling part of the variance is unknown/.test(found.notes.join()),
      expected.item_variance === null,
    );
  });
}

test('100,000 items of two samples: the split keeps its digits', () => {
  const n = 100_000;
  const values = [
    [7, 13, 1009, 0],
    [11, 5, 757, 0],
    [3, 17, 1013, 1],
    [5, 1, 769, 1],
  ] as const;
  const own = (i: number): number => (19 * i * i + 7 * i) % 1511;
  const [a, b, c, d] = values.map(([square, once, modulus, changed]) =>
    Float64Array.from(
      { length: n },
      (_, i) => (((square * i * i + once * i) % modulus) + changed * own(i)) / 1000,
    ),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const mean = (one: Float64Array, two: Float64Array): number[] =>
    Array.from(one, (value, i) => (value + (two[i] as number)) / 2);
  // The standard deviation of two numbers is their distance over the square root of 2.
  const sd = (one: Float64Array, two: Float64Array, i: number): number =>
    Math.abs((one[i] as number) - (two[i] as number)) * Math.SQRT1_2;
  const rows = { cluster: Array.from(a.keys()), control: mean(a, b), treatment: mean(c, d) };
  const found = endpoint(rows, 'f1', (side, i) => ({
    samples: 2,
    f1Sd: side === 'control' ? sd(a, b, i) : sd(c, d, i),
  })).mean as MeanPower;
  same(SAMPLES, found.sd_difference, Math.sqrt(r.many.variance));
  same(SAMPLES, found.sampling_variance_control, r.many.sampling_variance[0]);
  same(SAMPLES, found.sampling_variance_treatment, r.many.sampling_variance[1]);
  same(SAMPLES, found.item_variance, r.many.item_variance);
  same(SAMPLES, found.mde, r.many.mde);
});

for (const [what, expected] of Object.entries(r.pairs)) {
  test(`plan of paired answers, ${what}`, () => {
    const found = endpoint(expected.rows, 'em', () => ({}));
    assert.is(found.mean, null);
    const binary = found.binary as BinaryPower;
    same(PAIRS, binary.discordant_share, expected.discordant_share, { what });
    same(PAIRS, found.design_effect, expected.design_effect, { what });
    same(PAIRS, binary.mde, expected.mde, { what });
    same(PAIRS, binary.mde_adjusted, expected.mde_adjusted, { what });
    sameNeeded(PAIRS, binary, expected.needed, what);
    sameCurve(PAIRS, binary, expected.curve, what);
  });
}

metReference([SAMPLES, PAIRS]);

test.run();
