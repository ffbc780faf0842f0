// A Chance is a stream of pseudo-random numbers whose seed is a text: the same text gives the same numbers everywhere.
import { createHash } from 'node:crypto';

/** mulberry32 (Tommy Ettinger, public domain) on the first 32 bits of the SHA-256 of the seed. */
export class Chance {
  #state: number;

  constructor(seed: string) {
    this.#state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  }

  /** A number from 0 (inclusive) to 1 (exclusive). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A number between 0 and 1, neither included. */
  open(): number {
    return (Math.floor(this.next() * 4294967296) + 0.5) / 4294967296;
  }

  /** A standard normal number, by the sum of twelve uniform ones less six: exact arithmetic on every machine. */
  normal(): number {
    let sum = -6;
    for (let count = 0; count < 12; count += 1) sum += this.next();
    return sum;
  }
}
