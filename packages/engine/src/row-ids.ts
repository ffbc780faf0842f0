// RowIds are the names of rows, all different, in one block of memory: a million of them are no million objects.
import { slotsFor } from './row-keys.ts';

/** Names in the order in which they came. */
export class RowIds {
  #bytes: Buffer;
  /** Where each begins; one more than there are. */
  #starts: Uint32Array;
  #size: number;
  #slots: Int32Array | undefined;
  #scratch = Buffer.allocUnsafe(1024);

  /**
   * @param bytes names that are there from the beginning, all different
   * @param starts where each begins, and where the last one ends
   */
  constructor(bytes: Buffer = Buffer.alloc(0), starts: Uint32Array = new Uint32Array(1)) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.#size = starts.length - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** All names, one behind the other; valid until one is added. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#starts[this.#size]);
  }

  /** Where each name begins, and where the last one ends. */
  get starts(): Uint32Array {
    return this.#starts.subarray(0, this.#size + 1);
  }

  text(i: number): string {
    return this.#bytes.toString('utf8', this.#starts[i], this.#starts[i + 1]);
  }

  /** Where a name stands in the order; -1 when it is not here. */
  find(id: string): number {
    const length = this.#write(id);
    const slots = this.#index();
    return slots[this.#slot(slots, this.#scratch, 0, length)] as number;
  }

  /**
   * Adds a name that is not here yet; returns its place in the order, also when it was here.
   * @throws RangeError when all names together have 4 GiB
   */
  add(id: string): number {
    const length = this.#write(id);
    let slots = this.#index();
    if ((this.#size + 1) * 2 > slots.length) {
      this.#slots = undefined;
      slots = this.#index(this.#size * 2);
    }
    const slot = this.#slot(slots, this.#scratch, 0, length);
    const found = slots[slot] as number;
    if (found >= 0) return found;
    const at = this.#starts[this.#size] as number;
    if (at + length > 0xffff_ffff) throw new RangeError('the ids of all rows are longer than 4 GiB');
    if (at + length > this.#bytes.length) this.#bytes = grown(this.#bytes, at + length);
    if (this.#size + 2 > this.#starts.length) {
      const starts = new Uint32Array(this.#starts.length * 2 + 1024);
      starts.set(this.#starts);
      this.#starts = starts;
    }
    this.#scratch.copy(this.#bytes, at, 0, length);
    slots[slot] = this.#size;
    this.#size += 1;
    this.#starts[this.#size] = at + length;
    return this.#size - 1;
  }

  #write(id: string): number {
    if (id.length * 3 > this.#scratch.length) this.#scratch = Buffer.allocUnsafe(id.length * 6);
    return this.#scratch.write(id, 'utf8');
  }

  #index(room = this.#size): Int32Array {
    if (this.#slots !== undefined) return this.#slots;
    const slots = slotsFor(room + 1);
    for (let i = 0; i < this.#size; i++) {
      const start = this.#starts[i] as number;
      slots[this.#slot(slots, this.#bytes, start, (this.#starts[i + 1] as number) - start)] = i;
    }
    this.#slots = slots;
    return slots;
  }

  #slot(slots: Int32Array, from: Buffer, at: number, length: number): number {
    const mask = slots.length - 1;
    for (let slot = hashOf(from, at, length) & mask; ; slot = (slot + 1) & mask) {
      const i = slots[slot] as number;
      if (i < 0) return slot;
      const start = this.#starts[i] as number;
      if ((this.#starts[i + 1] as number) - start !== length) continue;
      let k = 0;
      while (k < length && this.#bytes[start + k] === from[at + k]) k++;
      if (k === length) return slot;
    }
  }
}

function grown(bytes: Buffer, atLeast: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(Math.max(atLeast, bytes.length * 2, 4096));
  bytes.copy(larger);
  return larger;
}

/** FNV-1a with a last mix, since ids often differ in their last digits only. */
function hashOf(bytes: Buffer, at: number, length: number): number {
  let h = 0x811c9dc5;
  for (let k = at; k < at + length; k++) h = Math.imul(h ^ (bytes[k] as number), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return h ^ (h >>> 13);
}
