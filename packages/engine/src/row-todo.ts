// The todo of an attempt is the file of rows that are asked: the lines of the input as they are, in their order.

import { writeRows } from './row-output.ts';
import type { RowTable } from './row-table.ts';
import { RowWindow } from './row-window.ts';

/** What is asked. */
export interface RowTodo {
  readonly table: RowTable;
  /** Places in the table, in order. */
  readonly rows: Iterable<number>;
}

/**
 * Writes the todo of an attempt, durably; a CSV has the header of the input.
 * @returns its digest and size
 * @throws Unreadable when the input is shorter than it was; that it is the same otherwise is for the caller to know
 */
export function writeTodo({ table, rows }: RowTodo, path: string): { digest: string; bytes: number } {
  const windows: (RowWindow | undefined)[] = [];
  try {
    return writeRows(path, (output) => {
      if (table.header !== undefined) output.line(table.header);
      for (const i of rows) {
        const file = table.fileOf(i);
        const { offset, length } = table.where(i);
        windows[file] ??= new RowWindow(table.files[file]?.path as string);
        output.line((windows[file] as RowWindow).read(offset, length));
      }
    });
  } finally {
    for (const window of windows) window?.close();
  }
}
