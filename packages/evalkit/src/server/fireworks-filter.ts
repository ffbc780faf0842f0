// A Fireworks filter chooses among listed resources, in the part of AIP-160 that clients use: comparisons joined by AND.
import { ApiError } from './api-error.ts';

type Listed = Readonly<Record<string, unknown>>;

const TERM = /^([\w.]+)\s*(!=|>=|<=|=|>|<|:)\s*(?:"((?:[^"\\]|\\.)*)"|(\S+))$/;

function holds(listed: Listed, term: string): boolean {
  const found = TERM.exec(term.trim());
  if (found === null) throw new ApiError('invalid', `invalid filter: ${term}`);
  const [, field = '', operator, quoted, bare] = found;
  const name = field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const wanted = quoted ?? bare ?? '';
  const value = String(listed[name] ?? '');
  switch (operator) {
    case '=':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case ':':
      return value.includes(wanted);
    case '>':
      return value > wanted;
    case '>=':
      return value >= wanted;
    case '<':
      return value < wanted;
    default:
      return value <= wanted;
  }
}

/** The resources that a filter lets through; an empty filter lets all through. @throws ApiError when it cannot be read */
export function filtered<T extends Listed>(all: readonly T[], filter: string): T[] {
  const terms = filter.trim() === '' ? [] : filter.split(/\s+AND\s+/);
  return all.filter((one) => terms.every((term) => holds(one, term)));
}
