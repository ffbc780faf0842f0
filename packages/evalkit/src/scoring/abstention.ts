// An Abstention is an answer that says it does not answer; a list of phrases decides.
import { normalForm } from './normalise.ts';

/** Tells abstentions by the phrases of a configuration. */
export class AbstentionRule {
  readonly #phrases: readonly string[];

  /** @param phrases texts such as "I don't know"; case, punctuation and articles do not matter */
  constructor(phrases: readonly string[]) {
    this.#phrases = phrases.map(normalForm).filter((phrase) => phrase !== '');
  }

  /** Whether an answer abstains: it is empty, or holds one of the phrases as whole words. */
  holds(answer: string): boolean {
    const form = normalForm(answer);
    return form === '' || this.#phrases.some((phrase) => ` ${form} `.includes(` ${phrase} `));
  }
}
