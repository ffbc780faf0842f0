// Families against R: Holm and Benjamini-Hochberg (p.adjust), DerSimonian-Laird (metafor).
import { derSimonianLaird } from 'evalkit/stats/meta-analysis';
import { benjaminiHochberg, holm } from 'evalkit/stats/multiplicity';
import { test } from 'uvu';
import { golden, metReference, same } from './golden.ts';

interface Pooled {
  readonly delta: number[];
  readonly se_of: number[];
  readonly mean: number;
  readonly se: number;
  readonly low: number;
  readonly high: number;
  readonly p: number;
  readonly q: number;
  readonly tau2: number;
  readonly i2: number;
}

const r = golden<{
  adjusted: Record<string, { p: number[]; holm: number[]; bh: number[] }>;
  pooled: Record<string, Pooled>;
}>('families');

test('adjusted p-values', () => {
  for (const [what, expected] of Object.entries(r.adjusted)) {
    const found = { holm: holm(expected.p), bh: benjaminiHochberg(expected.p) };
    expected.p.forEach((_, i) => {
      same('Holm', found.holm[i], expected.holm[i], { what });
      same('Benjamini-Hochberg', found.bh[i], expected.bh[i], { what });
    });
  }
});

test('a summary of datasets', () => {
  const method = 'DerSimonian-Laird';
  for (const [what, expected] of Object.entries(r.pooled)) {
    const studies = expected.delta.map((delta, i) => ({ delta, se: expected.se_of[i] as number }));
    const found = derSimonianLaird(studies, 0.05);
    same(method, found.delta, expected.mean, { what });
    same(method, found.se, expected.se, { what });
    same(method, found.ci.low, expected.low, { what });
    same(method, found.ci.high, expected.high, { what });
    same(method, found.p, expected.p, { what });
    // Q of equal differences is 0 up to the rounding of R.
    same(method, found.q, expected.q, { what, unit: 1e-3 });
    same(method, found.tau2, expected.tau2, { what });
    same(method, found.i2, expected.i2, { what });
  }
});

metReference(['Holm', 'Benjamini-Hochberg', 'DerSimonian-Laird']);

test.run();
