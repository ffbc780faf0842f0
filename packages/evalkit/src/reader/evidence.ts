// Evidence is how much of a question a sentence speaks of: BM25 finds the sentences, coverage weighs what they hold.
import type { Analysis } from './analysis.ts';
import { alike, SELECTORS } from './lexicon.ts';
import type { Sentence } from './sentences.ts';
import type { Word } from './words.ts';

/** BM25 with the usual constants (Robertson and Zaragoza 2009): saturation of counts and normalisation of length. */
const K1 = 1.2;
const B = 0.75;

/** Credit for a content word of the question, by where its like is found. */
const CREDIT = { same: 1, kin: 0.8, alike: 0.75, neighbour: 0.55, topic: 0.6, elsewhere: 0.3 } as const;

/** What one sentence holds of one question. */
export interface Evidence {
  readonly sentence: Sentence;
  /** Share of the weight of the question's content words that is accounted for, 0 to 1. */
  readonly coverage: number;
  /** The share that no sentence accounts for, 0 to 1. */
  readonly missing: number;
  /** For each matched word of the sentence (by index): the weight of the question word it matches. */
  readonly matches: ReadonlyMap<number, number>;
  /** Whether the sentence opens a passage. */
  readonly opening: boolean;
  /** How many sentences of the passage hold a stem; in a list of facts always 0, since they do not belong together. */
  readonly sentencesWith: (stem: string) => number;
}

/** Two stems that begin with the same five letters are taken for kin: astronom-y, astronom-er. */
function kin(a: string, b: string): boolean {
  return a.length >= 5 && b.length >= 5 && a.slice(0, 5) === b.slice(0, 5);
}

function creditOf(term: Word, stem: string): number {
  if (term.stem === stem) return CREDIT.same;
  if (kin(term.stem, stem)) return CREDIT.kin;
  return alike(term.stem, stem) ? CREDIT.alike : 0;
}

/** An index of sentences. In a passage the sentences belong together; in a list of facts each stands alone. */
export class EvidenceIndex {
  readonly #sentences: readonly Sentence[];
  readonly #passage: boolean;
  readonly #postings = new Map<string, number[]>();
  readonly #meanLength: number;

  /** @param passage whether words of other sentences (a title, the sentence before) support a sentence */
  constructor(sentences: readonly Sentence[], passage: boolean) {
    this.#sentences = sentences;
    this.#passage = passage;
    let total = 0;
    sentences.forEach((sentence, index) => {
      total += sentence.words.length;
      for (const stem of sentence.stems) {
        const list = this.#postings.get(stem);
        if (list) list.push(index);
        else this.#postings.set(stem, [index]);
      }
    });
    this.#meanLength = sentences.length === 0 ? 1 : total / sentences.length;
  }

  /** The sentences that hold anything of the question, best first; ties in the order of the text. */
  find(analysis: Analysis, most: number): Evidence[] {
    const credits = analysis.terms.map((term) => this.#creditBySentence(term));
    const weights = analysis.terms.map((term, index) => this.#weight(term, credits[index]?.size ?? 0));
    const scores = new Map<number, number>();
    credits.forEach((bySentence, index) => {
      for (const [sentence, credit] of bySentence) {
        const length = this.#sentences[sentence]?.words.length ?? 0;
        const saturated = (credit * (K1 + 1)) / (credit + K1 * (1 - B + (B * length) / this.#meanLength));
        scores.set(sentence, (scores.get(sentence) ?? 0) + (weights[index] ?? 0) * saturated);
      }
    });
    return [...scores]
      .sort((a, b) => b[1] - a[1] || a[0] - b[0])
      .slice(0, most)
      .flatMap(([index]) => this.#evidence(index, { terms: analysis.terms, credits, weights }));
  }

  /** For one question word: the best credit in each sentence that holds its like. */
  #creditBySentence(term: Word): Map<number, number> {
    const best = new Map<number, number>();
    for (const [stem, sentences] of this.#postings) {
      const credit = creditOf(term, stem);
      if (credit === 0) continue;
      for (const index of sentences) if (credit > (best.get(index) ?? 0)) best.set(index, credit);
    }
    return best;
  }

  /** Inverse document frequency; names and numbers weigh more, since a wrong one makes another question of it. */
  #weight(term: Word, found: number): number {
    const count = this.#sentences.length;
    const idf = Math.log(1 + (count - found + 0.5) / (found + 0.5));
    // In a short passage a word of the topic stands in most sentences; it keeps a little weight.
    const floor = this.#passage ? 0.4 : 0.2;
    return Math.max(floor, idf) * (term.capital || term.digits ? 1.2 : 1);
  }

  #evidence(
    index: number,
    question: {
      readonly terms: readonly Word[];
      readonly credits: readonly ReadonlyMap<number, number>[];
      readonly weights: readonly number[];
    },
  ): Evidence[] {
    const sentence = this.#sentences[index];
    if (sentence === undefined) return [];
    const matches = new Map<number, number>();
    let covered = 0;
    let missing = 0;
    let all = 0;
    question.terms.forEach((term, position) => {
      const weight = question.weights[position] ?? 0;
      const bySentence = question.credits[position] ?? new Map<number, number>();
      all += weight;
      covered += weight * this.#credit(term, index, bySentence);
      if (bySentence.size === 0) missing += weight;
      sentence.words.forEach((word, at) => {
        const credit = creditOf(term, word.stem) * weight;
        if (credit > (matches.get(at) ?? 0)) matches.set(at, credit);
      });
    });
    return [
      {
        sentence,
        coverage: all === 0 ? 0 : covered / all,
        missing: all === 0 ? 1 : missing / all,
        matches,
        opening: this.#passage && index === 0,
        sentencesWith: (stem) => (this.#passage ? (this.#postings.get(stem)?.length ?? 0) : 0),
      },
    ];
  }

  #credit(term: Word, index: number, bySentence: ReadonlyMap<number, number>): number {
    const here = bySentence.get(index) ?? 0;
    if (here > 0 || !this.#passage || SELECTORS.has(term.lower)) return here;
    if (bySentence.has(index - 1)) return CREDIT.neighbour;
    if (bySentence.has(0)) return CREDIT.topic;
    return bySentence.size > 0 ? CREDIT.elsewhere : 0;
  }
}
