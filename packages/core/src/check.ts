// A Check is a done predicate: what an output must hold before it is published, judged from facts about its content.
import type { Json } from './json.ts';

/** How a file is read: by its extension unless the pipeline says otherwise. */
export type CheckFormat = 'json' | 'jsonl' | 'csv' | 'text';

/** What one check demands. `of` is `inputs.NAME` or `outputs.NAME`, or `inputs` / `outputs` for the one without a name. */
export type CheckDemand =
  | { readonly kind: 'non_empty' }
  | { readonly kind: 'min_rows'; readonly rows: number }
  | { readonly kind: 'max_rows'; readonly rows: number }
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'rows_equal_unique'; readonly field: string; readonly of: string }
  | { readonly kind: 'unique'; readonly fields: readonly string[] }
  | { readonly kind: 'covers'; readonly id: string; readonly of: string }
  | { readonly kind: 'json_schema'; readonly schema: string }
  | { readonly kind: 'has_keys'; readonly keys: readonly string[] }
  | { readonly kind: 'schema_version'; readonly op: '>=' | '>' | '=' | '<=' | '<'; readonly version: number }
  | { readonly kind: 'columns'; readonly columns: readonly string[] }
  | { readonly kind: 'sha256'; readonly hex: string }
  | { readonly kind: 'command'; readonly run: string };

/** One check of one target. */
export interface CheckSpec {
  /** `output.kind`, or `kind` for the only output; unique in its target. */
  readonly id: string;
  /** The output it judges; undefined for a `command` about the whole target. */
  readonly output: string | undefined;
  readonly format: CheckFormat | undefined;
  readonly demand: CheckDemand;
}

/** What is known of one file's content. */
export interface Facts {
  readonly format: CheckFormat;
  /** Lines of JSONL that are not blank, records of a CSV without its header, lines of text; of JSON the length of a list, else 1. */
  readonly rows?: number;
  /** Top-level keys of a JSON object, in code-unit order (at most `mostNames`, none longer than `longestName`). */
  readonly keys?: readonly string[];
  /** The value of `schema_version` in a JSON object; null when it is longer than `longestName`. */
  readonly schemaVersion?: Json;
  /** Header of a CSV, in its own order (at most `mostNames`, none longer than `longestName`). */
  readonly columns?: readonly string[];
  /** Per key or column that a check demanded: the first line without it, or 0 when it is never missing. */
  readonly lacks?: Readonly<Record<string, number>>;
  /** Per field list (see `uniqueKey`): distinct values, and the first duplicate with both line numbers. */
  readonly unique?: Readonly<Record<string, UniqueFact>>;
  /** Why the content could not be read as its format, with a line number. */
  readonly broken?: string;
}

/** How many distinct values a field has in one file. A "line" of a JSON list is the number of its item, from 1. */
export interface UniqueFact {
  readonly count: number;
  /** The value is JSON text, shortened to `longestName`. */
  readonly duplicate?: { readonly value: string; readonly lines: readonly [number, number] };
  /** The first line without the field (absent or null), when there is one; the header's for an unknown column. */
  readonly missing?: number;
}

/** How many keys or columns of a file are kept as facts. */
export const mostNames = 200;
/** How long, in UTF-16 units, a key, column or duplicate value kept as a fact may be. */
export const longestName = 200;

/** Which facts the checks of one output need. */
export interface Needs {
  readonly format: CheckFormat | undefined;
  /** Field lists whose distinct values are counted. */
  readonly unique: readonly (readonly string[])[];
  /** Keys (JSON, JSONL) or columns (CSV) that must be there. */
  readonly names: readonly string[];
  /** Whether a check looks into the rows, so that JSONL which is not JSON must be noticed. */
  readonly content: boolean;
}

/** The format of a file by its extension: json, jsonl or ndjson, csv or tsv, else text. */
export function formatOf(path: string): CheckFormat {
  const extension = /\.([A-Za-z0-9]+)$/.exec(path)?.[1]?.toLowerCase();
  if (extension === 'json' || extension === 'jsonl' || extension === 'csv') return extension;
  if (extension === 'ndjson') return 'jsonl';
  return extension === 'tsv' ? 'csv' : 'text';
}

/** The key of a field list in `Facts.unique`: the fields joined by `,`, one that holds a `,` or `"` as JSON text. */
export function uniqueKey(fields: readonly string[]): string {
  return fields.map((f) => (/[",]/.test(f) ? JSON.stringify(f) : f)).join(',');
}

/** What the `of` of a check names: `inputs.NAME`, `outputs.NAME`, or without a name the only one. */
export function ofRef(of: string): { readonly side: 'inputs' | 'outputs'; readonly name: string } {
  const dot = of.indexOf('.');
  const side = (dot < 0 ? of : of.slice(0, dot)) === 'inputs' ? 'inputs' : 'outputs';
  return { side, name: dot < 0 ? '' : of.slice(dot + 1) };
}
