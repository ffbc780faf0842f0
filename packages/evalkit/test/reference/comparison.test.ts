// A comparison against R, from a table of scores: difference of rates, a row per dataset, and the summary of the datasets.
import { ScoreTable } from 'evalkit/stats/scores';
import { computeSignificance } from 'evalkit/stats/significance';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { score, settings, setup } from '../stats-scores.ts';
import { golden, metReference, same } from './golden.ts';

type Numbers = Record<'n' | 'clusters' | 'control_mean' | 'treatment_mean' | 'delta', number>;

interface Line extends Numbers {
  readonly se?: number | null;
  readonly low?: number | null;
  readonly high?: number | null;
}

interface Case {
  readonly rows: Record<'dataset' | 'item' | 'cluster', string[]> &
    Record<'samples' | 'control_em' | 'treatment_em' | 'control_f1' | 'treatment_f1', number[]>;
  readonly metrics: Record<
    'em' | 'f1',
    {
      subgroups: (Line & { dataset: string })[];
      meta: Record<'studies' | 'delta' | 'se' | 'low' | 'high' | 'p' | 'q' | 'tau2', number> | null;
      all: [Line];
    }
  >;
  readonly risk_difference: number;
  readonly control: number;
  readonly treatment: number;
  readonly successes: [control: number, treatment: number] | null;
}

const r = golden<{ tables: Record<string, Case> }>('comparison');

function comparison({ rows }: Case) {
  const scores = rows.item.flatMap((item, i) =>
    (['control', 'treatment'] as const).map((condition) =>
      score({
        item,
        condition,
        dataset: rows.dataset[i] as string,
        cluster: rows.cluster[i] as string,
        samples: rows.samples[i] as number,
        em: rows[`${condition}_em`][i] as number,
        f1: rows[`${condition}_f1`][i] as number,
      }),
    ),
  );
  const primary = { metric: 'em', type: 'closed', temp: '0.0' } as const;
  const found = computeSignificance({ table: new ScoreTable(scores), setup, primary, settings });
  const one = found.results['0.0']?.closed?.treatment;
  if (one === undefined) throw new Error('no comparison');
  return one;
}

for (const [what, expected] of Object.entries(r.tables)) {
  const found = comparison(expected);

  test(`difference of rates, ${what}`, () => {
    const { em } = found.metrics;
    const method = 'risk difference';
    same(method, em?.delta, expected.risk_difference, { what, unit: 0.01 });
    same(method, em?.control?.mean, expected.control, { what });
    same(method, em?.treatment?.mean, expected.treatment, { what });
    const successes = [em?.control?.successes ?? null, em?.treatment?.successes ?? null];
    assert.equal(successes, expected.successes ?? [null, null]);
    const all = expected.metrics.em.all[0];
    same(method, em?.intervals.cluster_t?.low, all.low, { what, unit: 0.01 });
    same(method, em?.intervals.cluster_t?.high, all.high, { what, unit: 0.01 });
  });

  test(`subgroups by dataset and their summary, ${what}`, () => {
    const method = 'subgroup table';
    for (const metric of ['em', 'f1'] as const) {
      const { subgroups, meta } = expected.metrics[metric];
      assert.equal(
        Object.keys(found.subgroups),
        subgroups.map(({ dataset }) => dataset),
      );
      for (const { dataset, low, high, ...line } of subgroups) {
        const group = found.subgroups[dataset]?.[metric];
        const where = `${metric} of ${dataset}, ${what}`;
        assert.equal([group?.n, group?.clusters], [line.n, line.clusters], where);
        same(method, group?.control_mean, line.control_mean, { what: where });
        same(method, group?.treatment_mean, line.treatment_mean, { what: where });
        same(method, group?.delta, line.delta, { what: where, unit: 0.01 });
        same(method, group?.se, line.se, { what: where });
        same(method, group?.ci?.low, low, { what: where, unit: 0.01 });
        same(method, group?.ci?.high, high, { what: where, unit: 0.01 });
      }
      const pooled = found.meta_analysis[metric];
      assert.is(pooled?.studies ?? null, meta?.studies ?? null);
      same(method, pooled?.delta, meta?.delta, { what, unit: 0.01 });
      same(method, pooled?.se, meta?.se, { what });
      same(method, pooled?.ci.low, meta?.low, { what, unit: 0.01 });
      same(method, pooled?.ci.high, meta?.high, { what, unit: 0.01 });
      same(method, pooled?.p, meta?.p, { what });
      same(method, pooled?.q, meta?.q, { what });
      same(method, pooled?.tau2, meta?.tau2, { what });
    }
  });
}

metReference(['risk difference', 'subgroup table']);

test.run();
