// Readers that judge content as it passes by: rows against a schema, ids that must be covered, values across files.
import type { CheckFormat } from '@evalmake/core/check';
import { placeIn } from '@evalmake/core/check-judge';
import type { Json } from '@evalmake/core/json';
import { Distinct } from './facts-distinct.ts';
import { fieldText, plainText, type Row, shorten } from './facts-field.ts';
import { jsonOffset, lineAt } from './facts-json.ts';
import type { ContentReader } from './facts-scan.ts';
import type { SchemaProblem, Validator } from './json-schema.ts';

/** A file under its published name, and how it is read. */
export interface ReadFile {
  readonly path: string;
  readonly format: CheckFormat;
}

/** Judges the content of one output while its files are read one after the other. */
export interface Judge {
  /** The reader of the next file. */
  reader(file: ReadFile): ContentReader;
  /** After the last file: what is wrong, or undefined. */
  verdict(): string | undefined;
}

const mostShown = 5;
const mostIds = 10;

/** Every row of JSONL, or the document of JSON, must match a schema. */
export class SchemaJudge implements Judge {
  readonly #schema: string;
  readonly #validate: Validator;
  readonly #lines: string[] = [];
  #wrong = 0;

  constructor(schema: string, validate: Validator) {
    this.#schema = schema;
    this.#validate = validate;
  }

  reader(file: ReadFile): ContentReader {
    if (file.format === 'json') {
      return {
        fields: [],
        document: (value, text) =>
          this.#note(file.path, value, (p) => lineAt(text, jsonOffset(text, p.pointer)).line),
      };
    }
    return { fields: [], row: ({ value, line }: Row) => this.#note(file.path, value, () => line) };
  }

  #note(path: string, value: Json, line: (problem: SchemaProblem) => number): void {
    const problems = this.#problems(value);
    if (problems.length > 0) this.#wrong += 1;
    for (const problem of problems) {
      if (this.#lines.length === mostShown) return;
      const at = problem.pointer.map((p) => `/${p}`).join('');
      this.#lines.push(`${path}:${line(problem)}: ${at === '' ? '' : `${at} `}${problem.message}`);
    }
  }

  #problems(value: Json): SchemaProblem[] {
    try {
      return this.#validate(value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return [{ pointer: [], message: 'is nested too deeply to be judged' }];
    }
  }

  verdict(): string | undefined {
    if (this.#wrong === 0) return undefined;
    const count = this.#wrong === 1 ? '1 does' : `${this.#wrong} do`;
    return [`${count} not match ${this.#schema} (json_schema)`, ...this.#lines].join('\n  ');
  }
}

/** Some fields must have no value twice in all files together. */
export class SharedJudge implements Judge {
  readonly #fields: readonly string[];
  readonly #seen = new Distinct();
  readonly #files: ReadFile[] = [];
  #duplicate: string | undefined;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  reader(file: ReadFile): ContentReader {
    const index = this.#files.push(file) - 1;
    return { fields: this.#fields, row: (row) => this.#row(row, index) };
  }

  #row(row: Row, index: number): void {
    if (this.#duplicate !== undefined) return;
    const text = fieldText(row, this.#fields);
    if (text === undefined) return;
    // One number holds both: lines stay below 2^32, and 2^21 files are more than an output has.
    const before = this.#seen.add(text, index * 2 ** 32 + row.line);
    if (before === undefined) return;
    const first = placeIn(this.#files[Math.floor(before / 2 ** 32)] as ReadFile, before % 2 ** 32);
    const second = placeIn(this.#files[index] as ReadFile, row.line);
    this.#duplicate = `duplicate ${this.#fields.join(',')} ${shorten(text)} on ${first} and ${second}`;
  }

  verdict(): string | undefined {
    return this.#duplicate;
  }
}

/** Every id of another set must have a row. */
export class CoverJudge implements Judge {
  readonly #id: string;
  readonly #of: string;
  readonly #missing: Distinct;
  readonly #total: number;

  /**
   * @param id the field
   * @param of what the ids come from, for the message
   * @param ids texts of `plainText`; they are taken out as they are met
   */
  constructor(id: string, of: string, ids: Distinct) {
    this.#id = id;
    this.#of = of;
    this.#missing = ids;
    this.#total = ids.size;
  }

  reader(): ContentReader {
    return {
      fields: [this.#id],
      row: (row) => {
        const text = fieldText(row, [this.#id]);
        if (text !== undefined) this.#missing.delete(plainText(text));
      },
    };
  }

  verdict(): string | undefined {
    const count = this.#missing.size;
    if (count === 0) return undefined;
    const ids = this.#missing.first(mostIds).map((id) => JSON.stringify(shorten(id, 80)));
    const more = count > ids.length ? ` and ${count - ids.length} more` : '';
    return `${count} of ${this.#total} ${this.#id} of ${this.#of} have no row: ${ids.join(', ')}${more} (covers)`;
  }
}
