// agreement: compares a judge with people, as far as there are labels, and with itself when the order is turned.
import { readConfig } from '../config.ts';
import { readCsv } from '../csv.ts';
import { writeJson } from '../json-out.ts';
import { agreementOf, LABEL_COLUMNS, readLabel } from '../judging/agreement.ts';
import { JUDGEMENT_COLUMNS, readJudgement } from '../judging/judgement.ts';
import { runPhase } from '../phase.ts';
import { readAlpha } from '../stats/analysis-phase.ts';

void runPhase({
  name: 'agreement',
  summary:
    'Compares a judge with people, as far as there are labels, and with itself when the order is turned.',
  options: {
    config: { kind: 'value', placeholder: 'FILE', required: true, describe: 'configuration: stats.alpha' },
    judgements: { kind: 'value', placeholder: 'FILE', required: true, describe: 'judgements (CSV)' },
    labels: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'labels by people (CSV); without it there are none yet',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'agreement.json' },
  },
  details: `
Labels are a table with pair_id, answer_a, answer_b and label (a, b, tie, or nothing for a pair that is not labelled); the
sheet of \`evalkit pairs\` has these columns. A label counts for the answers it was given for: when a model's answer has
changed since, it is left out and counted as outdated.

Percent agreement with a Wilson interval; Cohen's kappa (1960) over a, b and tie with the standard error of Fleiss, Cohen
and Everitt (1969).`,
  run: async (values) => {
    const alpha = readAlpha(readConfig(values.config));
    const judgements = (await readCsv(values.judgements, JUDGEMENT_COLUMNS)).map(readJudgement);
    const labels =
      values.labels === undefined
        ? null
        : (await readCsv(values.labels, LABEL_COLUMNS)).flatMap((row) => readLabel(row) ?? []);
    const document = agreementOf(judgements, labels, alpha);
    writeJson(values.out, document);
    return labels === null ? 'no labels yet' : `${document.labels?.used} of ${labels.length} labels used`;
  },
});
