// Input lines are the JSONL that a client uploaded, parsed line by line with everything that is wrong with them.
import type { JobError } from './job.ts';

export interface InputLine {
  /** Counted from 1. */
  readonly number: number;
  readonly customId: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** Parses lines; empty ones are passed over. What is no object with a custom_id of its own is an error. */
export function readInputLines(bytes: Buffer): { lines: InputLine[]; errors: JobError[] } {
  const lines: InputLine[] = [];
  const errors: JobError[] = [];
  const seen = new Set<string>();
  const texts = bytes.toString('utf8').split('\n');
  for (const [index, text] of texts.entries()) {
    if (text.trim() === '') continue;
    const line = index + 1;
    const refuse = (code: string, message: string): void => void errors.push({ code, message, line });
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      // What is wrong inside the line is not said by the APIs either.
      refuse('invalid_json_line', 'This line is not parseable as valid JSON.');
      continue;
    }
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      refuse('invalid_json_line', 'This line is not a JSON object.');
      continue;
    }
    const object = value as Readonly<Record<string, unknown>>;
    const customId = object['custom_id'];
    if (typeof customId !== 'string' || customId === '') {
      refuse('missing_required_parameter', "Missing required parameter: 'custom_id'.");
    } else if (seen.has(customId)) {
      refuse('duplicate_custom_id', `The custom_id '${customId}' was used on an earlier line.`);
    } else {
      seen.add(customId);
      lines.push({ number: line, customId, value: object });
    }
  }
  return { lines, errors };
}

/** JSONL bytes of objects. */
export function jsonLines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
