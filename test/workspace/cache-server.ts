// A CacheServer speaks Bazel's HTTP cache protocol in this process, and does wrong when a test tells it to.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as it came. */
export interface Asked {
  readonly method: string;
  /** `/cas/…` or `/ac/…`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What becomes of a request instead of the right answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  /** Never answers. */
  | { readonly kind: 'silent' }
  /** Takes the connection away. */
  | { readonly kind: 'reset' }
  /** Sends other bytes of the same length. */
  | { readonly kind: 'wrong' }
  /** Sends half of it, and calls that all. */
  | { readonly kind: 'short' }
  /** Announces all of it, sends half and takes the connection away. */
  | { readonly kind: 'truncated' };

/** A server on this machine with all that was put there. */
export class CacheServer {
  readonly stored = new Map<string, Buffer>();
  readonly asked: Asked[] = [];
  /** What goes wrong with a request; nothing unless a test sets it. */
  fault: (asked: Asked) => Fault | undefined = () => undefined;
  /** Told of each request when it has come as a whole. */
  came: (asked: Asked) => void = () => {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async open(): Promise<CacheServer> {
    const made = new CacheServer();
    await new Promise<void>((done) => made.#server.listen(0, '127.0.0.1', done));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/shared`;
  }

  /** Paths of what is there, of one kind. */
  paths(kind: 'ac' | 'cas'): string[] {
    return [...this.stored.keys()].filter((path) => path.startsWith(`/${kind}/`)).sort();
  }

  /** How many requests of a method there were. */
  count(method: string): number {
    return this.asked.filter((one) => one.method === method).length;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((done) => void this.#server.close(() => done()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers, url = '' } = request;
    const asked: Asked = { method, path: url.replace(/^\/shared/, ''), headers };
    this.asked.push(asked);
    const fault = this.fault(asked);
    if (fault?.kind === 'silent') return;
    if (fault?.kind === 'reset') return void request.socket.destroy();
    const pieces: Buffer[] = [];
    try {
      for await (const piece of request) pieces.push(piece as Buffer);
    } catch {
      // The caller went away: nothing is stored.
      return;
    }
    this.came(asked);
    if (fault?.kind === 'status') return void response.writeHead(fault.status).end();
    if (!/^\/(?:ac|cas)\/[0-9a-f]{64}$/.test(asked.path)) return void response.writeHead(400).end();
    if (method === 'PUT') {
      const known = this.stored.has(asked.path);
      this.stored.set(asked.path, Buffer.concat(pieces));
      return void response.writeHead(known ? 204 : 201).end();
    }
    const body = this.stored.get(asked.path);
    if (body === undefined) return void response.writeHead(404).end();
    if (method === 'HEAD') return void response.writeHead(200, { 'Content-Length': body.length }).end();
    this.#give(body, { fault, range: headers.range, response });
  }

  #give(
    body: Buffer,
    how: {
      readonly fault: Fault | undefined;
      readonly range: string | undefined;
      readonly response: ServerResponse;
    },
  ): void {
    const { fault, range, response } = how;
    const half = body.subarray(0, body.length >> 1);
    if (fault?.kind === 'truncated') {
      response.writeHead(200, { 'Content-Length': body.length });
      response.write(half, () => response.socket?.destroy());
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const given =
      fault?.kind === 'wrong' ? body.map((byte) => byte ^ 1) : fault?.kind === 'short' ? half : body;
    const part = given.subarray(from);
    const length = { 'Content-Length': part.length };
    if (from === 0) response.writeHead(200, length);
    else
      response.writeHead(206, {
        ...length,
        'Content-Range': `bytes ${from}-${body.length - 1}/${body.length}`,
      });
    response.end(part);
  }
}
