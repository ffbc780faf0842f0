// The analyses on tables of scores: results by hand, edge cases that must be results, and what must not matter.

import { jsonText } from 'evalkit/json-out';
import type { MetricResult, UnsupportedPolicy } from 'evalkit/results';
import { verdictOf } from 'evalkit/stats/compare-metric';
import { computeCostEffectiveness } from 'evalkit/stats/cost-effectiveness';
import { mcnemarTest } from 'evalkit/stats/mcnemar';
import { computeMixedModels } from 'evalkit/stats/mixed-models';
import { newcombePairedInterval } from 'evalkit/stats/newcombe';
import { computePower } from 'evalkit/stats/power-analysis';
import { type Score, ScoreTable } from 'evalkit/stats/scores';
import { computeSensitivity, policyScore } from 'evalkit/stats/sensitivity';
import { computeSignificance } from 'evalkit/stats/significance';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pairsTable, score, settings, setup, tables } from './stats-scores.ts';

const closedEm = { metric: 'em', type: 'closed', temp: '0.0' } as const;

function significance(table: ScoreTable, treatments = ['treatment']) {
  const [temp = '0.0', type = 'closed'] = [table.temps[0], table.types.at(-1)];
  const primary = { metric: 'em', type, temp } as const;
  return computeSignificance({ table, setup: { ...setup, treatments }, primary, settings });
}

/** The em result of the only comparison. */
function emOf(table: ScoreTable): MetricResult {
  return significance(table).results['0.0']?.closed?.treatment?.metrics.em as MetricResult;
}

/** Pairs of a table with the given counts. */
function counted(both: number, b: number, c: number, neither: number): [number, number][] {
  const fill = (pair: [number, number], n: number) => Array.from({ length: n }, () => pair);
  return [...fill([1, 1], both), ...fill([0, 1], b), ...fill([1, 0], c), ...fill([0, 0], neither)];
}

test('single binary samples without clusters: McNemar mid-p and Newcombe are the headline', () => {
  const em = emOf(pairsTable(counted(20, 14, 4, 12)));
  assert.is(em.kind, 'binary');
  assert.is(em.p_method, 'mcnemar_mid_p');
  assert.is(em.p, mcnemarTest(14, 4).mid);
  assert.equal(em.ci, newcombePairedInterval({ both: 20, b: 14, c: 4, neither: 12 }, 0.05));
  assert.is(em.delta, 0.2);
  assert.is(em.tests.mcnemar?.odds_ratio, 3.5);
  assert.is(em.verdict, 'better');
  assert.equal([em.family, em.p_adjusted], ['primary', em.p]);
  assert.is(em.tests.sign_flip?.p.toFixed(10), mcnemarTest(14, 4).exact.toFixed(10));
});

test('several items per cluster: the headline is by cluster, and flips whole clusters', () => {
  // Six clusters of four; within a cluster all items change alike, so only six units speak.
  const rows = Array.from({ length: 24 }, (_, i) => {
    const gain = i % 6 < 5 ? 1 : 0;
    return [
      score({ item: `i${i}`, cluster: `c${i % 6}`, condition: 'control', em: 0 }),
      score({ item: `i${i}`, cluster: `c${i % 6}`, condition: 'treatment', em: gain }),
    ];
  });
  const em = emOf(new ScoreTable(rows.flat()));
  assert.equal([em.ci_method, em.p_method, em.clusters, em.n], ['cluster_t', 'sign_flip', 6, 24]);
  assert.equal(em.tests.sign_flip, { p: 2 / 32, method: 'exact', unit: 'cluster', units: 5, samples: null });
  assert.ok((em.tests.mcnemar?.p_exact ?? 1) < 1e-5, 'the test that ignores clusters stands beside it');
  assert.is(em.verdict, 'inconclusive');
});

