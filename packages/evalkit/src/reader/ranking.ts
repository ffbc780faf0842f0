// A Ranking orders the candidates of all sentences by how well they answer, and says how well the text supports the best.
import type { Analysis } from './analysis.ts';
import { candidateText } from './candidate.ts';
import { candidatesOf } from './candidates.ts';
import type { Evidence } from './evidence.ts';
import { type Features, featuresOf } from './features.ts';

/**
 * What each feature adds to the score of a candidate, in log odds. Fitted once on the questions of data/raw by conditional
 * logistic regression with a ridge penalty, then rounded: the reader is a baseline tuned to this repository's example
 * data, not a measure of anything else. `missing` is equal for all candidates and counts for the support only.
 */
const SCORE: Features = {
  coverage: 6.5,
  missing: 0,
  nearness: 2,
  fit: 2.5,
  overlap: -0.75,
  preposition: 1.8,
  afterVerbAndPreposition: 1.5,
  afterBy: 0.7,
  fullName: 1,
  afterOtherPreposition: -0.3,
  afterRole: 1.4,
  afterPlacePreposition: 1.6,
  countedNoun: 1.5,
  askedNoun: 1,
  afterCalled: 1.7,
  repeated: -0.6,
  long: -0.5,
  firstSentence: -2,
  verbInside: 1.2,
  name: 1.4,
  modifier: -0.4,
  bestSentence: 1,
};

/** What full caution adds to the weights: a careful reader holds closer to the words that match the question. */
const CARE = { coverage: 2, nearness: 3, repeated: -1 } as const;

/** A candidate with its marks. */
export interface Ranked {
  readonly text: string;
  /** By SCORE alone, in log odds. */
  readonly score: number;
  /** The score with the weights that caution changes; the order of the ranking. */
  readonly preference: number;
  readonly features: Features;
}

/**
 * Ranks the candidates of all evidence, best first; equal ones keep the order of the text.
 * @param caution of the reader, 0 to 1
 */
export function rankCandidates(analysis: Analysis, evidence: readonly Evidence[], caution: number): Ranked[] {
  const ranked: Ranked[] = [];
  evidence.forEach((item, position) => {
    for (const candidate of candidatesOf(item.sentence)) {
      const features = featuresOf(analysis, item, {
        candidate,
        bestSentence: position === 0,
        firstSentence: item.opening,
        sentencesWith: item.sentencesWith,
      });
      if (features === null) continue;
      const score = weigh(features);
      const care =
        CARE.coverage * features.coverage +
        CARE.nearness * features.nearness +
        CARE.repeated * features.repeated;
      ranked.push({
        text: candidateText(item.sentence, candidate),
        score,
        preference: score + caution * care,
        features,
      });
    }
  });
  return ranked.sort((a, b) => b.preference - a.preference);
}

function weigh(features: Features): number {
  let sum = 0;
  for (const name of Object.keys(SCORE) as (keyof Features)[]) sum += SCORE[name] * features[name];
  return sum;
}

/** A lead over the next answer beyond this says no more. */
const MOST_LEAD = 3;

/**
 * How well founded an answer is, in log odds: by its score, its lead over the best answer with other words, and the share
 * of the question that the text says nothing about. A logistic regression on "the answer is right", fitted like SCORE.
 * @param ranked all candidates, best first
 */
export function foundingOf(ranked: readonly Ranked[], chosen: Ranked): number {
  const other = ranked.find((candidate) => candidate.text !== chosen.text);
  const lead = other === undefined ? MOST_LEAD : Math.min(MOST_LEAD, chosen.score - other.score);
  return -5 + 0.6 * chosen.score + lead - 1.7 * chosen.features.missing;
}
