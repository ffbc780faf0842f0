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
    else if (isList(at) && /^\d+$/.test(step)) at = at[Number(step)];
    else return undefined;
  }
  return at;
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
 * @param config the whole config
 * @param key a dotted key; `*` for everything
 */
export function leaves(config: Config, key: string): [string, Json | undefined][] {
  if (key === '*') return Object.keys(config.value).flatMap((k) => leaves(config, k));
  const out: [string, Json | undefined][] = [];
  const open = (value: Json | undefined, at: string): void => {
    if (isMap(value) && Object.keys(value).length > 0) {
      for (const k of Object.keys(value)) open(value[k], `${at}.${k}`);
    } else if (isList(value) && value.some((v) => isMap(v) || isList(v))) {
      for (const [i, v] of value.entries()) open(v, `${at}.${i}`);
    } else out.push([at, value]);
  };
  open(lookup(config.value, key.split('.')), key);
  return out;
}

/**
 * The part of the config that holds exactly the declared keys, nested as in the file.
 * @param config the whole config
 * @param keys dotted keys; `*` for everything
 */
export function subset(config: Config, keys: readonly string[]): JsonMap {
  if (keys.includes('*')) return config.value;
  const out: Record<string, Json> = {};
  for (const key of keys) {
    const path = key.split('.');
    const value = lookup(config.value, path);
    if (value !== undefined) put(out, path, value);
  }
  return out;
}

function put(into: Record<string, Json>, path: readonly string[], value: Json): void {
  let at = into;
  for (const step of path.slice(0, -1)) {
    const next = at[step];
    const child: Record<string, Json> = isMap(next) ? { ...next } : {};
    at[step] = child;
    at = child;
  }
  at[path.at(-1) as string] = value;
}

/** A config laid over another: maps merge key by key, everything else is replaced. */
export function overlay(base: Config, over: Config): Config {
  const texts = { ...base.texts };
  for (const key of changedKeys(over.value))
    for (const t of Object.keys(texts)) if (under(t, key)) delete texts[t];
  return { value: merge(base.value, over.value) as JsonMap, texts: { ...texts, ...over.texts } };
}

function under(textKey: string, key: string): boolean {
  return textKey === key || textKey.startsWith(`${key}\0`);
}

function changedKeys(value: Json, prefix = ''): string[] {
  if (!isMap(value)) return [prefix];
  return Object.keys(value).flatMap((k) =>
    changedKeys(value[k] as Json, prefix === '' ? k : `${prefix}\0${k}`),
  );
}

function merge(base: Json | undefined, over: Json): Json {
  if (!isMap(base) || !isMap(over)) return over;
  const out: Record<string, Json> = { ...base };
  for (const key of Object.keys(over)) out[key] = merge(base[key], over[key] as Json);
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
    if (lookup(config.value, path) === undefined) {
      problems.push(unknownSet(text, match[1] as string, config));
      continue;
    }
    const written = match[2] as string;
    const value = readScalar(written);
    const over: Record<string, Json> = {};
    const texts =
      typeof value === 'number' && String(value) !== written ? { [path.join('\0')]: written } : {};
    if (
      lookup(result.value, path.slice(0, -1)) !== undefined &&
      isList(lookup(result.value, path.slice(0, -1)))
    ) {
      result = setInList(result, path, value, texts);
      continue;
    }
    put(over, path, value);
    result = overlay(result, { value: over, texts });
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

function setInList(
  config: Config,
  path: readonly string[],
  value: Json,
  texts: Record<string, string>,
): Config {
  const list = [...(lookup(config.value, path.slice(0, -1)) as readonly Json[])];
  list[Number(path.at(-1))] = value;
  const over: Record<string, Json> = {};
  put(over, path.slice(0, -1), list);
  return overlay(config, { value: over, texts });
}

function readScalar(text: string): Json {
  if (text === '' || text === 'null' || text === '~') return text === '' ? '' : null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text)) return Number(text);
  if (/^[[{"]/.test(text)) {
    try {
      return JSON.parse(text) as Json;
    } catch {
      return text;
    }
  }
  return text;
}
