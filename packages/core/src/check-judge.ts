// Judging: whether a check holds, from recorded facts alone; what they cannot tell is unknown, never passed.
import {
  type CheckDemand,
  type CheckFormat,
  type CheckSpec,
  type Facts,
  formatOf,
  longestName,
  mostNames,
  type Needs,
  uniqueKey,
} from './check.ts';
import { canonical, isMap, type Json } from './json.ts';
import type { OutputFile } from './record.ts';

/** What facts say about a check. */
export type CheckVerdict =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly message: string }
  | { readonly status: 'unknown' };

/** What judging needs of an output file; the digest may be missing while an attempt is judged. */
export type JudgedFile = Pick<OutputFile, 'path' | 'bytes' | 'facts'> & { readonly digest?: string };

const passed: CheckVerdict = { status: 'passed' };
const unknown: CheckVerdict = { status: 'unknown' };
const failed = (message: string): CheckVerdict => ({ status: 'failed', message });

/**
 * The digest of a check: its demand, and the content of the files it names.
 * @param spec the check
 * @param filesDigests path -> digest of each file that the check names (a schema, a script)
 * @param digest text -> digest
 */
export function checkDigest(
  spec: CheckSpec,
  filesDigests: Readonly<Record<string, string>>,
  digest: (text: string) => string,
): string {
  const { demand, format, output } = spec;
  const text: Json = {
    check: 1,
    demand: { ...demand } as Json,
    files: filesDigests,
    format: format ?? null,
    output: output ?? null,
  };
  return digest(canonical(text));
}

/**
 * Which facts the checks of one output need.
 * @param specs the checks of the target
 * @param output the output; checks of others are passed over
 */
export function needs(specs: readonly CheckSpec[], output: string): Needs {
  const own = specs.filter((s) => s.output === output);
  const unique = new Map<string, readonly string[]>();
  const names = new Set<string>();
  for (const { demand } of own) {
    if (demand.kind === 'unique') unique.set(uniqueKey(demand.fields), demand.fields);
    for (const name of demandedNames(demand)) names.add(name);
  }
  return {
    format: own.find((s) => s.format !== undefined)?.format,
    unique: [...unique.values()],
    names: [...names],
    content: own.some((s) => looksInside(s.demand)),
  };
}

/**
 * Judges one check from facts.
 * @param spec the check
 * @param files the files of its output, with the facts known of them
 * @returns `unknown` when only the content can tell
 */
export function judge(spec: CheckSpec, files: readonly JudgedFile[]): CheckVerdict {
  const { demand } = spec;
  if (demand.kind === 'command') return unknown;
  if (files.length === 0 && !countsRows(demand)) return failed(`no file was written (${demand.kind})`);
  if (demand.kind === 'sha256') return judgeDigest(demand.hex, files);
  const verdicts = files.map((file) => judgeFile(demand, file, formatIn(spec, file)));
  const worst = verdicts.find((v) => v.status === 'failed') ?? verdicts.find((v) => v.status === 'unknown');
  if (worst !== undefined) return worst;
  return judgeAll(demand, files);
}

/** Whether a check looks into rows or documents, beyond their number. */
export function looksInside(demand: CheckDemand): boolean {
  return ['unique', 'covers', 'json_schema', 'has_keys', 'schema_version', 'columns'].includes(demand.kind);
}

/** How a check reads a file. */
export function formatIn(spec: Pick<CheckSpec, 'format'>, file: { readonly path: string }): CheckFormat {
  return spec.format ?? formatOf(file.path);
}

/** Why content is not what it should be, after its file: `PATH:12: …` when the line is known. */
export function brokenMessage(path: string, broken: string): string {
  const match = /^line (\d+): /.exec(broken);
  return match === null ? `${path}: ${broken}` : `${path}:${match[1]}: ${broken.slice(match[0].length)}`;
}

/** `line 3 of PATH`, or `item 3 of PATH` for a list in JSON. */
export function placeIn(file: { readonly path: string; readonly format: CheckFormat }, line: number): string {
  return `${file.format === 'json' ? 'item' : 'line'} ${line} of ${file.path}`;
}

