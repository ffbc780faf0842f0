// Models against R: cluster-robust means (sandwich), GEE (geepack), mixed models (lme4).
import { clusterInterval, clusterMean, clusterTest } from 'evalkit/stats/cluster-robust';
import { type ClusteredFit, fitGeeLogistic, fitOls } from 'evalkit/stats/clustered-models';
import { fitLogisticMixed } from 'evalkit/stats/glmm';
import { fitLinearMixed } from 'evalkit/stats/lmm';
import { computeMixedModels } from 'evalkit/stats/mixed-models';
import { ScoreTable } from 'evalkit/stats/scores';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { score, setup } from '../stats-scores.ts';
import { golden, metReference, same } from './golden.ts';
import {
  type Answers,
  designRow,
  designRows,
  itemsOf,
  observations,
  type Scores,
  sameFit,
} from './model-rows.ts';

interface Fit<Rows> {
  readonly rows: Rows;
  readonly beta: number[];
  readonly se: number[];
}

interface Mean {
  readonly y: number[];
  readonly cluster: number[];
  readonly mean: number;
  readonly se: number;
  readonly df: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly design_effect: number;
}

type Lmm = Fit<Scores> & { sd_item: number; sd_residual: number; log_likelihood: number };
type Glmm = Fit<Answers> & { points: number; sigma: number };

const r = golden<{
  means: Record<string, Mean>;
  ols: Record<string, Fit<Scores>>;
  gee: Record<string, Fit<Answers> & { gee_beta: number[]; gee_se: number[] }>;
  lmm: Record<string, Lmm>;
  glmm: Record<'saturated' | 'counts' | 'missing' | 'few_points' | 'boundary', Glmm>;
}>('models');

test('the clustered mean: vcovCL HC0 with G / (G - 1), t with G - 1', () => {
  for (const [what, { y, cluster, ...expected }] of Object.entries(r.means)) {
    const values = Float64Array.from(y);
    const found = clusterMean({
      values,
      cluster: Int32Array.from(cluster),
      clusters: Math.max(...cluster) + 1,
    });
    same('clustered mean', found.mean, expected.mean, { what });
    same('clustered mean', found.se, expected.se, { what });
    same('clustered mean', found.designEffect, expected.design_effect, { what });
    same('clustered mean', clusterInterval(found, 0.05)?.low, expected.low, { what });
    same('clustered mean', clusterInterval(found, 0.05)?.high, expected.high, { what });
    same('clustered mean', clusterTest(found), expected.p, { what });
    assert.is(found.df, expected.df);
  }
});

test('clustered least squares: vcovCL HC1, and nothing from one cluster', () => {
  for (const [what, { rows, beta, se }] of Object.entries(r.ols)) {
    const data = observations(rows, beta.length);
    const found = fitOls(data, rows.cluster) as ClusteredFit;
    sameFit('clustered least squares', found, { what, beta, se });
    assert.is(found.df, new Set(rows.cluster).size - 1);
    const one = fitOls(
      data,
      rows.cluster.map(() => 0),
    );
    assert.equal([one?.covariance, one?.df], [null, 0]);
  }
});

test('GEE with working independence: geepack times G / (G - 1), and vcovCL HC0 of glm', () => {
  for (const [what, { rows, beta, se, gee_beta, gee_se }] of Object.entries(r.gee)) {
    const found = fitGeeLogistic(designRows(beta.length), itemsOf(rows));
    sameFit('GEE', found, { what, beta, se });
    sameFit('GEE', found, { what, beta: gee_beta, se: gee_se });
  }
});

test('linear mixed model by REML: missing pairs, the boundary, conditions that hardly ever differ', () => {
  for (const [what, { rows, beta, se, ...expected }] of Object.entries(r.lmm)) {
    const found = fitLinearMixed(observations(rows, beta.length));
    if (found === null) throw new Error(`${what}: no fit`);
    sameFit('LMM by REML', found, { what, beta, se });
    same('LMM by REML', found.sdItem, expected.sd_item, { what });
    same('LMM by REML', found.sdResidual, expected.sd_residual, { what });
    same('LMM by REML', found.remlLogLikelihood, expected.log_likelihood, { what });
    assert.is(found.boundary, what === 'boundary');
  }
});

