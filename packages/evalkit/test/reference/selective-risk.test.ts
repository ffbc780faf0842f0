// Selective risk against R, which takes it from single answers: ties, nothing answered, nothing abstained, several samples.
import { RandomStream } from 'evalkit/stats/random';
import { selectiveRisk } from 'evalkit/stats/selective-risk';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { score } from '../stats-scores.ts';
import { golden, metReference, same } from './golden.ts';
import { ListedStream } from './listed-stream.ts';

interface Side {
  readonly cluster: number[];
  readonly samples: number[];
  readonly hard: number[];
  readonly em: number[];
  readonly abstained: number[];
  readonly support: (number | null)[];
}

interface Point {
  readonly coverage: number;
  readonly risk: number | null;
}

interface Case {
  readonly rows: { readonly control: Side; readonly treatment: Side };
  readonly control: Point;
  readonly treatment: Point;
  readonly delta: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly points: { threshold: number; control: Point; treatment: Point }[];
}

const r = golden<{ alpha: number; thresholds: number[]; draws: number[]; cases: Record<string, Case> }>(
  'selective-risk',
);
const METHOD = 'selective risk';

function scoreOf(condition: string, side: Side, i: number) {
  return score({
    item: `i${i}`,
    cluster: `c${side.cluster[i]}`,
    type: 'open',
    condition,
    samples: side.samples[i] as number,
    unanswerable: side.hard[i] === 1,
    em: side.em[i] as number,
    abstained: side.abstained[i] as number,
    support: side.support[i] ?? null,
  });
}

function samePoint(found: Point | undefined, expected: Point, what: string): void {
  same(METHOD, found?.coverage, expected.coverage, { what });
  same(METHOD, found?.risk, expected.risk, { what });
}

for (const [what, expected] of Object.entries(r.cases)) {
  test(`selective risk, ${what}`, () => {
    const { control, treatment } = expected.rows;
    const pairs = control.em.map((_, i) => ({
      control: scoreOf('control', control, i),
      treatment: scoreOf('treatment', treatment, i),
    }));
    const settings = { alpha: r.alpha, risk_thresholds: r.thresholds, bootstrap_samples: r.draws.length / 4 };
    // The listed draws are of four clusters; where there is one, nothing is drawn.
    const stream =
      new Set(control.cluster).size === 4 ? new ListedStream(r.draws) : new RandomStream(1, what);
    const found = selectiveRisk(pairs, { stream, settings });
    samePoint(found?.control, expected.control, what);
    samePoint(found?.treatment, expected.treatment, what);
    same(METHOD, found?.delta_risk, expected.delta, { what, unit: 0.01 });
    same(METHOD, found?.delta_risk_ci?.low, expected.low, { what, unit: 0.01 });
    same(METHOD, found?.delta_risk_ci?.high, expected.high, { what, unit: 0.01 });
    assert.is(found?.points.length, expected.points.length);
    expected.points.forEach((point, i) => {
      const one = found?.points[i];
      assert.is(one?.threshold, point.threshold);
      samePoint(one?.control, point.control, `${what} at ${point.threshold}`);
      samePoint(one?.treatment, point.treatment, `${what} at ${point.threshold}`);
    });
  });
}

metReference([METHOD]);

test.run();