/** Checks that count rows hold or fail for an output without files too: it has none. */
function countsRows(demand: CheckDemand): boolean {
  return ['min_rows', 'max_rows', 'rows', 'rows_equal_unique', 'covers'].includes(demand.kind);
}

function demandedNames(demand: CheckDemand): readonly string[] {
  return demand.kind === 'has_keys' ? demand.keys : demand.kind === 'columns' ? demand.columns : [];
}

function judgeDigest(hex: string, files: readonly JudgedFile[]): CheckVerdict {
  const [file, ...others] = files;
  if (file === undefined || others.length > 0)
    return failed(`sha256 judges one file, and ${files.length} were written`);
  if (file.digest === undefined) return unknown;
  if (file.digest === `sha256:${hex}`) return passed;
  return failed(`${file.path} has sha256 ${file.digest.replace(/^sha256:/, '')}, expected ${hex}`);
}

/** What one file alone can fail. */
function judgeFile(demand: CheckDemand, file: JudgedFile, format: CheckFormat): CheckVerdict {
  if (demand.kind === 'non_empty' && file.bytes === 0) return failed(`${file.path} is empty`);
  if (file.path.endsWith('/')) return unknown;
  const wrong = wrongFormat(demand, file.path, format);
  if (wrong !== undefined) return failed(wrong);
  if (demand.kind === 'non_empty' && format === 'text') return passed;
  const facts = file.facts?.format === format ? file.facts : undefined;
  if (facts === undefined) return unknown;
  if (facts.broken !== undefined && (looksInside(demand) || format === 'json' || format === 'csv')) {
    return failed(brokenMessage(file.path, facts.broken));
  }
  if (demand.kind === 'non_empty') return judgeEmpty(file, facts);
  if (demand.kind === 'unique') return judgeUnique(demand.fields, file, facts);
  if (demand.kind === 'schema_version') return judgeVersion(demand, file, facts);
  if (demand.kind === 'has_keys') return judgeNames(demand.keys, 'key', file, facts);
  if (demand.kind === 'columns') return judgeNames(demand.columns, 'column', file, facts);
  if (demand.kind === 'json_schema' || demand.kind === 'covers') return unknown;
  return facts.rows === undefined ? unknown : passed;
}

/** Why a check cannot be asked of a format, or undefined. */
function wrongFormat(demand: CheckDemand, path: string, format: CheckFormat): string | undefined {
  const { kind } = demand;
  const instead = (formats: string) =>
    `${path} is read as ${format}, and ${kind} needs ${formats}: name the file so, or say format`;
  if (!looksInside(demand)) return undefined;
  if (kind === 'columns') return format === 'csv' ? undefined : instead('csv');
  if (kind === 'schema_version') return format === 'json' ? undefined : instead('json');
  if (kind === 'unique' || kind === 'covers')
    return format === 'text' ? instead('json, jsonl or csv') : undefined;
  return format === 'json' || format === 'jsonl' ? undefined : instead('json or jsonl');
}

function judgeEmpty(file: JudgedFile, facts: Facts): CheckVerdict {
  if (facts.format === 'json' && facts.keys?.length === 0)
    return failed(`${file.path} holds an empty object`);
  if (facts.rows === undefined) return unknown;
  if (facts.rows > 0) return passed;
  return failed(facts.format === 'json' ? `${file.path} holds an empty list` : `${file.path} has no rows`);
}

function judgeUnique(fields: readonly string[], file: JudgedFile, facts: Facts): CheckVerdict {
  const key = uniqueKey(fields);
  const fact = facts.unique !== undefined && Object.hasOwn(facts.unique, key) ? facts.unique[key] : undefined;
  if (fact === undefined) return unknown;
  const read = { path: file.path, format: facts.format };
  if (fact.missing !== undefined) return failed(`no ${key} in ${placeIn(read, fact.missing)} (unique)`);
  if (fact.duplicate === undefined) return passed;
  const { value, lines } = fact.duplicate;
  const where = facts.format === 'json' ? 'in items' : 'on lines';
  return failed(`duplicate ${key} ${value} ${where} ${lines[0]} and ${lines[1]} of ${file.path}`);
}

