// Sensitivity to unsupported answers against R: the whole table of policies, thresholds, verdicts and tipping points.
import type { SensitivityPoint, TippingPoint, UnsupportedPolicy } from 'evalkit/results';
import { ScoreTable } from 'evalkit/stats/scores';
import { computeSensitivity } from 'evalkit/stats/sensitivity';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { score, setup } from '../stats-scores.ts';
import { golden, metReference, same } from './golden.ts';

type Side = Record<'item' | 'cluster' | 'k' | 'em', number[]> & {
  readonly hard: boolean[];
  readonly support: (number | null)[];
};

interface Point {
  readonly threshold?: number;
  readonly n: number;
  readonly clusters: number;
  readonly flagged_control: number;
  readonly flagged_treatment: number;
  readonly control_mean?: number;
  readonly treatment_mean?: number;
  readonly delta?: number;
  readonly low?: number;
  readonly high?: number;
  readonly p?: number;
  readonly verdict: string;
}

type Tip = [{ readonly threshold: number; readonly verdict: string; readonly delta?: number }] | null;

interface Case {
  readonly rows: { readonly control: Side; readonly treatment: Side };
  readonly abstained: { readonly control: number[]; readonly treatment: number[] };
  readonly reference: [Point];
  readonly rate: Point[];
  readonly policies: Record<UnsupportedPolicy, { points: Point[]; tipping: Tip; sign_change: Tip }>;
}

const r = golden<{ alpha: number; thresholds: number[]; cases: Record<string, Case> }>('sensitivity');
const METHOD = 'unsupported sensitivity';
const policies: readonly UnsupportedPolicy[] = ['wrong', 'right', 'excluded'];

function tableOf({ rows, abstained }: Case): ScoreTable {
  return new ScoreTable(
    (['control', 'treatment'] as const).flatMap((condition) => {
      const side = rows[condition];
      return side.item.map((item, i) =>
        score({
          item: `i${item}`,
          cluster: `c${side.cluster[i]}`,
          type: 'open',
          condition,
          samples: side.k[i] as number,
          unanswerable: side.hard[i] as boolean,
          em: side.em[i] as number,
          abstained: abstained[condition][i] as number,
          support: side.support[i] ?? null,
        }),
      );
    }),
  );
}

function samePoint(found: SensitivityPoint | undefined, expected: Point, what: string): void {
  const counts = (point: Point | SensitivityPoint | undefined) => [
    point?.threshold ?? null,
    ...[point?.n, point?.clusters, point?.flagged_control, point?.flagged_treatment, point?.verdict],
  ];
  assert.equal(counts(found), counts(expected), what);
  same(METHOD, found?.control_mean, expected.control_mean, { what });
  same(METHOD, found?.treatment_mean, expected.treatment_mean, { what });
  same(METHOD, found?.delta, expected.delta, { what, unit: 0.01 });
  same(METHOD, found?.ci?.low, expected.low, { what, unit: 0.01 });
  same(METHOD, found?.ci?.high, expected.high, { what, unit: 0.01 });
  same(METHOD, found?.p, expected.p, { what });
}

function sameTip(found: TippingPoint | null | undefined, tip: Tip, from: string): void {
  const expected = tip?.[0];
  assert.equal(
    found && [found.threshold, found.from, found.to],
    expected ? [expected.threshold, from, expected.verdict] : null,
  );
  same(METHOD, found?.delta, expected?.delta, { unit: 0.01 });
}

for (const [what, expected] of Object.entries(r.cases)) {
  test(`unsupported answers, ${what}`, () => {
    const settings = { thresholds: r.thresholds, policies, alpha: r.alpha };
    const found = computeSensitivity(tableOf(expected), setup, settings).results['0.0']?.['treatment'];
    const [reference] = expected.reference;
    samePoint(found?.reference, reference, `${what}, as scored`);
    assert.is(found?.unsupported_rate.length, r.thresholds.length);
    expected.rate.forEach((point, i) => {
      samePoint(found?.unsupported_rate[i], point, `${what}, unsupported rate at ${point.threshold}`);
    });
    for (const policy of policies) {
      const { points, tipping, sign_change } = expected.policies[policy];
      const sweep = found?.policies[policy];
      assert.is(sweep?.points.length, points.length);
      points.forEach((point, i) => {
        samePoint(sweep?.points[i], point, `${what}, ${policy} at ${point.threshold}`);
      });
      sameTip(sweep?.tipping_point, tipping, reference.verdict);
      sameTip(sweep?.sign_change, sign_change, reference.verdict);
    }
  });
}

metReference([METHOD]);

test.run();
