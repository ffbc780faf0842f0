// Features are what can be seen of a candidate answer in its sentence, as numbers that a ranking weighs.
import type { Analysis, Asked } from './analysis.ts';
import type { Candidate, CandidateKind } from './candidate.ts';
import type { Evidence } from './evidence.ts';
import { FUNCTION_WORDS, looksLikeVerb, PREPOSITIONS } from './lexicon.ts';
import type { Word } from './words.ts';

/** Each is 0 or 1 unless it says otherwise. */
export interface Features {
  /** Share of the question that the sentence accounts for, 0 to 1. */
  readonly coverage: number;
  /** The share that no sentence accounts for, 0 to 1: the same for all candidates, it tells on the support only. */
  readonly missing: number;
  /** How near the matched words stand, 0 to 1. */
  readonly nearness: number;
  /** How well the kind of candidate suits the kind of question, 0 to 1. */
  readonly fit: number;
  /** Share of its words that stand in the question, 0 to 1. */
  readonly overlap: number;
  /** After the preposition that governs what is asked (`made of?`). */
  readonly preposition: number;
  /** After that preposition, which follows a matched word. */
  readonly afterVerbAndPreposition: number;
  /** A person after `by`. */
  readonly afterBy: number;
  /** A person's name of two or three words. */
  readonly fullName: number;
  /** A person after another preposition: rather a place. */
  readonly afterOtherPreposition: number;
  /** A person's name after a common noun (`the engineer Agnes …`). */
  readonly afterRole: number;
  /** A place after in, at, on, near, from, off, to. */
  readonly afterPlacePreposition: number;
  /** A number before the noun that is counted: 1, or 0.7 one word further. */
  readonly countedNoun: number;
  /** Holds the noun that stands after which or what. */
  readonly askedNoun: number;
  /** A name or thing after `called` or `named`. */
  readonly afterCalled: number;
  /** Share of its words that stand elsewhere in the evidence, 0 to 1: rather the topic than an answer. */
  readonly repeated: number;
  /** Words beyond four, in tenths. */
  readonly long: number;
  /** In the sentence that opens a passage: rather a definition. */
  readonly firstSentence: number;
  /** Holds a word that looks like a verb. */
  readonly verbInside: number;
  /** A capitalised run. */
  readonly name: number;
  /** A name that describes the noun after it (`the Australian parliament`). */
  readonly modifier: number;
  /** In the sentence that BM25 finds best. */
  readonly bestSentence: number;
}

/** How well a kind of candidate suits a kind of question, 0 to 1; a pair that is not listed is 0. */
const FIT: Readonly<Record<Asked, Readonly<Partial<Record<CandidateKind, number>>>>> = {
  person: { name: 1, phrase: 0.45 },
  year: { year: 1 },
  month: { month: 1 },
  date: { date: 1, year: 0.8, month: 0.5, frequency: 0.3 },
  place: { name: 0.75, phrase: 0.7 },
  count: { number: 1, frequency: 0.3 },
  measure: { measure: 1, number: 0.2 },
  duration: { measure: 1, date: 0.1 },
  frequency: { frequency: 1 },
  colour: { colour: 1 },
  reason: { reason: 1, phrase: 0.35 },
  manner: { phrase: 0.6, reason: 0.3, measure: 0.3 },
  name: { name: 1, phrase: 0.45 },
  thing: { phrase: 0.9, name: 0.75, measure: 0.25 },
};

/** A candidate and where it stands among the evidence. */
export interface Standing {
  readonly candidate: Candidate;
  readonly bestSentence: boolean;
  /** Whether its sentence opens a passage. */
  readonly firstSentence: boolean;
  /** How many sentences of the source hold a stem. */
  readonly sentencesWith: (stem: string) => number;
}

/** The features of one candidate, or null when it cannot be an answer: of no fitting kind, or all words of the question. */
export function featuresOf(analysis: Analysis, evidence: Evidence, standing: Standing): Features | null {
  const { candidate } = standing;
  const { words } = evidence.sentence;
  const fit = fitOf(analysis, candidate, words);
  const inside = words.slice(candidate.from, candidate.to).filter((word) => !FUNCTION_WORDS.has(word.lower));
  const asked = new Set(analysis.terms.map((term) => term.stem));
  const overlap = share(inside, (word) => asked.has(word.stem));
  if (fit === 0 || overlap === 1) return null;
  const length = candidate.to - candidate.from;
  return {
    coverage: evidence.coverage,
    missing: evidence.missing,
    nearness: nearnessOf(evidence, candidate),
    fit,
    overlap,
    ...prepositionFeatures(analysis, evidence, candidate),
    ...personFeatures(analysis, words, candidate),
    ...nounFeatures(analysis, words, candidate),
    repeated: share(inside, (word) => standing.sentencesWith(word.stem) > 1),
    long: Math.max(0, length - 4) / 10,
    firstSentence: mark(standing.firstSentence),
    verbInside: mark(inside.some((word) => looksLikeVerb(word.lower))),
    name: mark(candidate.kind === 'name'),
    modifier: mark(candidate.kind === 'name' && modifies(words[candidate.to])),
    bestSentence: mark(standing.bestSentence),
  };
}

