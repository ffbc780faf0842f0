// Facts of a file are gathered here, in one pass that never holds more of a file than its format needs.
import {
  type CheckFormat,
  type Facts,
  formatOf,
  longestName,
  mostNames,
  type Needs,
  type UniqueFact,
  uniqueKey,
} from '@evalmake/core/check';
import { byCodeUnit, isMap, type Json } from '@evalmake/core/json';
import { Distinct } from './facts-distinct.ts';
import { fieldText, fieldValue, type Row, shorten } from './facts-field.ts';
import { type ReadOptions, readChunks } from './facts-lines.ts';
import { type ContentReader, type Scan, startScan } from './facts-scan.ts';

/** Needs of an output without checks: rows, keys and columns as they come. */
export const noNeeds: Needs = { format: undefined, unique: [], names: [], content: false };

/** How facts are gathered. */
export interface GatherOptions extends ReadOptions {
  /** Is handed every chunk too, so that a digest need not read the file again. */
  readonly onChunk?: (chunk: Buffer) => void;
}

/**
 * Reads a file once and tells what checks need to know of it. Rows are always counted (JSON above `largestJson` is
 * not read); a JSON object always tells its keys and `schema_version`, a CSV its columns. The lines of JSONL are only
 * parsed when `needs` asks for what is in them.
 * @param path where the content lies
 * @param format how to read it; without it by `needs.format`, then by the extension of `path`
 * @param needs what the checks of the output ask for (`needs` in core)
 * @throws the error of the file system when the file cannot be read
 */
export function gatherFacts(
  path: string,
  format: CheckFormat | undefined,
  needs: Needs,
  options: GatherOptions = {},
): Facts {
  const gatherer = new FactsGatherer(format ?? needs.format ?? formatOf(path), needs, { path });
  readChunks(
    path,
    (chunk) => {
      options.onChunk?.(chunk);
      gatherer.feed(chunk);
    },
    options,
  );
  return gatherer.end();
}

/** Gathers facts from chunks that somebody else reads. */
export class FactsGatherer {
  readonly #format: CheckFormat;
  readonly #scan: Scan;
  readonly #uniques: readonly UniqueReader[];
  readonly #names: NamesReader;

  /**
   * @param format how the content is read
   * @param needs what is asked for
   * @param more the file's path (a `.tsv` has tabs), and other readers for the same pass
   */
  constructor(
    format: CheckFormat,
    needs: Needs,
    more: { path?: string; readers?: readonly ContentReader[] } = {},
  ) {
    this.#format = format;
    this.#uniques = format === 'text' ? [] : needs.unique.map((fields) => new UniqueReader(fields));
    this.#names = new NamesReader(needs.names);
    const others = more.readers ?? [];
    const own = format === 'json' || (format === 'jsonl' && needs.names.length > 0) ? [this.#names] : [];
    this.#scan = startScan(format, {
      readers: [...this.#uniques, ...own, ...others],
      content: needs.content || others.length > 0,
      tabs: /\.tsv$/i.test(more.path ?? ''),
    });
  }

  /** Takes the next chunk of the content. */
  feed(chunk: Buffer): void {
    this.#scan.feed(chunk);
  }

  /** Takes the end of the content. */
  end(): Facts {
    const { rows, columns, broken } = this.#scan.end();
    const readable = broken === undefined || this.#format === 'jsonl' || this.#format === 'csv';
    const header = columns === undefined ? undefined : this.#names.columns(columns);
    const lacks = readable ? this.#names.lacks(this.#format, columns) : {};
    const unique = this.#uniques.map((u) => [uniqueKey(u.fields), u.fact(columns)] as const);
    return {
      format: this.#format,
      ...(rows === undefined ? {} : { rows }),
      ...(this.#names.keys === undefined ? {} : { keys: this.#names.keys }),
      ...(this.#names.version === undefined ? {} : { schemaVersion: this.#names.version }),
      ...(header === undefined ? {} : { columns: header }),
      ...(Object.keys(lacks).length === 0 ? {} : { lacks }),
      ...(unique.length === 0 || !readable ? {} : { unique: Object.fromEntries(unique) }),
      ...(broken === undefined ? {} : { broken }),
    };
  }
}

/** Counts the distinct values of some fields, and finds the first that comes twice. */
class UniqueReader implements ContentReader {
  readonly fields: readonly string[];
  readonly #seen = new Distinct();
  #duplicate: UniqueFact['duplicate'];
  #missing: number | undefined;

  constructor(fields: readonly string[]) {
    this.fields = fields;
  }

  row(row: Row): void {
    const text = fieldText(row, this.fields);
    if (text === undefined) {
      this.#missing ??= row.line;
      return;
    }
    const before = this.#seen.add(text, row.line);
    if (before !== undefined) this.#duplicate ??= { value: shorten(text), lines: [before, row.line] };
  }

  fact(columns: readonly string[] | undefined): UniqueFact {
    const lacking =
      columns !== undefined && columns.length > 0 && this.fields.some((f) => !columns.includes(f));
    const missing = lacking ? 1 : this.#missing;
    return {
      count: this.#seen.size,
      ...(this.#duplicate === undefined ? {} : { duplicate: this.#duplicate }),
      ...(missing === undefined ? {} : { missing }),
    };
  }
}

/** Notes the keys of a JSON object, and where a demanded key or column is missing. */
class NamesReader implements ContentReader {
  readonly fields = [];
  readonly #demanded: readonly string[];
  readonly #missing = new Map<string, number>();
  #document = false;
  keys: readonly string[] | undefined;
  version: Json | undefined;

  constructor(demanded: readonly string[]) {
    this.#demanded = demanded;
  }

  document(value: Json): void {
    this.#document = true;
    for (const name of this.#demanded) if (fieldValue(value, name) === undefined) this.#missing.set(name, 1);
    if (!isMap(value)) return;
    this.keys = kept(Object.keys(value).sort(byCodeUnit));
    const version = Object.hasOwn(value, 'schema_version') ? value.schema_version : undefined;
    const short = typeof version !== 'object' && JSON.stringify(version ?? null).length <= longestName;
    this.version = version === undefined || short ? version : null;
  }

  row({ value, line }: Row): void {
    if (this.#document) return;
    for (const name of this.#demanded) {
      if (!this.#missing.has(name) && fieldValue(value, name) === undefined) this.#missing.set(name, line);
    }
  }

  columns(header: readonly string[]): readonly string[] {
    return kept(header);
  }

  lacks(format: CheckFormat, header: readonly string[] | undefined): Record<string, number> {
    if (format === 'text') return {};
    const line = (name: string) =>
      header === undefined ? this.#missing.get(name) : header.includes(name) ? 0 : 1;
    return Object.fromEntries(this.#demanded.map((name) => [name, line(name) ?? 0]));
  }
}

function kept(names: readonly string[]): string[] {
  return names.filter((n) => n.length <= longestName).slice(0, mostNames);
}
