// score: judges every answer and averages the samples of each question: per_item_scores.csv.
import { readConfig } from '../config.ts';
import { streamCsv, writeCsv } from '../csv.ts';
import { Failure, Problems, UsageFailure } from '../failure.ts';
import { runPhase } from '../phase.ts';
import { PREDICTION_COLUMNS, readPrediction } from '../prediction.ts';
import { readPrice } from '../price.ts';
import { AbstentionRule } from '../scoring/abstention.ts';
import { AnswerJudge, type ScoringRules } from '../scoring/answer-judge.ts';
import { ItemIndex } from '../scoring/item-index.ts';
import { SCORE_COLUMNS } from '../scoring/item-score.ts';
import { ScoreTable } from '../scoring/score-table.ts';

/** Reads the predictions as a stream and keeps only scores. */
async function scorePredictions(path: string, items: ItemIndex, rules: ScoringRules): Promise<ScoreTable> {
  const table = new ScoreTable(items);
  const judge = new AnswerJudge(items, rules);
  const problems = new Problems();
  for await (const row of streamCsv(path, PREDICTION_COLUMNS)) {
    problems.collect(() => {
      const prediction = readPrediction(row);
      const { type, item_id } = prediction;
      const item = items.find(type, item_id);
      if (item === undefined) {
        throw new Failure(
          `${row.where}: item_id: ${JSON.stringify(item_id)} is not among the prepared ${type}-book questions`,
        );
      }
      table.add(item, prediction, judge.judge(item, prediction));
    });
  }
  problems.throwIfAny();
  return table;
}

void runPhase({
  name: 'score',
  summary: 'Judges every answer and averages the samples of each question, condition and temperature.',
  options: {
    config: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'configuration: scoring, pricing',
    },
    predictions: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'predictions of parse (CSV)',
    },
    open: { kind: 'value', placeholder: 'FILE', describe: 'prepared open-book questions' },
    closed: { kind: 'value', placeholder: 'FILE', describe: 'prepared closed-book questions' },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'scores (CSV)' },
  },
  details: `
em, f1        as SQuAD scores: lower case, no punctuation, no articles; the best over the accepted answers; 0 for an
              abstention. Unanswerable questions: 1 for an abstention, else 0.
abstained     the answer is empty or holds one of scoring.abstain_phrases.
false_answer  1 when an unanswerable question was answered; empty for answerable ones.
support       open-book: share of the answer's words in the best window of the passage, times (1 + share of the question's
              content words near it) / 2. closed-book: the provider's own confidence, empty when it gave none.
unsupported   open-book: not abstained and support below scoring.unsupported_threshold. Empty for closed-book.
All are means over the samples of a question; em_sd and f1_sd are empty for one sample. Tokens and usd are sums.`,
  run: async (values) => {
    if (values.open === undefined && values.closed === undefined)
      throw new UsageFailure('give --open FILE or --closed FILE, or both');
    const config = readConfig(values.config);
    const rules: ScoringRules = {
      abstention: new AbstentionRule(config.textList('scoring.abstain_phrases')),
      threshold: config.number('scoring.unsupported_threshold', { min: 0, max: 1 }),
      price: readPrice(config),
    };
    const items = new ItemIndex();
    if (values.open !== undefined) items.add('open', values.open);
    if (values.closed !== undefined) items.add('closed', values.closed);
    const table = await scorePredictions(values.predictions, items, rules);
    items.close();
    if (table.empty) throw new Failure(`${values.predictions}: holds no predictions`);
    const rows = writeCsv(values.out, SCORE_COLUMNS, table.rows());
    return `${rows} rows of scores`;
  },
});