test('replicates are averaged, never pooled; exact halves leave the McNemar table and are counted', () => {
  const rows = [
    [0.5, 1],
    [0, 1],
    [0.25, 0.75],
    [1, 0.5],
    [1, 1],
  ].flatMap(([control, treatment], i) => [
    score({ item: `i${i}`, condition: 'control', samples: 4, em: control ?? 0 }),
    score({ item: `i${i}`, condition: 'treatment', samples: 4, em: treatment ?? 0 }),
  ]);
  const em = emOf(new ScoreTable(rows));
  assert.is(em.kind, 'mean');
  assert.is(em.n, 5);
  assert.is(em.p_method, 'sign_flip');
  assert.is(em.tests.mcnemar?.reading, 'majority');
  assert.is(em.tests.mcnemar?.ties_left_out, 2);
  assert.equal([em.tests.mcnemar?.b, em.tests.mcnemar?.c, em.tests.mcnemar?.both], [2, 0, 1]);
  assert.ok(em.notes.some((note) => note.includes('leaves out 2 items')));
  assert.is(em.intervals.newcombe_10, null);
});

test('no pairs, one pair, no discordant pair, all equal, one cluster: results with a note', () => {
  const apart = new ScoreTable([
    score({ item: 'a', condition: 'control', em: 1 }),
    score({ item: 'b', condition: 'treatment', em: 1 }),
  ]);
  const none = emOf(apart);
  assert.equal([none.n, none.p, none.delta, none.verdict], [0, null, null, 'no data']);
  assert.match(none.notes[0] ?? '', /nothing to compare/);
  assert.is(significance(apart).families.primary.size, 0);
  assert.equal(significance(apart).results['0.0']?.closed?.treatment?.items, {
    paired: 0,
    control_only: 1,
    treatment_only: 1,
    clusters: 0,
  });
  const one = emOf(pairsTable([[0, 1]]));
  assert.equal(
    [one.n, one.intervals.cluster_t, one.intervals.bca, one.verdict],
    [1, null, null, 'inconclusive'],
  );
  assert.is(one.tests.mcnemar?.p_exact, 1);
  assert.match(one.notes[0] ?? '', /one pair/);
  const alike = emOf(pairsTable(counted(6, 0, 0, 4)));
  assert.equal([alike.p, alike.delta, alike.tests.mcnemar?.odds_ratio], [1, 0, null]);
  assert.ok(alike.notes.some((note) => note.includes('no discordant pair')));
  assert.is(alike.non_inferiority?.non_inferior, null);
  const shift = emOf(pairsTable(counted(0, 12, 0, 0)));
  assert.is(shift.intervals.cluster_t, null);
  assert.is(shift.effect.d_z, null);
  assert.ok((shift.p ?? 1) < 0.001);
  const single = emOf(
    new ScoreTable(
      [0, 1, 2].flatMap((i) => [
        score({ item: `i${i}`, cluster: 'c', condition: 'control', em: 0 }),
        score({ item: `i${i}`, cluster: 'c', condition: 'treatment', em: i % 2 }),
      ]),
    ),
  );
  assert.equal([single.ci, single.p, single.verdict], [null, 1, 'inconclusive']);
  assert.match(single.notes.join(), /one cluster/);
});

test('verdicts follow the direction of the metric and the adjusted p', () => {
  const strong = { p: 0.01, alpha: 0.05 };
  assert.is(verdictOf(0.1, 'higher', strong), 'better');
  assert.is(verdictOf(0.1, 'lower', strong), 'worse');
  assert.is(verdictOf(-0.1, 'lower', strong), 'better');
  assert.is(verdictOf(-0.1, 'neither', strong), 'different');
  assert.is(verdictOf(0.1, 'higher', { p: 0.06, alpha: 0.05 }), 'inconclusive');
  assert.is(verdictOf(null, 'higher', strong), 'no data');
});

