// Rates: Wilson, Clopper-Pearson, McNemar, Newcombe and effect sizes against published and computed values.

import { clopperPearsonInterval } from 'evalkit/stats/clopper-pearson';
import { cohenDz, cohenH } from 'evalkit/stats/effect-size';
import { conditionalOddsRatio, mcnemarTest } from 'evalkit/stats/mcnemar';
import { newcombePairedInterval } from 'evalkit/stats/newcombe';
import { wilsonInterval } from 'evalkit/stats/wilson';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

function close(found: number | null | undefined, expected: number, tolerance = 1e-9): void {
  assert.ok(
    typeof found === 'number' && Math.abs(found - expected) <= tolerance,
    `${found} should be ${expected} within ${tolerance}`,
  );
}

test('Wilson interval (statsmodels 0.15 proportion_confint)', () => {
  const expected: [number, number, number, number, number][] = [
    [0, 10, 0.05, 0, 0.27753279986288926],
    [1, 29, 0.05, 0.006113214292762667, 0.17175521879320294],
    [81, 263, 0.05, 0.2552885198782742, 0.36620957698280004],
    [263, 263, 0.1, 0.9898175122019506, 1],
  ];
  for (const [k, n, alpha, low, high] of expected) {
    close(wilsonInterval(k, n, alpha).low, low);
    close(wilsonInterval(k, n, alpha).high, high);
  }
});

test('Clopper-Pearson interval (statsmodels 0.15, method beta)', () => {
  const expected: [number, number, number, number, number][] = [
    [0, 10, 0.05, 0, 0.30849710781876083],
    [1, 29, 0.05, 0.000872646883579922, 0.17764429548872293],
    [81, 263, 0.05, 0.25273674558527126, 0.3676219226013514],
    [10, 10, 0.1, 0.7411344491069477, 1],
  ];
  for (const [k, n, alpha, low, high] of expected) {
    close(clopperPearsonInterval(k, n, alpha).low, low);
    close(clopperPearsonInterval(k, n, alpha).high, high);
  }
});

test('an interval holds the rate and stays in [0, 1]', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(300), (n, at) => {
      const k = Math.min(at, n);
      for (const interval of [wilsonInterval(k, n, 0.05), clopperPearsonInterval(k, n, 0.05)]) {
        assert.ok(interval.low <= k / n + 1e-12 && interval.high >= k / n - 1e-12);
        assert.ok(interval.low >= 0 && interval.high <= 1 && interval.low < interval.high);
      }
    }),
  );
});

test('McNemar: the data of Fagerland, Lydersen & Laake 2013 (b = 1, c = 7)', () => {
  // Table 1 there: exact conditional P = 0.070, mid-P = 0.039.
  close(mcnemarTest(1, 7).exact, 0.0703125);
  close(mcnemarTest(1, 7).mid, 0.0390625);
});

test('McNemar: exact p by statsmodels 0.15, mid-p by subtracting scipy binom.pmf', () => {
  close(mcnemarTest(6, 16).exact, 0.052478790283203125);
  close(mcnemarTest(6, 16).mid, 0.052478790283203125 - 0.017789125442504886);
  const tiny = mcnemarTest(360, 76);
  close(tiny.exact / 2.8913946350346335e-45, 1, 1e-9);
  close(tiny.mid / (2.8913946350346335e-45 - 1.1426137997131961e-45), 1, 1e-9);
  close(mcnemarTest(0, 3).exact, 0.25);
  assert.equal(mcnemarTest(0, 0), { exact: 1, mid: 1 });
  assert.is(mcnemarTest(5, 5).exact, 1);
});

test('McNemar: symmetric, mid-p never above exact, both probabilities', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(200), (b, c) => {
      const p = mcnemarTest(b, c);
      assert.equal(p, mcnemarTest(c, b));
      assert.ok(p.mid <= p.exact && p.mid > 0 && p.exact <= 1);
    }),
  );
});

