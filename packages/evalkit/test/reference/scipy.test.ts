// The same questions put to SciPy and statsmodels: a second reference, so that no definition rests on one program.

import { regularizedBeta } from 'evalkit/stats/beta';
import { binomialCdf } from 'evalkit/stats/binomial';
import { clopperPearsonInterval } from 'evalkit/stats/clopper-pearson';
import { clusterInterval, clusterMean, clusterTest } from 'evalkit/stats/cluster-robust';
import { type ClusteredFit, fitGeeLogistic, fitOls } from 'evalkit/stats/clustered-models';
import { mcnemarTest } from 'evalkit/stats/mcnemar';
import { derSimonianLaird } from 'evalkit/stats/meta-analysis';
import { benjaminiHochberg, holm } from 'evalkit/stats/multiplicity';
import { normalCdf, normalQuantile } from 'evalkit/stats/normal';
import { studentCdf } from 'evalkit/stats/student';
import { wilcoxonSignedRank } from 'evalkit/stats/wilcoxon';
import { wilsonInterval } from 'evalkit/stats/wilson';
import { test } from 'uvu';
import { golden, metReference, same } from './golden.ts';
import { type Answers, designRows, itemsOf, observations, type Scores, sameFit } from './model-rows.ts';

interface Fit {
  readonly beta: number[];
  readonly se: number[];
}

const scipy = golden<{
  distributions: Record<'normal' | 'normal_quantile' | 'student' | 'beta' | 'binomial', number[]>;
  proportions: { wilson: [number, number][]; exact: [number, number][]; mcnemar: number[] };
  paired: { ranks: Record<string, number>; t: { p: number; low: number; high: number }[] };
  families: {
    adjusted: Record<string, { holm: number[]; bh: number[] }>;
    pooled: Record<string, { mean: number; se: number; tau2: number; q: number }>;
  };
  models: Record<'ols' | 'gee', Record<string, Fit>>;
}>('scipy');

test('distributions', () => {
  const asked = golden<{
    normal: { z: number }[];
    normal_quantile: { p: number }[];
    student: { t: number; df: number }[];
    beta: { x: number; a: number; b: number }[];
    binomial: { k: number; n: number; p: number }[];
  }>('distributions');
  const { normal, normal_quantile, student, beta, binomial } = scipy.distributions;
  asked.normal.forEach(({ z }, i) => {
    same('normal distribution', normalCdf(z), normal[i]);
  });
  asked.normal_quantile.forEach(({ p }, i) => {
    same('normal quantile', normalQuantile(p), normal_quantile[i]);
  });
  asked.student.forEach(({ t, df }, i) => {
    same('t distribution', studentCdf(t, df), student[i], { what: `t ${t} df ${df}` });
  });
  asked.beta.forEach(({ x, a, b }, i) => {
    same('beta distribution', regularizedBeta(x, a, b), beta[i], { what: `x ${x} a ${a} b ${b}` });
  });
  asked.binomial.forEach(({ k, n, p }, i) => {
    same('binomial distribution', binomialCdf(k, n, p), binomial[i], { what: `k ${k} n ${n} p ${p}` });
  });
});

test('rates and pairs of rates', () => {
  const asked = golden<{
    rates: { k: number; n: number; alpha: number }[];
    discordant: { b: number; c: number }[];
  }>('proportions');
  const { wilson, exact, mcnemar } = scipy.proportions;
  asked.rates.forEach(({ k, n, alpha }, i) => {
    const what = `${k} of ${n} alpha ${alpha}`;
    const found = { wilson: wilsonInterval(k, n, alpha), exact: clopperPearsonInterval(k, n, alpha) };
    // statsmodels subtracts two roundings where the limit is exactly 0 or 1.
    same('Wilson interval', found.wilson.low, k === 0 ? 0 : wilson[i]?.[0], { what });
    same('Wilson interval', found.wilson.high, wilson[i]?.[1], { what });
    same('Clopper-Pearson interval', found.exact.low, exact[i]?.[0], { what });
    same('Clopper-Pearson interval', found.exact.high, exact[i]?.[1], { what });
  });
  asked.discordant.forEach(({ b, c }, i) => {
    same('McNemar exact', mcnemarTest(b, c).exact, mcnemar[i], { what: `b ${b} c ${c}` });
  });
});

test('paired differences', () => {
  const asked = golden<{ ranks: Record<string, { d: number[] }>; t: { d: number[] }[] }>('paired-tests');
  for (const [what, p] of Object.entries(scipy.paired.ranks)) {
    const found = wilcoxonSignedRank(Float64Array.from(asked.ranks[what]?.d ?? []));
    same('Wilcoxon signed ranks', found.p, p, { what });
  }
  asked.t.forEach(({ d }, i) => {
    const values = Float64Array.from(d);
    const found = clusterMean({ values, cluster: Int32Array.from(values.keys()), clusters: d.length });
    same('paired t', clusterTest(found), scipy.paired.t[i]?.p);
    same('paired t', clusterInterval(found, 0.05)?.low, scipy.paired.t[i]?.low, { unit: 0.01 });
    same('paired t', clusterInterval(found, 0.05)?.high, scipy.paired.t[i]?.high);
  });
});

test('families and a summary of datasets', () => {
  const asked = golden<{
    adjusted: Record<string, { p: number[] }>;
    pooled: Record<string, { delta: number[]; se_of: number[] }>;
  }>('families');
  for (const [what, expected] of Object.entries(scipy.families.adjusted)) {
    const p = asked.adjusted[what]?.p ?? [];
    const found = { holm: holm(p), bh: benjaminiHochberg(p) };
    p.forEach((_, i) => {
      same('Holm', found.holm[i], expected.holm[i], { what });
      same('Benjamini-Hochberg', found.bh[i], expected.bh[i], { what });
    });
  }
  for (const [what, expected] of Object.entries(scipy.families.pooled)) {
    const { delta = [], se_of = [] } = asked.pooled[what] ?? {};
    const studies = delta.map((value, i) => ({ delta: value, se: se_of[i] as number }));
    const found = derSimonianLaird(studies, 0.05);
    same('DerSimonian-Laird', found.delta, expected.mean, { what });
    same('DerSimonian-Laird', found.se, expected.se, { what });
    same('DerSimonian-Laird', found.q, expected.q, { what, unit: 1e-3 });
    same('DerSimonian-Laird', found.tau2, expected.tau2, { what });
  }
});

test('models', () => {
  const asked = golden<{
    ols: Record<string, { rows: Scores }>;
    gee: Record<string, { rows: Answers }>;
  }>('models');
  const { ols, gee } = scipy.models;
  for (const [what, { beta, se }] of Object.entries(ols)) {
    const rows = asked.ols[what]?.rows as Scores;
    const found = fitOls(observations(rows, beta.length), rows.cluster) as ClusteredFit;
    sameFit('clustered least squares', found, { what, beta, se });
  }
  for (const [what, { beta, se }] of Object.entries(gee)) {
    const found = fitGeeLogistic(designRows(beta.length), itemsOf(asked.gee[what]?.rows as Answers));
    sameFit('GEE', found, { what, beta, se });
  }
});

metReference([
  ...[
    'normal distribution',
    'normal quantile',
    't distribution',
    'beta distribution',
    'binomial distribution',
  ],
  ...['Wilson interval', 'Clopper-Pearson interval', 'McNemar exact', 'Wilcoxon signed ranks', 'paired t'],
  ...['Holm', 'Benjamini-Hochberg', 'DerSimonian-Laird', 'clustered least squares', 'GEE'],
]);

test.run();
