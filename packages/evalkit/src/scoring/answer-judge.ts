// An AnswerJudge scores one answer to a question: match, abstention, support by the passage, tokens and money.
import type { Prediction } from '../prediction.ts';
import { costOf, type Price } from '../price.ts';
import type { AbstentionRule } from './abstention.ts';
import type { ItemIndex, Question } from './item-index.ts';
import type { AnswerScore } from './item-score.ts';
import { matchAnswer } from './match.ts';
import { SupportJudge } from './support.ts';

/** What the configuration says about scoring. */
export interface ScoringRules {
  readonly abstention: AbstentionRule;
  /** Support below it is unsupported. */
  readonly threshold: number;
  readonly price: Price;
}

/** A question made ready for several answers. */
interface Prepared {
  /** Its number in the index. */
  readonly item: number;
  readonly question: Question;
  /** null for a question without a passage. */
  readonly support: SupportJudge | null;
}

/** Judges answers; see `evalkit score --help` for the rules. */
export class AnswerJudge {
  readonly #items: ItemIndex;
  readonly #rules: ScoringRules;
  /** The question asked for last: the samples of a question are neighbours. */
  #prepared: Prepared | null = null;

  constructor(items: ItemIndex, rules: ScoringRules) {
    this.#items = items;
    this.#rules = rules;
  }

  /**
   * The scores of an answer to a question.
   * @param item the number of the question in the index
   * @throws Failure when the question cannot be read again
   */
  judge(item: number, prediction: Prediction): AnswerScore {
    const { question, support: supportJudge } = this.#prepare(item);
    const { abstention, threshold, price } = this.#rules;
    const abstained = abstention.holds(prediction.text);
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
      unsupported: supportJudge === null ? null : Number(!abstained && (support ?? 0) < threshold),
      promptTokens: prediction.promptTokens,
      completionTokens: prediction.completionTokens,
      usd: costOf(price, prediction.promptTokens, prediction.completionTokens),
    };
  }

  #prepare(item: number): Prepared {
    if (this.#prepared?.item === item) return this.#prepared;
    const question = this.#items.question(item);
    const support = 'context' in question ? new SupportJudge(question.context, question.question) : null;
    this.#prepared = { item, question, support };
    return this.#prepared;
  }
}
