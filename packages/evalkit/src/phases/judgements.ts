// judgements: reads what a judge said of every pair in both orders, and how often each model was preferred.
import { readAnswer } from '../answer.ts';
import { readConfig } from '../config.ts';
import { readCsv, writeCsv } from '../csv.ts';
import { Failure } from '../failure.ts';
import { writeJson } from '../json-out.ts';
import { readJsonl } from '../jsonl.ts';
import { JUDGEMENT_COLUMNS, judgementCells, judgementOf } from '../judging/judgement.ts';
import { PAIR_COLUMNS, readPair } from '../judging/pair.ts';
import { preferencesOf } from '../judging/preferences.ts';
import { runPhase } from '../phase.ts';
import { readAlpha } from '../stats/analysis-phase.ts';

/** What the judge said, by custom_id; answers that are errors are left out. */
function readSaid(path: string): Map<string, string> {
  const said = new Map<string, string>();
  for (const row of readJsonl(path)) {
    const { custom_id, response } = readAnswer(row);
    if (said.has(custom_id)) throw new Failure(`${row.where}: ${custom_id} stands in the file twice`);
    if (response !== null) said.set(custom_id, response.text);
  }
  return said;
}

void runPhase({
  name: 'judgements',
  summary:
    'Reads what a judge said of every pair in both orders, and counts how often each model was preferred.',
  options: {
    config: { kind: 'value', placeholder: 'FILE', required: true, describe: 'configuration: stats.alpha' },
    pairs: { kind: 'value', placeholder: 'FILE', required: true, describe: 'pairs (CSV)' },
    answers: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: "the judge's results file of infer",
    },
    out: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'judgements (CSV), one row per pair',
    },
    preferences: { kind: 'value', placeholder: 'FILE', required: true, describe: 'preferences.json' },
  },
  details: `
The first word of the judge's answer must be A, B or TIE. A pair counts for a side when both orders name it, else it is a
tie; when an order has no answer that can be read, the pair is left out and counted. Win rates have Wilson intervals.
Position bias: the share of the first place among the judgements that prefer one, and an exact sign test of the pairs in
which the preference stays with the place when the order is turned.`,
  run: async (values) => {
    const alpha = readAlpha(readConfig(values.config));
    const said = readSaid(values.answers);
    const pairs = (await readCsv(values.pairs, PAIR_COLUMNS)).map(readPair);
    const judgements = pairs.map((pair) => judgementOf(pair, said));
    const document = preferencesOf(judgements, alpha);
    writeCsv(values.out, JUDGEMENT_COLUMNS, judgements.map(judgementCells));
    writeJson(values.preferences, document);
    const { judged, consistent, unreadable } = document.counts;
    const bad = unreadable > 0 ? `; ${unreadable} cannot be read` : '';
    return `${pairs.length} pairs, ${judged} judged, ${consistent} alike in both orders${bad}`;
  },
});
