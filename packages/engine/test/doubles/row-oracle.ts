// The RowOracle says what rows mean by the plainest code: objects and maps, written without a look at the library.
import { createHash } from 'node:crypto';

export type Value = null | boolean | number | string | Value[] | { [key: string]: Value };

const sha = (...parts: (string | Buffer)[]): Buffer => {
  const sum = createHash('sha256');
  for (const part of parts) sum.update(part);
  return sum.digest();
};

/** JSON with sorted keys. */
export function sorted(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return `{${keys.map((k) => `${JSON.stringify(k)}:${sorted(value[k] as Value)}`).join(',')}}`;
}

/** The key of a row: 32 hex digits. */
export function keyOf(row: { [key: string]: Value }, by: readonly string[], fingerprint: string): string {
  let content: Value = row;
  if (by.length > 0)
    content = Object.fromEntries(by.flatMap((f) => (f in row ? [[f, row[f] as Value]] : [])));
  const digest = sha(sorted(content)).subarray(0, 16);
  return sha(`sha256:${sha(fingerprint).toString('hex')}`, digest)
    .toString('hex')
    .slice(0, 32);
}

/** A cell as CSV wants it, with quotes also where none are needed. */
export function cell(text: string, quoted: boolean): string {
  return quoted || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
