// The Config is the tree of values behind `${{ config.* }}`: the file, overridden by --config and --set.
import { isList, isMap, type Json, type JsonMap } from './json.ts';
import type { Problem } from './problem.ts';
import { suggest } from './suggest.ts';

/** Config values, and how numbers were written (`1.0` stays `1.0` when it is rendered). */
export interface Config {
  readonly value: JsonMap;
  /** Pointer joined by '\0' -> source text of a number. */
  readonly texts: Readonly<Record<string, string>>;
}

export const emptyConfig: Config = { value: {}, texts: {} };

/** The value at a dotted key, or undefined when it is not there. `null` is a value. */
export function lookup(value: Json | undefined, key: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const step of key) {
    if (isMap(at)) at = Object.hasOwn(at, step) ? at[step] : undefined;
    else if (isList(at) && isIndex(step)) at = at[Number(step)];
    else return undefined;
  }
  return at;
}

function isIndex(step: string): boolean {
  return /^(0|[1-9]\d*)$/.test(step);
}

/** How a config scalar is rendered: as written in the source. */
export function scalarText(config: Config, key: readonly string[], value: Json): string {
  return config.texts[key.join('\0')] ?? (typeof value === 'string' ? value : JSON.stringify(value));
}

/** All dotted keys of leaves and inner maps, for "did you mean". */
export function configKeys(value: Json, prefix = ''): string[] {
  if (!isMap(value)) return [];
  return Object.keys(value).flatMap((k) => [prefix + k, ...configKeys(value[k] as Json, `${prefix}${k}.`)]);
}

/**
 * The leaves below a key: maps are opened, lists of maps by index; a list of scalars is one leaf.
 * A key that is not there gives one leaf of `undefined`: missing is not null.
 * A name says what it opens: a map's key that holds a dot or looks like an index stands in quotes (`prices."gpt-4.1"`),
 * so that two trees with the same leaves are the same tree.
 * @param config the whole config
 * @param key a dotted key; `*` for everything
 */
export function leaves(config: Config, key: string): [string, Json | undefined][] {
  const out: [string, Json | undefined][] = [];
  const open = (value: Json | undefined, at: string): void => {
    const before = at === '' ? '' : `${at}.`;
    if (isMap(value) && (at === '' || Object.keys(value).length > 0)) {
      for (const k of Object.keys(value)) open(value[k], before + leafStep(k));
    } else if (isList(value) && value.some((v) => isMap(v) || isList(v))) {
      for (const [i, v] of value.entries()) open(v, `${before}${i}`);
    } else out.push([at, value]);
  };
  if (key === '*') {
    open(config.value, '');
    return out;
  }
  const path = key.split('.');
  const name = path.map((step, i) =>
    isIndex(step) && isMap(lookup(config.value, path.slice(0, i))) ? leafStep(step) : step,
  );
  open(lookup(config.value, path), name.join('.'));
  return out;
}

