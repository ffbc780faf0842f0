// Distributions against scipy 1.17 (norm, t, beta, binom, gammaln), and their laws on random arguments.

import { betaQuantile, regularizedBeta } from 'evalkit/stats/beta';
import { binomialCdf, binomialPmf } from 'evalkit/stats/binomial';
import { logChoose, logGamma } from 'evalkit/stats/gamma';
import { normalCdf, normalQuantile, normalTwoSided } from 'evalkit/stats/normal';
import { findRoot } from 'evalkit/stats/root';
import { studentCdf, studentQuantile, studentTwoSided } from 'evalkit/stats/student';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** Equal to the given relative error (absolute below 1e-300). */
function near(found: number, expected: number, relative = 1e-12): void {
  const error = Math.abs(found - expected) / Math.max(Math.abs(expected), 1e-300);
  assert.ok(error <= relative, `${found} should be ${expected} (relative error ${error})`);
}

test('normal distribution function, into the far tail', () => {
  const expected: [number, number][] = [
    [-37.5, 4.605353009581954e-308],
    [-8, 6.22096057427174e-16],
    [-3.2, 0.0006871379379158471],
    [-2.9, 0.0018658133003840375],
    [-1, 0.15865525393145707],
    [0, 0.5],
    [0.3, 0.6179114221889526],
    [2.5, 0.9937903346742238],
    [6, 0.9999999990134123],
  ];
  for (const [x, p] of expected) near(normalCdf(x), p);
  near(normalTwoSided(-3.2), 2 * 0.0006871379379158471);
  assert.throws(() => normalCdf(Number.NaN), /not a number/);
});

test('normal quantile', () => {
  const expected: [number, number][] = [
    [1e-300, -37.0470962993612],
    [1e-10, -6.361340902404056],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.3, -0.5244005127080409],
    [0.9, 1.2815515655446004],
    [0.999999, 4.753424308817087],
  ];
  for (const [p, x] of expected) near(normalQuantile(p), x);
  assert.is(normalQuantile(0.5), 0);
  assert.is(normalQuantile(0), Number.NEGATIVE_INFINITY);
  assert.throws(() => normalQuantile(1.1), /\[0, 1\]/);
});

test('log-gamma and binomial coefficients', () => {
  const expected: [number, number][] = [
    [1e-3, 6.907178885383853],
    [0.5, 0.5723649429247],
    [2.5, 0.2846828704729192],
    [9.99, 12.779315214350195],
    [10, 12.801827480081469],
    [171.5, 709.1431630309283],
    [1e6, 12815504.569147611],
  ];
  for (const [x, value] of expected) near(logGamma(x), value, 1e-13);
  assert.ok(Math.abs(logGamma(1)) < 1e-14);
  near(Math.exp(logChoose(10, 3)), 120);
  assert.throws(() => logGamma(0), /above 0/);
});

test('incomplete beta function and its inverse', () => {
  const expected: [number, number, number, number][] = [
    [0.1, 0.5, 0.5, 0.20483276469913345],
    [0.4, 2, 3, 0.5247999999999999],
    [0.99, 10, 0.5, 0.6579281751567845],
    [0.41, 200, 300, 0.677628164772179],
    [0.495, 1e4, 1e4, 0.0786470088816631],
    [0.001, 0.01, 5, 0.9527958800070772],
  ];
  for (const [x, a, b, value] of expected) near(regularizedBeta(x, a, b), value, 1e-10);
  near(betaQuantile(0.4, 2, 3), 0.3291665033784079);
  near(betaQuantile(0.975, 0.5, 30), 0.08096134110426596);
  near(betaQuantile(0.025, 73, 1188), 0.04568449016642547);
  assert.throws(() => regularizedBeta(2, 1, 1), /0 <= x <= 1/);
});

test("Student's t", () => {
  const cdf: [number, number, number][] = [
    [-2, 1, 0.14758361765043326],
    [-12, 5, 3.544746258580761e-5],
    [0.001, 3, 0.5003675525152695],
    [1.5, 7.5, 0.912759714706768],
    [3, 400, 0.9985656454925917],
    [-40, 30, 6.863022597203209e-28],
  ];
  for (const [t, df, p] of cdf) near(studentCdf(t, df), p, 1e-11);
  const quantiles: [number, number, number][] = [
    [0.975, 1, 12.706204736174694],
    [0.975, 4, 2.7764451051977934],
    [0.95, 74, 1.6657068927340233],
    [0.001, 2.5, -13.822193110865964],
    [0.4, 10, -0.2601848294920803],
    [0.9995, 1000, 3.300282648423944],
  ];
  for (const [p, df, t] of quantiles) near(studentQuantile(p, df), t, 1e-11);
  near(studentTwoSided(2, 1), 2 * 0.14758361765043326);
  assert.throws(() => studentCdf(1, 0), /df > 0/);
});

test('binomial', () => {
  const expected: [number, number, number, number][] = [
    [0, 10, 0.5, 0.0009765625],
    [3, 8, 0.5, 0.36328125],
    [40, 105, 0.5, 0.009370457704129009],
    [76, 436, 0.5, 1.4456973175173168e-45],
    [7, 20, 0.13, 0.9976099505238059],
  ];
  for (const [k, n, p, value] of expected) near(binomialCdf(k, n, p), value, 1e-11);
  near(binomialPmf(7, 20, 0.13), 0.007957332658329201);
  assert.is(binomialCdf(-1, 5, 0.5), 0);
  assert.is(binomialCdf(5, 5, 0.5), 1);
  assert.is(binomialPmf(0, 3, 0), 1);
});

test('quantiles undo distribution functions', () => {
  const p = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });
  fc.assert(
    fc.property(p, fc.double({ min: 0.5, max: 500, noNaN: true }), (level, df) => {
      near(normalCdf(normalQuantile(level)), level, 1e-10);
      near(studentCdf(studentQuantile(level, df), df), level, 1e-9);
    }),
  );
});

test('tails mirror each other, and sums of probabilities are distribution functions', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.nat(60),
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      (n, at, p) => {
        const k = Math.min(at, n);
        let sum = 0;
        for (let i = 0; i <= k; i += 1) sum += binomialPmf(i, n, p);
        assert.ok(Math.abs(sum - binomialCdf(k, n, p)) < 1e-11);
        assert.ok(Math.abs(regularizedBeta(p, n, at + 1) + regularizedBeta(1 - p, at + 1, n) - 1) < 1e-12);
      },
    ),
  );
});

test('a root is found, or the lack of one is said', () => {
  near(
    findRoot((x) => x * x - 2, 0, 2),
    Math.SQRT2,
  );
  near(
    findRoot((x) => Math.tanh(50 * (x - 0.123)), 0, 1),
    0.123,
  );
  assert.is(
    findRoot((x) => x, 0, 1),
    0,
  );
  assert.throws(() => findRoot((x) => x * x + 1, -1, 1), /no change of sign/);
});

test.run();
