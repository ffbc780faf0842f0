// A Word is a token of a text with its place, its stem and what its spelling tells.
import { stemOf } from './stem.ts';

export interface Word {
  /** As it stands in the text. */
  readonly text: string;
  readonly lower: string;
  /** Word form reduced so that `builds`, `building` and `built` meet. */
  readonly stem: string;
  /** Offsets in the text, in code units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly capital: boolean;
  /** Written in digits: 1902, 4,200, 2.5. */
  readonly digits: boolean;
  /** The punctuation between the word before and this one. */
  readonly before: string;
}

const WORD = /\d+(?:[.,]\d+)*(?:st|nd|rd|th|s)?(?![\p{L}\p{N}])|[\p{L}\p{N}]+(?:[-'’][\p{L}\p{N}]+)*/gu;

/** The words of a text in order. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let last = 0;
  for (const match of text.matchAll(WORD)) {
    const start = match.index;
    const raw = match[0];
    const lower = raw.toLowerCase().replaceAll('’', "'");
    words.push({
      text: raw,
      lower,
      stem: stemOf(lower),
      start,
      end: start + raw.length,
      capital: /^\p{Lu}/u.test(raw),
      digits: /^\d/.test(raw),
      before: text.slice(last, start).trim(),
    });
    last = start + raw.length;
  }
  return words;
}
