// Merging: the answers of all rows become the output, in the order of the input, and the keys beside it.
import type { RowAnswers } from './row-answers.ts';
import { writeRows } from './row-output.ts';
import { renamedAnswer } from './row-renaming.ts';
import type { RowFormat } from './row-scan.ts';
import { type SidecarHeader, sidecarSchema, sidecarSum } from './row-sidecar-keys.ts';
import type { RowTable } from './row-table.ts';

/** What is merged. */
export interface MergeOptions {
  readonly table: RowTable;
  readonly answers: RowAnswers;
  /** Places of rows that may be left without an answer. */
  readonly leaveOut: ReadonlySet<number>;
  /** Where the output goes, and how it is written. */
  readonly path: string;
  readonly format: RowFormat;
  /** Where the sidecar goes. */
  readonly sidecar: string;
}

/** What was written; with problems nothing was. */
export interface Merged {
  readonly digest: string;
  readonly bytes: number;
  readonly rows: number;
  /** Ids that were left out, in order. */
  readonly leftOut: readonly string[];
  readonly problems: readonly string[];
}

/** How many problems are told. */
const mostProblems = 20;

/** Thrown to leave the old output as it is. */
class Unmergeable extends Error {}

/**
 * Writes the output and its sidecar, each whole or not at all, the sidecar last.
 * @throws Unreadable and the errors of the file system
 */
export function mergeRows(options: MergeOptions): Merged {
  const { path, table, sidecar } = options;
  const merging = new Merging(options);
  try {
    const { digest, bytes } = writeRows(path, (output) => merging.write((line) => output.line(line)));
    const rows = table.size - merging.leftOut.length;
    merging.writeSidecar(sidecar, { output: digest, rows, id: table.spec.id });
    return { digest, bytes, rows, leftOut: merging.leftOut, problems: [] };
  } catch (error) {
    if (!(error instanceof Unmergeable)) throw error;
    return { digest: '', bytes: 0, rows: 0, leftOut: [], problems: merging.problems };
  }
}

class Merging {
  readonly leftOut: string[] = [];
  readonly problems: string[] = [];
  /** Of each row of the table what binds its answer to its key. */
  readonly #sums: Buffer;
  #header: string | undefined;

  constructor(private readonly options: MergeOptions) {
    this.#sums = Buffer.alloc(options.table.size * 8);
  }

  write(line: (content: string | Uint8Array) => void): void {
    const { table, answers, leaveOut, format } = this.options;
    const field = { format, id: table.spec.id };
    for (let i = 0; i < table.size; i++) {
      const answer = answers.answer(table.keys, i);
      const id = table.id(i);
      if (answer === undefined) {
        if (leaveOut.has(i)) this.leftOut.push(id);
        else this.#problem(`the row "${id}" has no answer`);
        continue;
      }
      if (format === 'jsonl' ? answer.header !== undefined : answer.header === undefined)
        this.#problem(`the answer of "${id}" is of another format than the output`);
      else if (this.#header !== undefined && answer.header !== this.#header)
        this.#problem(
          `the answer of "${id}" has the header "${answer.header}", others have "${this.#header}"`,
        );
      else {
        if (answer.header !== undefined && this.#header === undefined) line(answer.header);
        this.#header = answer.header;
        const text = renamedAnswer(answer, id, field);
        this.#sums.write(sidecarSum(table.key(i), text), i * 8, 'hex');
        line(text);
      }
    }
    if (this.problems.length > 0) throw new Unmergeable();
  }

  writeSidecar(path: string, header: SidecarHeader): void {
    const { table } = this.options;
    const leftOut = new Set(this.leftOut);
    writeRows(path, (output) => {
      output.line(JSON.stringify({ schema: sidecarSchema, version: 1, ...header }));
      for (let i = 0; i < table.size; i++) {
        const id = table.id(i);
        if (leftOut.has(id)) continue;
        const sum = this.#sums.toString('hex', i * 8, i * 8 + 8);
        output.line(`{"id":${JSON.stringify(id)},"key":"${table.key(i)}","sum":"${sum}"}`);
      }
    });
  }

  #problem(text: string): void {
    if (this.problems.length < mostProblems) this.problems.push(text);
    else this.problems[mostProblems] = 'and more mistakes like these';
  }
}
