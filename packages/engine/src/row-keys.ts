// RowKeys are keys of rows, 16 bytes each, in one block of memory: added in order, and found again by their bytes.
import { hash } from 'node:crypto';

/** Bytes of a key: half a sha256, still far from any collision. */
export const keyBytes = 16;

/** The slots of an index over so many entries: a power of two, at most half full. */
export function slotsFor(entries: number): Int32Array {
  let slots = 16;
  while (slots < entries * 2) slots *= 2;
  return new Int32Array(slots).fill(-1);
}

/** A key as 32 hex digits. */
export function keyText(keys: Uint8Array, i: number): string {
  return Buffer.from(keys.buffer, keys.byteOffset + i * keyBytes, keyBytes).toString('hex');
}

/** The bytes of a key in hex; undefined when the text is none. */
export function keyOfText(text: string): Uint8Array | undefined {
  return /^[0-9a-f]{32}$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** Writes half the sha256 of something to place `i` of a block of keys. */
export function writeKey(keys: Buffer, i: number, of: string | Uint8Array): void {
  keys.write(hash('sha256', of, 'hex'), i * keyBytes, keyBytes, 'hex');
}

/** Different keys in the order in which they came. A key is given as the place `i` in a block of keys. */
export class RowKeys {
  #bytes: Buffer;
  #size: number;
  /** Made when it is first asked: those who only go through all keys need none. */
  #slots: Int32Array | undefined;

  /** @param bytes keys that are there from the beginning, all different */
  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes;
    this.#size = bytes.length / keyBytes;
  }

  get size(): number {
    return this.#size;
  }

  /** All keys, one behind the other; valid until one is added. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size * keyBytes);
  }

  text(i: number): string {
    return keyText(this.#bytes, i);
  }

  /** Where a key stands in the order; -1 when it is not here. */
  find(keys: Uint8Array, i: number): number {
    const slots = this.#index();
    return slots[this.#slot(slots, keys, i * keyBytes)] as number;
  }

  /** Adds a key that is not here yet; returns its place in the order, also when it was here. */
  add(keys: Uint8Array, i: number): number {
    let slots = this.#index();
    if ((this.#size + 1) * 2 > slots.length) {
      this.#slots = undefined;
      slots = this.#index(this.#size * 2);
    }
    const slot = this.#slot(slots, keys, i * keyBytes);
    const found = slots[slot] as number;
    if (found >= 0) return found;
    const at = this.#size * keyBytes;
    if (at + keyBytes > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, this.#bytes.length * 2));
      this.#bytes.copy(grown);
      this.#bytes = grown;
    }
    for (let k = 0; k < keyBytes; k++) this.#bytes[at + k] = keys[i * keyBytes + k] as number;
    slots[slot] = this.#size;
    this.#size += 1;
    return this.#size - 1;
  }

  #index(room = this.#size): Int32Array {
    if (this.#slots !== undefined) return this.#slots;
    const slots = slotsFor(room + 1);
    for (let i = 0; i < this.#size; i++) slots[this.#slot(slots, this.#bytes, i * keyBytes)] = i;
    this.#slots = slots;
    return slots;
  }

  /** The slot that holds a key, or the free one where it would be. */
  #slot(slots: Int32Array, keys: Uint8Array, at: number): number {
    const mask = slots.length - 1;
    const mine = this.#bytes;
    // Keys are digests: any of their bits are as good as a hash.
    let slot =
      ((keys[at] as number) |
        ((keys[at + 1] as number) << 8) |
        ((keys[at + 2] as number) << 16) |
        ((keys[at + 3] as number) << 24)) &
      mask;
    for (; ; slot = (slot + 1) & mask) {
      const i = slots[slot] as number;
      if (i < 0) return slot;
      const other = i * keyBytes;
      let k = 0;
      while (k < keyBytes && mine[other + k] === keys[at + k]) k++;
      if (k === keyBytes) return slot;
    }
  }
}
