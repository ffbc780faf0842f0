// A Random gives the same numbers for the same seed: everything a simulation chooses comes from one.

/** A small generator (mulberry32): good enough to choose from, and quick to make. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 up to but not including 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 up to but not including n. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** A whole number between both ends, these included. */
  between(least: number, most: number): number {
    return least + this.int(most - least + 1);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T;
  }

  /** Some of a list, each at most once. */
  some<T>(list: readonly T[], most: number): T[] {
    const left = [...list];
    const out: T[] = [];
    while (out.length < most && left.length > 0) out.push(...left.splice(this.int(left.length), 1));
    return out;
  }

  /** Another generator, so that what one part chooses does not move what the next one does. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4294967296));
  }
}