test('every treatment is compared with the one control; Holm goes over the treatments', () => {
  const names = ['t1', 't2', 't3'];
  const rows = Array.from({ length: 40 }, (_, i) => [
    score({ item: `i${i}`, condition: 'control', em: Number(i % 4 === 0) }),
    score({ item: `i${i}`, condition: 't1', em: Number(i % 2 === 0) }),
    score({ item: `i${i}`, condition: 't2', em: Number(i % 5 < 3) }),
    score({ item: `i${i}`, condition: 't3', em: Number(i % 4 === 0) }),
  ]).flat();
  const found = significance(new ScoreTable(rows), names);
  assert.equal(
    found.primary.results.map((result) => result.treatment),
    names,
  );
  const { primary, exploratory } = found.families;
  assert.equal([primary.size, primary.adjustment], [3, 'holm']);
  assert.equal([exploratory.size, exploratory.adjustment], [6, 'benjamini_hochberg']);
  const smallest = primary.tests.reduce((least, one) => (one.p < least.p ? one : least));
  assert.is(smallest.p_adjusted, 3 * smallest.p);
  assert.is(found.primary.results[2]?.p_holm, 1);
  assert.equal(
    primary.tests.map((one) => one.rejected),
    primary.tests.map((one) => one.p_adjusted <= 0.05),
  );
  assert.ok(primary.tests.some((one) => one.rejected));
  for (const [i, treatment] of names.entries()) {
    const em = found.results['0.0']?.closed?.[treatment]?.metrics.em;
    assert.equal(
      [em?.delta, em?.p_adjusted],
      [found.primary.results[i]?.delta, found.primary.results[i]?.p_holm],
    );
  }
});

test('adding a treatment leaves the raw numbers of the others alone', () => {
  const rows = (names: readonly string[]) =>
    Array.from({ length: 30 }, (_, i) =>
      names.map((condition, k) =>
        score({ item: `i${i}`, condition, em: Number((i + k) % 3 === 0), f1: ((i * (k + 3)) % 10) / 10 }),
      ),
    ).flat();
  const few = significance(new ScoreTable(rows(['control', 't1'])), ['t1']);
  const more = significance(new ScoreTable(rows(['control', 't1', 't2'])), ['t1', 't2']);
  const raw = (found: typeof few) => {
    const { f1 } = found.results['0.0']?.closed?.t1?.metrics ?? {};
    return [f1?.intervals, f1?.tests, f1?.p];
  };
  assert.equal(raw(more), raw(few));
});

test('support thresholds and policies, item by item', () => {
  const right = score({ item: 'a', condition: 'control', type: 'open', em: 1, support: 0.4 });
  assert.is(policyScore(right, 'wrong', 0.4), 1, 'support at the threshold is enough');
  assert.is(policyScore(right, 'wrong', 0.5), 0);
  assert.is(policyScore(right, 'right', 0.5), 1);
  assert.is(policyScore(right, 'excluded', 0.5), null);
  const wrong = { ...right, em: 0 };
  assert.is(policyScore(wrong, 'right', 0.5), 1);
  const abstained = { ...wrong, abstained: 1, support: 0 };
  assert.is(policyScore(abstained, 'right', 1), 0, 'an abstention is no unsupported answer');
  const unanswerable = { ...wrong, unanswerable: true };
  assert.is(policyScore(unanswerable, 'right', 0.5), 0, 'an answer to an unanswerable question stays wrong');
  assert.is(policyScore({ ...right, support: null }, 'wrong', 1), 1, 'no score, no flag');
});

/** Open-book pairs: the treatment is right more often, with poorly supported answers. */
function openRows(): Score[] {
  return Array.from({ length: 60 }, (_, i) => {
    const both = { item: `i${i}`, type: 'open', cluster: `c${i}` } as const;
    return [
      score({ ...both, condition: 'control', em: Number(i % 3 === 0), support: 0.9 }),
      score({ ...both, condition: 'treatment', em: Number(i % 3 !== 2), support: i % 3 === 1 ? 0.3 : 0.9 }),
    ];
  }).flat();
}

test('the sweep finds the threshold at which the conclusion tips', () => {
  const policies: UnsupportedPolicy[] = ['wrong', 'right', 'excluded'];
  const thresholds = [0, 0.25, 0.35, 0.95];
  const found = computeSensitivity(new ScoreTable(openRows()), setup, { thresholds, policies, alpha: 0.05 });
  const result = found.results['0.0']?.treatment;
  assert.is(result?.reference.verdict, 'better');
  assert.is(result?.policies.wrong?.points[0]?.delta, result?.reference.delta);
  assert.equal(result?.policies.wrong?.tipping_point, {
    threshold: 0.35,
    from: 'better',
    to: 'inconclusive',
    delta: 0,
  });
  assert.is(result?.policies.right?.tipping_point?.threshold, 0.95);
  assert.is(result?.policies.right?.sign_change, null);
  assert.equal(
    result?.policies.excluded?.points.map((point) => point.n),
    [60, 60, 40, 0],
  );
  assert.is(result?.policies.excluded?.points[3]?.verdict, 'no data');
  assert.equal(
    result?.unsupported_rate.map((point) => point.flagged_treatment),
    [0, 0, 20, 60],
  );
  assert.is(result?.unsupported_rate[2]?.verdict, 'worse');
});

