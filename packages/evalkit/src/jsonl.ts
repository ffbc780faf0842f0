// A JSONL file holds one JSON object per line; it is read line by line with line numbers and written the same way every time.
import { Failure } from './failure.ts';
import { JsonObject } from './json-object.ts';
import { jsonLine } from './json-out.ts';
import { type Line, readLines } from './lines.ts';
import { writeOutFile } from './out-file.ts';

/** An object of a JSONL file, and the line it stands on. */
export interface JsonlRow {
  readonly row: JsonObject;
  readonly line: Line;
}

/**
 * The object that a line holds.
 * @param where `path:line`
 * @throws Failure when the text is not a JSON object
 */
export function readRow(text: string, where: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure(`${where}: not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return new JsonObject(value, where);
}

/** Yields what readJsonl does, each object with its line. */
export function* readJsonlRows(path: string): Generator<JsonlRow, void, undefined> {
  for (const line of readLines(path)) {
    if (line.text.trim() === '') continue;
    yield { row: readRow(line.text, `${path}:${line.number}`), line };
  }
}

/**
 * Yields the objects of a JSONL file; empty lines are passed over. The object's `where` is `path:line`.
 * @throws Failure `path:line: …` at the first line that is not a JSON object
 */
export function* readJsonl(path: string): Generator<JsonObject, void, undefined> {
  for (const { row } of readJsonlRows(path)) yield row;
}

/**
 * Writes objects as JSONL: members in the order given, numbers at 10 significant digits, one `\n` per row.
 * The file appears under its name when whole.
 * @returns the number of rows written
 */
export function writeJsonl(path: string, rows: Iterable<object>): number {
  return writeOutFile(path, (file) => {
    let count = 0;
    for (const row of rows) {
      file.write(`${jsonLine(row)}\n`);
      count += 1;
    }
    return count;
  });
}
