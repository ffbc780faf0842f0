// Clusters, margins, families and datasets: standard errors by passage, non-inferiority, Holm, BH, DerSimonian-Laird.

import { clusterInterval, clusterMean, clusterSums, clusterTest } from 'evalkit/stats/cluster-robust';
import { derSimonianLaird } from 'evalkit/stats/meta-analysis';
import { benjaminiHochberg, holm } from 'evalkit/stats/multiplicity';
import { nonInferiority } from 'evalkit/stats/non-inferiority';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function close(found: number | null | undefined, expected: number, tolerance = 1e-10): void {
  assert.ok(
    typeof found === 'number' && Math.abs(found - expected) <= tolerance,
    `${found} should be ${expected} within ${tolerance}`,
  );
}

const data = {
  values: Float64Array.of(1, 0, 0.5, -1, 0, 0, 1, 1, -0.25, 0, 1, -1),
  cluster: Int32Array.of(0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 5),
  clusters: 6,
};

test('cluster-robust mean (statsmodels 0.15 OLS on a constant, cov_type cluster; t by scipy)', () => {
  const found = clusterMean(data);
  close(found.mean, 0.1875);
  close(found.se, 0.20947603283749044);
  assert.is(found.df, 5);
  close(found.designEffect, (0.20947603283749044 / 0.21124854311851946) ** 2);
  close(clusterInterval(found, 0.05)?.high, 0.1875 + 0.5384752850132091);
  close(clusterTest(found), 0.4117522892464702);
});

test('one item per cluster gives the classical standard error; one cluster gives none', () => {
  const value = fc.integer({ min: -1000, max: 1000 }).map((thousandths) => thousandths / 1000);
  fc.assert(
    fc.property(fc.array(value, { minLength: 3, maxLength: 40 }), (list) => {
      fc.pre(new Set(list).size > 2);
      const values = Float64Array.from(list);
      const n = values.length;
      const single = clusterMean({ values, cluster: Int32Array.from(values.keys()), clusters: n });
      const mean = list.reduce((sum, v) => sum + v, 0) / n;
      const sd = Math.sqrt(list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1));
      close(single.mean, mean);
      close(single.se, sd / Math.sqrt(n));
      close(single.designEffect, 1, 1e-6);
      const one = clusterMean({ values, cluster: new Int32Array(n), clusters: 1 });
      assert.is(one.se, null);
      assert.is(clusterInterval(one, 0.05), null);
      assert.is(clusterTest(one), null);
    }),
  );
});

test('copying every item inside its cluster changes neither mean nor standard error', () => {
  const twice = {
    values: Float64Array.from([...data.values, ...data.values]),
    cluster: Int32Array.from([...data.cluster, ...data.cluster]),
    clusters: 6,
  };
  close(clusterMean(twice).mean, clusterMean(data).mean);
  close(clusterMean(twice).se, clusterMean(data).se ?? 0);
});

test('equal values have a standard error of exactly 0, whatever their rounding', () => {
  const values = new Float64Array(7).fill(0.1 + 0.2);
  const found = clusterMean({ values, cluster: Int32Array.of(0, 0, 1, 1, 2, 2, 2), clusters: 3 });
  assert.is(found.se, 0);
  assert.is(found.designEffect, null);
  assert.is(clusterTest(found), null);
});

test('sums by cluster', () => {
  const { sums, counts } = clusterSums(data);
  assert.equal(Array.from(sums), [1.5, -1, 1, 0.75, 1, -1]);
  assert.equal(Array.from(counts), [3, 2, 2, 3, 1, 1]);
});

