// An exchange is one request by node:http or node:https and its answer: Node's fetch costs each process 0.1 s before its first call.
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';

/** What is sent. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
  /** For all of it, until the last byte of the answer, milliseconds. */
  readonly timeoutMs: number;
  /** Whether it goes by a connection of its own: one that was kept may be closing just now, and nobody would know what came of it. */
  readonly alone?: boolean;
}

/** The head of an answer, and its body, decompressed. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Readable;
}

/** Headers of an answer by their names, in whichever case. */
export interface AnswerHeaders {
  get(name: string): string | null;
  has(name: string): boolean;
}

/** The code of an error when no connection came about: nothing was sent. */
export const noConnection = 'NO_CONNECTION';
const CONNECT_MS = 10_000;

/**
 * Makes one request and follows no redirect.
 * @throws what the network says; `noConnection` as code after 10 s without a connection; a TimeoutError as cause
 */
export async function exchange(url: string, sent: HttpRequest): Promise<HttpAnswer> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  const headers = new Map(Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (!headers.has('accept-encoding')) headers.set('accept-encoding', 'gzip');
  if (sent.body !== undefined || sent.method !== 'GET')
    headers.set('content-length', String(sent.body?.length ?? 0));
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const out = request(url, {
      method: sent.method,
      headers: Object.fromEntries(headers),
      signal: AbortSignal.timeout(sent.timeoutMs),
      ...(sent.alone === true ? { agent: false } : {}),
    });
    out.once('response', resolve);
    // Stays: an error after the answer has begun is the body's, too.
    out.on('error', reject);
    out.once('socket', (socket) => {
      if (!socket.connecting) return;
      const late = Object.assign(new Error(`no connection after ${CONNECT_MS / 1000} s`), {
        code: noConnection,
      });
      const timer = setTimeout(() => out.destroy(late), CONNECT_MS);
      for (const event of ['connect', 'close']) socket.once(event, () => clearTimeout(timer));
    });
    out.end(sent.body);
  });
  return {
    status: incoming.statusCode ?? 0,
    headers: {
      get: (name) => [incoming.headers[name.toLowerCase()] ?? null].flat().join(', ') || null,
      has: (name) => incoming.headers[name.toLowerCase()] !== undefined,
    },
    body: await decoded(incoming),
  };
}

async function decoded(incoming: IncomingMessage): Promise<Readable> {
  const encoding = incoming.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return incoming;
  const { createBrotliDecompress, createGunzip, createInflate } = await import('node:zlib');
  const makers = {
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  };
  const make = Object.hasOwn(makers, encoding) ? makers[encoding as keyof typeof makers] : undefined;
  if (make === undefined) throw new Error(`the answer is encoded as ${encoding}, which was not asked for`);
  // Whoever reads it is told of both kinds of break: of the connection, and of the compression.
  return pipeline(incoming, make(), () => {});
}

/** All of a body as text. @throws what broke it off */
export async function textOf({ body }: Pick<HttpAnswer, 'body'>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return new TextDecoder().decode(Buffer.concat(chunks));
}
