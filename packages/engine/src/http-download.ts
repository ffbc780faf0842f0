// An HttpDownload brings one file of a cache: digested while it comes, under another name until it is whole and right.
import { createHash, type Hash } from 'node:crypto';
import { dirname } from 'node:path';
import { makeDir, remove, temporaryOf } from './disk.ts';
import { closeSync, fdatasyncSync, ftruncateSync, openSync, renameSync, writeSync } from './fs.ts';
import { type HttpBreaker, judgeStatus } from './http-breaker.ts';
import { type HttpConnection, type HttpReply, NoAnswer } from './http-connection.ts';
import type { Blob } from './store.ts';

/** What came of it; `wrong` when the server holds something else under that digest. */
export type Downloaded = 'here' | 'none' | 'wrong';

/** Bytes per second below which a server is too slow to wait for. */
const slowest = 32 << 10;

/** How long so many bytes may take. */
export function limitFor(bytes: number, timeoutMs: number): number {
  return timeoutMs * 3 + (bytes / slowest) * 1000;
}

/** With what a file is brought. */
export interface DownloadFrom {
  readonly connection: HttpConnection;
  readonly breaker: HttpBreaker;
}

/**
 * Brings a file.
 * @param to full path; nothing lies there unless the answer is `here`
 * @throws what the disk throws
 */
export async function download(blob: Blob, to: string, from: DownloadFrom): Promise<Downloaded> {
  makeDir(dirname(to));
  const temporary = temporaryOf(to);
  const fd = openSync(temporary, 'w', blob.executable ? 0o777 : 0o666);
  let result: Downloaded = 'none';
  try {
    try {
      result = await new Part(fd, blob).bring(from);
      if (result === 'here') fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (result === 'here') renameSync(temporary, to);
  } finally {
    if (result !== 'here') remove(temporary);
  }
  return result;
}

/** What has come of a file so far. */
class Part {
  private sum: Hash = createHash('sha256');
  private have = 0;

  constructor(
    private readonly fd: number,
    private readonly blob: Blob,
  ) {}

  async bring({ connection, breaker }: DownloadFrom): Promise<Downloaded> {
    for (let attempt = 1; breaker.reads; attempt++) {
      try {
        return await this.once(connection, breaker);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        if (attempt === 2) {
          breaker.failed(error.message);
          return 'none';
        }
      }
    }
    return 'none';
  }

  /** Asks for what is missing; a server that cannot give a part gives all of it again. */
  private async once(connection: HttpConnection, breaker: HttpBreaker): Promise<Downloaded> {
    const { digest, bytes } = this.blob;
    const resumed = this.have > 0 && this.have < bytes;
    const reply = await connection.request({
      method: 'GET',
      path: `cas/${digest.slice(7)}`,
      headers: resumed ? { Range: `bytes=${this.have}-` } : {},
      limitMs: limitFor(bytes, connection.timeoutMs),
    });
    if (!judgeStatus(reply.status, 'reads', breaker)) {
      reply.body.resume();
      return 'none';
    }
    const follows = reply.headers['content-range']?.startsWith(`bytes ${this.have}-`) === true;
    if (!(resumed && reply.status === 206 && follows)) this.startOver();
    return await this.take(reply);
  }

  private startOver(): void {
    ftruncateSync(this.fd, 0);
    this.sum = createHash('sha256');
    this.have = 0;
  }

  private async take({ body }: HttpReply): Promise<Downloaded> {
    const { digest, bytes } = this.blob;
    try {
      for await (const piece of body as AsyncIterable<Buffer>) {
        if (this.have + piece.length > bytes) {
          body.destroy();
          return 'wrong';
        }
        this.put(piece);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === 'write') throw error;
      throw new NoAnswer('it broke the connection off');
    }
    return this.have === bytes && `sha256:${this.sum.digest('hex')}` === digest ? 'here' : 'wrong';
  }

  private put(piece: Buffer): void {
    this.sum.update(piece);

    const start = this.have;
    // The position is given: a first attempt may have been cut off, and all of it begun again.
    for (let at = 0; at < piece.length; ) at += writeSync(this.fd, piece, at, piece.length - at, start + at);
    this.have += piece.length;
  }
}