test('mixed models: the headline contrast of single paired samples is log(b/c)', () => {
  const table = pairsTable(counted(30, 16, 5, 25));
  const found = computeMixedModels({ table, setup, primary: closedEm, points: 25, alpha: 0.05 });
  assert.equal(Object.keys(found).slice(0, 4), [
    'schema_version',
    'model',
    'fixed_effects',
    'random_effects',
  ]);
  const contrast = found.fits.closed?.glmm.contrasts[0];
  assert.ok(Math.abs((contrast?.estimate ?? 0) - Math.log(16 / 5)) < 1e-3);
  assert.ok(Math.abs((contrast?.odds_ratio ?? 0) - 3.2) < 4e-3);
  // log 3.2 + 1.959964 sqrt(1/16 + 1/5): the end of Wald's interval, 8.735.
  assert.ok(Math.abs((contrast?.odds_ratio_ci?.high ?? 0) - 8.735) < 0.02);
  assert.equal(
    found.fixed_effects.map((effect) => effect.term),
    ['(Intercept)', 'condition[treatment]'],
  );
  const gee = found.fits.closed?.gee.contrasts[0];
  const odds = (k: number) => Math.log(k / (76 - k));
  assert.ok(Math.abs((gee?.estimate ?? 0) - (odds(46) - odds(35))) < 1e-8);
  const flat = computeMixedModels({
    table: pairsTable([
      [1, 1],
      [1, 1],
    ]),
    setup,
    primary: closedEm,
    points: 25,
    alpha: 0.05,
  });
  assert.equal(flat.fixed_effects, []);
  assert.is(flat.model?.converged, false);
  assert.match(flat.fits.closed?.glmm.notes.join() ?? '', /no finite estimate/);
});

test('selective risk: wrong among answered, with every answer to an unanswerable question wrong', () => {
  const open = { type: 'open', condition: 'control' } as const;
  const hard = { ...open, unanswerable: true };
  const control = [
    score({ ...open, item: 'a', em: 1, support: 0.9 }),
    score({ ...open, item: 'b', em: 0, support: 0.4 }),
    score({ ...open, item: 'c', em: 0, abstained: 1, support: 0.8 }),
    score({ ...hard, item: 'd', em: 1, abstained: 1, support: 0.9 }),
    // Half of the samples abstain, which is right; the other half answer, which is wrong.
    score({ ...hard, item: 'e', samples: 2, em: 0.5, abstained: 0.5, support: 0.6 }),
  ];
  const rows = [...control, ...control.map((one) => ({ ...one, condition: 'treatment' }))];
  const risk = significance(new ScoreTable(rows)).results['0.0']?.open?.treatment?.selective_risk;
  // Answered: a, b and half of e, that is 2.5 of 5; wrong: b and half of e, 1.5.
  assert.equal(risk?.control, { coverage: 0.5, risk: 0.6 });
  assert.is(risk?.delta_risk, 0);
  // Support from 0.5 up: a and half of e.
  assert.equal(risk?.points, [
    {
      threshold: 0.5,
      control: { coverage: 0.3, risk: 0.5 / 1.5 },
      treatment: { coverage: 0.3, risk: 0.5 / 1.5 },
    },
  ]);
});