test('conditional odds ratio with its exact interval (statsmodels beta interval on the odds scale)', () => {
  const found = conditionalOddsRatio(6, 16, 0.05);
  close(found.ratio, 0.375);
  close(found.ci?.low, 0.1201836632689203);
  close(found.ci?.high, 1.008924451069429);
  close(conditionalOddsRatio(1, 7, 0.05).ci?.low, 0.0031697390302537266);
  close(conditionalOddsRatio(1, 7, 0.05).ci?.high, 1.1119755536473468);
  assert.equal(conditionalOddsRatio(0, 0, 0.05), { ratio: null, ci: null });
  const open = conditionalOddsRatio(4, 0, 0.05);
  assert.is(open.ratio, null);
  assert.is(open.ci?.high, null);
  assert.is(conditionalOddsRatio(0, 4, 0.05).ci?.low, 0);
});

test('the odds ratio interval leaves out 1 exactly when the exact test rejects', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), (b, c) => {
      fc.pre(b + c > 0);
      const { ci } = conditionalOddsRatio(b, c, 0.05);
      const outside = (ci?.low ?? 0) > 1 || (ci?.high ?? Number.POSITIVE_INFINITY) < 1;
      assert.is(outside, mcnemarTest(b, c).exact < 0.05);
    }),
  );
});

test('Newcombe method 10: published intervals', () => {
  // 59, 6, 16, 80: Fagerland, Lydersen & Laake (2014), complete response, -0.1186 to -0.0046.
  const stem = newcombePairedInterval({ both: 59, b: 6, c: 16, neither: 80 }, 0.05);
  close(stem.low, -0.1186, 5e-5);
  close(stem.high, -0.0046, 5e-5);
  // 36, 12, 2, 0: an example of Newcombe (1998), 0.0569 to 0.3404.
  const newcombe = newcombePairedInterval({ both: 36, b: 12, c: 2, neither: 0 }, 0.05);
  close(newcombe.low, 0.0569, 5e-5);
  close(newcombe.high, 0.3404, 5e-5);
});

test('Newcombe method 10: a second implementation in python', () => {
  const expected: [number, number, number, number, number, number][] = [
    [1, 1, 7, 12, -0.506920226686141, -0.025559124164859837],
    [0, 5, 5, 0, -0.5268138189748721, 0.5268138189748721],
    [10, 0, 0, 0, -0.27753279986288937, 0.27753279986288937],
  ];
  for (const [both, b, c, neither, low, high] of expected) {
    const found = newcombePairedInterval({ both, b, c, neither }, 0.05);
    close(found.low, low);
    close(found.high, high);
  }
});

test('Newcombe: mirrored by exchanging the sides, holds the difference, stays in [-1, 1]', () => {
  const count = fc.nat(80);
  fc.assert(
    fc.property(count, count, count, count, (both, b, c, neither) => {
      fc.pre(both + b + c + neither > 0);
      const found = newcombePairedInterval({ both, b, c, neither }, 0.05);
      const mirror = newcombePairedInterval({ both, b: c, c: b, neither }, 0.05);
      close(found.low, -mirror.high);
      const delta = (b - c) / (both + b + c + neither);
      assert.ok(found.low <= delta + 1e-12 && found.high >= delta - 1e-12);
      assert.ok(found.low >= -1 && found.high <= 1);
    }),
  );
});

test("Cohen's h and d_z", () => {
  // Cohen (1988), table 6.2.2: phi(.50) = 1.571, phi(.25) = 1.047.
  close(cohenH(0.5, 0.25), 1.571 - 1.047, 5e-4);
  close(cohenH(0.3, 0.3), 0);
  // Mean 0.5, standard deviation sqrt(5/3): by hand.
  close(cohenDz(Float64Array.of(-1, 0, 1, 2)), 0.5 / Math.sqrt(5 / 3));
  assert.is(cohenDz(Float64Array.of(0.1, 0.1, 0.1)), null);
  assert.is(cohenDz(Float64Array.of(1)), null);
});

test.run();
