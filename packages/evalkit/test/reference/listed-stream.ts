// A listed stream draws a given sequence, so that both sides of a comparison resample alike.
import { RandomStream } from 'evalkit/stats/random';
import * as assert from 'uvu/assert';

/** Draws the whole numbers it was given, in their order; asking for more of them, or for smaller ones, fails. */
export class ListedStream extends RandomStream {
  readonly #draws: Iterator<number>;

  constructor(draws: readonly number[]) {
    super(0, 'listed');
    this.#draws = draws[Symbol.iterator]();
  }

  override below(n: number): number {
    const { value, done } = this.#draws.next();
    assert.ok(!done && value < n);
    return value as number;
  }
}
