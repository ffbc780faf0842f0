// Lines are the text lines of a file, read in pieces so that a large file never stands in memory as a whole.
import { closeSync, openSync, readSync } from 'node:fs';
import { Failure, fileProblem } from './failure.ts';

const CHUNK = 1 << 16;
const NEWLINE = 10;

/** One line without its line end, and its number counted from 1. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

function decode(path: string, number: number, bytes: Uint8Array): Line {
  let text: string;
  try {
    // The decoder drops a byte order mark, which is right for the first line and harmless elsewhere.
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure(`${path}:${number}: not valid UTF-8; convert the file to UTF-8`);
  }
  return { number, text: text.endsWith('\r') ? text.slice(0, -1) : text };
}

/**
 * Yields the lines of a UTF-8 file. Only `\n` (or `\r\n`) ends a line: JSON texts may hold U+2028 as it is.
 * A last line without a line end counts; an empty rest does not.
 * @throws Failure when the file cannot be read or is not UTF-8
 */
export function* readLines(path: string): Generator<Line, void, undefined> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new Failure(fileProblem(path, error));
  }
  try {
    let rest: Buffer = Buffer.alloc(0);
    let number = 0;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK);
      const length = readChunk(path, fd, chunk);
      if (length === 0) break;
      const data =
        rest.length === 0 ? chunk.subarray(0, length) : Buffer.concat([rest, chunk.subarray(0, length)]);
      let from = 0;
      for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, from)) {
        number += 1;
        yield decode(path, number, data.subarray(from, end));
        from = end + 1;
      }
      rest = data.subarray(from);
    }
    if (rest.length > 0) yield decode(path, number + 1, rest);
  } finally {
    closeSync(fd);
  }
}

function readChunk(path: string, fd: number, chunk: Buffer): number {
  try {
    return readSync(fd, chunk, 0, chunk.length, null);
  } catch (error) {
    throw new Failure(fileProblem(path, error));
  }
}
