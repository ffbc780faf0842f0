// The layout of a result: one entry per temperature, type and condition, in that order.
import type { ScoreTable } from './scores.ts';
import type { ByTempAndType, QuestionType } from './terms.ts';

/** One comparison: a treatment at a temperature, for one type of question. */
export interface Place {
  readonly temp: string;
  readonly type: QuestionType;
  readonly treatment: string;
}

/** Every place, in the order of the layout. */
export function placesOf(table: ScoreTable, treatments: readonly string[]): Place[] {
  return table.temps.flatMap((temp) =>
    table.types.flatMap((type) => treatments.map((treatment) => ({ temp, type, treatment }))),
  );
}

/** Builds the nested objects of a result document from what `at` gives for each place. */
export function byTempAndType<T>(
  table: ScoreTable,
  treatments: readonly string[],
  at: (place: Place) => T,
): ByTempAndType<T> {
  const ofType = (temp: string, type: QuestionType) =>
    Object.fromEntries(treatments.map((treatment) => [treatment, at({ temp, type, treatment })]));
  const ofTemp = (temp: string) => Object.fromEntries(table.types.map((type) => [type, ofType(temp, type)]));
  return Object.fromEntries(table.temps.map((temp) => [temp, ofTemp(temp)]));
}
