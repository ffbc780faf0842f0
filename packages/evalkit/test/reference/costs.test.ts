// Cost against effect against R, from a table of scores: money per right answer, quadrants in words, ratio, net benefit.
import { computeCostEffectiveness } from 'evalkit/stats/cost-effectiveness';
import { ScoreTable } from 'evalkit/stats/scores';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { score, setup } from '../stats-scores.ts';
import { golden, metReference, same } from './golden.ts';

interface Side {
  readonly samples: number[];
  readonly value: number[];
  readonly usd: (number | null)[];
}

type Condition = Record<'items' | 'answers' | 'correct', number> &
  Record<'usd' | 'usd_per_answer' | 'usd_per_correct', number | null>;

interface Case {
  readonly metric: 'em' | 'false_answer';
  readonly rows: { readonly control: Side; readonly treatment: Side };
  readonly conditions: { readonly control: Condition; readonly treatment: Condition };
  readonly result: Record<'delta_cost' | 'delta_effect' | 'icer', number | null> & {
    readonly n: number;
    readonly quadrant: string | null;
    readonly nmb?: number[] | null;
  };
}

const r = golden<{ lambdas: number[]; cases: Record<string, Case> }>('costs');
const METHOD = 'cost per right answer';

function computed({ metric, rows }: Case) {
  const type = metric === 'em' ? 'closed' : 'open';
  const scores = (['control', 'treatment'] as const).flatMap((condition) =>
    rows[condition].value.map((value, i) =>
      score({
        item: `i${i}`,
        condition,
        type,
        samples: rows[condition].samples[i] as number,
        em: value,
        falseAnswer: metric === 'em' ? null : value,
        usd: rows[condition].usd[i] ?? null,
      }),
    ),
  );
  const settings = { alpha: 0.05, random_seed: 1, bootstrap_samples: 100, lambdas: r.lambdas };
  const found = computeCostEffectiveness(new ScoreTable(scores), setup, { metric, settings });
  return { conditions: found.conditions['0.0']?.[type], result: found.results['0.0']?.[type]?.['treatment'] };
}

for (const [what, expected] of Object.entries(r.cases)) {
  test(`cost against effect, ${what}`, () => {
    const { conditions, result } = computed(expected);
    for (const side of ['control', 'treatment'] as const) {
      const { items, answers, ...money } = expected.conditions[side];
      const found = conditions?.[side];
      assert.equal([found?.items, found?.answers], [items, answers]);
      for (const key of ['usd', 'usd_per_answer', 'correct', 'usd_per_correct'] as const) {
        same(METHOD, found?.[key], money[key], { what: `${key} of ${side}, ${what}` });
      }
    }
    const { n, quadrant, nmb, ...differences } = expected.result;
    assert.equal([result?.n, result?.quadrant], [n, quadrant]);
    const known = n > 0;
    same(METHOD, result?.delta_cost, known ? differences.delta_cost : null, { what });
    same(METHOD, result?.delta_effect, known ? differences.delta_effect : null, { what });
    same(METHOD, result?.icer, differences.icer, { what });
    assert.is(result?.net_benefit.length, nmb?.length ?? 0);
    nmb?.forEach((value, i) => {
      same(METHOD, result?.net_benefit[i]?.nmb, value, {
        what: `net benefit at ${r.lambdas[i]}, ${what}`,
        unit: 1e-5,
      });
    });
  });
}

metReference([METHOD]);

test.run();
