// Resampling: bootstrap, BCa, sign flips and signed ranks against published data, scipy and full enumeration.

import { acceleration, bcaInterval, percentile, percentileInterval } from 'evalkit/stats/bca';
import { bootstrapRatio, bootstrapSums } from 'evalkit/stats/bootstrap';
import { mcnemarTest } from 'evalkit/stats/mcnemar';
import { RandomStream } from 'evalkit/stats/random';
import { signFlipTest } from 'evalkit/stats/sign-flip';
import { wilcoxonSignedRank } from 'evalkit/stats/wilcoxon';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const stream = (name = 'test') => new RandomStream(1, name);

function close(found: number | undefined, expected: number, tolerance = 1e-12): void {
  assert.ok(
    found !== undefined && Math.abs(found - expected) <= tolerance,
    `${found} should be ${expected} within ${tolerance}`,
  );
}

/** Every way of drawing as many values as there are, with replacement: the bootstrap without chance. */
function everyMean(values: readonly number[]): Float64Array {
  const n = values.length;
  return Float64Array.from({ length: n ** n }, (_, code) => {
    let sum = 0;
    for (let k = 0, rest = code; k < n; k += 1, rest = Math.floor(rest / n)) sum += values[rest % n] ?? 0;
    return sum / n;
  });
}

function leaveOneOut(values: readonly number[]): Float64Array {
  const total = values.reduce((sum, value) => sum + value, 0);
  return Float64Array.from(values, (value) => (total - value) / (values.length - 1));
}

test('BCa over all 3125 resamples of five values (levels and acceleration from scipy 1.17)', () => {
  // 64ths, so that equal sums are equal in doubles: replicates equal to the estimate count half.
  const values = [9, 1, 58, 21, -14].map((value) => value / 64);
  const bootstrap = { estimate: 0.234375, replicates: everyMean(values), jackknife: leaveOneOut(values) };
  close(acceleration(bootstrap.jackknife), 0.05425843199441901);
  const found = bcaInterval(bootstrap, 0.1);
  // scipy: levels 0.08441589380581643 and 0.9753891925119438; numpy percentiles of the replicates there:
  close(found?.low, 0.009375);
  close(found?.high, 0.6);
});

test('BCa of the spatial test data: Efron & Tibshirani 1993, table 14.2', () => {
  // Variance (divided by n) of 26 scores: estimate 171.5, acceleration 0.061, 90 % BCa interval 115.8 to 259.6.
  const scores = [
    48, 36, 20, 29, 42, 42, 20, 42, 22, 41, 45, 14, 6, 0, 33, 28, 34, 4, 32, 24, 47, 41, 24, 26, 30, 41,
  ];
  const variance = (sum: number, squares: number, n: number) => squares / n - (sum / n) ** 2;
  const n = scores.length;
  const column = Float64Array.from(scores);
  const square = column.map((value) => value * value);
  const total = scores.reduce((sum, value) => sum + value, 0);
  const totalSquare = square.reduce((sum, value) => sum + value, 0);
  const [sums, squares] = bootstrapSums([column, square], 20_000, stream('spatial'));
  const replicates = (sums ?? column).map((sum, r) => variance(sum, squares?.[r] ?? 0, n));
  const jackknife = column.map((x, i) => variance(total - x, totalSquare - (square[i] ?? 0), n - 1));
  const estimate = variance(total, totalSquare, n);
  close(estimate, 171.5, 0.05);
  close(acceleration(jackknife), 0.061, 5e-4);
  const found = bcaInterval({ estimate, replicates, jackknife }, 0.1);
  close(found?.low, 115.8, 3);
  close(found?.high, 259.6, 6);
});

test('BCa without spread or with the estimate outside is no interval', () => {
  const jackknife = Float64Array.of(1, 1);
  assert.is(bcaInterval({ estimate: 1, replicates: new Float64Array(50).fill(1), jackknife }, 0.05), null);
  assert.is(bcaInterval({ estimate: 9, replicates: Float64Array.of(1, 2, 3), jackknife }, 0.05), null);
});

test('percentiles interpolate as numpy and R type 7 do', () => {
  const sorted = Float64Array.of(1, 2, 4, 8);
  close(percentile(sorted, 0), 1);
  close(percentile(sorted, 1), 8);
  close(percentile(sorted, 0.5), 3);
  close(percentile(sorted, 0.1), 1.3);
  const interval = percentileInterval(Float64Array.of(8, 1, 4, 2), 0.2);
  close(interval.low, 1.3);
  close(interval.high, 6.8);
});

test('bootstrap sums draw all columns together, and means have the right spread', () => {
  const ones = new Float64Array(40).fill(1);
  const values = Float64Array.from({ length: 40 }, (_, i) => i % 7);
  const [counts, sums, twice] = bootstrapSums([ones, values, values.map((v) => 2 * v)], 4000, stream());
  assert.ok(counts?.every((count) => count === 40));
  sums?.forEach((sum, r) => {
    close(twice?.[r], 2 * sum);
  });
  const mean = (sums ?? ones).reduce((total, sum) => total + sum, 0) / 4000 / 40;
  const centre = values.reduce((total, v) => total + v, 0) / 40;
  const variance = values.reduce((total, v) => total + (v - centre) ** 2, 0) / 40;
  close(mean, centre, 0.02);
  const spread = (sums ?? ones).reduce((total, sum) => total + (sum / 40 - mean) ** 2, 0) / 4000;
  close(spread, variance / 40, 0.1 * (variance / 40));
});

