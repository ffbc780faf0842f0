// JSON pieces are the members of one large JSON document, read as bytes, so that a log of any size never stands in memory.
import { Failure } from '../failure.ts';
import { readPieces } from '../file-pieces.ts';

/** A member of the document, or an element of a list in it, as text. */
export interface Piece {
  readonly key: string;
  readonly text: string;
  /** The line on which it starts, from 1. */
  readonly line: number;
}

/** Which members of the document are wanted; the elements of those in `lists` come one by one. */
export interface Wanted {
  readonly members: readonly string[];
  readonly lists: readonly string[];
}

const [QUOTE, BACKSLASH, COMMA, COLON, NEWLINE] = [0x22, 0x5c, 0x2c, 0x3a, 0x0a];
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const OPEN = new Set([0x7b, 0x5b]);
const CLOSE = new Set([0x7d, 0x5d]);
const SPACE = new Set([0x20, 0x09, 0x0d, 0x0a]);

/**
 * Splits bytes at the commas of the document and of its wanted lists. It looks at strings and brackets only; whether a
 * piece is JSON is for its reader to see.
 */
class Splitter {
  readonly #path: string;
  readonly #wanted: Wanted;
  readonly #found: Piece[] = [];
  #parts: Buffer[] = [];
  #key: string | null = null;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inList = false;
  #started = false;
  #collecting = false;
  #line = 1;
  #startLine = 1;
  ended = false;

  constructor(path: string, wanted: Wanted) {
    this.#path = path;
    this.#wanted = wanted;
  }

  get line(): number {
    return this.#line;
  }

  /** Takes bytes and gives the pieces that they complete. */
  take(bytes: Buffer): Piece[] {
    let from = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte === NEWLINE) this.#line += 1;
      if (this.#inString) this.#inText(byte);
      else if (this.#step(byte)) {
        this.#keep(bytes.subarray(from, at));
        this.#finish(byte);
        from = at + 1;
      }
    }
    this.#keep(bytes.subarray(from));
    return this.#found.splice(0);
  }

  #inText(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }

  /** Whether the byte ends what was collected so far: a comma, a colon or a bracket of the document or a wanted list. */
  #step(byte: number): boolean {
    const outer = this.#inList ? 2 : 1;
    if (this.ended)
      return SPACE.has(byte) ? false : this.#refuse('something follows the end of the document');
    if (byte === QUOTE) this.#inString = true;
    if (OPEN.has(byte)) {
      this.#depth += 1;
      if (this.#depth === 1) return byte === 0x7b || this.#refuse('an object was expected');
      const list = this.#depth === 2 && byte === 0x5b && this.#wanted.lists.includes(this.#key ?? '');
      if (list && !this.#started) {
        this.#inList = true;
        return true;
      }
    } else if (CLOSE.has(byte)) {
      this.#depth -= 1;
      if (this.#depth === outer - 1) return true;
    } else if (
      this.#depth === outer &&
      (byte === COMMA || (byte === COLON && !this.#inList && this.#key === null))
    ) {
      return true;
    } else if (this.#depth === 0 && !SPACE.has(byte) && byte < 0x80) this.#refuse('an object was expected');
    if (!this.#started && !SPACE.has(byte)) {
      this.#started = true;
      this.#startLine = this.#line;
    }
    return false;
  }

  #keep(bytes: Buffer): void {
    const key = this.#key;
    this.#collecting = key === null || this.#inList || this.#wanted.members.includes(key);
    if (this.#collecting && bytes.length > 0 && this.#started) this.#parts.push(Buffer.from(bytes));
  }

  /** A delimiter was met: what was collected is a name, a member or an element. */
  #finish(byte: number): void {
    const text = this.#text();
    const started = this.#started;
    this.#started = false;
    if (byte === COLON) {
      this.#key = this.#keyOf(text);
      return;
    }
    if (OPEN.has(byte)) return;
    const key = this.#key;
    if (key !== null && started && this.#collecting) this.#found.push({ key, text, line: this.#startLine });
    if (CLOSE.has(byte) && this.#inList) {
      this.#inList = false;
      return;
    }
    if (!this.#inList) this.#key = null;
    if (this.#depth === 0) this.ended = true;
  }

  #keyOf(text: string): string {
    try {
      const key: unknown = JSON.parse(text);
      if (typeof key === 'string') return key;
    } catch {
      // Refused below.
    }
    return this.#refuse('the name of a member was expected');
  }

  #text(): string {
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    this.#parts = [];
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
    } catch {
      throw new Failure(`${this.#path}:${this.#startLine}: not valid UTF-8, or longer than a text can be`);
    }
  }

  #refuse(what: string): never {
    throw new Failure(`${this.#path}:${this.#line}: not valid JSON: ${what}`);
  }
}

/**
 * Yields the wanted pieces of a JSON document that is an object, in file order.
 * @param bytes the content of the file; read from it unless given
 * @throws Failure with the line where the file is no such document, or ends in its middle
 */
export function* jsonPieces(
  path: string,
  wanted: Wanted,
  bytes: Iterable<Buffer> = readPieces(path),
): Generator<Piece, void, undefined> {
  const splitter = new Splitter(path, wanted);
  let first = true;
  for (const some of bytes) {
    const marked = first && some.subarray(0, 3).equals(BYTE_ORDER_MARK);
    first = false;
    yield* splitter.take(marked ? some.subarray(3) : some);
  }
  if (!splitter.ended)
    throw new Failure(
      `${path}:${splitter.line}: the document ends in its middle; the file is cut off or no JSON`,
    );
}
