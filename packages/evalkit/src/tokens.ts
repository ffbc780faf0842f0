// A Token is the unit that usage and price are counted in: a word or a punctuation mark.

const TOKEN = /[\p{L}\p{N}]+(?:['’][\p{L}]+)?|[^\s\p{L}\p{N}]/gu;

/**
 * The number of tokens of a text: each word (with an apostrophe part, as in `don't`) is one, each punctuation mark is
 * one, white space is none. A rule of this program, close to but not equal to a model's tokenizer.
 */
export function countTokens(text: string): number {
  let count = 0;
  for (const _ of text.matchAll(TOKEN)) count += 1;
  return count;
}

/** The first `most` tokens of a text as it is written; the whole text when it has no more. */
export function firstTokens(text: string, most: number): string {
  let count = 0;
  for (const match of text.matchAll(TOKEN)) {
    count += 1;
    if (count > most) return text.slice(0, match.index).trimEnd();
  }
  return text;
}
