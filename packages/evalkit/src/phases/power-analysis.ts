// power-analysis: detectable effects, needed items and power curves, planned from the variation in the scores.
import { readAlpha, runAnalysis } from '../stats/analysis-phase.ts';
import { readPrimary } from '../stats/experiment-setup.ts';
import { computePower } from '../stats/power-analysis.ts';

void runAnalysis({
  name: 'power-analysis',
  summary: 'Plans the next run: smallest detectable effects, items needed for target effects, power curves.',
  keys: 'conditions, stats.alpha, stats.primary, power_analysis {power, target_effects, sample_sizes, samples_per_item}',
  result: 'power_analysis.json',
  details: `
target_effects are differences of a rate or score, such as 0.02; sample_sizes are numbers of items for the curves;
samples_per_item are numbers of samples K per item and condition. The power for the observed effect is not given.`,
  prepare: (config) => {
    const alpha = readAlpha(config);
    const power = config.number('power_analysis.power', { min: 0.5, max: 0.999 });
    const targets = config.numberList('power_analysis.target_effects', { min: 0.001, max: 1 });
    const sizes = config.numberList('power_analysis.sample_sizes', { min: 2, max: 1_000_000, integer: true });
    const samples = config.numberList('power_analysis.samples_per_item', {
      min: 1,
      max: 1000,
      integer: true,
    });
    return ({ table, setup }) => {
      const settings = {
        alpha,
        alpha_adjusted: alpha / setup.treatments.length,
        power,
        target_effects: targets,
        sample_sizes: sizes,
        samples_per_item: samples,
      };
      const document = computePower({ table, setup, primary: readPrimary(config, table), settings });
      return { document, said: `${document.endpoints.length} endpoints` };
    };
  },
});
