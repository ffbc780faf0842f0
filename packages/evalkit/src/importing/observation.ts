// An observation is what one record of a log says about one answer: whose answer it is, and what was measured.

/** What can be measured of one answer. */
export const QUANTITIES = [
  'correct',
  'score',
  'abstained',
  'unanswerable',
  'support',
  'tokensIn',
  'tokensOut',
  'cost',
] as const;

export type Quantity = (typeof QUANTITIES)[number];

export interface Observation {
  readonly dataset: string;
  readonly item: string;
  readonly condition: string;
  /** As per_item_scores.csv writes it: 0.0, 0.7, or `unstated`. */
  readonly temp: string;
  /** '' when the log names none: the item is then its own cluster. */
  readonly cluster: string;
  /** What tells the samples of one item apart; null when the log has one answer per item, condition and temperature. */
  readonly sample: string | null;
  /** The name of the value in a log that has one line per value; null in one that has a line per answer. */
  readonly part: string | null;
  readonly values: Readonly<Partial<Record<Quantity, number | null>>>;
}
