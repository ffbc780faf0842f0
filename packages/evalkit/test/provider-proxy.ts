// A ProviderProxy stands between client and service: it sees every call and can stop the client before, in or after it.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens at a call: it passes or is refused; or `stop` is called before it, in the middle of its answer, or after it. */
export type Verdict = 'pass' | 'refuse' | 'before' | 'middle' | 'after';

export interface Seen {
  /** `POST /v1/batches` */
  readonly name: string;
  /** Counted from 0. */
  readonly index: number;
}

export interface ProxyScript {
  readonly judge: (seen: Seen) => Verdict;
  /** Ends the client; called once the service has, or has not, got the call. */
  readonly stop: () => Promise<void>;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export class ProviderProxy {
  readonly #server: Server;
  readonly #target: URL;
  #script: ProxyScript = { judge: () => 'pass', stop: async () => undefined };
  readonly calls: string[] = [];

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, response) => {
      this.#relay(incoming, response).catch(() => response.destroy());
    });
  }

  /** Starts a proxy in front of a service. */
  static async start(target: string): Promise<ProviderProxy> {
    const proxy = new ProviderProxy(target);
    await new Promise<void>((done) => proxy.#server.listen(0, '127.0.0.1', done));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Follows another script from the next call on; calls are counted from 0 again. */
  follow(script: ProxyScript): void {
    this.#script = script;
    this.calls.length = 0;
  }

  async #relay(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const name = `${incoming.method} ${(incoming.url ?? '').split('?')[0]}`;
    const { judge, stop } = this.#script;
    const verdict = judge({ name, index: this.calls.push(name) - 1 });
    if (verdict === 'before') {
      await stop();
      response.destroy();
      return;
    }
    if (verdict === 'refuse') {
      response.writeHead(404).end('{"error":{"message":"there is no such thing"}}');
      return;
    }
    const answer = await this.#forward(incoming, body);
    const bytes = await bodyOf(answer);
    if (verdict === 'after') {
      await stop();
      response.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 500, { ...answer.headers, connection: 'close' });
    if (verdict === 'pass') {
      response.end(bytes);
      return;
    }
    await new Promise((done) => response.write(bytes.subarray(0, bytes.length >> 1), done));
    await stop();
    response.destroy();
  }

  /** The Host header stays, so that URLs in answers lead through the proxy, too. */
  #forward(incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    return new Promise((done, fail) => {
      const { hostname, port } = this.#target;
      const outgoing = request(
        { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
        done,
      );
      outgoing.on('error', fail);
      outgoing.end(body);
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
