// Lines are the text lines of a file, read in pieces so that a large file never stands in memory as a whole.
import { Failure } from './failure.ts';
import { readPieces } from './file-pieces.ts';

const NEWLINE = 10;

/** One decoder for all lines: making one costs more than decoding a line. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** One line without its line end, its number counted from 1, and where its bytes lie in the file. */
export interface Line {
  readonly number: number;
  readonly text: string;
  /** Bytes before the line. */
  readonly start: number;
  /** Bytes up to the `\n`: a `\r` and a byte order mark are counted. */
  readonly size: number;
}

/**
 * The text of a line.
 * @param bytes up to the `\n`, as `start` and `size` of a Line say
 * @param number of the line in the file at `path`, for the message
 * @throws Failure when they are not UTF-8
 */
export function lineText(bytes: Uint8Array, path: string, number: number): string {
  let text: string;
  try {
    // The decoder drops a byte order mark, which is right for the first line and harmless elsewhere.
    text = UTF8.decode(bytes);
  } catch {
    throw new Failure(`${path}:${number}: not valid UTF-8; convert the file to UTF-8`);
  }
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

/**
 * Yields the lines of a UTF-8 file. Only `\n` (or `\r\n`) ends a line: JSON texts may hold U+2028 as it is.
 * A last line without a line end counts; an empty rest does not.
 * @throws Failure when the file cannot be read or is not UTF-8
 */
export function* readLines(path: string): Generator<Line, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  let start = 0;
  const lineOf = (bytes: Buffer): Line => {
    number += 1;
    const line = { number, text: lineText(bytes, path, number), start, size: bytes.length };
    start += bytes.length + 1;
    return line;
  };
  for (const piece of readPieces(path)) {
    const data = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let from = 0;
    for (let end = data.indexOf(NEWLINE); end !== -1; end = data.indexOf(NEWLINE, from)) {
      yield lineOf(data.subarray(from, end));
      from = end + 1;
    }
    // A piece is valid until the next one only.
    rest = Buffer.from(data.subarray(from));
  }
  if (rest.length > 0) yield lineOf(rest);
}
