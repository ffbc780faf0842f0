// A random stream is a named, seeded sequence of numbers; equal seed and name give equal numbers on every machine.
import { createHash } from 'node:crypto';

const TWO_32 = 4294967296;

/**
 * xoshiro128** 1.1 (Blackman & Vigna, ACM TOMS 47 (2021) 36): 128 bits of state, period 2^128 - 1, 32-bit output.
 * The state is the first 128 bits of SHA-256 over `seed`, a newline and the stream's name. So every metric, treatment
 * and method has a stream of its own: adding one never shifts the numbers of another, and no jump-ahead is needed.
 */
export class RandomStream {
  readonly #state: Uint32Array;

  /**
   * @param seed the experiment's seed, from its configuration
   * @param name what the numbers are for, such as `0.7/open/treatment/em/bootstrap`
   */
  constructor(seed: number, name: string) {
    const digest = createHash('sha256').update(`${seed}\n${name}`, 'utf8').digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at));
  }

  /** A stream with the given four words of state, not all zero; for comparison with published sequences. */
  static fromState(words: readonly [number, number, number, number]): RandomStream {
    const stream = new RandomStream(0, '');
    stream.#state.set(words);
    return stream;
  }

  /** The next whole number in [0, 2^32). */
  uint32(): number {
    const s = this.#state;
    const s1 = s[1] as number;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = s1 << 9;
    const s2 = (s[2] as number) ^ (s[0] as number);
    const s3 = (s[3] as number) ^ s1;
    s[1] = s1 ^ s2;
    s[0] = (s[0] as number) ^ s3;
    s[2] = s2 ^ shifted;
    s[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /**
   * A whole number in [0, n), without bias (Lemire, ACM TOMACS 29 (2019) 3).
   * @param n from 1 to 2^21, so that the product with 32 bits is exact in a double
   */
  below(n: number): number {
    for (;;) {
      const product = this.uint32() * n;
      const high = Math.floor(product / TWO_32);
      const low = product - high * TWO_32;
      if (low >= n || low >= (TWO_32 - n) % n) return high;
    }
  }
}
