// A Sentence is a stretch of a text up to its full stop, with its words.
import { type Word, wordsOf } from './words.ts';

export interface Sentence {
  readonly text: string;
  readonly words: readonly Word[];
  /** The stems of its words. */
  readonly stems: ReadonlySet<string>;
}

const ABBREVIATION = /(?:^|\s|\()(?:Mr|Mrs|Ms|Dr|St|Prof|No|vol|ca|c|e\.g|i\.e|[A-Z])\.$/;
const END = /[.!?]["'”’)]*\s+(?=["'“‘(]?[\p{Lu}\p{N}])/gu;

function sentence(text: string): Sentence {
  const words = wordsOf(text);
  return { text, words, stems: new Set(words.map((word) => word.stem)) };
}

/** Splits a passage at sentence ends; a full stop after an abbreviation or an initial does not end a sentence. */
export function sentencesOf(text: string): Sentence[] {
  const found: Sentence[] = [];
  let from = 0;
  for (const match of text.matchAll(END)) {
    const to = match.index + match[0].length;
    const piece = text.slice(from, to).trim();
    if (ABBREVIATION.test(piece)) continue;
    found.push(sentence(piece));
    from = to;
  }
  const rest = text.slice(from).trim();
  if (rest !== '') found.push(sentence(rest));
  return found;
}
