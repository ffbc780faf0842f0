// A field is a named value of a row: a key, a column, or a dotted path below one (`a.b`).
import { longestName } from '@evalmake/core/check';
import { canonical, isMap, type Json } from '@evalmake/core/json';
import { exactDigits } from './facts-json.ts';

/** One row of a file. */
export interface Row {
  readonly value: Json;
  /** Its first line, from 1; the number of the item in a JSON list. */
  readonly line: number;
  /** The value again, with long numbers as they are written (see `parseExactly`). */
  readonly exact: () => Json;
}

/** The value of a field, or undefined; a key that holds the dots itself comes before a path. */
export function fieldValue(row: Json | undefined, field: string): Json | undefined {
  if (!isMap(row)) return undefined;
  if (Object.hasOwn(row, field)) return row[field];
  let value: Json | undefined = row;
  if (!field.includes('.')) return undefined;
  for (const step of field.split('.')) {
    if (!isMap(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

/**
 * The text by which a row's value of some fields is compared: JSON, in which 1 and "1" differ.
 * @returns undefined when a field is absent, null, or nested too deeply to be compared
 */
export function fieldText(row: Row, fields: readonly string[]): string | undefined {
  const texts: string[] = [];
  for (const field of fields) {
    const text = oneText(row, field);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return fields.length === 1 ? texts[0] : `[${texts.join(',')}]`;
}

function oneText(row: Row, field: string): string | undefined {
  const value = fieldValue(row.value, field);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return exactDigits(fieldValue(row.exact(), field)) ?? String(value);
  }
  try {
    return canonical(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** A text of `fieldText` without the quotes of a string, so that an id is the same in CSV and JSON. */
export function plainText(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

/** A text short enough to be shown and kept. */
export function shorten(text: string, most = longestName): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
