// Tests of paired differences against R: signed ranks (coin, wilcox.test), sign flips one by one, paired t.
import { clusterInterval, clusterMean, clusterTest } from 'evalkit/stats/cluster-robust';
import { cohenDz } from 'evalkit/stats/effect-size';
import { nonInferiority } from 'evalkit/stats/non-inferiority';
import { RandomStream } from 'evalkit/stats/random';
import { signFlipTest } from 'evalkit/stats/sign-flip';
import { wilcoxonSignedRank } from 'evalkit/stats/wilcoxon';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golden, metReference, same } from './golden.ts';

interface Ranks {
  readonly d: number[];
  readonly w_plus: number;
  readonly nonzero: number;
  readonly p: number;
  readonly method: string;
  readonly wilcox_test?: number | null;
}

interface PairedT {
  readonly d: number[];
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly d_z: number;
  readonly margin: number;
  readonly higher_bound: number;
  readonly higher_p: number;
  readonly lower_bound: number;
  readonly lower_p: number;
}

const r = golden<{
  ranks: Record<string, Ranks>;
  flips: Record<string, { d: number[]; p: number }>;
  many_signs: { up: number; down: number; p: number };
  t: PairedT[];
}>('paired-tests');

const draw = { samples: 99, stream: new RandomStream(1, 'never drawn from') };

test('signed ranks: zeros dropped, ties with mean ranks, exact up to 60 differences', () => {
  for (const [what, expected] of Object.entries(r.ranks)) {
    const found = wilcoxonSignedRank(Float64Array.from(expected.d));
    same('Wilcoxon signed ranks', found.wPlus, expected.w_plus, { what });
    same('Wilcoxon signed ranks', found.p, expected.p, { what });
    assert.equal([found.nonzero, found.method], [expected.nonzero, expected.method], what);
    const plain = expected.wilcox_test;
    if (typeof plain === 'number') same('Wilcoxon signed ranks', found.p, plain, { what });
  }
  const zeros = wilcoxonSignedRank(new Float64Array(5));
  assert.equal([zeros.p, zeros.nonzero], [1, 0]);
  // 0.1 + 0.2 - 0.3 is 5.6e-17 in doubles and 0 on paper.
  const { d, nonzero } = r.ranks['zeros_and_ties'] as Ranks;
  const rounded = Float64Array.from(d, (value) => (value === 0 ? 0.1 + 0.2 - 0.3 : value));
  assert.is(wilcoxonSignedRank(rounded).nonzero, nonzero);
});

test('sign flips: all sign vectors', () => {
  for (const [what, { d, p }] of Object.entries(r.flips)) {
    const found = signFlipTest(Float64Array.from(d), draw);
    assert.is(found.method, 'exact');
    same('sign-flip test', found.p, p, { what });
  }
  const { up, down, p } = r.many_signs;
  const signs = Float64Array.from({ length: up + down }, (_, i) => (i < up ? 1 : -1));
  same('sign-flip test', signFlipTest(signs, draw).p, p);
});

test('with one item per cluster the clustered t interval is that of the paired t test', () => {
  for (const { d, mean, low, high, p, d_z } of r.t) {
    const values = Float64Array.from(d);
    const found = clusterMean({ values, cluster: Int32Array.from(values.keys()), clusters: d.length });
    same('paired t', found.mean, mean);
    same('paired t', clusterInterval(found, 0.05)?.low, low, { unit: 0.01 });
    same('paired t', clusterInterval(found, 0.05)?.high, high);
    same('paired t', clusterTest(found), p);
    same('paired t', cohenDz(values), d_z);
  }
});

test('non-inferiority is the one-sided t test of a difference as bad as the margin, in both directions', () => {
  for (const { d, margin, ...expected } of r.t) {
    const values = Float64Array.from(d);
    const mean = clusterMean({ values, cluster: Int32Array.from(values.keys()), clusters: d.length });
    for (const better of ['higher', 'lower'] as const) {
      const found = nonInferiority(mean, better, { margin, alpha: 0.05 });
      same('non-inferiority', found?.bound, expected[`${better}_bound`], { what: better, unit: 0.01 });
      same('non-inferiority', found?.p, expected[`${better}_p`], { what: better });
      assert.is(found?.non_inferior, expected[`${better}_p`] < 0.05);
    }
  }
});

metReference(['Wilcoxon signed ranks', 'sign-flip test', 'paired t', 'non-inferiority']);

test.run();