test('mixed models of three temperatures: contrasts add the interaction', () => {
  const rows = Array.from({ length: 40 }, (_, i) =>
    ['0.0', '0.7', '1.0'].flatMap((temp, t) =>
      ['control', 'treatment'].map((condition, c) =>
        score({ item: `i${i}`, condition, temp, em: Number((i * 7 + 3 * c + 5 * t * c) % 11 > 4) }),
      ),
    ),
  ).flat();
  const table = new ScoreTable(rows);
  const { fits } = computeMixedModels({ table, setup, primary: closedEm, points: 25, alpha: 0.05 });
  const rate = (temp: string, condition: string) => {
    const all = [...table.group(temp, 'closed', condition).values()];
    const right = all.reduce((sum, one) => sum + (one.em ?? 0), 0);
    return Math.log(right / (all.length - right));
  };
  for (const contrast of fits.closed?.gee.contrasts ?? []) {
    const expected = rate(contrast.temp, 'treatment') - rate(contrast.temp, 'control');
    assert.ok(Math.abs(contrast.estimate - expected) < 1e-8);
  }
  assert.equal(
    fits.closed?.glmm.fixed_effects.map((effect) => effect.term),
    [
      '(Intercept)',
      'condition[treatment]',
      'temp[0.7]',
      'temp[1.0]',
      'condition[treatment]:temp[0.7]',
      'condition[treatment]:temp[1.0]',
    ],
  );
  assert.equal(Object.keys(fits.closed?.lmm ?? {}), ['0.0', '0.7', '1.0']);
});

const powerSettings = {
  alpha: 0.05,
  alpha_adjusted: 0.05,
  power: 0.8,
  target_effects: [0.05, 0.1],
  sample_sizes: [100, 400],
  samples_per_item: [1, 5],
};

test('power: from discordant pairs for single samples, from split variances for several', () => {
  const binary = computePower({
    table: pairsTable(counted(30, 16, 4, 50)),
    setup,
    primary: closedEm,
    settings: powerSettings,
  }).endpoints.find((endpoint) => endpoint.metric === 'em');
  assert.is(binary?.primary, true);
  assert.is(binary?.binary?.discordant_share, 0.2);
  assert.is(binary?.mean, null);
  // ((1.959964 sqrt(.2) + .841621 sqrt(.2 - .0025)) / .05)^2 = 625.55 in python.
  assert.is(binary?.binary?.required_n[0]?.n, 626);
  const rows = Array.from({ length: 30 }, (_, i) => [
    score({ item: `i${i}`, condition: 'control', samples: 4, em: (i % 5) / 4, f1: (i % 5) / 4, f1Sd: 0.2 }),
    score({
      item: `i${i}`,
      condition: 'treatment',
      samples: 4,
      em: ((i + 2) % 5) / 4,
      f1: ((i * 3) % 5) / 4,
      f1Sd: 0.1,
    }),
  ]).flat();
  const several = computePower({
    table: new ScoreTable(rows),
    setup,
    primary: closedEm,
    settings: powerSettings,
  });
  const f1 = several.endpoints.find((endpoint) => endpoint.metric === 'f1')?.mean;
  assert.ok(Math.abs((f1?.sampling_variance_control ?? 0) - 0.04) < 1e-12);
  assert.ok(Math.abs((f1?.item_variance ?? 0) - ((f1?.sd_difference ?? 0) ** 2 - (0.04 + 0.01) / 4)) < 1e-12);
  const at = (samples: number) =>
    f1?.required_n.find((one) => one.effect === 0.05 && one.samples === samples)?.n ?? 0;
  assert.ok(at(5) < at(1), 'more samples per item need fewer items');
  const em = several.endpoints.find((endpoint) => endpoint.metric === 'em')?.mean;
  // Mean of m (1 - m) over the five levels is 0.125; times K / (K - 1) = 4/3.
  assert.ok(Math.abs((em?.sampling_variance_control ?? 0) - 0.125 * (4 / 3)) < 1e-12);
});

