// Linear mixed models of balanced designs against the analysis of variance, their closed form.
import { fitLinearMixed } from 'evalkit/stats/lmm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { golden, metReference, same } from './golden.ts';
import { observations, type Scores, sameFit } from './model-rows.ts';

interface Balanced {
  readonly rows: Omit<Scores, 'cluster'>;
  readonly beta: number[];
  readonly se: number[];
  readonly sd_item: number;
  readonly sd_residual: number;
  readonly ratio: number;
}

const { fits } = golden<{ fits: Balanced[] }>('balanced');

test('REML is the analysis of variance, also where items vary hardly more than by chance', () => {
  for (const { rows, beta, se, ratio, ...expected } of fits) {
    const found = fitLinearMixed(observations({ ...rows, cluster: rows.item }, beta.length));
    if (found === null) throw new Error(`ratio ${ratio}: no fit`);
    const what = `ratio ${ratio}`;
    sameFit('LMM of a balanced design', found, { what, beta, se });
    same('LMM of a balanced design', found.sdItem, expected.sd_item, { what });
    same('LMM of a balanced design', found.sdResidual, expected.sd_residual, { what });
    assert.is(found.boundary, false);
  }
});

metReference(['LMM of a balanced design']);

test.run();
