// A Reader answers questions from text that it is given: it takes the words of a sentence, or says that it does not know.
import { analyse } from './analysis.ts';
import { cautionOf } from './caution.ts';
import { Chance } from './chance.ts';
import { EvidenceIndex } from './evidence.ts';
import { foundingOf, type Ranked, rankCandidates } from './ranking.ts';
import { sentencesOf } from './sentences.ts';

/** What the reader says when it does not answer. */
export const ABSTENTION = "I don't know.";

/** Sentences that are read closely. */
const MOST_SENTENCES = 8;
/** Candidates that a temperature above 0 may choose among. */
const MOST_CHOICES = 8;
/** Log odds of support by which a reader at temperature 1 misjudges itself, one standard deviation. */
const JUDGING_NOISE = 0.5;

export interface ReaderSettings {
  /** Support that a reader without any caution asks for. */
  readonly leastSupport: number;
  /** Support that caution 1 asks for. */
  readonly mostSupport: number;
  readonly seed: number;
}

export interface Reading {
  readonly text: string;
  /** How far the text supports the best answer, 0 to 1, whether it was given or not. */
  readonly support: number;
  readonly abstained: boolean;
}

/** One question to one reader. */
export interface Task {
  readonly question: string;
  /** The passage, or null to answer from the knowledge. */
  readonly context: string | null;
  readonly temperature: number;
  /** What makes the noise of this request its own: its custom_id. */
  readonly noiseKey: string;
}

/** A reader under one system prompt, with its knowledge indexed once. */
export class Reader {
  readonly #settings: ReaderSettings;
  readonly #knowledge: EvidenceIndex;
  readonly #caution: number;
  /** Support below which the reader abstains. */
  readonly threshold: number;

  /**
   * @param prompt the system prompt; it sets the caution of the reader and nothing else
   * @param knowledge declarative sentences, one per line; what the reader has learnt by heart
   */
  constructor(settings: ReaderSettings, prompt: string, knowledge: readonly string[]) {
    this.#settings = settings;
    this.#knowledge = new EvidenceIndex(
      knowledge.flatMap((line) => sentencesOf(line)),
      false,
    );
    this.#caution = cautionOf(prompt);
    this.threshold = settings.leastSupport + (settings.mostSupport - settings.leastSupport) * this.#caution;
  }

  /** Answers one question; the same task always gets the same answer. */
  answer(task: Task): Reading {
    const analysis = analyse(task.question);
    const index =
      task.context === null ? this.#knowledge : new EvidenceIndex(sentencesOf(task.context), true);
    const ranked = rankCandidates(analysis, index.find(analysis, MOST_SENTENCES), this.#caution);
    const chance = new Chance(`${this.#settings.seed}\n${task.noiseKey}`);
    const best = choose(ranked, task.temperature, chance);
    if (best === undefined) return { text: ABSTENTION, support: 0, abstained: true };
    // At a temperature above 0 the reader is less steady in judging itself, too.
    const judged = foundingOf(ranked, best) + JUDGING_NOISE * task.temperature * chance.normal();
    const support = 1 / (1 + Math.exp(-judged));
    const abstained = support < this.threshold;
    return { text: abstained ? ABSTENTION : best.text, support, abstained };
  }
}

/**
 * At temperature 0 the best; above, a draw from the softmax of score / temperature over the first few, as a language model
 * draws its tokens. The draw is the greatest score disturbed by temperature times a Gumbel variate.
 */
function choose(ranked: readonly Ranked[], temperature: number, chance: Chance): Ranked | undefined {
  if (temperature === 0) return ranked[0];
  let best: Ranked | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (const candidate of ranked.slice(0, MOST_CHOICES)) {
    const score = candidate.preference - temperature * Math.log(-Math.log(chance.open()));
    if (score > most) {
      most = score;
      best = candidate;
    }
  }
  return best;
}
