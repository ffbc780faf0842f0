// Lines of a file that may be larger than memory, cut from the chunks in which it is read.

import { setImmediate as breathe } from 'node:timers/promises';
import { closeSync, fstatSync, openSync, readSync } from './fs.ts';

/** A line longer than this (64 MiB) is not held in memory; it counts as one line whose content cannot be read. */
export const longestLine = 64 * 1024 * 1024;

const newline = 10;
const bom = [0xef, 0xbb, 0xbf];

/** Takes the lines of a file, without their newline; `\r` before it is left in place. */
export interface LineSink {
  /** One line: bytes `start` to `end` of a buffer that is valid only during the call; numbers count from 1. */
  line(bytes: Buffer, start: number, end: number, number: number): void;
  /** A line beyond `longestLine`. */
  longLine(number: number): void;
}

/** Cuts chunks into lines. A byte order mark at the beginning of the first line is dropped. */
export class LineCutter {
  readonly #sink: LineSink;
  readonly #limit: number;
  #carried: Buffer[] = [];
  #length = 0;
  #number = 1;

  constructor(sink: LineSink, limit = longestLine) {
    this.#sink = sink;
    this.#limit = limit;
  }

  /** Takes the next chunk; nothing of it is kept but a copy of an unfinished line. */
  feed(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      if (this.#length === 0) this.#emit(chunk, start, end);
      else {
        this.#carry(chunk, start, end);
        this.#flush();
      }
      start = end + 1;
    }
    if (start < chunk.length) this.#carry(chunk, start, chunk.length);
  }

  /** Takes the end of the file: a last line without newline is a line. */
  end(): void {
    if (this.#length > 0) this.#flush();
  }

  #carry(chunk: Buffer, start: number, end: number): void {
    this.#length += end - start;
    if (this.#length > this.#limit) this.#carried = [];
    else this.#carried.push(Buffer.from(chunk.subarray(start, end)));
  }

  #flush(): void {
    const length = this.#length;
    const line = Buffer.concat(this.#carried);
    this.#carried = [];
    this.#length = 0;
    if (length > this.#limit) {
      this.#sink.longLine(this.#number);
      this.#number += 1;
    } else this.#emit(line, 0, line.length);
  }

  #emit(bytes: Buffer, start: number, end: number): void {
    const marked = this.#number === 1 && end - start >= 3 && bom.every((b, i) => bytes[start + i] === b);
    this.#sink.line(bytes, marked ? start + 3 : start, end, this.#number);
    this.#number += 1;
  }
}

/** How a file is read. */
export interface ReadOptions {
  /** Bytes read at once; 1 MiB unless said otherwise. */
  readonly chunkBytes?: number;
}

const chunkSize = 1024 * 1024;

/**
 * Reads a file in chunks, each valid only during the call that hands it over.
 * @throws the error of the file system when it cannot be read
 */
export function readChunks(path: string, take: (chunk: Buffer) => void, options: ReadOptions = {}): void {
  for (const chunk of chunks(path, options.chunkBytes ?? chunkSize)) take(chunk);
}

/**
 * Like `readChunks`, but lets other work of the process run after every 8 chunks, and stops when asked to.
 * @throws the error of the file system, or the reason of the signal
 */
export async function readChunksGently(
  path: string,
  take: (chunk: Buffer) => void,
  signal?: AbortSignal,
): Promise<void> {
  let count = 0;
  for (const chunk of chunks(path, chunkSize)) {
    take(chunk);
    count += 1;
    if (count % 8 === 0) await breathe();
    signal?.throwIfAborted();
  }
}

function* chunks(path: string, size: number): Generator<Buffer> {
  const file = openSync(path, 'r');
  try {
    // Most files are small, and a build may read very many of them.
    const buffer = Buffer.allocUnsafe(Math.min(size, Math.max(4096, fstatSync(file).size + 1)));
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer))
      yield buffer.subarray(0, read);
  } finally {
    closeSync(file);
  }
}
