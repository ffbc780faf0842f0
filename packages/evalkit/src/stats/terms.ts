// A term is a word that all result documents share: intervals, metrics, directions, verdicts.

/** Two-sided interval; both ends are known. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Interval of a ratio; null is an end that no data bounds (0 discordant on one side: infinity). */
export interface OpenInterval {
  readonly low: number | null;
  readonly high: number | null;
}

/** The two kinds of question. */
export type QuestionType = 'open' | 'closed';

/** A column of per_item_scores.csv that conditions are compared on. */
export type Metric = 'em' | 'f1' | 'abstained' | 'false_answer' | 'unsupported';

/** Which way a metric is good; `neither` is a description, not an achievement. */
export type Better = 'higher' | 'lower' | 'neither';

/** What the headline interval or test says about treatment against control. */
export type Verdict = 'better' | 'worse' | 'different' | 'inconclusive' | 'no data';

/** [temp].open|closed[condition]; temps are written as in the scores file, in numeric order. */
export type ByTempAndType<T> = Readonly<
  Record<string, Readonly<Partial<Record<QuestionType, Readonly<Record<string, T>>>>>>
>;
