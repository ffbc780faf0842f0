// Quantities are the numbers, measures, dates and frequencies of a sentence, as candidates.
import { type Candidate, FRACTION, isNumber, isYear, joined, plain, type Words } from './candidate.ts';
import { MONTHS, quantityOf, SEASONS } from './lexicon.ts';

/** Numbers, and numbers with their unit. */
export function* numbers(words: Words): Generator<Candidate> {
  for (let at = 0; at < words.length; at += 1) {
    if (!isNumber(words[at])) continue;
    let to = at + 1;
    while (isNumber(words[to]) && joined(words, to)) to += 1;
    const from = words[at - 1]?.lower === 'minus' ? at - 1 : at;
    const share = words.slice(at, to).some((word) => FRACTION.test(word.lower));
    yield { kind: share ? 'measure' : 'number', from, to, quantity: share ? 'share' : null };
    // `half a metre`, `three square kilometres`, `zero degrees Celsius`
    let unit = to;
    while (
      ['a', 'an', 'square', 'cubic', 'light', 'of'].includes(words[unit]?.lower ?? '') &&
      joined(words, unit)
    )
      unit += 1;
    const quantity = quantityOf(words[unit]?.stem ?? '');
    if (quantity !== undefined && joined(words, unit)) {
      const end =
        quantityOf(words[unit + 1]?.stem ?? '') === 'temperature' && joined(words, unit + 1)
          ? unit + 2
          : unit + 1;
      yield { kind: 'measure', from, to: end, quantity };
    }
    at = to - 1;
  }
}

/** Days, months, years, centuries, seasons. */
export function* dates(words: Words): Generator<Candidate> {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === undefined) continue;
    if (MONTHS.has(word.lower) && word.capital) {
      const day = /^\d{1,2}$/.test(words[at - 1]?.text ?? '') && joined(words, at);
      const year = isYear(words[at + 1]);
      yield plain('month', at, at + 1);
      if (day || year) yield plain('date', day ? at - 1 : at, year ? at + 2 : at + 1);
    } else if (isYear(word) && quantityOf(words[at + 1]?.stem ?? '') === undefined) {
      yield plain('year', at, at + 1);
      if (words[at - 1]?.lower === 'of' && SEASONS.has(words[at - 2]?.lower ?? ''))
        yield plain('date', at - 2, at + 1);
    } else if (/^\d{4}s$/.test(word.lower)) {
      yield plain('date', words[at - 1]?.lower === 'the' ? at - 1 : at, at + 1);
    } else if (word.lower === 'century' && at > 0) {
      const of = ['the', 'early', 'late'].includes(words[at - 2]?.lower ?? '') ? at - 2 : at - 1;
      yield plain('date', of, at + 1);
    } else if (SEASONS.has(word.lower)) {
      yield plain('date', at, at + 1);
    }
  }
}

/** `every 33 years`, `once a week`, `twice a year`. */
export function* frequencies(words: Words): Generator<Candidate> {
  for (let at = 0; at < words.length; at += 1) {
    const lower = words[at]?.lower ?? '';
    if (lower === 'every' || lower === 'each') {
      const to = isNumber(words[at + 1]) ? at + 3 : at + 2;
      if (to <= words.length) yield plain('frequency', at, to);
    } else if (
      (lower === 'once' || lower === 'twice' || lower === 'times') &&
      ['a', 'every', 'each'].includes(words[at + 1]?.lower ?? '')
    ) {
      const from = lower === 'times' ? at - 1 : at;
      const to = isNumber(words[at + 2]) ? at + 4 : at + 3;
      if (from >= 0 && to <= words.length) yield plain('frequency', from, to);
    }
  }
}
