// The candidates of a sentence are all its stretches that could be an answer.
import type { Candidate } from './candidate.ts';
import { colours, names, phrases, reasons } from './phrases.ts';
import { dates, frequencies, numbers } from './quantities.ts';
import type { Sentence } from './sentences.ts';

/** All candidates of a sentence, in the order they begin. */
export function candidatesOf(sentence: Sentence): Candidate[] {
  const { words } = sentence;
  const found = [
    ...numbers(words),
    ...dates(words),
    ...names(words),
    ...colours(words),
    ...frequencies(words),
    ...reasons(words),
    ...phrases(words),
  ];
  return found.sort((a, b) => a.from - b.from || a.to - b.to);
}
