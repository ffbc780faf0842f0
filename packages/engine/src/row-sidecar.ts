// A RowSidecar is an output of rows and the keys beside it: where both are, its answers have been bought and count again.
import { digestFile } from './digest.ts';
import { existsSync } from './fs.ts';
import { RowKeys } from './row-keys.ts';
import type { RowAnswer } from './row-record.ts';
import { type RowFormat, scanRows } from './row-scan.ts';
import { SidecarKeys, sidecarPath } from './row-sidecar-keys.ts';
import { rowId } from './row-spec.ts';
import { RowWindow } from './row-window.ts';

/** An output of rows as a place where answers are found by key. */
export interface SidecarSource {
  /** The output; its sidecar lies beside it. */
  readonly output: string;
  /** How the output is called in warnings. */
  readonly name: string;
  readonly format: RowFormat;
}

/** A place where answers are found by key. */
export interface AnswerSource {
  /** Keys of the answers that count. */
  readonly keys: RowKeys;
  readonly warnings: readonly string[];
  has(keys: Uint8Array, i: number): boolean;
  /** The answer of a key, valid until the next one is read. */
  answer(keys: Uint8Array, i: number): RowAnswer | undefined;
  close(): void;
}

/** The answers of an output whose sidecar is right about it. */
export class RowSidecar implements AnswerSource {
  /** Keys of the answers that count. */
  readonly keys = new RowKeys();
  readonly warnings: readonly string[];
  readonly #known: SidecarKeys;
  /** Of each key: which of the known rows it is of, and where its answer stands. */
  readonly #rows: number[] = [];
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  #header: string | undefined;
  #window: RowWindow | undefined;

  /**
   * Reads the sidecar and the output; when either is not there, there are no answers.
   * @throws the error of the file system when one cannot be read
   */
  constructor({ output, name, format }: SidecarSource) {
    this.#known = new SidecarKeys(sidecarPath(output), sidecarPath(name));
    const { header, warnings } = this.#known;
    this.warnings = warnings;
    if (header === undefined || !existsSync(output)) return;
    this.#window = new RowWindow(output);
    if (digestFile(output).digest === header.output) this.#take(output, format, header.id);
    else
      warnings.push(
        `${name} is not the file that ${sidecarPath(name)} was written for; answers in it are not used for rows`,
      );
  }

  has(keys: Uint8Array, i: number): boolean {
    return this.keys.find(keys, i) >= 0;
  }

  /** The answer of a key, valid until the next one is read. */
  answer(keys: Uint8Array, i: number): RowAnswer | undefined {
    const at = this.keys.find(keys, i);
    if (at < 0) return undefined;
    const row = this.#rows[at] as number;
    const text = (this.#window as RowWindow).read(this.#offsets[at] as number, this.#lengths[at] as number);
    // The output may have been written over in place since it was read.
    if (!this.#known.vouches(row, text)) return undefined;
    return { id: this.#known.ids.text(row), text, header: this.#header };
  }

  close(): void {
    this.#window?.close();
    this.#window = undefined;
  }

  #take(output: string, format: RowFormat, id: string): void {
    const scan = scanRows(output, format);
    try {
      while (scan.next()) {
        const row = this.#known.ids.find(rowId(scan, id) ?? '');
        if (row < 0 || !this.#known.vouches(row, scan.raw)) continue;
        if (this.keys.add(this.#known.key(row), 0) < this.#rows.length) continue;
        this.#rows.push(row);
        this.#offsets.push(scan.offset);
        this.#lengths.push(scan.length);
      }
      this.#header = scan.header;
    } finally {
      scan.close();
    }
  }
}
