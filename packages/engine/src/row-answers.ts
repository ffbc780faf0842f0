// RowAnswers are all answers that can be had without asking: those of the row store, and those that lie beside outputs.
import type { RowAnswer, RowRecord } from './row-record.ts';
import { type AnswerSource, RowSidecar, type SidecarSource } from './row-sidecar.ts';
import type { RowStore } from './row-store.ts';
import type { RowTable } from './row-table.ts';

/** Looks a key up in the store, then in sidecars, which are read when the first key is not in the store. */
export class RowAnswers {
  #sidecars: readonly AnswerSource[] | undefined;

  /** @param proven opens what a record proves, where one does */
  constructor(
    readonly store: RowStore,
    private readonly sources: readonly SidecarSource[] = [],
    private readonly proven?: () => AnswerSource,
  ) {}

  /** Whether a key has an answer. */
  has(keys: Uint8Array, i: number): boolean {
    if (this.store.has(keys, i)) return true;
    return !this.store.forgotten(keys, i) && this.#read().some((sidecar) => sidecar.has(keys, i));
  }

  /** The answer of a key, valid until the next one is read. */
  answer(keys: Uint8Array, i: number): RowAnswer | undefined {
    const kept = this.store.answer(keys, i);
    if (kept !== undefined || this.store.forgotten(keys, i)) return kept;
    for (const sidecar of this.#read()) {
      const answer = sidecar.answer(keys, i);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  /**
   * Brings the answers of all sidecars into the store.
   * @param at the time now, ISO 8601
   * @returns how many the store did not have
   */
  import(at: string): number {
    const before = this.store.size;
    for (const sidecar of this.#read()) {
      const { bytes, size } = sidecar.keys;
      for (let i = 0; i < size; i++) {
        if (this.store.has(bytes, i) || this.store.forgotten(bytes, i)) continue;
        const answer = sidecar.answer(bytes, i);
        if (answer !== undefined) this.store.add(bytes, i, recordOf(answer, at));
      }
      this.store.flush();
    }
    return this.store.size - before;
  }

  /**
   * Lets the answers of rows count for the same rows under other keys too, as when a person vouches for them.
   * @param from the rows under the keys that have answers
   * @param to the same rows, see `RowTable.withFingerprint`
   * @param at the time now, ISO 8601
   * @returns how many have an answer now that had none
   */
  carry(from: RowTable, to: RowTable, at: string): number {
    const before = this.store.size;
    for (let i = 0; i < from.size; i++) {
      const answer = this.has(to.keys, i) ? undefined : this.answer(from.keys, i);
      if (answer !== undefined) this.store.add(to.keys, i, recordOf(answer, at));
    }
    this.store.flush();
    return this.store.size - before;
  }

  /** What is wrong with the store, and with the sidecars that were read. */
  get warnings(): string[] {
    return [...this.store.warnings, ...(this.#sidecars ?? []).flatMap(({ warnings }) => warnings)];
  }

  /** Gives the files of sidecars back; the store stays open. */
  close(): void {
    for (const sidecar of this.#sidecars ?? []) sidecar.close();
    this.#sidecars = undefined;
  }

  #read(): readonly AnswerSource[] {
    this.#sidecars ??= [
      ...this.sources.map((source) => new RowSidecar(source)),
      ...(this.proven === undefined ? [] : [this.proven()]),
    ];
    return this.#sidecars;
  }
}

function recordOf({ id, text, header }: RowAnswer, at: string): RowRecord {
  const record = { kind: 'answer', id, at, text: text.toString('utf8') } as const;
  return header === undefined ? record : { ...record, header };
}
