// A RowSpec says how a row is named and what it asks: its id, and the digest of the fields that decide the answer.
import { byCodeUnit, isList, isMap, type Json, type JsonMap } from '@evalmake/core/json';
import { fieldValue } from './facts-field.ts';
import { exactDigits } from './facts-json.ts';
import type { RowFormat, RowScan } from './row-scan.ts';

/** How rows of a file are read. */
export interface RowSpec {
  readonly format: RowFormat;
  /** The field that names a row. */
  readonly id: string;
  /** The fields that decide the answer; none means the whole row. */
  readonly by: readonly string[];
}

/** A row that is read: its fields, and once more with numbers that no double can hold as marked texts. */
export type ReadRow = Pick<RowScan, 'value' | 'exact'>;

/** The id of a row: a text that is not empty, or a number taken as text; undefined when it has none. */
export function rowId(row: ReadRow, field: string): string | undefined {
  const id = fieldValue(row.value, field);
  if (typeof id === 'number')
    return isRounded(id) ? (exactDigits(fieldValue(row.exact(), field)) ?? String(id)) : String(id);
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** The fields that decide the answer, each once and in the order of code units: that of the author means nothing. */
export function fieldsOf({ by }: RowSpec): readonly string[] {
  return [...new Set(by)].sort(byCodeUnit);
}

/**
 * What a row asks, as one text: the canonical JSON of the whole row, or of its `by` fields by their names. A field that
 * is absent is left out, so it is not null.
 * @param by in the order of code units, see `fieldsOf`
 * @throws RangeError when the row is nested too deeply
 */
export function rowContent(row: ReadRow, by: readonly string[]): string {
  rounded = false;
  const content = contentOf(row.value, by);
  // Two whole numbers that differ in their last digits only must not be one question.
  return rounded ? contentOf(row.exact(), by) : content;
}

function contentOf(value: JsonMap, by: readonly string[]): string {
  if (by.length === 0) return textOf(value);
  let text = '';
  for (const field of by) {
    const found = fieldValue(value, field);
    if (found !== undefined) text += `${text === '' ? '{' : ','}${quoted(field)}:${textOf(found)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

function isRounded(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** Whether `textOf` met a number that may have been rounded. */
let rounded = false;

/** The text of `canonical`, written three times as fast: that is what reading a large file of rows spends its time on. */
function textOf(value: Json): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') rounded ||= isRounded(value);
  if (isList(value)) {
    let text = '[';
    for (let i = 0; i < value.length; i++) text += (i === 0 ? '' : ',') + textOf(value[i] as Json);
    return `${text}]`;
  }
  if (!isMap(value)) return JSON.stringify(value);
  const keys = Object.keys(value);
  for (let i = 1; i < keys.length; i++)
    if ((keys[i - 1] as string) > (keys[i] as string)) {
      keys.sort(byCodeUnit);
      break;
    }
  let text = '{';
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    text += `${i === 0 ? '' : ','}${quoted(key)}:${textOf(value[key] as Json)}`;
  }
  return `${text}}`;
}

/** A character that JSON writes in another way. */
const special = /["\\\u0000-\u001f\ud800-\udfff]/;

function quoted(text: string): string {
  return special.test(text) ? JSON.stringify(text) : `"${text}"`;
}
