// Renaming an answer: it was bought for a row of another name that asked the same; only its id changes, by its very place.
import { CsvReader } from './facts-csv.ts';
import { jsonOffset } from './facts-json.ts';
import type { RowAnswer } from './row-record.ts';
import type { RowFormat } from './row-scan.ts';

/** Where the id of an answer stands. */
export interface RowIdField {
  readonly format: RowFormat;
  /** The field that names a row. */
  readonly id: string;
}

/**
 * The line of an answer for a row of this id: the same bytes when it was bought for it.
 * @param answer an answer whose line holds its id
 */
export function renamedAnswer(answer: RowAnswer, id: string, field: RowIdField): Uint8Array {
  if (answer.id === id) return answer.text;
  const text = answer.text.toString('utf8');
  return Buffer.from(field.format === 'jsonl' ? inJson(text, id, field.id) : inCsv(answer, id, field));
}

const scalar = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/y;

function inJson(text: string, id: string, field: string): string {
  const row = JSON.parse(text) as Record<string, unknown>;
  const at = jsonOffset(text, Object.hasOwn(row, field) ? [field] : field.split('.'));
  scalar.lastIndex = at;
  const old = scalar.exec(text)?.[0];
  if (old === undefined) throw new Error(`no id at ${field} in an answer that was taken by it`);
  const asNumber = !old.startsWith('"') && /^-?(?:0|[1-9][0-9]*)$/.test(id);
  return text.slice(0, at) + (asNumber ? id : JSON.stringify(id)) + text.slice(at + old.length);
}

function inCsv({ text, header = '' }: RowAnswer, id: string, { format, id: column }: RowIdField): string {
  const tabs = format === 'tsv';
  const at = cellsOf(Buffer.from(header), tabs).indexOf(column);
  return cellsOf(text, tabs)
    .map((cell, i) => (i === at ? id : cell))
    .map((cell) => (/["\r\n\t,]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(tabs ? '\t' : ',');
}

/** The cells of one record. */
function cellsOf(record: Buffer, tabs: boolean): string[] {
  let cells: string[] = [];
  const reader = new CsvReader(
    {
      record: (_, __, found) => {
        cells = [...found.values()];
      },
      broken: (_, why) => {
        throw new Error(`a record that was read before cannot be read: ${why}`);
      },
    },
    tabs,
  );
  let start = 0;
  for (let number = 1; start <= record.length; number++) {
    const newline = record.indexOf(10, start);
    const end = newline < 0 ? record.length : newline;
    reader.line(record, start, end, number);
    start = end + 1;
  }
  return cells;
}
