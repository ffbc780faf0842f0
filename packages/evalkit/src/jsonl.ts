// A JSONL file holds one JSON object per line; it is read line by line with line numbers and written the same way every time.
import { Failure } from './failure.ts';
import { JsonObject } from './json-object.ts';
import { jsonLine } from './json-out.ts';
import { readLines } from './lines.ts';
import { writeOutFile } from './out-file.ts';

/**
 * Yields the objects of a JSONL file; empty lines are passed over. The object's `where` is `path:line`.
 * @throws Failure `path:line: …` at the first line that is not a JSON object
 */
export function* readJsonl(path: string): Generator<JsonObject, void, undefined> {
  for (const line of readLines(path)) {
    if (line.text.trim() === '') continue;
    const where = `${path}:${line.number}`;
    let value: unknown;
    try {
      value = JSON.parse(line.text);
    } catch (error) {
      throw new Failure(
        `${where}: not valid JSON: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    yield new JsonObject(value, where);
  }
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
