// A Judgement is what a judge said of a pair in both orders, and what follows from it: a row of judgements.csv.
import type { CsvRow } from '../csv.ts';
import { type Pair, readSides, type Sides } from './pair.ts';

/** Which answer of a pair is better. */
export type Side = 'a' | 'b' | 'tie';
export const SIDES = ['a', 'b', 'tie'] as const;

export const JUDGEMENT_COLUMNS = [
  'pair_id',
  'item_id',
  'model_a',
  'model_b',
  'answer_a',
  'answer_b',
  'ab',
  'ba',
  'verdict',
] as const;

export interface Judgement extends Sides {
  /** What was said when a stood first, and when b did; null when it was not asked or cannot be read. */
  readonly ab: Side | null;
  readonly ba: Side | null;
  /** The side that both orders name, else a tie; null when one of them cannot be read. */
  readonly verdict: Side | null;
}

/** Whether both answers are one text, so that nobody was asked. */
export function isSame({ answer_a, answer_b }: Judgement): boolean {
  return answer_a === answer_b;
}

/**
 * Reads a judge's answer: its first word must be A, B or TIE, in any case and with any marks around it.
 * @returns the place that is preferred, or null when it is none of these
 */
export function readVerdict(text: string): 'first' | 'second' | 'tie' | null {
  const word = /^[^a-z]*(?:answer\s+)?([a-z]+)/i.exec(text)?.[1]?.toUpperCase();
  if (word === 'A') return 'first';
  if (word === 'B') return 'second';
  return word === 'TIE' ? 'tie' : null;
}

function sideOf(text: string | undefined, order: 'ab' | 'ba'): Side | null {
  const verdict = text === undefined ? null : readVerdict(text);
  if (verdict === null || verdict === 'tie') return verdict;
  return (verdict === 'first') === (order === 'ab') ? 'a' : 'b';
}

/**
 * What follows for a pair from the judge's answers.
 * @param said texts by custom_id
 */
export function judgementOf(pair: Pair, said: ReadonlyMap<string, string>): Judgement {
  const { request_ab, request_ba, ...rest } = pair;
  if (request_ab === null || request_ba === null) return { ...rest, ab: null, ba: null, verdict: 'tie' };
  const ab = sideOf(said.get(request_ab), 'ab');
  const ba = sideOf(said.get(request_ba), 'ba');
  const verdict = ab === null || ba === null ? null : ab === ba ? ab : 'tie';
  return { ...rest, ab, ba, verdict };
}

/** The cells of a judgement in the order of JUDGEMENT_COLUMNS. */
export function judgementCells(judgement: Judgement): (string | null)[] {
  return JUDGEMENT_COLUMNS.map((column) => judgement[column]);
}

/** Reads a row of judgements.csv. @throws Failure naming file, line and column */
export function readJudgement(row: CsvRow): Judgement {
  const side = (column: string): Side | null => {
    const text = row.text(column);
    if (text === '') return null;
    return SIDES.find((one) => one === text) ?? row.reject(column, 'a, b, tie or nothing');
  };
  return {
    ...readSides(row),
    ab: side('ab'),
    ba: side('ba'),
    verdict: side('verdict'),
  };
}
