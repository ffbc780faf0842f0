// File pieces are the bytes of a file in order, some at a time; a piece is valid until the next one is asked for.
import { closeSync, openSync, readSync } from 'node:fs';
import { Failure, fileProblem } from './failure.ts';

const PIECE = 1 << 16;

/** Yields the bytes of a file. @throws Failure naming the path when it cannot be read */
export function* readPieces(path: string): Generator<Buffer, void, undefined> {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new Failure(fileProblem(path, error));
  }
  try {
    const piece = Buffer.alloc(PIECE);
    for (;;) {
      const length = readSync(fd, piece, 0, PIECE, null);
      if (length === 0) return;
      yield piece.subarray(0, length);
    }
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(fileProblem(path, error));
  } finally {
    closeSync(fd);
  }
}
