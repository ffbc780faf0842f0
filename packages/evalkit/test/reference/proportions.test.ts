// Rates and pairs of rates against R, with all right, all wrong, no discordant pair and counts of a million.
import { clopperPearsonInterval } from 'evalkit/stats/clopper-pearson';
import { cohenH } from 'evalkit/stats/effect-size';
import { cohenKappa } from 'evalkit/stats/kappa';
import { conditionalOddsRatio, mcnemarTest } from 'evalkit/stats/mcnemar';
import { newcombePairedInterval, type PairedTable } from 'evalkit/stats/newcombe';
import { wilsonInterval } from 'evalkit/stats/wilson';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golden, metReference, same } from './golden.ts';

interface Rate {
  readonly k: number;
  readonly n: number;
  readonly alpha: number;
  readonly wilson_low: number;
  readonly wilson_high: number;
  readonly exact_low: number;
  readonly exact_high: number;
}

interface Discordant {
  readonly b: number;
  readonly c: number;
  readonly exact: number;
  readonly mid: number;
  readonly odds?: number;
  readonly odds_low: number;
  readonly odds_high?: number;
}

const r = golden<{
  rates: Rate[];
  discordant: Discordant[];
  lopsided: { b: number; c: number; odds_low: number; odds_high: number }[];
  paired: (PairedTable & { alpha: number; low: number; high: number })[];
  cohen_h: { p1: number; p2: number; h: number }[];
  kappa: { table: number[][]; agreement: number; expected: number; kappa: number; se: number }[];
}>('proportions');

test('Wilson and Clopper-Pearson intervals', () => {
  for (const rate of r.rates) {
    const what = `${rate.k} of ${rate.n} alpha ${rate.alpha}`;
    const wilson = wilsonInterval(rate.k, rate.n, rate.alpha);
    // R subtracts two roundings where the limit is exactly 0 or 1.
    same('Wilson interval', wilson.low, rate.k === 0 ? 0 : rate.wilson_low, { what });
    same('Wilson interval', wilson.high, rate.wilson_high, { what });
    const exact = clopperPearsonInterval(rate.k, rate.n, rate.alpha);
    same('Clopper-Pearson interval', exact.low, rate.exact_low, { what });
    same('Clopper-Pearson interval', exact.high, rate.exact_high, { what });
  }
});

test('McNemar p-values and the conditional odds ratio', () => {
  for (const { b, c, exact, mid, ...odds } of r.discordant) {
    const what = `b ${b} c ${c}`;
    same('McNemar exact', mcnemarTest(b, c).exact, exact, { what });
    same('McNemar mid-p', mcnemarTest(b, c).mid, mid, { what });
    const { ratio, ci } = conditionalOddsRatio(b, c, 0.05);
    same('odds ratio b/c', ratio, odds.odds, { what });
    same('odds ratio b/c', ci?.low, odds.odds_low, { what });
    same('odds ratio b/c', ci?.high, odds.odds_high, { what });
  }
  for (const { b, c, odds_low, odds_high } of r.lopsided) {
    const { ci } = conditionalOddsRatio(b, c, 0.05);
    same('odds ratio b/c', ci?.low, odds_low, { what: `b ${b} c ${c}, low` });
    same('odds ratio b/c', ci?.high, odds_high, { what: `b ${b} c ${c}, high` });
  }
  assert.equal(mcnemarTest(0, 0), { exact: 1, mid: 1 });
  // About 10^-301000: shown as the smallest double, since no p is 0.
  assert.equal(mcnemarTest(1, 1_000_000), { exact: Number.MIN_VALUE, mid: Number.MIN_VALUE });
  assert.equal(conditionalOddsRatio(0, 0, 0.05), { ratio: null, ci: null });
});

test('Newcombe interval of the paired difference', () => {
  for (const { low, high, alpha, ...table } of r.paired) {
    const what = `${JSON.stringify(table)} alpha ${alpha}`;
    const found = newcombePairedInterval(table, alpha);
    same('Newcombe interval', found.low, low, { what, unit: 1e-7 });
    same('Newcombe interval', found.high, high, { what, unit: 1e-7 });
  }
});

test("Cohen's h and kappa", () => {
  for (const { p1, p2, h } of r.cohen_h) same("Cohen's h", cohenH(p1, p2), h, { what: `${p1} ${p2}` });
  for (const { table, ...expected } of r.kappa) {
    const found = cohenKappa(table, 0.05);
    same("Cohen's kappa", found.agreement, expected.agreement);
    same("Cohen's kappa", found.expected, expected.expected);
    same("Cohen's kappa", found.kappa, expected.kappa, { unit: 1e-3 });
    same("Cohen's kappa", found.se, expected.se, { unit: 1e-3 });
  }
});

metReference([
  'Wilson interval',
  'Clopper-Pearson interval',
  'McNemar exact',
  'McNemar mid-p',
  'odds ratio b/c',
  'Newcombe interval',
  "Cohen's h",
  "Cohen's kappa",
]);

test.run();
