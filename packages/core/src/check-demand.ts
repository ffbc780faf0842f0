// A demand is the value of one check key, read into what it asks of the content.
import type { CheckDemand } from './check.ts';
import { isList, isMap, type Json } from './json.ts';
import type { Pointer } from './problem.ts';
import { kindOf, name, type Shape } from './shape.ts';
import { suggest } from './suggest.ts';

/** The checks there are, in the order in which help lists them. */
export const demandKeys = [
  'non_empty',
  'min_rows',
  'max_rows',
  'rows',
  'unique',
  'covers',
  'json_schema',
  'has_keys',
  'schema_version',
  'columns',
  'sha256',
  'command',
] as const;

interface Reading {
  readonly shape: Shape;
  readonly context: { readonly outputs: readonly string[]; readonly inputs: readonly string[] };
}

/**
 * Reads one check.
 * @param key one of `demandKeys`
 * @param value what stands behind the key
 * @param at where the value stands
 * @param reading takes the mistakes; knows what `of` may name
 * @returns the demand, or undefined when the value does not fit (a problem says why)
 */
export function parseDemand(
  key: string,
  value: Json,
  at: Pointer,
  reading: Reading,
): CheckDemand | undefined {
  const { shape } = reading;
  if (value === null) {
    shape.wrong(at, `${name(at)} has no value`);
    return undefined;
  }
  if (key === 'rows') return parseRows(value, at, reading);
  if (key === 'min_rows' || key === 'max_rows') {
    const rows = shape.whole(value, at, 0);
    return rows === undefined ? undefined : { kind: key, rows };
  }
  if (key === 'covers') return parseCovers(value, at, reading);
  if (key === 'unique') {
    const fields = names(value, at, shape);
    return fields === undefined ? undefined : { kind: key, fields };
  }
  if (key === 'has_keys') {
    const keys = names(value, at, shape);
    return keys === undefined ? undefined : { kind: key, keys };
  }
  if (key === 'columns') {
    const columns = names(value, at, shape);
    return columns === undefined ? undefined : { kind: key, columns };
  }
  return parseScalar(key, value, at, shape);
}

function parseScalar(key: string, value: Json, at: Pointer, shape: Shape): CheckDemand | undefined {
  if (key === 'json_schema') {
    const schema = word(value, at, 'the path of a JSON Schema', shape);
    return schema === undefined ? undefined : { kind: key, schema };
  }
  if (key === 'command') {
    const run = word(value, at, 'a command', shape);
    return run === undefined ? undefined : { kind: key, run };
  }
  if (key === 'schema_version') return parseVersion(value, at, shape);
  if (key === 'sha256') return parseHex(value, at, shape);
  if (value === true) return { kind: 'non_empty' };
  shape.wrong(
    at,
    `${name(at)} must be true, not ${kindOf(value)}`,
    'leave the check out when the file may be empty',
  );
  return undefined;
}

function parseRows(value: Json, at: Pointer, reading: Reading): CheckDemand | undefined {
  const { shape } = reading;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0)
    return { kind: 'rows', rows: value };
  if (!isMap(value)) {
    shape.wrong(
      at,
      `${name(at)} must be a whole number or { equals_unique: FIELD, of: NAME }, not ${kindOf(value)}`,
    );
    return undefined;
  }
  shape.known(value, at, ['equals_unique', 'of']);
  const field = word(value.equals_unique, [...at, 'equals_unique'], 'a field', shape);
  const of = parseOf(value.of, [...at, 'of'], reading);
  return field === undefined || of === undefined ? undefined : { kind: 'rows_equal_unique', field, of };
}

function parseCovers(value: Json, at: Pointer, reading: Reading): CheckDemand | undefined {
  const { shape } = reading;
  if (!isMap(value)) {
    shape.wrong(at, `${name(at)} must be a map { id: FIELD, of: NAME }, not ${kindOf(value)}`);
    return undefined;
  }
  shape.known(value, at, ['id', 'of']);
  const id = word(value.id, [...at, 'id'], 'a field', shape);
  const of = parseOf(value.of, [...at, 'of'], reading);
  return id === undefined || of === undefined ? undefined : { kind: 'covers', id, of };
}

