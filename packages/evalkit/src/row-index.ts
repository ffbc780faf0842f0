// A RowIndex is where the rows of JSONL files lie: any of them can be read again, so that none has to stay in memory.
import { Column } from './column.ts';
import type { JsonObject } from './json-object.ts';
import { readJsonlRows, readRow } from './jsonl.ts';
import { lineText } from './lines.ts';
import { type FileState, fileState, OpenFiles } from './open-files.ts';

/** A row and its number in the index, counted from 0 over all files. */
export interface IndexedRow {
  readonly index: number;
  readonly row: JsonObject;
}

/** Keeps 32 bytes for each row. */
export class RowIndex {
  readonly #paths: string[] = [];
  readonly #states: (FileState | null)[] = [];
  readonly #file = new Column();
  readonly #line = new Column();
  readonly #start = new Column();
  readonly #size = new Column();
  /** Rows of pipes and the like, which cannot be read twice. */
  readonly #kept = new Map<number, string>();
  readonly #files = new OpenFiles();
  #count = 0;

  /**
   * Yields the objects of a JSONL file as readJsonl does; each is in the index from then on.
   * @throws Failure at the first line that is not a JSON object
   */
  *add(path: string): Generator<IndexedRow, void, undefined> {
    const file = this.#paths.length;
    const state = fileState(path);
    this.#paths.push(path);
    this.#states.push(state);
    for (const { row, line } of readJsonlRows(path)) {
      const index = this.#count;
      this.#count += 1;
      this.#file.set(index, file);
      this.#line.set(index, line.number);
      this.#start.set(index, line.start);
      this.#size.set(index, line.size);
      if (state === null) this.#kept.set(index, line.text);
      yield { index, row };
    }
  }

  /** Where a row stands, as `path:line`. */
  where(index: number): string {
    return `${this.#path(index)}:${this.#line.at(index)}`;
  }

  /** Reads a row again. @throws Failure when its file has changed */
  read(index: number): JsonObject {
    const state = this.#states[this.#file.at(index)];
    const text = state ? this.#textAt(state, index) : (this.#kept.get(index) ?? '');
    return readRow(text, this.where(index));
  }

  /** Closes the files that are open. */
  close(): void {
    this.#files.close();
  }

  #path(index: number): string {
    return this.#paths[this.#file.at(index)] ?? '?';
  }

  #textAt(state: FileState, index: number): string {
    const bytes = this.#files.bytes(state, this.#start.at(index), this.#size.at(index));
    return lineText(bytes, state.path, this.#line.at(index));
  }
}
