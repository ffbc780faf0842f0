// The numbers under all statistics against R (test/reference/numerics.R): far tails, and counts to a million.

import { betaQuantile, regularizedBeta } from 'evalkit/stats/beta';
import { binomialCdf, binomialPmf } from 'evalkit/stats/binomial';
import { clopperPearsonInterval } from 'evalkit/stats/clopper-pearson';
import { logGamma, stirlingError } from 'evalkit/stats/gamma';
import { mcnemarTest } from 'evalkit/stats/mcnemar';
import { normalCdf, normalQuantile } from 'evalkit/stats/normal';
import { studentCdf, studentQuantile } from 'evalkit/stats/student';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golden as readGolden } from './reference/golden.ts';

interface Golden {
  readonly cases: readonly (readonly [name: string, args: readonly number[], value: number])[];
}

const golden = readGolden<Golden>('numerics');

type Implementation = (a: number, b: number, c: number) => number;

/** Every function with the relative error it may have. */
const FUNCTIONS: Readonly<Record<string, readonly [Implementation, number]>> = {
  normalCdf: [normalCdf, 1e-13],
  normalQuantile: [normalQuantile, 1e-13],
  studentCdf: [studentCdf, 1e-12],
  studentQuantile: [studentQuantile, 1e-12],
  regularizedBeta: [regularizedBeta, 1e-12],
  betaQuantile: [betaQuantile, 1e-12],
  binomialCdf: [binomialCdf, 1e-12],
  binomialPmf: [binomialPmf, 1e-12],
  logGamma: [logGamma, 1e-13],
  mcnemarExact: [(b, c) => mcnemarTest(b, c).exact, 1e-12],
  mcnemarMid: [(b, c) => mcnemarTest(b, c).mid, 1e-12],
  clopperLow: [(k, n) => clopperPearsonInterval(k, n, 0.05).low, 1e-12],
  clopperHigh: [(k, n) => clopperPearsonInterval(k, n, 0.05).high, 1e-12],
};

for (const [name, [implementation, tolerance]] of Object.entries(FUNCTIONS)) {
  test(`${name} has a relative error of at most ${tolerance}`, () => {
    const cases = golden.cases.filter(([of]) => of === name);
    assert.ok(cases.length >= 4, `${cases.length} cases`);
    for (const [, args, expected] of cases) {
      const found = implementation(...triple(args));
      const error = Math.abs(found / expected - 1);
      assert.ok(error <= tolerance, `${name}(${args}): ${found}, R has ${expected}, relative error ${error}`);
    }
  });
}

function triple([a = 0, b = 0, c = 0]: readonly number[]): [number, number, number] {
  return [a, b, c];
}

test('what Stirling leaves is smooth where its two formulas meet, and adds up to log-gamma', () => {
  for (const x of [0.5, 1, 3, 9.999999, 10, 10.000001, 1e3]) {
    const whole = (x + 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + stirlingError(x);
    assert.ok(Math.abs(whole - logGamma(x + 1)) <= 1e-14 * Math.max(1, Math.abs(whole)), `at ${x}`);
  }
  // 1/(12 x) - 1/(360 x^3) + ... by hand.
  assert.ok(Math.abs(stirlingError(1e6) - (1 / 12e6 - 1 / 360e18)) < 1e-24);
});

test('probabilities of all outcomes sum to 1, and neighbours have the ratio of the definition', () => {
  const [n, p] = [100_000, 0.3];
  let sum = 0;
  for (let k = 0; k <= n; k += 1) sum += binomialPmf(k, n, p);
  assert.ok(Math.abs(sum - 1) < 1e-12, `${sum}`);
  for (const k of [0, 1, 299_000, 300_000, 301_000, 999_999]) {
    const ratio = binomialPmf(k + 1, 1e6, p) / binomialPmf(k, 1e6, p);
    if (Number.isFinite(ratio) && ratio > 0) {
      const expected = ((1e6 - k) / (k + 1)) * (p / (1 - p));
      assert.ok(Math.abs(ratio / expected - 1) < 1e-11, `at ${k}`);
    }
  }
});

test.run();
