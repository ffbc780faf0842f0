// mixed-effects: condition effects with an intercept per item (EM logistic, F1 linear), clustered models beside them.
import { readAlpha, runAnalysis } from '../stats/analysis-phase.ts';
import { readPrimary } from '../stats/experiment-setup.ts';
import { computeMixedModels } from '../stats/mixed-models.ts';

void runAnalysis({
  name: 'mixed-effects',
  summary:
    'Fits mixed models of exact match and F1, with population-averaged and clustered models as a check.',
  keys: 'conditions, stats.alpha, stats.primary, mixed_effects.quadrature_points',
  result: 'mixed_models.json',
  details: `
model, fixed_effects and random_effects at the top are the logistic mixed model of the primary type of question.
Quadrature points: 15 to 101; the Laplace approximation (1 point) can be 10 % off and is not offered.`,
  prepare: (config) => {
    const alpha = readAlpha(config);
    const points = config.integer('mixed_effects.quadrature_points', { min: 15, max: 101 });
    return ({ table, setup }) => {
      const document = computeMixedModels({
        table,
        setup,
        primary: readPrimary(config, table),
        points,
        alpha,
      });
      return { document, said: `models of ${Object.keys(document.fits).join(' and ') || 'nothing'}` };
    };
  },
});
