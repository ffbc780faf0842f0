// Support is how far a passage bears out an answer: its words stand there, and near the words of the question.
import { normalTokens } from './normalise.ts';

/** Words of a question that say nothing of its subject. */
const PLAIN = new Set(
  (
    'i you he she it we they who whom whose which what when where why how is are was were be been being am do does did has ' +
    'have had will would can could may might must shall should of in on at by for with from to into as than and or but not ' +
    'no if so that this these those there its his her their many much long any some'
  ).split(' '),
);

/** Tokens on each side of the answer in which the question's words count. */
const REACH = 15;

/** A passage made ready for several answers. */
export class SupportJudge {
  readonly #tokens: readonly string[];
  readonly #question: readonly string[];

  /** @param question its words without function words are looked for near the answer */
  constructor(passage: string, question: string) {
    this.#tokens = normalTokens(passage);
    this.#question = [...new Set(normalTokens(question).filter((token) => !PLAIN.has(token)))];
  }

  /**
   * The support score of an answer, 0 to 1: a · (1 + q) / 2, the highest over all windows of the passage, where
   * a is the share of the answer's tokens that stand in the window (1 where the answer stands there word for word), and
   * q the share of the question's content words in the window or within 15 tokens of it. So an answer that the passage
   * does not hold scores 0, one that it holds far from anything asked 0.5, one beside all that was asked 1.
   */
  score(answer: string): number {
    const wanted = normalTokens(answer);
    if (wanted.length === 0 || this.#tokens.length === 0) return 0;
    const size = Math.min(this.#tokens.length, wanted.length + Math.ceil(wanted.length / 2));
    let best = 0;
    for (let from = 0; from + size <= this.#tokens.length; from += 1) {
      const held = this.#share(wanted, from, from + size);
      if (held === 0) continue;
      const near = this.#near(from - REACH, from + size + REACH);
      best = Math.max(best, (held * (1 + near)) / 2);
    }
    return best;
  }

  /** Share of the wanted tokens in a stretch, each token of the stretch counting once. */
  #share(wanted: readonly string[], from: number, to: number): number {
    const left = this.#tokens.slice(from, to);
    let found = 0;
    for (const token of wanted) {
      const at = left.indexOf(token);
      if (at === -1) continue;
      left.splice(at, 1);
      found += 1;
    }
    return found / wanted.length;
  }

  #near(from: number, to: number): number {
    if (this.#question.length === 0) return 1;
    const stretch = new Set(this.#tokens.slice(Math.max(0, from), to));
    return this.#question.filter((token) => stretch.has(token)).length / this.#question.length;
  }
}
