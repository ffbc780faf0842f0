// Scores for tests: a row with defaults, random tables, and the settings that the analyses take.

import type { StatsSettings } from 'evalkit/results';
import { type Score, ScoreTable } from 'evalkit/stats/scores';
import fc from 'fast-check';

/** A score of an answerable closed-book question that was answered wrongly, with changes. */
export function score(
  changes: Partial<Score> & { readonly item: string; readonly condition: string },
): Score {
  return {
    dataset: 'd',
    cluster: changes.item,
    type: 'closed',
    temp: '0.0',
    samples: 1,
    em: 0,
    f1: changes.em ?? 0,
    f1Sd: null,
    abstained: 0,
    unanswerable: false,
    falseAnswer: null,
    support: null,
    unsupported: null,
    usd: 0.001,
    ...changes,
  };
}

/** Closed-book items by their EM under control and treatment. */
export function pairsTable(pairs: readonly (readonly [control: number, treatment: number])[]): ScoreTable {
  return new ScoreTable(
    pairs.flatMap(([control, treatment], i) => [
      score({ item: `i${i}`, condition: 'control', em: control }),
      score({ item: `i${i}`, condition: 'treatment', em: treatment }),
    ]),
  );
}

export const setup = { control: 'control', treatments: ['treatment'], notes: [] };

export const settings: StatsSettings = {
  alpha: 0.05,
  random_seed: 1337,
  bootstrap_samples: 200,
  permutation_samples: 200,
  non_inferiority_margin: 0.05,
  risk_thresholds: [0.5],
};

/** What chance decides about one row. */
const draw = fc.record({
  right: fc.nat(3),
  abstained: fc.nat(3),
  support: fc.option(fc.integer({ min: 0, max: 10 }), { freq: 4 }),
  f1: fc.nat(10),
  usd: fc.nat(3),
  present: fc.integer({ min: 0, max: 9 }),
});

/** Small tables with everything that can go wrong: missing rows, one cluster, equal values, ties, no variation. */
export const tables: fc.Arbitrary<Score[]> = fc
  .record({
    items: fc.integer({ min: 1, max: 7 }),
    clusters: fc.integer({ min: 1, max: 4 }),
    unanswerable: fc.nat(3),
    temps: fc.integer({ min: 1, max: 2 }),
    draws: fc.array(draw, { minLength: 56, maxLength: 56 }),
    flat: fc.boolean(),
  })
  .map(({ items, clusters, unanswerable, temps, draws, flat }) => {
    const rows: Score[] = [];
    let next = 0;
    for (const type of ['open', 'closed'] as const) {
      for (const [t, temp] of ['0.0', '0.7'].slice(0, temps).entries()) {
        for (let i = 0; i < items; i += 1) {
          for (const condition of ['control', 'treatment']) {
            const one = draws[flat ? 0 : next % draws.length];
            next += 1;
            // The first control row is always there, as the phases demand a control.
            if (one && (one.present > 0 || next === 1))
              rows.push(rowOf(one, { i, type, temp, condition, t, clusters, unanswerable }));
          }
        }
      }
    }
    return rows;
  });

interface Place {
  readonly i: number;
  readonly type: 'open' | 'closed';
  readonly temp: string;
  readonly condition: string;
  readonly t: number;
  readonly clusters: number;
  readonly unanswerable: number;
}

function rowOf(
  one: { right: number; abstained: number; support: number | null; f1: number; usd: number },
  { i, type, temp, condition, t, clusters, unanswerable }: Place,
): Score {
  const samples = t === 0 ? 1 : 3;
  const open = type === 'open';
  const hard = open && i < unanswerable;
  const abstained = Math.min(one.abstained, samples) / samples;
  const right = Math.min(one.right, samples - Math.min(one.abstained, samples)) / samples;
  return score({
    item: `${type}${i}`,
    condition,
    dataset: i % 2 === 0 ? 'd' : 'e',
    cluster: `c${i % clusters}`,
    type,
    temp,
    samples,
    em: hard ? abstained : right,
    f1: one.f1 / 10,
    f1Sd: samples > 1 ? 0.2 : null,
    abstained,
    unanswerable: hard,
    falseAnswer: hard ? 1 - abstained : null,
    support: open && one.support !== null ? one.support / 10 : null,
    unsupported: open ? Number(abstained < 1 && (one.support ?? 0) < 5) : null,
    usd: one.usd / 1000,
  });
}
