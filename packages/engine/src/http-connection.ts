// An HttpConnection is how requests reach the server of a cache: a bounded number at a time, none of which waits for ever.
import * as http from 'node:http';
import * as https from 'node:https';

/** Where requests go, and what goes with each. */
export interface HttpPlace {
  /** The address, without a slash at its end. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long a connection may take, and how long a server may be silent. */
  readonly timeoutMs: number;
}

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  /** Below the address: `cas/…`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How many bytes are sent; needed with `send`. */
  readonly bytes?: number;
  /** Sends the body; waits after each piece until the server takes more. False breaks the request off. */
  readonly send?: (write: (piece: Uint8Array) => Promise<void>) => Promise<boolean>;
  /** How long all of it may take, the body of the answer included. */
  readonly limitMs: number;
}

/** The head of an answer, and its body to be read. */
export interface HttpReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
}

/** A request that came to no answer: the network, not what is stored. */
export class NoAnswer extends Error {}

/** The sender found that what it was sending is not what it should be. */
export class BrokenOff extends Error {}

/** Requests at a time. */
export const atATime = 12;

/** Connections to one server, kept open between requests. */
export class HttpConnection {
  private readonly agent: http.Agent;
  private readonly library: typeof http | typeof https;

  constructor(private readonly place: HttpPlace) {
    this.library = place.url.startsWith('https:') ? https : http;
    this.agent = new this.library.Agent({ keepAlive: true, maxSockets: atATime });
  }

  /** The server in words; never what it is told about who asks. */
  get name(): string {
    return this.place.url;
  }

  get timeoutMs(): number {
    return this.place.timeoutMs;
  }

  /**
   * Sends a request and waits for the head of the answer. Redirects are not followed: headers are for this server only.
   * @throws NoAnswer when there is none in time; BrokenOff when `send` said so
   */
  request({ method, path, headers, bytes, send, limitMs }: HttpRequest): Promise<HttpReply> {
    return new Promise((resolve, reject) => {
      const own = bytes === undefined ? {} : { 'Content-Length': String(bytes) };
      const request = this.library.request(`${this.place.url}/${path}`, {
        method,
        agent: this.agent,
        headers: { ...this.place.headers, ...headers, ...own },
        timeout: this.place.timeoutMs,
      });
      const limit = setTimeout(() => request.destroy(new Error('it takes too long')), limitMs);
      const fail = (error: Error): void => {
        clearTimeout(limit);
        reject(error instanceof BrokenOff ? error : new NoAnswer(wordsOf(error)));
      };
      request.on('timeout', () => request.destroy(new Error('it is silent')));
      request.on('error', fail);
      request.on('response', (body) => {
        body.on('close', () => clearTimeout(limit));
        body.on('error', () => clearTimeout(limit));
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
      });
      if (send === undefined) request.end();
      else
        sending(request, send).catch((error: unknown) => {
          request.destroy(error as Error);
          fail(error as Error);
        });
    });
  }

  /**
   * The body of a small answer; undefined when it is larger than it may be.
   * @throws NoAnswer as `request`, also when the body breaks off
   */
  async small(request: HttpRequest, largest: number): Promise<{ status: number; body: Buffer | undefined }> {
    const { status, body } = await this.request(request);
    const pieces: Buffer[] = [];
    let size = 0;
    try {
      for await (const piece of body) {
        size += (piece as Buffer).length;
        if (size > largest) {
          body.destroy();
          return { status, body: undefined };
        }
        pieces.push(piece as Buffer);
      }
    } catch (error) {
      throw new NoAnswer(wordsOf(error as Error));
    }
    return { status, body: Buffer.concat(pieces) };
  }

  /** Ends what is open. */
  close(): void {
    this.agent.destroy();
  }
}

async function sending(request: http.ClientRequest, send: NonNullable<HttpRequest['send']>): Promise<void> {
  // Who refuses answers before everything was sent: what is left need not be.
  let over = false;
  request.on('response', () => {
    over = true;
  });
  request.on('close', () => {
    over = true;
  });
  const write = (piece: Uint8Array): Promise<void> => {
    if (over || request.write(piece)) return Promise.resolve();
    return new Promise((resolve) => {
      for (const event of ['drain', 'close', 'response']) request.once(event, () => resolve());
    });
  };
  if (!(await send(write))) throw new BrokenOff('what was to be sent has changed');
  if (!over) request.end();
}

/** What became of a request, in words that hold nothing of what was sent. */
function wordsOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'there is no such host',
    EAI_AGAIN: 'its name cannot be looked up',
    ECONNRESET: 'it broke the connection off',
    EPIPE: 'it broke the connection off',
    ETIMEDOUT: 'it is silent',
  };
  return (code === undefined ? undefined : words[code]) ?? code ?? error.message;
}
