// judge-report: writes the report of pairwise judging.
import type { Agreement } from '../judging/agreement.ts';
import type { Preferences } from '../judging/preferences.ts';
import { writeText } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { judgingReport } from '../report/judging.ts';
import { readResult } from '../report/result-file.ts';

void runPhase({
  name: 'judge-report',
  summary: 'Writes the report of pairwise judging.',
  options: {
    preferences: { kind: 'value', placeholder: 'FILE', required: true, describe: 'preferences.json' },
    agreement: { kind: 'value', placeholder: 'FILE', required: true, describe: 'agreement.json' },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'the report (Markdown)' },
  },
  run: (values) => {
    const preferences = readResult<Preferences>(values.preferences, [
      'counts',
      'position',
      'models',
      'duels',
    ]);
    const agreement = readResult<Agreement>(values.agreement, ['labels', 'people', 'orders']);
    writeText(values.out, judgingReport(preferences, agreement));
    return values.out;
  },
});
