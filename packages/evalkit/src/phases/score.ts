// score: judges every answer and averages the samples of each question: per_item_scores.csv.
import { readConfig } from '../config.ts';
import { streamCsv, writeCsv } from '../csv.ts';
import {
  type ClosedQuestion,
  type OpenQuestion,
  readClosedQuestion,
  readOpenQuestion,
} from '../datasets/question.ts';
import { Failure, Problems, UsageFailure } from '../failure.ts';
import { readJsonl } from '../jsonl.ts';
import { runPhase } from '../phase.ts';
import { PREDICTION_COLUMNS, type Prediction, readPrediction } from '../prediction.ts';
import { costOf, type Price, readPrice } from '../price.ts';
import { AbstentionRule } from '../scoring/abstention.ts';
import { type AnswerScore, type ItemKey, itemRow, SCORE_COLUMNS } from '../scoring/item-score.ts';
import { matchAnswer } from '../scoring/match.ts';
import { SupportJudge } from '../scoring/support.ts';

type Question = OpenQuestion | ClosedQuestion;

interface Rules {
  readonly abstention: AbstentionRule;
  readonly threshold: number;
  readonly price: Price;
}

function readItems(open: string | undefined, closed: string | undefined): Map<string, Question> {
  const items = new Map<string, Question>();
  if (open !== undefined) {
    for (const row of readJsonl(open)) {
      const question = readOpenQuestion(row);
      items.set(`open\n${question.id}`, question);
    }
  }
  if (closed !== undefined) {
    for (const row of readJsonl(closed)) {
      const question = readClosedQuestion(row);
      items.set(`closed\n${question.id}`, question);
    }
  }
  return items;
}

/** The judge of support of the question that was asked for last: the samples of a question are neighbours. */
class SupportJudges {
  #question: Question | undefined;
  #judge: SupportJudge | null = null;

  /** null for a question without a passage. */
  of(question: Question): SupportJudge | null {
    if (question !== this.#question) {
      this.#question = question;
      this.#judge = 'context' in question ? new SupportJudge(question.context, question.question) : null;
    }
    return this.#judge;
  }
}

/** Judges one answer; see --help for the rules. */
function judge(
  prediction: Prediction,
  question: Question,
  { supportJudge, rules }: { readonly supportJudge: SupportJudge | null; readonly rules: Rules },
): AnswerScore {
  const abstained = rules.abstention.holds(prediction.text);
  const unanswerable = 'is_unanswerable' in question && question.is_unanswerable;
  const match = unanswerable
    ? { em: Number(abstained), f1: Number(abstained) }
    : abstained
      ? { em: 0, f1: 0 }
      : matchAnswer(prediction.text, question.answers);
  const support = supportJudge === null ? prediction.support : supportJudge.score(prediction.text);
  return {
    em: match.em,
    f1: match.f1,
    abstained: Number(abstained),
    false_answer: unanswerable ? Number(!abstained) : null,
    support,
    unsupported: supportJudge === null ? null : Number(!abstained && (support ?? 0) < rules.threshold),
    promptTokens: prediction.promptTokens,
    completionTokens: prediction.completionTokens,
    usd: costOf(rules.price, prediction.promptTokens, prediction.completionTokens),
  };
}

interface Group {
  readonly key: ItemKey;
  readonly scores: AnswerScore[];
}

/** Reads the predictions as a stream and keeps only scores, grouped by question, condition and temperature. */
async function scorePredictions(
  path: string,
  items: ReadonlyMap<string, Question>,
  rules: Rules,
): Promise<Group[]> {
  const groups = new Map<string, Group>();
  const judges = new SupportJudges();
  const problems = new Problems();
  for await (const row of streamCsv(path, PREDICTION_COLUMNS)) {
    problems.collect(() => {
      const prediction = readPrediction(row);
      const { type, item_id, condition, temp } = prediction;
      const question = items.get(`${type}\n${item_id}`);
      if (question === undefined) {
        throw new Failure(
          `${row.where}: item_id: ${JSON.stringify(item_id)} is not among the prepared ${type}-book questions`,
        );
      }
      const name = [type, item_id, condition, temp].join('\n');
      const unanswerable = 'is_unanswerable' in question && question.is_unanswerable ? 1 : 0;
      const key = {
        item_id,
        dataset: question.dataset,
        cluster: question.cluster,
        type,
        condition,
        temp,
        unanswerable,
      } as const;
      const group = groups.get(name) ?? { key, scores: [] };
      groups.set(name, group);
      group.scores.push(judge(prediction, question, { supportJudge: judges.of(question), rules }));
    });
  }
  problems.throwIfAny();
  return [...groups.values()].sort(compareGroups);
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareGroups({ key: a }: Group, { key: b }: Group): number {
  return (
    order(a.type, b.type) ||
    order(a.dataset, b.dataset) ||
    order(a.item_id, b.item_id) ||
    Number(a.temp) - Number(b.temp) ||
    order(a.condition, b.condition)
  );
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
    const rules: Rules = {
      abstention: new AbstentionRule(config.textList('scoring.abstain_phrases')),
      threshold: config.number('scoring.unsupported_threshold', { min: 0, max: 1 }),
      price: readPrice(config),
    };
    const groups = await scorePredictions(values.predictions, readItems(values.open, values.closed), rules);
    if (groups.length === 0) throw new Failure(`${values.predictions}: holds no predictions`);
    const rows = writeCsv(
      values.out,
      SCORE_COLUMNS,
      groups.map(({ key, scores }) => itemRow(key, scores)),
    );
    return `${rows} rows of scores`;
  },
});
