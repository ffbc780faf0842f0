// cost-effectiveness: what a better answer costs, paired by item, with the uncertainty of both sides.
import { readAlpha, runAnalysis } from '../stats/analysis-phase.ts';
import { computeCostEffectiveness } from '../stats/cost-effectiveness.ts';

void runAnalysis({
  name: 'cost-effectiveness',
  summary:
    'Sets the difference of cost against the difference of effect: quadrants, net benefit, acceptability.',
  keys: 'conditions, stats.alpha, stats.random_seed, stats.bootstrap_samples, cost_effectiveness {metric, lambdas}',
  result: 'cost_effectiveness.json',
  details: `
lambdas are USD that one more unit of effect is worth (one more right answer, for em). Words say dominant, dominated or
trade-off; a ratio of cost to effect is given for trade-offs only.`,
  prepare: (config) => {
    const settings = {
      alpha: readAlpha(config),
      random_seed: config.integer('stats.random_seed'),
      bootstrap_samples: config.integer('stats.bootstrap_samples', { min: 100, max: 100_000 }),
      lambdas: config.numberList('cost_effectiveness.lambdas', { min: 0 }),
    };
    const metric = config.oneOf('cost_effectiveness.metric', ['em', 'f1', 'false_answer', 'unsupported']);
    return ({ table, setup }) => {
      const document = computeCostEffectiveness(table, setup, { metric, settings });
      return { document, said: `${metric} against cost, ${settings.lambdas.length} values of lambda` };
    };
  },
});
