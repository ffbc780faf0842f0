// A Candidate is a stretch of words of a sentence that could be an answer, with the kind of thing it looks like.
import { isNumberWord, type Quantity } from './lexicon.ts';
import type { Sentence } from './sentences.ts';
import type { Word } from './words.ts';

export type CandidateKind =
  | 'name'
  | 'number'
  | 'measure'
  | 'year'
  | 'month'
  | 'date'
  | 'frequency'
  | 'colour'
  | 'reason'
  | 'phrase';

export interface Candidate {
  readonly kind: CandidateKind;
  /** Word indices in the sentence; `to` is exclusive. */
  readonly from: number;
  readonly to: number;
  readonly quantity: Quantity | null;
}

/** The text of a candidate as it stands in the sentence. */
export function candidateText(sentence: Sentence, candidate: Candidate): string {
  const first = sentence.words[candidate.from];
  const last = sentence.words[candidate.to - 1];
  return first && last ? sentence.text.slice(first.start, last.end) : '';
}

/** Parts of a whole, after a number or alone. */
export const FRACTION = /^(?:half|thirds?|quarters?|fifths?|tenths?)$/;

/** The words of one sentence. */
export type Words = readonly Word[];

/** A candidate that is no quantity. */
export function plain(kind: CandidateKind, from: number, to: number): Candidate {
  return { kind, from, to, quantity: null };
}

/** Whether a word is a number, in digits or letters. */
export function isNumber(word: Word | undefined): boolean {
  return (
    word !== undefined &&
    ((word.digits && !/(?:st|nd|rd|th|s)$/.test(word.lower)) ||
      isNumberWord(word.lower) ||
      FRACTION.test(word.lower))
  );
}

/** Whether a word is a year from 1000 to 2099. */
export function isYear(word: Word | undefined): boolean {
  return word !== undefined && /^(?:1\d{3}|20\d{2})$/.test(word.text);
}

/** Whether nothing but a space stands before a word. */
export function joined(words: Words, at: number): boolean {
  return words[at]?.before === '';
}
