// stats: compares every treatment with the control, item by item, and writes significance.json.
import type { Config } from '../config.ts';
import { readAlpha, runAnalysis } from '../stats/analysis-phase.ts';
import { readPrimary } from '../stats/experiment-setup.ts';
import { computeSignificance } from '../stats/significance.ts';
import type { StatsSettings } from '../stats/significance-result.ts';

function readSettings(config: Config): StatsSettings {
  return {
    alpha: readAlpha(config),
    random_seed: config.integer('stats.random_seed'),
    bootstrap_samples: config.integer('stats.bootstrap_samples', { min: 100, max: 100_000 }),
    permutation_samples: config.integer('stats.permutation_samples', { min: 100, max: 1_000_000 }),
    non_inferiority_margin: config.number('stats.non_inferiority_margin', { min: 0, max: 1 }),
    risk_thresholds: config.numberList('stats.risk_thresholds', { min: 0, max: 1 }),
  };
}

void runAnalysis({
  name: 'stats',
  summary:
    'Compares every treatment with the control, item by item: tests, intervals, effect sizes, families.',
  keys: 'conditions, stats',
  result: 'significance.json',
  details: `
The first of \`conditions\` is the control. stats.primary {metric, type, temp} names the one endpoint that is adjusted
by Holm over the treatments; every other test is exploratory and adjusted by Benjamini-Hochberg. Paired differences
of rates have Newcombe's and Tango's score intervals, a t interval by cluster and BCa intervals beside each other. Each
method stands in the output with its source.`,
  prepare: (config) => {
    const settings = readSettings(config);
    return ({ table, setup }) => {
      const document = computeSignificance({ table, setup, primary: readPrimary(config, table), settings });
      const tests = document.families.primary.size + document.families.exploratory.size;
      const said = `${setup.treatments.length} treatments against ${setup.control}, ${tests} tests`;
      return { document, said };
    };
  },
});
