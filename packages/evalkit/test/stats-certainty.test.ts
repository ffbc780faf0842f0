// Certainty is never claimed: however strong the evidence, a p-value is above 0, as a reader of p = 0 would have to think.
import { clusterMean, clusterTest } from 'evalkit/stats/cluster-robust';
import { derSimonianLaird } from 'evalkit/stats/meta-analysis';
import { nonInferiority } from 'evalkit/stats/non-inferiority';
import { normalTwoSided } from 'evalkit/stats/normal';
import { studentTwoSided } from 'evalkit/stats/student';
import { wilcoxonSignedRank } from 'evalkit/stats/wilcoxon';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const clear = Float64Array.from({ length: 4000 }, (_, i) => 0.5 + (i % 7) / 1000);

test('thousands of items all one way: no test gives 0', () => {
  const cluster = Int32Array.from(clear.keys());
  const mean = clusterMean({ values: clear, cluster, clusters: clear.length });
  const p = {
    wilcoxon: wilcoxonSignedRank(clear).p,
    t: clusterTest(mean),
    'non-inferiority': nonInferiority(mean, 'higher', { margin: 0.05, alpha: 0.05 })?.p,
    'meta-analysis': derSimonianLaird(Array(3).fill({ delta: 0.5, se: 0.001 }), 0.05).p,
  };
  for (const [name, value] of Object.entries(p)) assert.is(value, Number.MIN_VALUE, name);
});

test('a two-sided p is in (0, 1] for any statistic, and does not grow with it', () => {
  const size = fc.double({ min: 0, max: 1e6, noNaN: true });
  const df = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(size, size, df, (one, other, freedom) => {
      const [near, far] = [Math.min(one, other), Math.max(one, other)];
      for (const p of [normalTwoSided, (t: number) => studentTwoSided(t, freedom)]) {
        assert.ok(p(far) > 0 && p(near) <= 1);
        assert.ok(p(far) <= p(near) * (1 + 1e-12), `${far} has ${p(far)}, ${near} has ${p(near)}`);
        assert.is(p(-far), p(far));
      }
    }),
    { seed: 20, numRuns: 300 },
  );
});

test.run();
