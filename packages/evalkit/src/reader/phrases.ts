// Phrases are the names, noun phrases, colours and reasons of a sentence, as candidates.
import { type Candidate, isNumber, isYear, joined, plain, type Words } from './candidate.ts';
import {
  COLOURS,
  FUNCTION_WORDS,
  isAdverb,
  isNumberWord,
  looksLikeVerb,
  MONTHS,
  PREPOSITIONS,
  quantityOf,
} from './lexicon.ts';
import type { Word } from './words.ts';

const LINKS = new Set(['of', 'the', 'da', 'van', 'de', 'von', 'del', 'la', 'and']);

/** Runs of capitalised words, with small links inside: `Strait of Gibraltar`, `Leonardo da Vinci`. */
export function* names(words: Words): Generator<Candidate> {
  for (let at = 0; at < words.length; at += 1) {
    if (!startsName(words, at)) continue;
    const to = nameEnd(words, at);
    yield plain('name', at, to);
    // The parts of `A and B` are answers too.
    const and = words.slice(at, to).findIndex((word) => word.lower === 'and');
    if (and > 0) {
      yield plain('name', at, at + and);
      if (at + and + 1 < to) yield plain('name', at + and + 1, to);
    }
    at = to - 1;
  }
}

function nameEnd(words: Words, at: number): number {
  let to = at + 1;
  for (;;) {
    const link = links(words, to);
    if (words[to]?.capital && joined(words, to)) to += 1;
    else if (
      /^\d{1,3}$/.test(words[to]?.text ?? '') &&
      joined(words, to) &&
      quantityOf(words[to + 1]?.stem ?? '') === undefined
    )
      to += 1;
    else if (link > 0 && words[to + link]?.capital && joined(words, to + link)) to += link + 1;
    else return to;
  }
}

function startsName(words: Words, at: number): boolean {
  const word = words[at];
  if (!word?.capital || MONTHS.has(word.lower)) return false;
  if (at > 0 && words[at - 1]?.capital && joined(words, at)) return false;
  return at > 0 || !(FUNCTION_WORDS.has(word.lower) || isNumberWord(word.lower) || isAdverb(word.lower));
}

/** How many small words link a name at this place: 0, 1 (`of`), or 2 (`of the`). */
function links(words: Words, at: number): number {
  if (!LINKS.has(words[at]?.lower ?? '') || !joined(words, at)) return 0;
  return words[at]?.lower === 'of' && words[at + 1]?.lower === 'the' ? 2 : 1;
}

/** Colours, and colours joined by `and`. */
export function* colours(words: Words): Generator<Candidate> {
  for (let at = 0; at < words.length; at += 1) {
    if (!COLOURS.has(words[at]?.lower ?? '') || words[at]?.capital) continue;
    let to = at + 1;
    while (words[to]?.lower === 'and' && COLOURS.has(words[to + 1]?.lower ?? '')) to += 2;
    yield plain('colour', at, to);
    at = to - 1;
  }
}

/** The clause after `because`, `since`, `so that`, or a purpose `to …`. */
export function* reasons(words: Words): Generator<Candidate> {
  for (let at = 0; at < words.length; at += 1) {
    const lower = words[at]?.lower ?? '';
    const from = reasonStart(words, at, lower);
    if (from === null) continue;
    let to = from;
    while (to < words.length && (to === from || !/[,;:]/.test(words[to]?.before ?? ''))) to += 1;
    if (to - from >= 3) yield plain('reason', from, to);
  }
}

function reasonStart(words: Words, at: number, lower: string): number | null {
  if (lower === 'because') return words[at + 1]?.lower === 'of' ? at + 2 : at + 1;
  if (
    (lower === 'so' && words[at + 1]?.lower === 'that') ||
    (lower === 'in' && words[at + 1]?.lower === 'case')
  )
    return at + 2;
  if (lower === 'since' && !isYear(words[at + 1])) return at + 1;
  if (
    lower === 'to' &&
    at > 0 &&
    words[at + 1] &&
    !FUNCTION_WORDS.has(words[at + 1]?.lower ?? '') &&
    !words[at + 1]?.capital
  )
    return at;
  return null;
}

const DETERMINERS = new Set(
  'a an the its his her their this that these those some any every each'.split(' '),
);

function inPhrase(word: Word | undefined): boolean {
  return (
    word !== undefined &&
    !FUNCTION_WORDS.has(word.lower) &&
    !looksLikeVerb(word.lower) &&
    !isAdverb(word.lower)
  );
}

/** A number or a time alone is a candidate of its own kind, not a thing. */
function onlyNumbers(words: Words, from: number, to: number): boolean {
  return words
    .slice(from, to)
    .every((word) => isNumber(word) || MONTHS.has(word.lower) || FUNCTION_WORDS.has(word.lower));
}

/** Noun phrases, with and without what follows `of`, `in`, `from`, `and`. */
export function* phrases(words: Words): Generator<Candidate> {
  for (let at = 0; at < words.length; at += 1) {
    const determiner = DETERMINERS.has(words[at]?.lower ?? '');
    const first = determiner ? at + 1 : at;
    if (!inPhrase(words[first]) || (determiner && !joined(words, first))) {
      if (!participleStart(words, first)) continue;
    }
    const to = phraseEnd(words, first);
    if (!onlyNumbers(words, at, to)) yield plain('phrase', at, to);
    const longer = extended(words, to);
    if (longer > to) yield plain('phrase', at, longer);
    at = to - 1;
  }
}

/** `grated horseradish`, `woven grass`: a participle before a noun, at the start of a phrase. */
function participleStart(words: Words, at: number): boolean {
  const word = words[at];
  return (
    word !== undefined &&
    looksLikeVerb(word.lower) &&
    !/^(?:called|named|known|written|led)$/.test(word.lower) &&
    /(?:ed|en)$/.test(word.lower) &&
    inPhrase(words[at + 1]) &&
    joined(words, at + 1)
  );
}

function phraseEnd(words: Words, first: number): number {
  let to = first + 1;
  while (joined(words, to) && inPhrase(words[to])) to += 1;
  return to;
}

const EXTENDING = new Set(['of', 'and', 'in', 'from', 'for', 'at', 'on']);

function extended(words: Words, to: number): number {
  const link = words[to];
  if (!link || !EXTENDING.has(link.lower) || !joined(words, to)) return to;
  const determiner = DETERMINERS.has(words[to + 1]?.lower ?? '');
  const first = to + (determiner ? 2 : 1);
  if (!inPhrase(words[first])) return to;
  const end = phraseEnd(words, first);
  const further = words[end];
  // One more `of`: `the reed beds of the delta of the Ostra`.
  if (further?.lower === 'of' && PREPOSITIONS.has(further.lower) && inPhrase(words[end + 1]))
    return phraseEnd(words, end + 1);
  return end;
}