test('non-inferiority: the bound, both directions, and no verdict without variation', () => {
  // mean 0.01, se 0.02, 30 df: t(0.95, 30) = 1.697260887 (scipy); bound 0.01 - 0.03394521774.
  const difference = { mean: 0.01, se: 0.02, df: 30, designEffect: 1 };
  const found = nonInferiority(difference, 'higher', { margin: 0.03, alpha: 0.05 });
  close(found?.bound, 0.01 - 0.03394521774, 1e-9);
  assert.is(found?.non_inferior, true);
  assert.ok((found?.p ?? 1) < 0.05);
  const strict = nonInferiority(difference, 'higher', { margin: 0.02, alpha: 0.05 });
  assert.is(strict?.non_inferior, false);
  assert.ok((strict?.p ?? 0) > 0.05);
  const lower = nonInferiority({ ...difference, mean: -0.01 }, 'lower', { margin: 0.03, alpha: 0.05 });
  close(lower?.bound, 0.01 - 0.03394521774, 1e-9);
  assert.is(nonInferiority(difference, 'neither', { margin: 0.03, alpha: 0.05 }), null);
  const silent = nonInferiority({ ...difference, se: 0 }, 'higher', { margin: 0.03, alpha: 0.05 });
  assert.equal(silent, { margin: 0.03, bound: null, p: null, non_inferior: null });
});

test('Holm and Benjamini-Hochberg (statsmodels 0.15 multipletests)', () => {
  const p = [0.01, 0.5, 0.04, 0.03, 0.005, 0.2];
  [0.05, 0.5, 0.12, 0.12, 0.03, 0.4].forEach((value, i) => {
    close(holm(p)[i], value);
  });
  [0.03, 0.5, 0.06, 0.06, 0.03, 0.24].forEach((value, i) => {
    close(benjaminiHochberg(p)[i], value);
  });
});

test('Benjamini-Hochberg takes its minimum from the largest p down', () => {
  // From the smallest up, both would wrongly get 0.02.
  assert.equal(benjaminiHochberg([0.01, 0.5]), [0.02, 0.5]);
  assert.equal(holm([]), []);
  assert.equal(benjaminiHochberg([]), []);
});

test('adjusted p-values: never smaller, in the same order, Holm above BH, indifferent to order', () => {
  const p = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(p, (values) => {
      const strict = holm(values);
      const mild = benjaminiHochberg(values);
      values.forEach((value, i) => {
        assert.ok((strict[i] ?? 0) >= (mild[i] ?? 0) - 1e-15 && (mild[i] ?? 0) >= value - 1e-15);
        assert.ok((strict[i] ?? 2) <= 1);
        values.forEach((other, j) => {
          if (value < other)
            assert.ok((strict[i] ?? 0) <= (strict[j] ?? 0) && (mild[i] ?? 0) <= (mild[j] ?? 0));
        });
      });
      assert.equal(holm([...values].reverse()).reverse(), strict);
    }),
  );
});

test('DerSimonian-Laird (statsmodels 0.15 combine_effects, method dl)', () => {
  const effects = [0.1, 0.3, 0.35, 0.65, 0.45];
  const variances = [0.03, 0.03, 0.05, 0.01, 0.05];
  const found = derSimonianLaird(
    effects.map((delta, i) => ({ delta, se: Math.sqrt(variances[i] ?? 1) })),
    0.05,
  );
  close(found.delta, 0.3921926462290812);
  close(found.se, 0.11429593318213187);
  close(found.tau2, 0.034977544910179674);
  close(found.q, 9.024731182795705);
  close(found.i2, 0.5567735017276305);
  close(found.ci.low, 0.3921926462290812 - 1.959963984540054 * 0.11429593318213187);
  assert.throws(() => derSimonianLaird([{ delta: 1, se: 1 }], 0.05), /two studies/);
});

test('DerSimonian-Laird of alike studies is the fixed-effect mean', () => {
  const found = derSimonianLaird(
    [
      { delta: 0.2, se: 0.1 },
      { delta: 0.2, se: 0.2 },
    ],
    0.05,
  );
  close(found.delta, 0.2);
  close(found.se, 1 / Math.sqrt(125));
  assert.is(found.tau2, 0);
  assert.is(found.i2, 0);
});

test.run();
