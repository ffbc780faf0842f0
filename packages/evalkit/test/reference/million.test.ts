// A million paired items against R: sums, ranks and sandwiches keep their digits, and models their closed forms.
import { clusterInterval, clusterMean, clusterTest } from 'evalkit/stats/cluster-robust';
import { fitGeeLogistic, fitOls } from 'evalkit/stats/clustered-models';
import { cohenDz } from 'evalkit/stats/effect-size';
import { fitLogisticMixed, type ItemCells } from 'evalkit/stats/glmm';
import { fitLinearMixed, type Observation } from 'evalkit/stats/lmm';
import { wilcoxonSignedRank } from 'evalkit/stats/wilcoxon';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golden, metReference, same } from './golden.ts';
import { designRows } from './model-rows.ts';

interface Effect {
  readonly effect: number;
  readonly se: number;
}

const r = golden<{
  mean: Record<'mean' | 'se' | 'low' | 'high' | 'p' | 'design_effect' | 'd_z', number>;
  ranks: { w_plus: number; nonzero: number; p: number };
  ols: Effect;
  gee: Effect;
  paired: { mean: number; se: number };
}>('million');

const MILLION = 1_000_000;
const METHOD = 'a million items';
const residue = (i: number): number => (7 * i * i + 13 * i) % 1009;
const differences = Float64Array.from({ length: MILLION }, (_, i) => (residue(i) - 488.3) / 1000);
const rows = designRows(2) as [Float64Array, Float64Array];

test('the clustered mean of a million differences', () => {
  const cluster = Int32Array.from(differences, (_, i) => Math.floor(i / 7));
  const found = clusterMean({ values: differences, cluster, clusters: Math.ceil(MILLION / 7) });
  const ci = clusterInterval(found, 0.05);
  const sizes = { mean: found.mean, se: found.se, low: ci?.low, high: ci?.high, p: clusterTest(found) };
  const expected = r.mean;
  for (const [what, value] of Object.entries(sizes)) same(METHOD, value, expected[what as 'mean'], { what });
  same(METHOD, found.designEffect, expected.design_effect, { what: 'design effect' });
  same(METHOD, cohenDz(differences), expected.d_z, { what: 'd_z' });
});

test('signed ranks of a million differences with a thousand ties each', () => {
  const tied = Float64Array.from(differences, (_, i) => residue(i) - 491);
  const found = wilcoxonSignedRank(tied);
  same(METHOD, found.wPlus, r.ranks.w_plus, { what: 'W+' });
  same(METHOD, found.p, r.ranks.p, { what: 'p of the ranks' });
  assert.is(found.nonzero, r.ranks.nonzero);
});

test('least squares and the linear mixed model of a million pairs', () => {
  const data = Array.from({ length: 2 * MILLION }, (_, row): Observation => {
    const item = Math.floor(row / 2);
    const base = ((item * 31) % 97) / 97;
    return row % 2 === 0
      ? { x: rows[0], y: base, item }
      : { x: rows[1], y: base + (differences[item] as number), item };
  });
  const ols = fitOls(
    data,
    data.map(({ item }) => Math.floor(item / 7)),
  );
  same(METHOD, ols?.beta[1], r.ols.effect, { what: 'least squares' });
  same(METHOD, Math.sqrt(ols?.covariance?.[3] ?? Number.NaN), r.ols.se, { what: 'its error' });
  // Two conditions with one value each: the effect and the error of the paired t test.
  const mixed = fitLinearMixed(data);
  same(METHOD, mixed?.beta[1], r.paired.mean, { what: 'mixed model' });
  same(METHOD, Math.sqrt(mixed?.covariance?.[3] ?? Number.NaN), r.paired.se, {
    what: 'error of the mixed model',
  });
});

/** 500,000 items right under both, 60,000 only under the treatment, 50,000 only under the control. */
function answersOf(i: number): ItemCells {
  const control = Number(i < 500_000 || (i >= 560_000 && i < 610_000));
  const cells = [
    { design: 0, successes: control, trials: 1 },
    { design: 1, successes: Number(i < 560_000), trials: 1 },
  ];
  return { cells, cluster: Math.floor(((i * 379_721) % MILLION) / 7) };
}

test('GEE and the logistic mixed model of a million pairs', () => {
  const items = Array.from({ length: MILLION }, (_, i) => answersOf(i));
  const gee = fitGeeLogistic(rows, items);
  same(METHOD, gee.beta[1], r.gee.effect, { what: 'GEE' });
  same(METHOD, Math.sqrt(gee.covariance?.[3] ?? Number.NaN), r.gee.se, { what: 'error of GEE' });
  const mixed = fitLogisticMixed(rows, items, { points: 25, checked: true });
  same(METHOD, mixed.beta[1], Math.log(60_000 / 50_000), { what: 'log(b/c)' });
  const error = Math.sqrt(1 / 60_000 + 1 / 50_000);
  same(METHOD, Math.sqrt(mixed.covariance?.[3] ?? Number.NaN), error, { what: 'error of log(b/c)' });
});

metReference([METHOD]);

test.run();
