// unsupported-sensitivity: how the conclusion depends on the support threshold and on what is done below it.
import type { UnsupportedPolicy } from '../results.ts';
import { readAlpha, runAnalysis } from '../stats/analysis-phase.ts';
import { computeSensitivity } from '../stats/sensitivity.ts';

const POLICIES: readonly UnsupportedPolicy[] = ['wrong', 'right', 'excluded'];

void runAnalysis({
  name: 'unsupported-sensitivity',
  summary:
    'Sweeps the support threshold and the policy for unsupported answers; finds where the conclusion tips.',
  keys: 'conditions, stats.alpha, unsupported_sensitivity {thresholds, policies}',
  result: 'unsupported_sensitivity.json',
  details: `
Policies: wrong (unsupported answers count as wrong), right (they count as right), excluded (their items are left out).
Thresholds are support scores from 0 to 1; at 0 no answer is unsupported.`,
  prepare: (config) => {
    const alpha = readAlpha(config);
    const thresholds = config.numberList('unsupported_sensitivity.thresholds', { min: 0, max: 1 });
    const ascending = [...new Set(thresholds)].sort((a, b) => a - b);
    const named = config.textList('unsupported_sensitivity.policies');
    const policies = POLICIES.filter((policy) => named.includes(policy));
    if (policies.length !== named.length) {
      config.reject('unsupported_sensitivity.policies', `each at most once of ${POLICIES.join(', ')}`);
    }
    return ({ table, setup }) => {
      const document = computeSensitivity(table, setup, { thresholds: ascending, policies, alpha });
      return { document, said: `${ascending.length} thresholds, ${policies.length} policies` };
    };
  },
});
