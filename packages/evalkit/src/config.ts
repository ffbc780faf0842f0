// A Config is the part of the experiment's configuration that a phase was given, read by dotted keys.
import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { Failure, fileProblem } from './failure.ts';

/** Bounds of a number; both ends are allowed values. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** Typed access to a configuration. Every getter throws a Failure that names the file and the dotted key. */
export class Config {
  readonly path: string;
  readonly #root: unknown;

  constructor(root: unknown, path: string) {
    this.path = path;
    this.#root = root;
  }

  /** The value as parsed, or undefined. Members are found by own name only. */
  raw(key: string): unknown {
    let value = this.#root;
    for (const part of key.split('.')) {
      if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
      value = (value as Record<string, unknown>)[part];
    }
    return value;
  }

  /** Whether the key is there and not null. */
  has(key: string): boolean {
    const value = this.raw(key);
    return value !== undefined && value !== null;
  }

  /** A non-empty text. A number is taken as its text, since YAML reads `model: 4` as one. */
  text(key: string): string {
    const value = this.raw(key);
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? value : this.#wrong(key, 'a non-empty text');
  }

  /** A text out of a closed set. */
  oneOf<const T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.raw(key);
    const found = allowed.find((item) => item === value);
    return found ?? this.#wrong(key, `one of ${allowed.join(', ')}`);
  }

  /** A finite number within bounds. */
  number(key: string, bounds: Bounds = {}): number {
    const value = this.raw(key);
    if (!inBounds(value, bounds)) return this.#wrong(key, describeBounds(bounds));
    return value;
  }

  /** A whole number within bounds. */
  integer(key: string, bounds: Bounds = {}): number {
    return this.number(key, { ...bounds, integer: true });
  }

  /** true or false. */
  flag(key: string): boolean {
    const value = this.raw(key);
    return typeof value === 'boolean' ? value : this.#wrong(key, 'true or false');
  }

  /** A non-empty list of numbers within bounds. */
  numberList(key: string, bounds: Bounds = {}): number[] {
    const value = this.raw(key);
    if (!Array.isArray(value) || value.length === 0) return this.#wrong(key, 'a non-empty list of numbers');
    return value.map((item: unknown, index) =>
      inBounds(item, bounds) ? item : this.#wrong(`${key}[${index}]`, describeBounds(bounds), item),
    );
  }

  /** A non-empty list of texts. */
  textList(key: string): string[] {
    const value = this.raw(key);
    if (!Array.isArray(value) || value.length === 0) return this.#wrong(key, 'a non-empty list of texts');
    return value.map((item: unknown, index) =>
      typeof item === 'string' && item !== ''
        ? item
        : this.#wrong(`${key}[${index}]`, 'a non-empty text', item),
    );
  }

  /** Throws the Failure for a value that is of the right type and still not usable. */
  reject(key: string, expected: string): never {
    return this.#wrong(key, expected);
  }

  #wrong(key: string, expected: string, found: unknown = this.raw(key)): never {
    const shown = found === undefined ? 'it is missing' : `found ${JSON.stringify(found)}`;
    throw new Failure(`${this.path}: ${key}: expected ${expected}, ${shown}`);
  }
}

function inBounds(value: unknown, bounds: Bounds): value is number {
  return (
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (!bounds.integer || Number.isInteger(value)) &&
    value >= (bounds.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (bounds.max ?? Number.POSITIVE_INFINITY)
  );
}

function describeBounds({ min, max, integer }: Bounds): string {
  const kind = integer ? 'a whole number' : 'a number';
  if (min !== undefined && max !== undefined) return `${kind} from ${min} to ${max}`;
  if (min !== undefined) return `${kind} from ${min} up`;
  return max === undefined ? kind : `${kind} up to ${max}`;
}

/**
 * Reads a configuration: JSON (as evalmake writes it for one command), or YAML (a person's config.yaml).
 * @throws Failure with the place of every syntax error
 */
export function readConfig(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Failure(fileProblem(path, error));
  }
  const root = /\.ya?ml$/i.test(path) ? parseYaml(path, text) : parseJson(path, text);
  if (root === null || typeof root !== 'object' || Array.isArray(root)) {
    throw new Failure(`${path}: expected a map of configuration keys at the top`);
  }
  return new Config(root, path);
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(`${path}: not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseYaml(path: string, text: string): unknown {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new Failure(
      document.errors.map((error) => {
        const at = error.linePos?.[0];
        return `${path}${at ? `:${at.line}:${at.col}` : ''}: ${error.message.split('\n')[0]}`;
      }),
    );
  }
  return document.toJS();
}