test('cost-effectiveness: dear and better is a trade-off with a price, worse is never a bargain', () => {
  const rows = (gain: number, price: number) =>
    new ScoreTable(
      Array.from({ length: 20 }, (_, i) => [
        score({ item: `i${i}`, condition: 'control', em: Number(i < 8), usd: 0.001 }),
        score({ item: `i${i}`, condition: 'treatment', em: Number(i < 8 + gain), usd: price }),
      ]).flat(),
    );
  const cost = { alpha: 0.05, random_seed: 1, bootstrap_samples: 200, lambdas: [0, 0.01] };
  const of = (gain: number, price: number) =>
    computeCostEffectiveness(rows(gain, price), setup, { metric: 'em', settings: cost });
  const dear = of(4, 0.003);
  const result = dear.results['0.0']?.closed?.treatment;
  assert.is(result?.quadrant, 'trade-off: better and dearer');
  assert.ok(Math.abs((result?.icer ?? 0) - 0.002 / 0.2) < 1e-12);
  assert.ok(Math.abs((result?.net_benefit[1]?.nmb ?? 1) - (0.01 * 0.2 - 0.002)) < 1e-12);
  assert.ok(Math.abs((dear.conditions['0.0']?.closed?.control?.usd_per_correct ?? 0) - 0.02 / 8) < 1e-12);
  assert.is(result?.net_benefit[0]?.probability, 0, 'no net benefit at lambda 0, where only the cost counts');
  const twice = (one: Score) => ({ ...one, samples: 2, usd: 2 * (one.usd ?? 0) });
  const table = new ScoreTable(
    ['a', 'b'].flatMap((item) => [
      score({ item, condition: 'control', usd: 0.001 }),
      twice(score({ item, condition: 'treatment', usd: 0.001 })),
    ]),
  );
  const equal = computeCostEffectiveness(table, setup, { metric: 'em', settings: cost }).results['0.0']
    ?.closed;
  assert.is(
    equal?.treatment?.quadrant,
    'no difference',
    'cost is per answer, whatever the number of samples',
  );
  assert.is(equal?.treatment?.net_benefit[1]?.probability, 0, 'nothing gained is no benefit');
  const worse = of(-4, 0.003).results['0.0']?.closed?.treatment;
  assert.equal([worse?.quadrant, worse?.icer], ['dominated', null]);
  const cheaper = of(4, 0.0005).results['0.0']?.closed?.treatment;
  assert.equal([cheaper?.quadrant, cheaper?.icer], ['dominant', null]);
});

/** All five documents of a table, as text. */
function everything(rows: readonly Score[]): string {
  const table = new ScoreTable(rows);
  const temp = table.temps[0] ?? '0.0';
  const primary = { metric: 'em', type: 'open', temp } as const;
  const cost = { alpha: 0.05, random_seed: 1, bootstrap_samples: 100, lambdas: [0, 1] };
  const sweep = { thresholds: [0, 0.5, 1], policies: ['wrong', 'right', 'excluded'] as const, alpha: 0.05 };
  return [
    computeSignificance({ table, setup, primary, settings }),
    computeSensitivity(table, setup, sweep),
    computeMixedModels({ table, setup, primary, points: 15, alpha: 0.05 }),
    computePower({ table, setup, primary, settings: powerSettings }),
    computeCostEffectiveness(table, setup, { metric: 'em', settings: cost }),
  ]
    .map(jsonText)
    .join('');
}

test('whatever the table: a document, no NaN or infinity, no undefined, the same for any order of rows', () => {
  fc.assert(
    fc.property(tables, (rows) => {
      // jsonText throws on numbers that JSON cannot hold.
      const text = everything(rows);
      assert.is(everything([...rows].reverse()), text);
    }),
    { numRuns: 25 },
  );
});

test('exchanging control and treatment turns every difference round', () => {
  fc.assert(
    fc.property(tables, (rows) => {
      const swap = rows.map((one) => ({
        ...one,
        condition: one.condition === 'control' ? 'treatment' : 'control',
      }));
      const there = significance(new ScoreTable(rows)).results;
      const back = significance(new ScoreTable(swap)).results;
      for (const [temp, types] of Object.entries(there)) {
        for (const type of ['open', 'closed'] as const) {
          const mirrored = back[temp]?.[type]?.treatment;
          for (const [metric, found] of Object.entries(types[type]?.treatment?.metrics ?? {})) {
            const other = mirrored?.metrics[metric as 'em'];
            assert.ok(Math.abs((found.delta ?? 0) + (other?.delta ?? 0)) < 1e-12);
            assert.ok(Math.abs((found.p ?? 0) - (other?.p ?? 0)) < 1e-9, `${metric}: ${found.p} ${other?.p}`);
            assert.equal(
              [found.tests.mcnemar?.b, found.tests.mcnemar?.c],
              [other?.tests.mcnemar?.c, other?.tests.mcnemar?.b],
            );
          }
        }
      }
    }),
    { numRuns: 25 },
  );
});

test.run();