function leafStep(key: string): string {
  return key === '' || /[."]/.test(key) || isIndex(key) ? JSON.stringify(key) : key;
}

/**
 * The part of the config that holds exactly the declared keys, nested as in the file. Of a list of which only some
 * elements are declared, the others before them are null.
 * @param config the whole config
 * @param keys dotted keys; `*` for everything
 */
export function subset(config: Config, keys: readonly string[]): JsonMap {
  if (keys.includes('*')) return config.value;
  let out: Json = {};
  for (const key of keys) {
    const path = key.split('.');
    const value = lookup(config.value, path);
    if (value !== undefined) out = placed(out, { like: config.value, path, value });
  }
  return out as JsonMap;
}

/** A tree with one value put at a path; what is made on the way is a list where `like` has a list, else a map. */
function placed(
  into: Json | undefined,
  put: { readonly like: Json | undefined; readonly path: readonly string[]; readonly value: Json },
): Json {
  const [step, ...path] = put.path;
  if (step === undefined) return put.value;
  if (isList(put.like)) {
    const list: Json[] = isList(into) ? [...into] : [];
    const index = Number(step);
    while (list.length < index) list.push(null);
    list[index] = placed(list[index], { like: put.like[index], path, value: put.value });
    return list;
  }
  const map: Record<string, Json> = isMap(into) ? { ...into } : {};
  map[step] = placed(own(map, step), { like: own(put.like, step), path, value: put.value });
  return map;
}

function own(value: Json | undefined, key: string): Json | undefined {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A config laid over another: maps merge key by key, everything else is replaced. */
export function overlay(base: Config, over: Config): Config {
  const kept = Object.entries(base.texts).filter(([at]) => !replaces(over.value, at.split('\0')));
  return {
    value: merge(base.value, over.value) as JsonMap,
    texts: { ...Object.fromEntries(kept), ...over.texts },
  };
}

/** Whether laying a value over a tree replaces what stands at a path. */
function replaces(over: Json | undefined, path: readonly string[]): boolean {
  let at = over;
  for (const step of path) {
    if (!isMap(at)) return true;
    if (!Object.hasOwn(at, step)) return false;
    at = at[step];
  }
  return true;
}

function merge(base: Json | undefined, over: Json): Json {
  if (!isMap(base) || !isMap(over)) return over;
  const out: Record<string, Json> = { ...base };
  for (const key of Object.keys(over)) out[key] = merge(own(base, key), over[key] as Json);
  return out;
}

/**
 * Applies `--set a.b=value`. The value is read as JSON where it is JSON, else as text, like a YAML scalar.
 * @param config the config before
 * @param assignments each `key=value`
 * @returns the config after, and a problem per assignment that cannot be read
 */
export function applySets(
  config: Config,
  assignments: readonly string[],
): { config: Config; problems: Problem[] } {
  const problems: Problem[] = [];
  let result = config;
  for (const text of assignments) {
    const match = /^([A-Za-z_][\w-]*(?:\.[\w-]+)*)=([\s\S]*)$/.exec(text);
    if (match === null) {
      problems.push({
        code: 'bad-set',
        severity: 'error',
        message: `--set ${text} is not KEY=VALUE`,
        hint: 'write --set a.b=value',
      });
      continue;
    }
    const path = (match[1] as string).split('.');
    if (lookup(result.value, path) === undefined) problems.push(unknownSet(text, match[1] as string, result));
    else result = setAt(result, path, readSet(match[2] as string));
  }
  return { config: result, problems };
}

function unknownSet(text: string, key: string, config: Config): Problem {
  const near = suggest(key, configKeys(config.value));
  return {
    code: 'unknown-config-key',
    severity: 'error',
    message: `--set ${text}: the config has no key "${key}"`,
    hint:
      near === undefined
        ? 'an override is only of what is there: add the key to the config file'
        : `did you mean "${near}"?`,
  };
}

/** A config with one value replaced, and how its numbers are written. */
function setAt(config: Config, path: readonly string[], to: Written): Config {
  const at = path.join('\0');
  const value = placed(config.value, { like: config.value, path, value: to.value }) as JsonMap;
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(config.texts))
    if (key !== at && !key.startsWith(`${at}\0`)) texts[key] = text;
  for (const [key, text] of Object.entries(to.texts)) texts[key === '' ? at : `${at}\0${key}`] = text;
  return { value, texts };
}

/** A value with the texts of its numbers, by pointer. */
interface Written {
  readonly value: Json;
  readonly texts: Readonly<Record<string, string>>;
}

/** The value of `--set`: a YAML scalar, a JSON list or map; anything else is text. */
function readSet(text: string): Written {
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) return { value: text, texts: {} };
    return { value, texts: String(value) === text ? {} : { '': text } };
  }
  const word = text.toLowerCase();
  if (text === '~' || (word === 'null' && isYamlWord(text))) return { value: null, texts: {} };
  if ((word === 'true' || word === 'false') && isYamlWord(text)) return { value: word === 'true', texts: {} };
  if (!/^[[{"]/.test(text)) return { value: text, texts: {} };
  try {
    JSON.parse(text);
    return readJson(text);
  } catch {
    return { value: text, texts: {} };
  }
}

/** YAML knows `true`, `True` and `TRUE`, but not `tRUE`. */
function isYamlWord(text: string): boolean {
  return /^([a-z]+|[A-Z][a-z]+|[A-Z]+)$/.test(text);
}

/** Reads JSON with the texts of its numbers. The YAML reader knows them too, but is too slow to load for this. */
function readJson(json: string): Written {
  const texts: Record<string, string> = {};
  const open = (value: Json, at: readonly string[]): Json => {
    if (isList(value)) return value.map((v, i) => open(v, [...at, String(i)]));
    if (isMap(value)) {
      const fields = Object.entries(value).map(([k, v]): [string, Json] => [k.slice(1), v]);
      return Object.fromEntries(fields.map(([k, v]) => [k, open(v, [...at, k])]));
    }
    if (typeof value !== 'string') return value;
    const text = value.slice(1);
    if (value.startsWith('s')) return text;
    const number = Number(text);
    if (!Number.isFinite(number)) return text;
    if (String(number) !== text) texts[at.join('\0')] = text;
    return number;
  };
  // Every string gets an `s` in front, every number becomes a string with an `n` in front.
  const marked = json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? `"s${token.slice(1)}` : `"n${token}"`,
  );
  return { value: open(JSON.parse(marked) as Json, []), texts };
}
