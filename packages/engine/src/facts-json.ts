// JSON text: where it stops being JSON, where one of its values stands, and its numbers that no double can hold.
import type { Json } from '@evalmake/core/json';

/** Where and why a text is not JSON. */
export interface JsonFault {
  /** UTF-16 offset from the beginning. */
  readonly offset: number;
  readonly why: string;
}

type Expect = 'value' | 'item' | 'key' | 'next-key' | 'colon' | 'after';

const literals = ['true', 'false', 'null'];
const notJson = ['NaN', 'Infinity', '-Infinity', 'None', 'True', 'False', 'undefined'];

/**
 * The first place where a text is not JSON, or undefined when it is. The parser of the language does not always say.
 * @param text the whole document
 */
export function jsonFault(text: string): JsonFault | undefined {
  return walkJson(text).fault;
}

/**
 * The UTF-16 offset of the value at a pointer, or of the nearest value above it.
 * @param text valid JSON
 * @param pointer keys and indexes from the root
 */
export function jsonOffset(text: string, pointer: readonly (string | number)[]): number {
  const path: (string | number)[] = [];
  let found = 0;
  let depth = -1;
  walkJson(text, {
    value(offset) {
      if (path.length <= depth || path.length > pointer.length || path.some((p, i) => p !== pointer[i]))
        return;
      found = offset;
      depth = path.length;
    },
    path,
  });
  return found;
}

/** Line and column, both from 1, of an offset. */
export function lineAt(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', start)) {
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}

interface Watcher {
  /** Told of the offset of each value; `path` then holds where it stands. */
  value(offset: number): void;
  readonly path: (string | number)[];
}

/** Walks the tokens of a text without recursion, so that deep nesting is no danger. */
function walkJson(text: string, watcher?: Watcher): { fault?: JsonFault } {
  const stack: ('{' | '[')[] = [];
  let expect: Expect = 'value';
  let at = skipBlank(text, 0);
  const fault = (why: string, offset = at) => ({ fault: { offset, why } });
  while (at < text.length) {
    const c = text[at] as string;
    if (expect === 'after' && stack.length === 0) return fault(`expected the end, found ${shown(text, at)}`);
    if (expect === 'after' && c === ',') {
      expect = stack.at(-1) === '{' ? 'next-key' : 'value';
      if (expect === 'value') step(watcher);
      at += 1;
    } else if (
      (expect === 'after' || expect === 'item' || expect === 'key') &&
      c === (stack.at(-1) === '{' ? '}' : ']')
    ) {
      if (expect !== 'key') watcher?.path.pop();
      stack.pop();
      expect = 'after';
      at += 1;
    } else if (expect === 'after')
      return fault(`expected "," or "${stack.at(-1) === '{' ? '}' : ']'}", found ${shown(text, at)}`);
    else if (expect === 'colon') {
      if (c !== ':') return fault(`expected ":", found ${shown(text, at)}`);
      expect = 'value';
      at += 1;
    } else if (expect === 'key' || expect === 'next-key') {
      if (c !== '"') return fault(`expected a key in double quotes, found ${shown(text, at)}`);
      const end = stringEnd(text, at);
      if (typeof end !== 'number') return { fault: end };
      enter(watcher, () => JSON.parse(text.slice(at, end)) as string, expect === 'next-key');
      expect = 'colon';
      at = end;
    } else {
      watcher?.value(at);
      if (c === '{' || c === '[') {
        stack.push(c);
        expect = c === '{' ? 'key' : 'item';
        if (c === '[') enter(watcher, () => 0, false);
        at += 1;
      } else {
        const end = scalarEnd(text, at);
        if (typeof end !== 'number') return { fault: end };
        expect = 'after';
        at = end;
      }
    }
    at = skipBlank(text, at);
  }
  if (expect === 'after' && stack.length === 0) return {};
  return fault(text.trim() === '' ? 'there is nothing in it' : 'it ends too early');
}

function enter(watcher: Watcher | undefined, key: () => string | number, replace: boolean): void {
  if (watcher === undefined) return;
  if (replace) watcher.path.pop();
  watcher.path.push(key());
}

function step(watcher: Watcher | undefined): void {
  if (watcher === undefined) return;
  watcher.path.push(Number(watcher.path.pop()) + 1);
}

function skipBlank(text: string, from: number): number {
  let at = from;
  for (
    let c = text.charCodeAt(at);
    c === 32 || (c >= 9 && c <= 13 && c !== 11 && c !== 12);
    c = text.charCodeAt(at)
  )
    at += 1;
  return at;
}

/** Offset behind a number, word or string, or what is wrong with it. */
function scalarEnd(text: string, at: number): number | JsonFault {
  if (text[at] === '"') return stringEnd(text, at);
  const literal = literals.find((l) => text.startsWith(l, at));
  if (literal !== undefined) return at + literal.length;
  const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
  number.lastIndex = at;
  if (number.test(text)) return number.lastIndex;
  const foreign = notJson.find((w) => text.startsWith(w, at));
  if (foreign !== undefined) return { offset: at, why: `${foreign} is not JSON` };
  return { offset: at, why: `expected a value, found ${shown(text, at)}` };
}

function stringEnd(text: string, start: number): number | JsonFault {
  for (let at = start + 1; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 34) return at + 1;
    if (c < 32) return { offset: at, why: `a raw ${shown(text, at)} stands in a string` };
    if (c !== 92) continue;
    const escaped = text[at + 1];
    const known =
      escaped === 'u'
        ? /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6))
        : escaped !== undefined && '"\\/bfnrt'.includes(escaped);
    if (!known && at + 1 < text.length) return { offset: at, why: `\\${escaped} is no escape of JSON` };
    at += escaped === 'u' ? 5 : 1;
  }
  return { offset: text.length, why: 'it ends within a string' };
}

function shown(text: string, at: number): string {
  return JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0));
}

/** The mark of a number kept as text; see `parseExactly`. */
const mark = '\u0000';

/**
 * Parses JSON with each number of 16 or more characters as marked text, because a double would round it: two ids of
 * 19 digits must not become one.
 * @param text valid JSON
 */
export function parseExactly(text: string): Json {
  let out = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 34) at = (stringEnd(text, at) as number) - 1;
    else if (c === 45 || (c >= 48 && c <= 57)) {
      const start = at;
      while (at + 1 < text.length && /[0-9.eE+-]/.test(text[at + 1] as string)) at += 1;
      if (at + 1 - start < 16) continue;
      out += `${text.slice(from, start)}"\\u0000${text.slice(start, at + 1)}"`;
      from = at + 1;
    }
  }
  return JSON.parse(out + text.slice(from)) as Json;
}

/** The digits of a number that `parseExactly` kept, or undefined for any other value. */
export function exactDigits(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.startsWith(mark) ? value.slice(1) : undefined;
}
