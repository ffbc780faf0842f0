// A Shape is what a piece of YAML must look like; reading one collects a located problem for all that does not fit.
import { isList, isMap, type Json, type JsonMap } from './json.ts';
import type { Scalar } from './pipeline.ts';
import type { Pointer, Problems } from './problem.ts';
import { suggest } from './suggest.ts';
import { pointerKey } from './yaml-source.ts';

/** Reads values of one document and notes what does not fit. */
export class Shape {
  constructor(
    readonly problems: Problems,
    readonly texts: Readonly<Record<string, string>>,
  ) {}

  /** Notes an error at a pointer. */
  wrong(pointer: Pointer, message: string, hint?: string): void {
    this.problems.error('wrong-type', pointer, message, hint === undefined ? {} : { hint });
  }

  /** A map whose keys are all known; an unknown one is an error with a suggestion. */
  map(value: Json | undefined, pointer: Pointer, known?: readonly string[]): JsonMap | undefined {
    if (value === undefined || value === null) return undefined;
    if (!isMap(value)) {
      this.wrong(pointer, `${name(pointer)} must be a map, not ${kindOf(value)}`);
      return undefined;
    }
    if (known !== undefined) this.known(value, pointer, known);
    return value;
  }

  /** Notes each key of a map that is not among the known ones; whether there was none. */
  known(value: JsonMap, pointer: Pointer, known: readonly string[]): boolean {
    let all = true;
    for (const key of Object.keys(value)) {
      if (known.includes(key) || key.startsWith('x-')) continue;
      all = false;
      const near = suggest(key, known);
      this.problems.error('unknown-key', [...pointer, key], `unknown key "${key}" in ${name(pointer)}`, {
        atKey: true,
        hint: near === undefined ? `known keys: ${known.join(', ')}` : `did you mean "${near}"?`,
      });
    }
    return all;
  }

  /** Text; numbers and booleans are taken as they are written. */
  text(value: Json | undefined, pointer: Pointer): string | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return this.scalar(value, pointer).text;
    this.wrong(pointer, `${name(pointer)} must be text, not ${kindOf(value)}`);
    return undefined;
  }

  /** A scalar with its source text. */
  scalar(value: Json, pointer: Pointer): Scalar {
    const written = this.texts[pointerKey(pointer)];
    return { json: value, text: written ?? (typeof value === 'string' ? value : JSON.stringify(value)) };
  }

  /** One text or a list of texts, as a list. */
  texts1(value: Json | undefined, pointer: Pointer): string[] {
    if (value === undefined || value === null) return [];
    if (!isList(value)) {
      const one = this.text(value, pointer);
      return one === undefined ? [] : [one];
    }
    return value.flatMap((v, i) => this.text(v, [...pointer, i]) ?? []);
  }

  /** true or false, with a default. */
  flag(value: Json | undefined, pointer: Pointer, otherwise: boolean): boolean {
    if (value === undefined || value === null) return otherwise;
    if (typeof value === 'boolean') return value;
    this.wrong(pointer, `${name(pointer)} must be true or false, not ${JSON.stringify(value)}`);
    return otherwise;
  }

  /** A whole number of at least `least`. */
  whole(value: Json | undefined, pointer: Pointer, least: number): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
    this.wrong(
      pointer,
      `${name(pointer)} must be a whole number of at least ${least}, not ${JSON.stringify(value)}`,
    );
    return undefined;
  }

  /** One of some words. */
  word<W extends string>(value: Json | undefined, pointer: Pointer, words: readonly W[], otherwise: W): W {
    if (value === undefined || value === null) return otherwise;
    if (typeof value === 'string' && (words as readonly string[]).includes(value)) return value as W;
    this.wrong(pointer, `${name(pointer)} must be one of ${words.join(', ')}, not ${JSON.stringify(value)}`);
    return otherwise;
  }

  /** A duration in milliseconds: `90s`, `10m`, `1h30m`, `2d`, or a number of seconds. */
  duration(value: Json | undefined, pointer: Pointer): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'number' && value > 0) return Math.round(value * 1000);
    const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
    if (typeof value === 'string' && /^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) {
      const parts = value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g);
      return Math.round(
        [...parts].reduce((sum, [, n, unit]) => sum + Number(n) * (units[unit as string] as number), 0),
      );
    }
    this.wrong(
      pointer,
      `${name(pointer)} must be a duration such as 90s, 10m or 1h30m, not ${JSON.stringify(value)}`,
    );
    return undefined;
  }

  /** A map of texts. */
  textMap(value: Json | undefined, pointer: Pointer): Record<string, string> {
    const map = this.map(value, pointer);
    const out: Record<string, string> = {};
    for (const [key, v] of Object.entries(map ?? {})) {
      const text = this.text(v, [...pointer, key]);
      if (text !== undefined) out[key] = text;
    }
    return out;
  }
}

/** How a pointer is named in a message: the last keys, `targets.score.run`. */
export function name(pointer: Pointer): string {
  return pointer.length === 0 ? 'the file' : pointer.join('.');
}

/** The kind of a value in words. */
export function kindOf(value: Json): string {
  if (value === null) return 'nothing';
  if (isList(value)) return 'a list';
  return isMap(value) ? 'a map' : JSON.stringify(value);
}
