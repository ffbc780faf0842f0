// A JSON input is one document read as a whole; a syntax error is shown with its line and column.
import { readFileSync } from 'node:fs';
import { Failure, fileProblem } from './failure.ts';
import { JsonObject } from './json-object.ts';

/** The text of a UTF-8 file, without a byte order mark. @throws Failure naming the path */
export function readText(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new Failure(fileProblem(path, error));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure(`${path}: not valid UTF-8; convert the file to UTF-8`);
  }
}

/** Reads a JSON document that is an object. @throws Failure `path:line:column: …` */
export function readJson(path: string): JsonObject {
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure(syntaxProblem(path, text, error));
  }
  return new JsonObject(value, path);
}

function syntaxProblem(path: string, text: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (text.trim() === '') return `${path}: is empty; a JSON document was expected`;
  const position = /end of JSON input/.test(message) ? text.length : /position (\d+)/.exec(message)?.[1];
  if (position === undefined) return `${path}: not valid JSON: ${message}`;
  const before = text.slice(0, Number(position)).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return `${path}:${before.length}:${column}: not valid JSON: ${message.replace(/ \(line \d+ column \d+\)/, '')}`;
}
