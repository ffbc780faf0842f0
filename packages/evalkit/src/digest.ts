// A Digest is the SHA-256 of a text or file in lower-case hex; identifiers and seeds are cut from it.
import { createHash } from 'node:crypto';
import { readPieces } from './file-pieces.ts';

/**
 * The digest of several texts. Each part is preceded by its length, so that moving a character from one part
 * to the next changes the digest.
 */
export function digestOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex');
}

/** The digest of bytes as they are: what `sha256sum` prints for a file with this content. */
export function digestOfBytes(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The digest of a file, read in pieces. @throws Failure naming the path */
export function digestOfFile(path: string): string {
  const hash = createHash('sha256');
  for (const bytes of readPieces(path)) hash.update(bytes);
  return hash.digest('hex');
}
