// A cell value is what a foreign log holds in one field, read as a truth, a share, a count or an amount of money.
import { Failure } from '../failure.ts';

/** A value and where it stands, for messages. */
export interface Cell {
  readonly value: unknown;
  /** `file:line` */
  readonly where: string;
  readonly field: string;
}

const RIGHT = new Set(['1', '1.0', 'true', 'yes', 'correct', 'c']);
const WRONG = new Set(['0', '0.0', 'false', 'no', 'incorrect', 'i', 'n']);

/** True when nothing was measured: no such member, null, an empty cell. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** Right (1) or wrong (0), as programs write it: 1, true, yes, C, correct, and their opposites; null when absent. */
export function truthOf(cell: Cell): number | null {
  if (isAbsent(cell.value)) return null;
  const word = wordOf(cell.value);
  if (RIGHT.has(word)) return 1;
  if (WRONG.has(word)) return 0;
  const graded = word === 'p' || Number.isFinite(Number(word));
  return refuse(
    cell,
    graded
      ? 'right or wrong (0 or 1); graded values are mapped by --score'
      : 'right or wrong (0, 1, true, C, …)',
  );
}

/** A graded value from 0 to `most`, divided by it; C, P and I are 1, 1/2 and 0; null when absent. */
export function shareOf(cell: Cell, most: number): number | null {
  if (isAbsent(cell.value)) return null;
  const word = wordOf(cell.value);
  if (word === 'p') return 0.5;
  const number = RIGHT.has(word) && most === 1 ? 1 : WRONG.has(word) ? 0 : numberOf(word);
  return number >= 0 && number <= most ? number / most : refuse(cell, `a number from 0 to ${most}`);
}

/** A whole number from 0 up, such as tokens; null when absent. */
export function countOf(cell: Cell): number | null {
  if (isAbsent(cell.value)) return null;
  const number = numberOf(wordOf(cell.value));
  return Number.isInteger(number) && number >= 0 ? number : refuse(cell, 'a whole number from 0 up');
}

/** A number from 0 up, such as US dollars or a temperature; null when absent. */
export function amountOf(cell: Cell): number | null {
  if (isAbsent(cell.value)) return null;
  const number = numberOf(wordOf(cell.value));
  return Number.isFinite(number) && number >= 0 ? number : refuse(cell, 'a number from 0 up');
}

/** The text of an identifier; a number is taken as its text. Control characters would break the lines of later files. */
export function identifierOf(cell: Cell): string {
  const { value } = cell;
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || text.trim() === '' || /\p{Cc}/u.test(text))
    return refuse(cell, 'a text without control characters, or a number');
  return text;
}

/** The text of a name that tables and headings will show: no control characters and none that Markdown or HTML read. */
export function nameOf(cell: Cell): string {
  const text = identifierOf(cell);
  return isName(text) ? text : refuse(cell, 'a name without < > & ` | * [ ] and of at most 200 characters');
}

/** Whether a text can be shown as a name. */
export function isName(text: string): boolean {
  return text.length > 0 && text.length <= 200 && !/[\p{Cc}\p{Cs}\u2028\u2029<>&`|*[\]\\]/u.test(text);
}

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value).trim().toLowerCase()
    : '?';
}

/** Plain decimal numbers only: Number() would take 0x10 and an empty text too. */
function numberOf(word: string): number {
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(word) ? Number(word) : Number.NaN;
}

function refuse({ value, where, field }: Cell, expected: string): never {
  throw new Failure(`${where}: ${field}: expected ${expected}, found ${shown(value)}`);
}

/** A value as a message shows it: one line, cut where it is long. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
