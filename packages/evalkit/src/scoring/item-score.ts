// An ItemScore is a row of per_item_scores.csv: one question of one condition and temperature, over its samples.

import type { QuestionType } from '../request.ts';

export const SCORE_COLUMNS = [
  'item_id',
  'dataset',
  'cluster',
  'type',
  'condition',
  'temp',
  'samples',
  'em',
  'em_sd',
  'f1',
  'f1_sd',
  'abstained',
  'unanswerable',
  'false_answer',
  'support',
  'unsupported',
  'prompt_tokens',
  'completion_tokens',
  'usd',
] as const;

/** The scores of one answer. */
export interface AnswerScore {
  readonly em: number;
  readonly f1: number;
  readonly abstained: number;
  /** null for an answerable question. */
  readonly false_answer: number | null;
  readonly support: number | null;
  /** null for a closed-book question. */
  readonly unsupported: number | null;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly usd: number;
}

/** What a row says of its question. */
export interface Item {
  readonly item_id: string;
  readonly dataset: string;
  readonly cluster: string;
  readonly type: QuestionType;
  readonly unanswerable: 0 | 1;
}

/** What identifies a row. */
export interface ItemKey extends Item {
  readonly condition: string;
  /** As written: 0.0, 0.7. */
  readonly temp: string;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation with n - 1; null for one value, which has none. */
function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** The mean of the values that exist; null when none does. */
function meanOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
}

/**
 * The cells of a row in the order of SCORE_COLUMNS: means over the samples, sums of tokens and money.
 * @param scores at least one
 */
export function itemRow(key: ItemKey, scores: readonly AnswerScore[]): (string | number | null)[] {
  const em = scores.map((score) => score.em);
  const f1 = scores.map((score) => score.f1);
  const sum = (value: (score: AnswerScore) => number): number =>
    scores.reduce((total, score) => total + value(score), 0);
  return [
    key.item_id,
    key.dataset,
    key.cluster,
    key.type,
    key.condition,
    key.temp,
    scores.length,
    mean(em),
    deviation(em),
    mean(f1),
    deviation(f1),
    mean(scores.map((score) => score.abstained)),
    key.unanswerable,
    meanOfKnown(scores.map((score) => score.false_answer)),
    meanOfKnown(scores.map((score) => score.support)),
    meanOfKnown(scores.map((score) => score.unsupported)),
    sum((score) => score.promptTokens),
    sum((score) => score.completionTokens),
    sum((score) => score.usd),
  ];
}
