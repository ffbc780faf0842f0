// A Distinct is a set of values with the place where each was first met; it may outgrow the largest Map.

/** Entries per map; a Map of the language ends at 2^24. */
const perMap = 8_000_000;

/** Distinct texts, each with one number: where it stands. */
export class Distinct {
  readonly #maps: Map<string, number>[] = [new Map()];
  readonly #perMap: number;

  constructor(limit = perMap) {
    this.#perMap = limit;
  }

  /** Adds a text unless it is there; then the number it was added with is returned, and nothing changes. */
  add(text: string, place: number): number | undefined {
    for (const map of this.#maps) {
      const known = map.get(text);
      if (known !== undefined) return known;
    }
    let last = this.#maps.at(-1) as Map<string, number>;
    if (last.size >= this.#perMap) {
      last = new Map();
      this.#maps.push(last);
    }
    last.set(text, place);
    return undefined;
  }

  /** Takes a text out, if it is there. */
  delete(text: string): void {
    for (const map of this.#maps) if (map.delete(text)) return;
  }

  /** How many texts there are. */
  get size(): number {
    return this.#maps.reduce((sum, map) => sum + map.size, 0);
  }

  /** The first texts, in the order in which they were added. */
  first(count: number): string[] {
    const found: string[] = [];
    for (const map of this.#maps) {
      for (const text of map.keys()) {
        if (found.length === count) return found;
        found.push(text);
      }
    }
    return found;
  }
}
