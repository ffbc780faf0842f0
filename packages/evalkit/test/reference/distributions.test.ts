// Distributions against R: pnorm, qnorm, pt, qt, pbeta, qbeta, pbinom, dbinom, lgamma, lchoose; tails and a million trials.
import { betaQuantile, regularizedBeta } from 'evalkit/stats/beta';
import { binomialCdf, binomialPmf } from 'evalkit/stats/binomial';
import { logChoose, logGamma } from 'evalkit/stats/gamma';
import { normalCdf, normalQuantile, normalTwoSided } from 'evalkit/stats/normal';
import { studentCdf, studentQuantile, studentTwoSided } from 'evalkit/stats/student';
import { test } from 'uvu';
import { golden, metReference, same } from './golden.ts';

const r = golden<{
  normal: { z: number; p: number }[];
  normal_quantile: { p: number; z: number }[];
  student: { t: number; df: number; p: number }[];
  student_quantile: { p: number; df: number; t: number }[];
  beta: { x: number; a: number; b: number; p: number }[];
  beta_quantile: { p: number; a: number; b: number; x: number }[];
  binomial: { k: number; n: number; p: number; cdf: number; pmf: number }[];
  gamma: { x: number; log_gamma: number }[];
  choose: { n: number; k: number; log_choose: number }[];
}>('distributions');

test('normal', () => {
  for (const { z, p } of r.normal) {
    same('normal distribution', normalCdf(z), p, { what: `z ${z}` });
    if (z < 0) same('normal distribution', normalTwoSided(z), Math.min(1, 2 * p), { what: `two-sided ${z}` });
  }
  for (const { p, z } of r.normal_quantile) same('normal quantile', normalQuantile(p), z, { what: `p ${p}` });
});

test('Student', () => {
  for (const { t, df, p } of r.student) {
    const what = `t ${t} df ${df}`;
    same('t distribution', studentCdf(t, df), p, { what });
    if (t < 0) same('t distribution', studentTwoSided(t, df), 2 * p, { what });
  }
  for (const { p, df, t } of r.student_quantile)
    same('t quantile', studentQuantile(p, df), t, { what: `p ${p} df ${df}` });
});

test('beta', () => {
  for (const { x, a, b, p } of r.beta)
    same('beta distribution', regularizedBeta(x, a, b), p, { what: `x ${x} a ${a} b ${b}` });
  for (const { p, a, b, x } of r.beta_quantile)
    same('beta quantile', betaQuantile(p, a, b), x, { what: `p ${p} a ${a} b ${b}` });
});

test('binomial', () => {
  for (const { k, n, p, cdf, pmf } of r.binomial) {
    const what = `k ${k} n ${n} p ${p}`;
    same('binomial distribution', binomialCdf(k, n, p), cdf, { what });
    same('binomial probability', binomialPmf(k, n, p), pmf, { what });
  }
});

test('log-gamma and binomial coefficients', () => {
  for (const { x, log_gamma } of r.gamma) same('log-gamma', logGamma(x), log_gamma, { what: `x ${x}` });
  for (const { n, k, log_choose } of r.choose)
    same('log-gamma', logChoose(n, k), log_choose, { what: `${n} over ${k}` });
});

metReference([
  'normal distribution',
  'normal quantile',
  't distribution',
  't quantile',
  'beta distribution',
  'beta quantile',
  'binomial distribution',
  'binomial probability',
  'log-gamma',
]);

test.run();