test('linear mixed model of conditions that never differ by more than their effects: no variance, no fit', () => {
  // The likelihood of vanishing residuals has no maximum: lme4 stops at an arbitrary variance ratio.
  for (const effect of [0, 0.1]) {
    const data = Array.from({ length: 50 }, (_, item) => (item % 7) / 7).flatMap((y, item) => [
      { x: designRow(0, 2), y, item },
      { x: designRow(1, 2), y: y + effect, item },
    ]);
    assert.is(fitLinearMixed(data), null);
  }
});

test('conditions that never differ: rounding is no standard error, and so there is no p', () => {
  // Least squares gave -4.3e-16 with error 6.3e-17 here: p = 1.5e-8 of no difference at all. R does so as well.
  const rows = Array.from({ length: 50 }, (_, i) => {
    const right = { em: Number((i * 37) % 11 < 4), f1: ((i * 37) % 11) / 11 };
    return ['control', 'treatment'].map((condition) => score({ item: `i${i}`, condition, ...right }));
  });
  const primary = { metric: 'em', type: 'closed', temp: '0.0' } as const;
  const task = { table: new ScoreTable(rows.flat()), setup, primary, points: 15, alpha: 0.05 };
  const fits = computeMixedModels(task).fits.closed;
  for (const fit of [fits?.gee, fits?.ols['0.0']]) {
    const { se, p, ci } = fit?.contrasts[0] ?? {};
    assert.equal([se, p, ci], [0, null, null]);
    assert.is(fit?.fixed_effects[1]?.p, null);
  }
  assert.equal(fits?.lmm['0.0']?.contrasts, []);
  assert.equal(fits?.glmm.contrasts, []);
});

test('logistic mixed model by adaptive Gauss-Hermite quadrature', () => {
  for (const [what, { rows, beta, se, points, sigma }] of Object.entries(r.glmm)) {
    const found = fitLogisticMixed(designRows(beta.length), itemsOf(rows), { points, checked: false });
    sameFit('GLMM by AGQ', found, { what, beta, se });
    assert.is(found.boundary, what === 'boundary');
    same('GLMM by AGQ', found.sigma, what === 'boundary' ? 0 : sigma, { what });
    assert.ok(found.converged);
  }
});

test('two conditions with one answer each: log(b/c) with error sqrt(1/b + 1/c), where lme4 has it too', () => {
  // 25 and 11 discordant pairs.
  const { rows, beta, se } = r.glmm.saturated;
  const found = fitLogisticMixed(designRows(2), itemsOf(rows), { points: 25, checked: true });
  const [effect, error] = [Math.log(25 / 11), Math.sqrt(1 / 25 + 1 / 11)];
  same('GLMM by AGQ', found.beta[1], effect);
  same('GLMM by AGQ', Math.sqrt(found.covariance?.[3] ?? Number.NaN), error);
  same('GLMM by AGQ', beta[1], effect);
  same('GLMM by AGQ', se[1], error);
});

test('there the clustered error has a closed form too, as one discordant pair moves log(b/c) by 1/b or -1/c', () => {
  const { rows } = r.glmm.saturated;
  for (const size of [1, 3, 20]) {
    const items = itemsOf(rows).map((item, i) => ({ ...item, cluster: Math.floor(i / size) }));
    const sums = new Map<number, number>();
    for (const { cells, cluster } of items) {
      const gain = (cells[1]?.successes ?? 0) - (cells[0]?.successes ?? 0);
      sums.set(cluster, (sums.get(cluster) ?? 0) + (gain > 0 ? 1 / 25 : gain / 11));
    }
    const groups = sums.size;
    const squares = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0);
    const found = fitLogisticMixed(designRows(2), items, { points: 25, checked: true });
    const expected = Math.sqrt((groups / (groups - 1)) * squares);
    same('GLMM by AGQ', Math.sqrt(found.robust?.[3] ?? Number.NaN), expected, {
      what: `clusters of ${size}`,
    });
  }
});

test('separation: a treatment that is always right has no finite effect, and the fit says so', () => {
  const cells = (first: number) => [
    { design: 0, successes: first, trials: 1 },
    { design: 1, successes: 1, trials: 1 },
  ];
  const items = Array.from({ length: 20 }, (_, i) => ({ cells: cells(i % 2), cluster: i }));
  assert.not.ok(fitLogisticMixed(designRows(2), items, { points: 25, checked: true }).converged);
  assert.not.ok(fitGeeLogistic(designRows(2), items).converged);
});

metReference(['clustered mean', 'clustered least squares', 'GEE', 'LMM by REML', 'GLMM by AGQ']);

test.run();
