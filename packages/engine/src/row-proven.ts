// A ProvenOutput is an output of rows that a record proves to answer the rows as they are: its answers count without a sidecar.
import { join } from 'node:path';
import type { Task, TaskRecord } from '@evalmake/core';
import { digestFile } from './digest.ts';
import { existsSync } from './fs.ts';
import { keyText, RowKeys } from './row-keys.ts';
import type { RowAnswer } from './row-record.ts';
import { rowFormatOf, scanRows } from './row-scan.ts';
import type { AnswerSource } from './row-sidecar.ts';
import { sidecarSum } from './row-sidecar-keys.ts';
import { rowId } from './row-spec.ts';
import type { RowTable } from './row-table.ts';
import { RowWindow } from './row-window.ts';

/** An output as its record says it is. */
export interface RecordedOutput {
  readonly path: string;
  readonly digest: string;
}

/** The output of rows in a record. */
export function recordedOutput(task: Task, record: TaskRecord | undefined): RecordedOutput | undefined {
  const [file] = record?.outputs[task.target.rows?.to ?? ''] ?? [];
  return file;
}

/** The answers of an output under the keys that its rows have. */
export class ProvenOutput implements AnswerSource {
  readonly keys = new RowKeys();
  readonly warnings: readonly string[] = [];
  readonly #rows: {
    readonly id: string;
    readonly offset: number;
    readonly length: number;
    readonly sum: string;
  }[] = [];
  #header: string | undefined;
  #window: RowWindow | undefined;

  /**
   * Reads the output; one that is gone, or not as recorded, has no answers.
   * @param table the rows with whose fingerprint the record was made: each has its id in the output, or was let go
   * @throws the error of the file system when it cannot be read
   */
  constructor(root: string, output: RecordedOutput, table: RowTable) {
    const path = join(root, output.path);
    if (!existsSync(path) || digestFile(path).digest !== output.digest) return;
    this.#window = new RowWindow(path);
    const scan = scanRows(path, rowFormatOf(output.path));
    try {
      while (scan.next()) {
        const id = rowId(scan, table.spec.id) ?? '';
        const row = table.arrays.ids.find(id);
        if (row < 0 || this.keys.add(table.keys.subarray(row * 16, row * 16 + 16), 0) < this.#rows.length)
          continue;
        const sum = sidecarSum(keyText(table.keys, row), scan.raw);
        this.#rows.push({ id, offset: scan.offset, length: scan.length, sum });
      }
      this.#header = scan.header;
    } finally {
      scan.close();
    }
  }

  has(keys: Uint8Array, i: number): boolean {
    return this.keys.find(keys, i) >= 0;
  }

  answer(keys: Uint8Array, i: number): RowAnswer | undefined {
    const row = this.#rows[this.keys.find(keys, i)];
    if (row === undefined) return undefined;
    const text = (this.#window as RowWindow).read(row.offset, row.length);
    // The output may have been written over in place since it was read.
    if (sidecarSum(keyText(keys, i), text) !== row.sum) return undefined;
    return { id: row.id, text, header: this.#header };
  }

  close(): void {
    this.#window?.close();
    this.#window = undefined;
  }
}
