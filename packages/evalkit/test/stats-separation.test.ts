// Separation: where right answers separate the conditions, or nothing ever changes, there is no estimate, and all fields say so.
import type { ModelFit } from 'evalkit/results';
import { computeMixedModels } from 'evalkit/stats/mixed-models';
import { type Score, ScoreTable } from 'evalkit/stats/scores';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { score, setup } from './stats-scores.ts';

const REASON =
  'no finite estimate: some condition is all right or all wrong at some temperature, or items never change; nothing is given';

/** 20 closed-book items in clusters of two; `em` says what is right under control and treatment. */
function rows(em: (i: number) => readonly [number, number], temp = '0.0'): Score[] {
  return Array.from({ length: 20 }, (_, i) => {
    const item = { item: `i${i}`, cluster: `c${Math.floor(i / 2)}`, temp };
    const [control, treatment] = em(i);
    return [
      score({ ...item, condition: 'control', em: control, f1: (i % 7) / 7 }),
      score({ ...item, condition: 'treatment', em: treatment, f1: (i % 5) / 5 }),
    ];
  }).flat();
}

function fitted(scores: readonly Score[]) {
  const primary = { metric: 'em', type: 'closed', temp: '0.0' } as const;
  return computeMixedModels({ table: new ScoreTable(scores), setup, primary, points: 25, alpha: 0.05 });
}

/** A fit without an estimate: what was asked of what is said, and nothing that would be an answer. */
function silent(fit: ModelFit | undefined, { name, temps = 1 }: { name: string; temps?: number }): void {
  const { model, ...rest } = fit ?? {};
  assert.equal(rest, { fixed_effects: [], random_effects: [], contrasts: [], notes: [REASON] });
  const { method, ...said } = model ?? {};
  assert.ok(method, 'what was tried is named');
  assert.equal(said, {
    name,
    type: 'closed',
    outcome: 'em',
    formula: `em ~ condition${temps > 1 ? ' * temp' : ''}${name.startsWith('logistic') ? ' + (1 | item)' : ''}`,
    observations: 40 * temps,
    items: 20,
    clusters: 10,
    log_likelihood: null,
    converged: false,
    boundary: false,
  });
}

const GLMM = 'logistic random-intercept model';
const GEE = 'population-averaged logistic model';

const separated: Readonly<Record<string, (i: number) => readonly [number, number]>> = {
  'the treatment is always right': (i) => [i % 2, 1],
  'the treatment is always wrong': (i) => [i % 2, 0],
  'the control is always right': (i) => [1, i % 2],
  'all is right': () => [1, 1],
  'the conditions are opposed': () => [0, 1],
};

for (const [what, em] of Object.entries(separated)) {
  test(`separation, ${what}: neither logistic model gives an estimate, and the headline says so`, () => {
    const found = fitted(rows(em));
    silent(found.fits.closed?.glmm, { name: GLMM });
    silent(found.fits.closed?.gee, { name: GEE });
    assert.equal(found.model, found.fits.closed?.glmm.model);
    assert.equal([found.fixed_effects, found.random_effects], [[], []]);
    // F1 is not separated: its models stand.
    for (const fit of [found.fits.closed?.lmm['0.0'], found.fits.closed?.ols['0.0']]) {
      assert.is(fit?.model.converged, true);
      assert.ok((fit?.contrasts[0]?.se ?? 0) > 0);
    }
  });
}

test('separation at one of two temperatures takes the whole fit, since they are fitted together', () => {
  const found = fitted([
    ...rows((i) => [i % 2, Number(i % 3 === 0)]),
    ...rows((i) => [Number(i % 3 === 0), 1], '0.7'),
  ]);
  silent(found.fits.closed?.glmm, { name: GLMM, temps: 2 });
  silent(found.fits.closed?.gee, { name: GEE, temps: 2 });
});

test('items that never change: the spread of items runs off, while the average over items is known', () => {
  const found = fitted(rows((i) => [i % 2, i % 2]));
  silent(found.fits.closed?.glmm, { name: GLMM });
  const gee = found.fits.closed?.gee;
  assert.equal([gee?.model.converged, gee?.contrasts[0]?.estimate, gee?.notes], [true, 0, []]);
});

test('one answer lost against the trend ends the separation: there is an estimate again, with its likelihood', () => {
  const found = fitted(rows((i) => [i % 2, Number(i !== 1)]));
  const { glmm, gee } = found.fits.closed ?? {};
  for (const fit of [glmm, gee]) {
    assert.equal([fit?.model.converged, fit?.notes.includes(REASON)], [true, false]);
    assert.ok((fit?.contrasts[0]?.odds_ratio ?? 0) > 1);
  }
  assert.ok((glmm?.model.log_likelihood ?? 0) < -10);
});

test.run();
