// Lines are the text lines of a file, read in pieces so that a large file never stands in memory as a whole.
import { Failure } from './failure.ts';
import { readPieces } from './file-pieces.ts';

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
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  for (const piece of readPieces(path)) {
    const data = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let from = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, from)) {
      number += 1;
      yield decode(path, number, data.subarray(from, end));
      from = end + 1;
    }
    // A piece is valid until the next one only.
    rest = Buffer.from(data.subarray(from));
  }
  if (rest.length > 0) yield decode(path, number + 1, rest);
}