function mark(condition: boolean): number {
  return condition ? 1 : 0;
}

/** A plain noun follows directly. */
function modifies(next: Word | undefined): boolean {
  return (
    next !== undefined &&
    next.before === '' &&
    !next.capital &&
    !FUNCTION_WORDS.has(next.lower) &&
    !looksLikeVerb(next.lower)
  );
}

function share(words: readonly Word[], holds: (word: Word) => boolean): number {
  return words.length === 0 ? 1 : words.filter(holds).length / words.length;
}

function fitOf(analysis: Analysis, candidate: Candidate, words: readonly Word[]): number {
  const fit = FIT[analysis.asked][candidate.kind] ?? 0;
  if (analysis.asked === 'count' && isYearLike(candidate, words)) return 0.2;
  if (analysis.asked === 'duration') return candidate.quantity === 'time' ? fit : 0;
  if (analysis.asked === 'measure' && candidate.kind === 'measure' && analysis.quantity !== null) {
    return measures(candidate, analysis) ? fit : 0.15;
  }
  return fit;
}

function isYearLike(candidate: Candidate, words: readonly Word[]): boolean {
  return (
    candidate.to - candidate.from === 1 &&
    /^(?:1[0-9]{3}|20[0-9]{2})$/.test(words[candidate.from]?.text ?? '')
  );
}

function measures(candidate: Candidate, analysis: Analysis): boolean {
  if (candidate.quantity === analysis.quantity) return true;
  // A pound is listed as a weight and is money as well.
  return analysis.quantity === 'money' && candidate.quantity === 'weight';
}

/** Weighted share of the matched words, each discounted by its distance in words; a comma between counts as two. */
function nearnessOf({ sentence, matches }: Evidence, candidate: Candidate): number {
  let near = 0;
  let all = 0;
  for (const [at, weight] of matches) {
    all += weight;
    if (at >= candidate.from && at < candidate.to) continue;
    near += weight / (1 + 0.2 * (distance(sentence.words, candidate, at) - 1));
  }
  return all === 0 ? 0 : near / all;
}

function distance(words: readonly Word[], candidate: Candidate, at: number): number {
  const [from, to] = at < candidate.from ? [at + 1, candidate.from] : [candidate.to, at];
  let steps = 1 + (to - from);
  for (let index = from; index <= to; index += 1) if (/[,;:]/.test(words[index]?.before ?? '')) steps += 2;
  return steps;
}

function prepositionFeatures(
  analysis: Analysis,
  { sentence, matches }: Evidence,
  candidate: Candidate,
): Pick<Features, 'preposition' | 'afterVerbAndPreposition' | 'afterPlacePreposition'> {
  const before = sentence.words[candidate.from - 1]?.lower ?? '';
  const governed = analysis.preposition !== null && before === analysis.preposition;
  return {
    preposition: mark(governed),
    afterVerbAndPreposition: mark(governed && matches.has(candidate.from - 2)),
    afterPlacePreposition: mark(
      analysis.asked === 'place' && ['in', 'at', 'on', 'near', 'from', 'off', 'to', 'under'].includes(before),
    ),
  };
}

function personFeatures(
  analysis: Analysis,
  words: readonly Word[],
  candidate: Candidate,
): Pick<Features, 'afterBy' | 'fullName' | 'afterOtherPreposition' | 'afterRole'> {
  const before = words[candidate.from - 1];
  const person = analysis.asked === 'person';
  const named = person && candidate.kind === 'name';
  const length = candidate.to - candidate.from;
  const preposition = before !== undefined && PREPOSITIONS.has(before.lower);
  return {
    afterBy: mark(person && before?.lower === 'by'),
    fullName: mark(named && (length === 2 || length === 3)),
    afterOtherPreposition: mark(
      person && preposition && before.lower !== 'by' && before.lower !== analysis.preposition,
    ),
    afterRole: mark(named && before !== undefined && !FUNCTION_WORDS.has(before.lower) && !before.capital),
  };
}

function nounFeatures(
  analysis: Analysis,
  words: readonly Word[],
  candidate: Candidate,
): Pick<Features, 'countedNoun' | 'askedNoun' | 'afterCalled'> {
  const { noun, asked } = analysis;
  const counted = asked === 'count' && noun !== null;
  const next = counted && words[candidate.to]?.stem === noun;
  const further = counted && words[candidate.to + 1]?.stem === noun;
  const before = words[candidate.from - 1]?.lower ?? '';
  return {
    countedNoun: next ? 1 : further ? 0.7 : 0,
    askedNoun: mark(
      noun !== null && words.slice(candidate.from, candidate.to).some((word) => word.stem === noun),
    ),
    afterCalled: mark((asked === 'name' || asked === 'thing') && (before === 'called' || before === 'named')),
  };
}
