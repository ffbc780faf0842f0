// Scores that lack metrics, as imported ones do: what is absent is left out of every result, said once, and never invented.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Config } from 'evalkit/config';
import type { Failure } from 'evalkit/failure';
import { computeCostEffectiveness } from 'evalkit/stats/cost-effectiveness';
import { readPrimary, readSetup } from 'evalkit/stats/experiment-setup';
import { computeMixedModels } from 'evalkit/stats/mixed-models';
import { computePower } from 'evalkit/stats/power-analysis';
import { readScores, type ScoreTable } from 'evalkit/stats/scores';
import { computeSensitivity } from 'evalkit/stats/sensitivity';
import { computeSignificance } from 'evalkit/stats/significance';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureOf } from './failure-of.ts';
import { settings } from './stats-scores.ts';

const columns =
  'item_id,dataset,cluster,type,condition,temp,samples,em,em_sd,f1,f1_sd,abstained,unanswerable,false_answer,support,unsupported,prompt_tokens,completion_tokens,usd';
const folder = mkdtempSync(join(tmpdir(), 'evalkit-absent-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

interface Shape {
  readonly type?: 'open' | 'closed';
  readonly temp?: string;
  readonly cell: (
    metric: 'em' | 'f1' | 'abstained' | 'usd',
    item: number,
    condition: string,
  ) => number | string;
}

/** A table of 20 items under two conditions whose measured cells are given, read as the phases read it. */
function tableOf({ type = 'closed', temp = 'unstated', cell }: Shape): Promise<ScoreTable> {
  const rows = [...Array(20).keys()].flatMap((i) =>
    ['control', 'treatment'].map((condition) => {
      const at = (metric: 'em' | 'f1' | 'abstained' | 'usd') => cell(metric, i, condition);
      const scores = [at('em'), '', at('f1'), '', at('abstained'), 0, '', '', '', '', '', at('usd')];
      return [`i${i}`, 'd', `c${i % 5}`, type, condition, temp, 1, ...scores].join(',');
    }),
  );
  writeFileSync(join(folder, 'scores.csv'), `${[columns, ...rows].join('\n')}\n`);
  return readScores(join(folder, 'scores.csv'));
}

const config = (primary: object) =>
  new Config({ conditions: ['control', 'treatment'], stats: { primary } }, 'c.json');
const right = (i: number, condition: string): number =>
  Number((condition === 'control' ? i * 7 : i * 3) % 5 < 2 + (i % 2));

/** All five results of a table, as one text. */
function results(table: ScoreTable, metric: 'em' | 'f1') {
  const given = config({ metric });
  const setup = readSetup(given, table, 'scores.csv');
  const primary = readPrimary(given, table);
  const power = {
    ...{ alpha: 0.05, alpha_adjusted: 0.05, power: 0.8, target_effects: [0.1] },
    ...{ sample_sizes: [100], samples_per_item: [1] },
  };
  const cost = { alpha: 0.05, random_seed: 1, bootstrap_samples: 200, lambdas: [1] };
  const sweep = { thresholds: [0.5], policies: ['wrong'] as const, alpha: 0.05 };
  return {
    setup,
    significance: computeSignificance({ table, setup, primary, settings }),
    models: computeMixedModels({ table, setup, primary, points: 15, alpha: 0.05 }),
    power: computePower({ table, setup, primary, settings: power }),
    cost: computeCostEffectiveness(table, setup, { metric, settings: cost }),
    sensitivity: computeSensitivity(table, setup, sweep),
  };
}

test('only right and wrong: no other metric, model, cost or support appears', async () => {
  const table = await tableOf({
    cell: (metric, i, condition) => (metric === 'em' ? right(i, condition) : ''),
  });
  const found = results(table, 'em');
  const comparison = found.significance.results['unstated']?.closed?.['treatment'];
  assert.equal(Object.keys(comparison?.metrics ?? {}), ['em']);
  assert.equal(Object.keys(comparison?.subgroups['d'] ?? {}), ['em']);
  assert.is(comparison?.selective_risk, null);
  assert.equal(found.setup.notes, ['not measured in these scores and left out: f1, abstained']);
  assert.equal([found.models.fits.closed?.lmm, found.models.fits.closed?.ols], [{}, {}]);
  assert.ok((found.models.fits.closed?.glmm.contrasts.length ?? 0) > 0);
  assert.equal(
    found.power.endpoints.map(({ metric }) => metric),
    ['em'],
  );
  const cost = found.cost.results['unstated']?.closed?.['treatment'];
  assert.equal([cost?.n, cost?.delta_cost, cost?.quadrant], [0, null, null]);
  const condition = found.cost.conditions['unstated']?.closed?.['control'];
  assert.equal([condition?.usd, condition?.usd_per_answer, condition?.usd_per_correct], [null, null, null]);
  assert.match(found.cost.notes.join('\n'), 'treatment: no cost is known');
  assert.equal(found.sensitivity.results, {});
  for (const [name, document] of Object.entries(found)) {
    assert.equal(document.notes.filter((note) => note.includes('f1, abstained')).length, 1, name);
    assert.not.match(JSON.stringify(document), /NaN|Infinity|undefined/);
  }
});

test('only graded scores: no logistic model, and no right answers are counted', async () => {
  const table = await tableOf({
    cell: (metric, i, c) => (metric === 'f1' ? (i % 4) / 4 + right(i, c) / 8 : ''),
  });
  const found = results(table, 'f1');
  assert.equal(Object.keys(found.significance.results['unstated']?.closed?.['treatment']?.metrics ?? {}), [
    'f1',
  ]);
  const { fits, model } = found.models;
  assert.equal([model, fits.closed?.glmm.model.observations, fits.closed?.gee.contrasts], [null, 0, []]);
  assert.ok((fits.closed?.lmm['unstated']?.contrasts.length ?? 0) > 0);
  assert.is(found.cost.conditions['unstated']?.closed?.['control']?.correct, null);
  assert.match(
    failureOf(() => readPrimary(config({ metric: 'em' }), table)),
    'c.json: stats.primary.metric: expected a metric that is in the closed scores (f1)',
  );
});

test('open-book scores without support: nothing is swept, and nothing counts as unsupported', async () => {
  const table = await tableOf({ type: 'open', cell: (metric, i, c) => (metric === 'em' ? right(i, c) : '') });
  const { sensitivity } = results(table, 'em');
  assert.equal(sensitivity.results, {});
  assert.match(sensitivity.notes.join('\n'), 'the scores hold no support: it cannot be swept');
});

test('the only type and temperature need not be named; a wrong one is refused', async () => {
  const em = (metric: string, i: number, c: string) => (metric === 'em' ? right(i, c) : '');
  const unstated = await tableOf({ cell: em });
  assert.equal(readPrimary(config({ metric: 'em' }), unstated), {
    metric: 'em',
    type: 'closed',
    temp: 'unstated',
  });
  assert.is(readPrimary(config({ metric: 'em', temp: 'unstated' }), unstated).temp, 'unstated');
  for (const temp of [0, 'unset'])
    assert.match(
      failureOf(() => readPrimary(config({ metric: 'em', temp }), unstated)),
      'a temperature that is in the scores (unstated)',
    );
  const stated = await tableOf({ temp: '0.7', cell: em });
  assert.is(readPrimary(config({ metric: 'em' }), stated).temp, '0.7');
});

test('a metric that some rows lack is an error that names both rows', async () => {
  const cell = (metric: string, i: number, c: string) => (metric === 'em' && i < 19 ? right(i, c) : '');
  let said = '';
  await tableOf({ cell }).catch((error: Failure) => {
    said = error.message;
  });
  assert.match(
    said,
    /scores\.csv:40: em: is empty here and filled at .*scores\.csv:2; fill all rows or none/,
  );
});

test.run();
