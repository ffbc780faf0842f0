// Taking answers: what a command wrote is held against what it was asked, and every answer that fits is kept.
import { isMap, type Json } from '@evalmake/core/json';
import { fieldValue } from './facts-field.ts';
import { existsSync } from './fs.ts';
import { keyText } from './row-keys.ts';
import { type RowFormat, type RowScan, scanRows } from './row-scan.ts';
import { rowId } from './row-spec.ts';
import type { RowStore } from './row-store.ts';
import type { RowTable } from './row-table.ts';

/** What is taken, and from where. */
export interface TakeOptions {
  /** The file the command wrote answers to; one that is not there has none. */
  readonly path: string;
  /** How it is called in messages. */
  readonly name: string;
  readonly format: RowFormat;
  /** The field that, when it is there and not null (in a CSV: not empty), makes a line no answer. */
  readonly error: string;
  /** The rows that were asked, with the keys under which they were. */
  readonly table: RowTable;
  /** Which rows of the table were asked; all unless said otherwise. */
  readonly rows?: Iterable<number>;
  readonly store: RowStore;
  /** Names the attempt. */
  readonly attempt: string;
  /** The time now, ISO 8601. */
  readonly at: string;
  /** Whether the command ended well: only then is a last row of a CSV without a newline whole. */
  readonly ended: boolean;
}

/** Something that does not fit: how often, and the first of it in words. */
export interface RowFinding {
  readonly count: number;
  /** At most 20, each with its place or its id. */
  readonly examples: readonly string[];
}

/** What became of the answers. */
export interface Taken {
  /** The keys of all rows that were asked. */
  readonly keys: () => Iterable<string>;
  readonly answers: number;
  /** Rows that failed: places in the table. */
  readonly failed: readonly number[];
  /** Lines of an id that was not asked. */
  readonly foreign: RowFinding;
  /** Further lines of an id; the first answer counts. */
  readonly duplicate: RowFinding;
  /** Ids that were asked and have no line. */
  readonly missing: RowFinding;
  /** Lines that cannot be read. */
  readonly bad: RowFinding;
  /** Whether a torn last line was passed over. */
  readonly torn: boolean;
}

const mostExamples = 20;

interface OpenFinding {
  count: number;
  readonly examples: string[];
}

const nothing = (): OpenFinding => ({ count: 0, examples: [] });

function note(finding: OpenFinding, example: string): void {
  finding.count += 1;
  if (finding.examples.length < mostExamples) finding.examples.push(example);
}

/**
 * Takes the answers of an attempt into the store; what is there is taken again without harm. They are written when this
 * returns, and durable when `store.durable()` has said so.
 * @throws the errors of the file system
 */
export function takeAnswers(options: TakeOptions): Taken {
  const taking = new Taking(options);
  if (existsSync(options.path)) taking.read();
  options.store.flush();
  return taking.done();
}

/** What is known of a row of the table while answers are read. */
const notAsked = 0;
const asked = 1;
const failed = 2;
const answered = 3;

class Taking {
  readonly #states: Uint8Array;
  readonly #foreign = nothing();
  readonly #duplicate = nothing();
  readonly #bad = nothing();
  #answers = 0;
  #torn = false;

  constructor(private readonly options: TakeOptions) {
    const { table, rows } = options;
    this.#states = new Uint8Array(table.size);
    if (rows === undefined) this.#states.fill(asked);
    else for (const i of rows) this.#states[i] = asked;
  }

  read(): void {
    const { path, name, format, ended } = this.options;
    const scan = scanRows(path, format);
    try {
      for (let more = true; more; ) {
        more = scan.next();
        // A last line that cannot be read and has no newline is one that the command did not get to finish.
        if (scan.torn === 'unread') scan.broken.pop();
        const lastIsTorn = scan.torn === 'unread' || (scan.torn === 'read' && format !== 'jsonl' && !ended);
        for (const broken of scan.broken.splice(0)) note(this.#bad, `${name}:${broken}`);
        if (lastIsTorn) this.#torn = true;
        else if (more) this.#take(scan);
      }
      const { id } = this.options.table.spec;
      if (scan.columns !== undefined && !scan.columns.includes(id))
        note(this.#bad, `${name}:1: there is no column "${id}"`);
    } finally {
      scan.close();
    }
  }

  done(): Taken {
    const missing = nothing();
    const failedRows: number[] = [];
    for (const [i, state] of this.#states.entries()) {
      if (state === asked) note(missing, this.options.table.id(i));
      else if (state === failed) failedRows.push(i);
    }
    return {
      keys: () => this.#keys(),
      answers: this.#answers,
      failed: failedRows,
      foreign: this.#foreign,
      duplicate: this.#duplicate,
      missing,
      bad: this.#bad,
      torn: this.#torn,
    };
  }

  *#keys(): Generator<string> {
    const { keys } = this.options.table;
    for (const [i, state] of this.#states.entries()) if (state !== notAsked) yield keyText(keys, i);
  }

  #take(scan: RowScan): void {
    const { name, table, store, at, attempt } = this.options;
    const place = `${name}:${scan.line}`;
    const id = rowId(scan, table.spec.id);
    if (id === undefined) {
      note(
        this.#bad,
        `${place}: the line has no id: "${table.spec.id}" is to be a text that is not empty, or a number`,
      );
      return;
    }
    const i = table.find(id);
    const state = i < 0 ? notAsked : (this.#states[i] as number);
    if (state === notAsked) {
      note(this.#foreign, `${place}: "${id}" was not asked`);
      return;
    }
    if (state !== asked) note(this.#duplicate, `${place}: "${id}" stands in a line before`);
    const error = this.#errorIn(scan);
    if (error !== undefined) {
      if (state !== asked) return;
      this.#states[i] = failed;
      store.add(table.keys, i, { kind: 'error', id, at, attempt, error });
      return;
    }
    if (state === answered) return;
    this.#states[i] = answered;
    this.#answers += 1;
    const record = { kind: 'answer', id, at, text: scan.raw.toString('utf8') } as const;
    store.add(table.keys, i, scan.header === undefined ? record : { ...record, header: scan.header });
  }

  #errorIn(scan: RowScan): Json | undefined {
    const error = fieldValue(scan.value, this.options.error);
    return error === null || (error === '' && this.options.format !== 'jsonl') ? undefined : error;
  }
}

/** What went wrong with a row, in words. */
export function rowErrorText(error: Json): string {
  if (typeof error === 'string') return error;
  if (isMap(error) && typeof error['message'] === 'string')
    return error['code'] === undefined || error['code'] === null
      ? error['message']
      : `${String(error['code'])}: ${error['message']}`;
  return JSON.stringify(error);
}