function judgeVersion(
  demand: CheckDemand & { kind: 'schema_version' },
  file: JudgedFile,
  facts: Facts,
): CheckVerdict {
  const { op, version } = demand;
  const expected = `expected ${op === '=' ? '' : op}${version}`;
  const found = facts.schemaVersion;
  if (found === undefined) return failed(`${file.path} has no schema_version, ${expected}`);
  const number = typeof found === 'string' && /^\d+(\.\d+)?$/.test(found) ? Number(found) : found;
  const holds = typeof number === 'number' && compare(number, op, version);
  return holds
    ? passed
    : failed(`${file.path} has schema_version ${isMap(found) ? '{…}' : canonical(found)}, ${expected}`);
}

function compare(found: number, op: '>=' | '>' | '=' | '<=' | '<', wanted: number): boolean {
  if (op === '>=') return found >= wanted;
  if (op === '>') return found > wanted;
  if (op === '<=') return found <= wanted;
  return op === '<' ? found < wanted : found === wanted;
}

/** Keys or columns: those demanded when the facts were made are known for sure, others only from the kept list. */
function judgeNames(
  demanded: readonly string[],
  what: 'key' | 'column',
  file: JudgedFile,
  facts: Facts,
): CheckVerdict {
  if (facts.format === 'json' && facts.keys === undefined)
    return failed(`${file.path} holds no object, so it has no keys`);
  const lines = demanded.map((name) => lackingLine(name, what === 'key' ? facts.keys : facts.columns, facts));
  const missing = demanded.filter((_, i) => (lines[i] ?? 0) > 0);
  if (missing.length === 0) return lines.includes(undefined) ? unknown : passed;
  const first = Math.min(...lines.filter((l) => l !== undefined && l > 0).map(Number));
  const where = facts.format === 'jsonl' ? `line ${first} of ${file.path}` : file.path;
  const at = facts.format === 'jsonl' ? demanded.filter((_, i) => lines[i] === first) : missing;
  const list = at.map((n) => JSON.stringify(n)).join(', ');
  const has =
    facts.columns === undefined ? '' : `; it has ${facts.columns.slice(0, 20).join(', ') || 'none'}`;
  return failed(`${where} lacks the ${what}${at.length > 1 ? 's' : ''} ${list}${has}`);
}

/** The first line without a name, 0 when it is never missing, undefined when the facts do not tell. */
function lackingLine(name: string, kept: readonly string[] | undefined, facts: Facts): number | undefined {
  if (facts.lacks !== undefined && Object.hasOwn(facts.lacks, name)) return facts.lacks[name];
  if (kept === undefined) return undefined;
  if (kept.includes(name)) return 0;
  // A dotted name may also be a path below a key, of which the list of keys says nothing.
  return !name.includes('.') && kept.length < mostNames && name.length <= longestName ? 1 : undefined;
}

/** What only all files together can fail: their number of rows, and values that two of them share. */
function judgeAll(demand: CheckDemand, files: readonly JudgedFile[]): CheckVerdict {
  if (demand.kind === 'unique') {
    const withRows = files.filter((f) => f.facts?.rows !== 0);
    return withRows.length > 1 ? unknown : passed;
  }
  if (demand.kind === 'covers' || demand.kind === 'rows_equal_unique') return unknown;
  const rows = files.reduce((sum, f) => sum + (f.facts?.rows ?? 0), 0);
  if (demand.kind === 'min_rows' && rows < demand.rows)
    return failed(`rows ${rows} < ${demand.rows} (min_rows)`);
  if (demand.kind === 'max_rows' && rows > demand.rows)
    return failed(`rows ${rows} > ${demand.rows} (max_rows)`);
  if (demand.kind === 'rows' && rows !== demand.rows)
    return failed(`rows ${rows}, expected ${demand.rows} (rows)`);
  return passed;
}