/** What `of` names, as `inputs.NAME` or `outputs.NAME` (`inputs`, `outputs` for the one without a name). */
function parseOf(value: Json | undefined, at: Pointer, { shape, context }: Reading): string | undefined {
  const written = word(value, at, 'the name of an input or output of this target', shape);
  if (written === undefined) return undefined;
  const full = [...spell('inputs', context.inputs), ...spell('outputs', context.outputs)];
  if (full.includes(written)) return written;
  const matches = full.filter((f) => f.slice(f.indexOf('.') + 1) === written);
  if (matches.length === 1) return matches[0];
  for (const side of ['inputs', 'outputs'] as const) {
    if (written === side && context[side].length === 1) return `${side}.${context[side][0]}`;
  }
  if (matches.length > 1) {
    shape.problems.error('unknown-reference', at, `"${written}" names both an input and an output`, {
      hint: `write ${matches.map((m) => `"${m}"`).join(' or ')}`,
    });
    return undefined;
  }
  const short = full.map((f) => f.slice(f.indexOf('.') + 1));
  const near = suggest(written, written.includes('.') ? full : short);
  shape.problems.error(
    'unknown-reference',
    at,
    `"${written}" is neither an input nor an output of this target`,
    {
      hint:
        near !== undefined
          ? `did you mean "${near}"?`
          : full.length === 0
            ? 'the target has none'
            : `known: ${full.join(', ')}`,
    },
  );
  return undefined;
}

function spell(side: string, names: readonly string[]): string[] {
  return names.map((n) => (n === '' ? side : `${side}.${n}`));
}

/** A text that is not blank. */
function word(value: Json | undefined, at: Pointer, what: string, shape: Shape): string | undefined {
  if (typeof value === 'string' && value.trim() !== '') return value;
  if (value === undefined) {
    shape.wrong(at.slice(0, -1), `${name(at.slice(0, -1))} needs "${at.at(-1)}": ${what}`);
    return undefined;
  }
  shape.wrong(at, `${name(at)} must be ${what}, not ${typeof value === 'string' ? 'empty' : kindOf(value)}`);
  return undefined;
}

/** One name or a list of at least one, none twice. */
function names(value: Json, at: Pointer, shape: Shape): string[] | undefined {
  if (isMap(value)) {
    shape.wrong(at, `${name(at)} must be a name or a list of names, not ${kindOf(value)}`);
    return undefined;
  }
  const items = isList(value) ? value : [value];
  if (items.length === 0) {
    shape.wrong(at, `${name(at)} is an empty list`);
    return undefined;
  }
  const found: string[] = [];
  for (const [i, item] of items.entries()) {
    const here = isList(value) ? [...at, i] : at;
    const text = typeof item === 'number' ? String(item) : word(item, here, 'a name', shape);
    if (text === undefined) continue;
    if (found.includes(text)) shape.wrong(here, `"${text}" stands twice in ${name(at)}`);
    else found.push(text);
  }
  return found.length === items.length ? found : undefined;
}

function parseVersion(value: Json, at: Pointer, shape: Shape): CheckDemand | undefined {
  const match = /^\s*(>=|<=|>|<|==?)?\s*(\d+(?:\.\d+)?)\s*$/.exec(
    typeof value === 'number' ? String(value) : kindText(value),
  );
  if (match === null) {
    shape.wrong(at, `${name(at)} must be a version such as 2 or ">=2", not ${kindOf(value)}`);
    return undefined;
  }
  const written = match[1] ?? '=';
  const op = written === '>=' || written === '<=' || written === '>' || written === '<' ? written : '=';
  return { kind: 'schema_version', op, version: Number(match[2]) };
}

function kindText(value: Json): string {
  return typeof value === 'string' ? value : '';
}

function parseHex(value: Json, at: Pointer, shape: Shape): CheckDemand | undefined {
  const match = typeof value === 'string' ? /^(?:sha256:)?([0-9a-fA-F]{64})$/.exec(value) : null;
  if (match?.[1] !== undefined) return { kind: 'sha256', hex: match[1].toLowerCase() };
  const hint = typeof value === 'number' ? 'YAML read a number: put the digits in quotes' : undefined;
  shape.wrong(at, `${name(at)} must be 64 hex digits, with or without "sha256:" before them`, hint);
  return undefined;
}
