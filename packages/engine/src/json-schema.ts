// A JSON Schema, compiled once per content; its errors say where in the value, what was expected, and what is there.
import { createHash } from 'node:crypto';
import { byCodeUnit, isList, isMap, type Json } from '@evalmake/core/json';
import type { Ajv, ErrorObject } from 'ajv';
import { shorten } from './facts-field.ts';
import { jsonFault, lineAt } from './facts-json.ts';

/** One thing about a value that its schema does not allow. */
export interface SchemaProblem {
  /** Keys and indexes from the root to what is meant. */
  readonly pointer: (string | number)[];
  readonly message: string;
}

/** Judges a value; an empty list means that it is valid. */
export type Validator = (value: Json) => SchemaProblem[];

/** A schema that cannot be used: it is no JSON, no schema, or of an unknown draft. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

const compiled = new Map<string, Promise<Validator>>();
/** More schemas than any pipeline names; a watch of days must not collect every edit. */
const mostCompiled = 100;

/**
 * The validator of a schema, from memory when the same text was compiled before.
 * @param schemaText a JSON Schema of draft 2020-12 (also without `$schema`) or draft-07
 * @throws SchemaError
 */
export async function compileSchema(schemaText: string): Promise<Validator> {
  const key = createHash('sha256').update(schemaText).digest('hex');
  const known = compiled.get(key);
  if (known !== undefined) return known;
  if (compiled.size >= mostCompiled) compiled.clear();
  const made = compile(schemaText);
  compiled.set(key, made);
  return made;
}

/**
 * Holds a value against a schema.
 * @param schemaText see `compileSchema`
 * @param value any JSON
 * @throws SchemaError when the schema cannot be used
 */
export async function validateJson(schemaText: string, value: Json): Promise<SchemaProblem[]> {
  return (await compileSchema(schemaText))(value);
}

async function compile(schemaText: string): Promise<Validator> {
  const schema = parseSchema(schemaText);
  const ajv = await newAjv(schema);
  let validate: ReturnType<Ajv['compile']>;
  try {
    validate = ajv.compile(schema as object | boolean);
  } catch (error) {
    throw new SchemaError(reason(error as Error));
  }
  return (value) => {
    if (validate(value)) return [];
    const errors = validate.errors ?? [];
    // What the branch of an `if` wants is told by its own errors; that it is the branch that wants it, helps nobody.
    const told = errors.filter(({ keyword }) => keyword !== 'if');
    return (told.length > 0 ? told : errors).map((e) => ({
      pointer: pointerOf(e, value),
      message: explain(e),
    }));
  };
}

function parseSchema(text: string): Json {
  let schema: Json;
  try {
    schema = JSON.parse(text.replace(/^\uFEFF/, '')) as Json;
  } catch {
    const fault = jsonFault(text);
    const { line, column } = lineAt(text, fault?.offset ?? 0);
    throw new SchemaError(
      `the schema is not valid JSON at line ${line}, column ${column}: ${fault?.why ?? 'cannot be read'}`,
    );
  }
  if (!isMap(schema) && typeof schema !== 'boolean')
    throw new SchemaError('a JSON Schema is an object, or true or false');
  return schema;
}

/** The library is loaded here, on first use: most builds judge no schema. */
async function newAjv(schema: Json): Promise<Ajv> {
  const draft =
    isMap(schema) && schema.$schema !== undefined
      ? schema.$schema
      : 'https://json-schema.org/draft/2020-12/schema';
  const old = typeof draft === 'string' && /draft-07\/schema#?$/.test(draft);
  if (!old && !(typeof draft === 'string' && /draft\/2020-12\/schema#?$/.test(draft))) {
    throw new SchemaError(`$schema ${JSON.stringify(draft)} is not known: use draft 2020-12 or draft-07`);
  }
  const options = { allErrors: true, verbose: true, strict: false, logger: false } as const;
  const { Ajv, Ajv2020, ajvFormats } = await import('./ajv-library.ts');
  const made = old ? new Ajv(options) : new Ajv2020(options);
  ajvFormats.default(made as Ajv);
  return made as Ajv;
}

function reason(error: Error): string {
  const missing = /^can't resolve reference (\S+)/.exec(error.message)?.[1];
  if (missing === undefined) return `not a usable JSON Schema: ${error.message}`;
  const inside = missing.startsWith('#');
  return `"$ref": "${missing}" leads nowhere; ${inside ? 'define it in this file' : 'a schema is one file: put what it refers to into its "$defs"'}`;
}

function pointerOf(error: ErrorObject, value: Json): (string | number)[] {
  const steps = error.instancePath
    .split('/')
    .slice(1)
    .map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~'));
  const pointer: (string | number)[] = [];
  let at: Json | undefined = value;
  for (const step of steps) {
    pointer.push(isList(at) ? Number(step) : step);
    at = isList(at) ? at[Number(step)] : isMap(at) ? at[step] : undefined;
  }
  const extra =
    (error.params as Record<string, unknown>).additionalProperty ??
    (error.params as Record<string, unknown>).unevaluatedProperty;
  return typeof extra === 'string' ? [...pointer, extra] : pointer;
}

/** What was expected, and what is there when that is a scalar. */
function explain(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  const text = (value: unknown): string => shorten(JSON.stringify(value) ?? 'nothing', 60);
  const { keyword } = error;
  if (keyword === 'required') return `must have the key ${text(params.missingProperty)}`;
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties')
    return 'is a key that the schema does not know';
  const found =
    error.data !== null && typeof error.data === 'object' ? kind(error.data as Json) : text(error.data);
  if (keyword === 'enum') {
    const allowed = (params.allowedValues as readonly unknown[]).map(text);
    return `must be one of ${shorten(allowed.join(', '))}, is ${found}`;
  }
  if (keyword === 'const') return `must be ${text(params.allowedValue)}, is ${found}`;
  return `${error.message ?? `does not match "${keyword}"`}, is ${found}`;
}

function kind(value: Json): string {
  if (isList(value)) return `a list of ${value.length}`;
  const keys = Object.keys(value as object).sort(byCodeUnit);
  return keys.length === 0 ? 'an empty object' : `an object with ${shorten(keys.join(', '), 60)}`;
}
