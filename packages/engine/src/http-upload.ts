// An HttpUpload sends one file to a cache: digested while it goes, and broken off before its end when it is another one.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from './fs.ts';
import { type HttpBreaker, judgeStatus } from './http-breaker.ts';
import { BrokenOff, type HttpConnection, NoAnswer } from './http-connection.ts';
import { limitFor } from './http-download.ts';
import type { Blob } from './store.ts';

const pieceBytes = 256 << 10;

/** With what a file is sent. */
export interface UploadTo {
  readonly connection: HttpConnection;
  readonly breaker: HttpBreaker;
}

/**
 * Sends a file under its digest. A server takes what it is given for what it was said to be, so the last piece goes only
 * when all of it is right: a file that was changed meanwhile ends as a request that was cut off, which is not stored.
 * @param from full path of the file
 * @returns whether it is there now
 */
export async function upload(blob: Blob, from: string, to: UploadTo): Promise<boolean> {
  const fd = openSync(from, 'r');
  try {
    if (fstatSync(fd).size !== blob.bytes) return false;
    return await put(`cas/${blob.digest.slice(7)}`, blob.bytes, to, (write) => pieces(fd, blob, write));
  } finally {
    closeSync(fd);
  }
}

/** Sends a text or a message. */
export function uploadBytes(path: string, bytes: Uint8Array, to: UploadTo): Promise<boolean> {
  return put(path, bytes.length, to, async (write) => {
    await write(bytes);
    return true;
  });
}

type Send = (write: (piece: Uint8Array) => Promise<void>) => Promise<boolean>;

async function put(
  path: string,
  bytes: number,
  { connection, breaker }: UploadTo,
  send: Send,
): Promise<boolean> {
  const limitMs = limitFor(bytes, connection.timeoutMs);
  for (let attempt = 1; breaker.writes; attempt++) {
    try {
      const headers = { 'Content-Type': 'application/octet-stream' };
      const reply = await connection.request({ method: 'PUT', path, bytes, send, limitMs, headers });
      reply.body.resume();
      return judgeStatus(reply.status, 'writes', breaker);
    } catch (error) {
      if (error instanceof BrokenOff) return false;
      if (!(error instanceof NoAnswer)) throw error;
      if (attempt === 2) {
        breaker.failed(error.message);
        return false;
      }
    }
  }
  return false;
}

async function pieces(fd: number, { digest, bytes }: Blob, write: Parameters<Send>[0]): Promise<boolean> {
  const sum = createHash('sha256');
  let held: Buffer = Buffer.alloc(0);
  for (let at = 0; at < bytes; at += held.length) {
    if (at > 0) await write(held);
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, bytes - at));
    const n = readSync(fd, piece, 0, piece.length, at);
    if (n === 0) return false;
    held = piece.subarray(0, n);
    sum.update(held);
  }
  if (`sha256:${sum.digest('hex')}` !== digest) return false;
  if (bytes > 0) await write(held);
  return true;
}
