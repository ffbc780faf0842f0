// A Pair is two models' answers to one question, side by side: a row of pairs.csv.
import type { CsvRow } from '../csv.ts';
import { digestOf } from '../digest.ts';

export const PAIR_COLUMNS = [
  'pair_id',
  'item_id',
  'model_a',
  'model_b',
  'answer_a',
  'answer_b',
  'request_ab',
  'request_ba',
] as const;

/** Which two answers stand side by side. */
export interface Sides {
  /** 12 hex digits of the digest of question and models: it tells nobody which model is which. */
  readonly pair_id: string;
  readonly item_id: string;
  readonly model_a: string;
  readonly model_b: string;
  readonly answer_a: string;
  readonly answer_b: string;
}

export interface Pair extends Sides {
  /** The custom_id under which the judge reads a first, and b first; null where both answers are one text. */
  readonly request_ab: string | null;
  readonly request_ba: string | null;
}

/** A text on one line: what a comparison shows must not be able to begin a block of its own. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The custom_id of a comparison; equal texts to one question are one comparison, whichever models wrote them. */
export function comparisonId(item: string, first: string, second: string): string {
  return `judge-${digestOf(item, first, second).slice(0, 24)}`;
}

/**
 * Puts two models' answers to a question side by side. Which of them is `a` is decided by the digest of the pair, so that
 * neither model stands first more often and nobody can tell from the place.
 */
export function pairOf(
  item: string,
  one: { readonly model: string; readonly text: string },
  other: { readonly model: string; readonly text: string },
): Pair {
  const [low, high] = one.model < other.model ? [one, other] : [other, one];
  const digest = digestOf(item, low.model, high.model);
  const swapped = Number.parseInt(digest.slice(12, 13), 16) % 2 === 1;
  const [a, b] = swapped ? [high, low] : [low, high];
  const [textA, textB] = [oneLine(a.text), oneLine(b.text)];
  const same = textA === textB;
  return {
    pair_id: digest.slice(0, 12),
    item_id: item,
    model_a: a.model,
    model_b: b.model,
    answer_a: textA,
    answer_b: textB,
    request_ab: same ? null : comparisonId(item, textA, textB),
    request_ba: same ? null : comparisonId(item, textB, textA),
  };
}

/** The cells of a pair in the order of PAIR_COLUMNS. */
export function pairCells(pair: Pair): (string | null)[] {
  return PAIR_COLUMNS.map((column) => pair[column]);
}

/** Reads the columns that pairs.csv and judgements.csv have in common. @throws Failure naming file and line */
export function readSides(row: CsvRow): Sides {
  return {
    pair_id: row.text('pair_id'),
    item_id: row.text('item_id'),
    model_a: row.text('model_a'),
    model_b: row.text('model_b'),
    answer_a: row.text('answer_a'),
    answer_b: row.text('answer_b'),
  };
}

/** Reads a row of pairs.csv. @throws Failure naming file and line */
export function readPair(row: CsvRow): Pair {
  const orNull = (column: string): string | null => row.text(column) || null;
  return {
    ...readSides(row),
    request_ab: orNull('request_ab'),
    request_ba: orNull('request_ba'),
  };
}
