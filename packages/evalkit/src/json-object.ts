// A JsonObject is an object read from a file, with getters that say where it stands when a member is not as expected.
import { Failure } from './failure.ts';

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string')
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  return `${value}`;
}

/** Reads members of one object. Every getter throws a Failure `<where>: <field>: expected …, found …`. */
export class JsonObject {
  readonly where: string;
  readonly #value: Readonly<Record<string, unknown>>;

  /**
   * @param value the parsed JSON; must be an object
   * @param where `file:line` or `file: path.of.member`, used in messages
   */
  constructor(value: unknown, where: string) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new Failure(`${where}: expected an object, found ${kindOf(value)}`);
    }
    this.where = where;
    this.#value = value as Record<string, unknown>;
  }

  /** The member as parsed, or undefined. */
  raw(field: string): unknown {
    return Object.hasOwn(this.#value, field) ? this.#value[field] : undefined;
  }

  /** The object itself, for a reader that has checked what it needs. */
  whole(): unknown {
    return this.#value;
  }

  /** The names of the members, in file order. */
  keys(): string[] {
    return Object.keys(this.#value);
  }

  /** Whether the member is there and not null. */
  has(field: string): boolean {
    const value = this.raw(field);
    return value !== undefined && value !== null;
  }

  /** A text; may be empty. */
  text(field: string): string {
    const value = this.raw(field);
    return typeof value === 'string' ? value : this.#wrong(field, 'a text', value);
  }

  /** A text with something in it besides white space. */
  fullText(field: string): string {
    const value = this.raw(field);
    return typeof value === 'string' && value.trim() !== ''
      ? value
      : this.#wrong(field, 'a non-empty text', value);
  }

  /** A finite number. */
  number(field: string): number {
    const value = this.raw(field);
    return typeof value === 'number' && Number.isFinite(value)
      ? value
      : this.#wrong(field, 'a number', value);
  }

  /** A number of things: 0, 1, 2, … */
  count(field: string): number {
    const value = this.raw(field);
    return typeof value === 'number' && Number.isInteger(value) && value >= 0
      ? value
      : this.#wrong(field, 'a whole number from 0 up', value);
  }

  /** true or false. */
  flag(field: string): boolean {
    const value = this.raw(field);
    return typeof value === 'boolean' ? value : this.#wrong(field, 'true or false', value);
  }

  /** A list of texts; may be empty. */
  textList(field: string): string[] {
    const value = this.raw(field);
    if (!Array.isArray(value)) return this.#wrong(field, 'a list of texts', value);
    return value.map((item: unknown, index) =>
      typeof item === 'string' ? item : this.#wrong(`${field}[${index}]`, 'a text', item),
    );
  }

  /** A member that is an object. */
  object(field: string): JsonObject {
    const value = this.raw(field);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      return this.#wrong(field, 'an object', value);
    }
    return new JsonObject(value, `${this.where}: ${field}`);
  }

  /** A member that is a list of objects; may be empty. */
  objectList(field: string): JsonObject[] {
    const value = this.raw(field);
    if (!Array.isArray(value)) return this.#wrong(field, 'a list of objects', value);
    return value.map((item: unknown, index) => new JsonObject(item, `${this.where}: ${field}[${index}]`));
  }

  /** Throws the Failure for a member that has the right type and a wrong value. */
  reject(field: string, expected: string): never {
    return this.#wrong(field, expected, this.raw(field));
  }

  #wrong(field: string, expected: string, found: unknown): never {
    throw new Failure(`${this.where}: ${field}: expected ${expected}, found ${kindOf(found)}`);
  }
}
