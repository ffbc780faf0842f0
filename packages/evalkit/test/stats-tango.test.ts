// Tango's score interval against R (test/reference/tango.R), and what its definition promises.

import { normalQuantile } from 'evalkit/stats/normal';
import { tangoPairedInterval, tangoScore } from 'evalkit/stats/tango';
import { wilsonInterval } from 'evalkit/stats/wilson';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golden as readGolden } from './reference/golden.ts';

interface Golden {
  readonly cases: readonly {
    readonly table: readonly [number, number, number, number];
    readonly alpha: number;
    readonly low: number;
    readonly high: number;
  }[];
}

const golden = readGolden<Golden>('tango');

function close(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} should be ${expected} within ${tolerance}`);
}

test('the limits are those of R, from one pair to a million', () => {
  assert.is(golden.cases.length, 60);
  for (const { table, alpha, low, high } of golden.cases) {
    const [both, b, c, neither] = table;
    const found = tangoPairedInterval({ both, b, c, neither }, alpha);
    // Limits of many pairs lie near 0: an absolute tolerance alone would let anything pass.
    close(found.low, low, Math.min(1e-9, 1e-6 * Math.abs(low)));
    close(found.high, high, Math.min(1e-9, 1e-6 * Math.abs(high)));
  }
});

test('no discordant pair: plus and minus z^2 / (n + z^2)', () => {
  const z = normalQuantile(0.975);
  for (const n of [1, 7, 400, 1e6]) {
    const found = tangoPairedInterval({ both: n, b: 0, c: 0, neither: 0 }, 0.05);
    close(found.high * ((n + z * z) / (z * z)), 1, 1e-12);
    assert.is(found.low, -found.high);
  }
});

test('discordant one way: the upper limit is that of Wilson for b of n; all pairs so: it is 1', () => {
  for (const [b, n] of [
    [1, 10],
    [9, 10],
    [5, 1e6],
    [999_999, 1e6],
  ] as const) {
    const found = tangoPairedInterval({ both: n - b, b, c: 0, neither: 0 }, 0.05);
    close(found.high, wilsonInterval(b, n, 0.05).high, 1e-12);
  }
  const z2 = normalQuantile(0.975) ** 2;
  for (const n of [1, 3, 20, 1e6]) {
    const { low, high } = tangoPairedInterval({ both: 0, b: n, c: 0, neither: 0 }, 0.05);
    assert.is(high, 1);
    close(low, (n - z2) / (n + z2), 1e-12);
  }
});

const counts = fc.oneof(fc.nat(12), fc.nat(300), fc.nat(250_000));

test('leaves out 0 exactly when the uncorrected McNemar statistic passes its critical value', () => {
  fc.assert(
    fc.property(counts, counts, counts, (b, c, rest) => {
      fc.pre(b + c > 0);
      const statistic = Math.abs(b - c) / Math.sqrt(b + c);
      const { low, high } = tangoPairedInterval({ both: rest, b, c, neither: 0 }, 0.05);
      assert.is(low > 0 || high < 0, statistic > normalQuantile(0.975));
    }),
    { seed: 1998, numRuns: 300 },
  );
});

test('ends where the statistic is z; mirrored by exchanging the sides; only the sum of concordant pairs counts', () => {
  fc.assert(
    fc.property(counts, counts, counts, counts, (both, b, c, neither) => {
      const n = both + b + c + neither;
      fc.pre(n > 0);
      const found = tangoPairedInterval({ both, b, c, neither }, 0.05);
      const mirror = tangoPairedInterval({ both, b: c, c: b, neither }, 0.05);
      assert.equal([found.low, found.high], [-mirror.high + 0, -mirror.low + 0]);
      assert.equal(found, tangoPairedInterval({ both: 0, b, c, neither: both + neither }, 0.05));
      const delta = (b - c) / n;
      assert.ok(-1 <= found.low && found.low <= delta && delta <= found.high && found.high <= 1);
      const z = normalQuantile(0.975);
      if (b < n) close(tangoScore(b, c, { n, delta: found.high }), -z, 1e-6);
      if (c < n) close(tangoScore(b, c, { n, delta: found.low }), z, 1e-6);
    }),
    { seed: 891, numRuns: 300 },
  );
});

test.run();
