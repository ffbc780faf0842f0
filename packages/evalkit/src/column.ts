// A Column is numbers by index: it grows block by block, so that growing copies nothing and a million numbers take 8 MB.

const BITS = 13;
const SIZE = 1 << BITS;

/** Numbers by index from 0 up; what was never set is 0. */
export class Column {
  readonly #blocks: Float64Array[] = [];

  /** The number at an index. */
  at(index: number): number {
    return this.#blocks[index >>> BITS]?.[index & (SIZE - 1)] ?? 0;
  }

  /** Puts a number at an index, which may lie beyond all others. */
  set(index: number, value: number): void {
    const wanted = index >>> BITS;
    while (this.#blocks.length <= wanted) this.#blocks.push(new Float64Array(SIZE));
    (this.#blocks[wanted] as Float64Array)[index & (SIZE - 1)] = value;
  }
}
