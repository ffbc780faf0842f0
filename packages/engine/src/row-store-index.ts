// The RowStoreIndex knows where in the row store the answer and the last failure of each key stand, in 50 bytes per key.
import { RowKeys } from './row-keys.ts';

/** Where a line stands in the store. */
export interface RecordPlace {
  readonly offset: number;
  readonly length: number;
}

/** A place for each key; those of a key that is not here are asked for as -1. */
export class RowStoreIndex {
  readonly #keys = new RowKeys();
  #answerOffsets = new Float64Array(0);
  /** No answer: 0. */
  #answerLengths = new Uint32Array(0);
  #failureOffsets = new Float64Array(0);
  #failureLengths = new Uint32Array(0);
  #failures = new Uint16Array(0);
  /** The attempt of the last failure, as a number. */
  #attempts = new Uint32Array(0);
  #forgotten = new Uint8Array(0);
  readonly #attemptNumbers = new Map<string, number>();
  #answers = 0;

  get answers(): number {
    return this.#answers;
  }

  find(keys: Uint8Array, i: number): number {
    return this.#keys.find(keys, i);
  }

  answer(slot: number): RecordPlace | undefined {
    return placeOf(this.#answerOffsets, this.#answerLengths, slot);
  }

  failure(slot: number): RecordPlace | undefined {
    return placeOf(this.#failureOffsets, this.#failureLengths, slot);
  }

  failures(slot: number): number {
    return this.#failures[slot] ?? 0;
  }

  forgotten(slot: number): boolean {
    return (this.#forgotten[slot] ?? 0) !== 0;
  }

  /** Whether the last failure of a key was in this attempt. */
  failedIn(slot: number, attempt: string): boolean {
    return this.failures(slot) > 0 && this.#attempts[slot] === this.#attemptNumbers.get(attempt);
  }

  /** The first answer of a key counts. */
  addAnswer(key: Buffer, { offset, length }: RecordPlace): void {
    const slot = this.#add(key);
    if (this.#answerLengths[slot] !== 0) return;
    this.#answerOffsets[slot] = offset;
    this.#answerLengths[slot] = length;
    this.#forgotten[slot] = 0;
    this.#answers += 1;
  }

  addFailure(key: Buffer, { offset, length }: RecordPlace, attempt: string): void {
    const slot = this.#add(key);
    if (!this.failedIn(slot, attempt)) this.#failures[slot] = Math.min(0xffff, this.failures(slot) + 1);
    this.#failureOffsets[slot] = offset;
    this.#failureLengths[slot] = length;
    let number = this.#attemptNumbers.get(attempt);
    if (number === undefined) {
      number = this.#attemptNumbers.size + 1;
      this.#attemptNumbers.set(attempt, number);
    }
    this.#attempts[slot] = number;
  }

  forget(key: Buffer): void {
    const slot = this.#add(key);
    if (this.#answerLengths[slot] !== 0) this.#answers -= 1;
    this.#answerLengths[slot] = 0;
    this.#failureLengths[slot] = 0;
    this.#failures[slot] = 0;
    this.#forgotten[slot] = 1;
  }

  #add(key: Buffer): number {
    const slot = this.#keys.add(key, 0);
    if (slot >= this.#answerLengths.length) this.#grow(Math.max(256, slot * 2));
    return slot;
  }

  #grow(room: number): void {
    const grown = <T extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#answerOffsets = grown(new Float64Array(room), this.#answerOffsets);
    this.#answerLengths = grown(new Uint32Array(room), this.#answerLengths);
    this.#failureOffsets = grown(new Float64Array(room), this.#failureOffsets);
    this.#failureLengths = grown(new Uint32Array(room), this.#failureLengths);
    this.#failures = grown(new Uint16Array(room), this.#failures);
    this.#attempts = grown(new Uint32Array(room), this.#attempts);
    this.#forgotten = grown(new Uint8Array(room), this.#forgotten);
  }
}

function placeOf(offsets: Float64Array, lengths: Uint32Array, slot: number): RecordPlace | undefined {
  const length = lengths[slot] ?? 0;
  return length === 0 ? undefined : { offset: offsets[slot] as number, length };
}