test('a cluster bootstrap keeps clusters whole', () => {
  // Two clusters of different size: only three ratios can come out.
  const found = bootstrapRatio(Float64Array.of(1, 6), Float64Array.of(2, 3), {
    samples: 200,
    stream: stream(),
  });
  const rounded = [...new Set(Array.from(found.replicates, (value) => value.toFixed(9)))].sort();
  assert.equal(rounded, ['0.500000000', '1.400000000', '2.000000000']);
  close(found.estimate, 1.4);
  assert.equal(Array.from(found.jackknife), [2, 0.5]);
});

const draw = (samples = 5000) => ({ samples, stream: stream('flip') });

test('sign flips of few units are enumerated (scipy 1.17 permutation_test, all 2^m)', () => {
  const found = signFlipTest(Float64Array.of(0.5, -0.5, 0.5, 1, 1, -0.25, 0.75, 0, 0.5), draw());
  close(found.p, 0.0859375);
  assert.is(found.method, 'exact');
  assert.is(found.units, 8);
  close(signFlipTest(Float64Array.of(3, -1, 2, 2, 1, -1, 4), draw()).p, 0.140625);
  assert.equal(signFlipTest(new Float64Array(5), draw()), { p: 1, method: 'exact', units: 0, samples: null });
  close(signFlipTest(Float64Array.of(0.4), draw()).p, 1);
});

test('whole-number differences: enumeration, convolution and exact McNemar agree', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), (b, c) => {
      const differences = Float64Array.from([...Array(b).fill(1), ...Array(c).fill(-1), 0, 0]);
      const found = signFlipTest(differences, draw());
      assert.is(found.method, 'exact');
      close(found.p, mcnemarTest(b, c).exact, 1e-10);
    }),
  );
});

test('convolution equals enumeration for clusters of several items', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 17, maxLength: 19 }), (values) => {
      fc.pre(values.every((value) => value !== 0));
      const exact = signFlipTest(Float64Array.from(values), draw());
      const total = Math.abs(values.reduce((sum, value) => sum + value, 0));
      let hits = 0;
      for (let code = 0; code < 2 ** values.length; code += 1) {
        let sum = 0;
        values.forEach((value, k) => {
          sum += (code >> k) & 1 ? value : -value;
        });
        if (Math.abs(sum) >= total) hits += 1;
      }
      close(exact.p, hits / 2 ** values.length, 1e-10);
    }),
    { numRuns: 3 },
  );
});

test('Monte Carlo p is (ge + 1) / (R + 1), near the exact one, and never 0', () => {
  const many = Float64Array.from({ length: 40 }, (_, i) => 0.1 + (i % 9) / 10 - 0.35);
  const found = signFlipTest(many, draw(20_000));
  assert.is(found.method, 'monte_carlo');
  assert.is(found.samples, 20_000);
  // The normal approximation of the same null distribution: sum / sqrt(sum of squares).
  const sum = many.reduce((a, b) => a + b, 0);
  const z = sum / Math.sqrt(many.reduce((a, b) => a + b * b, 0));
  close(z, 2.9, 0.35);
  close(found.p, 0.005, 0.004);
  const all = signFlipTest(new Float64Array(40).fill(0.3), draw(999));
  close(all.p, 1 / 1000);
});

test('sign flips: the same p for all signs turned and for any order', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 9 }), (values) => {
      const p = signFlipTest(Float64Array.from(values), draw()).p;
      close(
        signFlipTest(
          Float64Array.from(values, (v) => -v),
          draw(),
        ).p,
        p,
      );
      close(signFlipTest(Float64Array.from([...values].reverse()), draw()).p, p);
      assert.ok(p > 0 && p <= 1);
    }),
  );
});

test('Wilcoxon: depression scores of Hollander & Wolfe, V = 40, p = 0.0391', () => {
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  const found = wilcoxonSignedRank(Float64Array.from(before, (value, i) => value - (after[i] ?? 0)));
  assert.is(found.wPlus, 40);
  close(found.p, 0.0390625);
  assert.is(found.method, 'exact');
});

test('Wilcoxon with ties and zeros: all 2^8 signs (python), and the normal form (scipy, no correction)', () => {
  const few = wilcoxonSignedRank(Float64Array.of(0.5, -0.5, 0.5, 1, 1, -0.25, 0.75, 0, 0.5));
  assert.is(few.wPlus, 31.5);
  close(few.p, 0.078125);
  const tenths = [
    2, 4, 2, -4, 5, 3, -1, 3, 2, 2, 1, 3, -2, 0, -1, 3, 1, 0, -2, 0, 1, 0, 6, 5, -10, -7, 0, -1, 2, 2, 9, -3,
    -1, 9, 4, 4, -1, -6, 2, 1, -4, -2, 1, -3, 1, 1, 1, -1, 3, 5, 2, -2, 4, -1, 5, -3, 5, 1, -4, 0, 1, 2, -3,
    -3, 2, -1, 2, 4, -6, 2, 6, 0, -2, 4, 2, 5, 0, -5, 1, -1,
  ];
  const many = wilcoxonSignedRank(Float64Array.from(tenths, (value) => value / 10));
  assert.is(many.method, 'normal');
  close(many.p, 0.04198646383095608, 1e-9);
  assert.equal(wilcoxonSignedRank(new Float64Array(3)), { wPlus: 0, nonzero: 0, p: 1, method: 'exact' });
});

test.run();
