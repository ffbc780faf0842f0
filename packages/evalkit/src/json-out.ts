// A JSON output is written the same way every time: keys as given, 2 spaces, 10 significant digits, a newline at the end.
import { Failure } from './failure.ts';
import { writeText } from './out-file.ts';

/** What may stand in an output. Absent (undefined) members are left out, as JSON does. */
export type JsonOut =
  | null
  | boolean
  | number
  | string
  | readonly JsonOut[]
  | { readonly [key: string]: JsonOut | undefined };

/**
 * A number rounded to 10 significant digits, so that the last bits of a sum do not depend on the machine's
 * maths library. Zero has no sign.
 */
export function roundNumber(value: number): number {
  // Most numbers are whole and have up to 10 digits: they are what they are, in 10 ns in place of 460.
  if (Number.isInteger(value) && Math.abs(value) < 1e10) return value + 0;
  const rounded = Number(value.toPrecision(10));
  return rounded === 0 ? 0 : rounded;
}

function stable(value: unknown, path: string): unknown {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new Failure(
        `internal: ${path} is ${value}, which JSON cannot hold; write null where a number does not exist`,
      );
    }
    return roundNumber(value);
  }
  if (Array.isArray(value)) return value.map((item, index) => stable(item, `${path}[${index}]`));
  if (value !== null && typeof value === 'object') {
    const out: [string, unknown][] = [];
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) out.push([key, stable(item, `${path}.${key}`)]);
    }
    return Object.fromEntries(out);
  }
  return value;
}

/**
 * The text of an output document.
 * @param value objects whose members stand in the order they shall be written (interfaces are welcome, so it is `object`)
 * @throws Failure naming the member that is NaN or infinite
 */
export function jsonText(value: object): string {
  return `${JSON.stringify(stable(value, '$'), null, 2)}\n`;
}

/** One line of JSON (for JSONL), with the same rounding and without a newline. */
export function jsonLine(value: object): string {
  return JSON.stringify(stable(value, '$'));
}

/** Writes a JSON document by a temporary file and a rename; creates parent folders. */
export function writeJson(path: string, value: object): void {
  writeText(path, jsonText(value));
}
