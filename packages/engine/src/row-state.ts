// A RowState says how the rows of a task stand against the answers that are kept, and which are to be asked.
import type { RowCounts } from '@evalmake/core';
import type { RowAnswers } from './row-answers.ts';
import { keyBytes, keyText } from './row-keys.ts';
import type { SidecarKeys } from './row-sidecar-keys.ts';
import type { RowTable } from './row-table.ts';

/** What is compared. */
export interface RowStateOptions {
  readonly table: RowTable;
  readonly answers: RowAnswers;
  /** The keys beside the last result; undefined when there is none. */
  readonly previous: SidecarKeys | undefined;
  /** In how many attempts a row may fail before it is asked no more. */
  readonly maxAttempts: number;
}

/** How the rows stand. Lists hold places in the table, in order. */
export interface RowState {
  readonly counts: RowCounts;
  /** Rows that are to be asked. */
  readonly todo: Uint32Array;
  /** Rows without an answer that have failed too often. */
  readonly refused: Uint32Array;
}

/** Looks at each row of a table. A row without an answer is refused, missing, changed or new, the first that fits. */
export function rowState({ table, answers, previous, maxAttempts }: RowStateOptions): RowState {
  const { keys, size } = table;
  const counts = { total: size, reused: 0, new: 0, changed: 0, missing: 0, refused: 0, todo: 0 };
  const todo = new Uint32Array(size);
  const refused = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    if (answers.has(keys, i)) counts.reused += 1;
    else if (answers.store.failures(keys, i) >= maxAttempts) refused[counts.refused++] = i;
    else {
      const before = previous?.keyOf(table.id(i));
      if (before === undefined) counts.new += 1;
      else if (Buffer.compare(before, keys.subarray(i * keyBytes, (i + 1) * keyBytes)) === 0)
        counts.missing += 1;
      else counts.changed += 1;
      todo[counts.todo++] = i;
    }
  }
  return { counts, todo: todo.slice(0, counts.todo), refused: refused.slice(0, counts.refused) };
}

/** The keys of the rows that have an answer. */
export function* reusedKeys(
  { keys, size }: Pick<RowTable, 'keys' | 'size'>,
  { todo, refused }: RowState,
): Generator<string> {
  let [asked, left] = [0, 0];
  for (let i = 0; i < size; i++) {
    if (todo[asked] === i) asked++;
    else if (refused[left] === i) left++;
    else yield keyText(keys, i);
  }
}
