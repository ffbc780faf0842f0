// The Server is a local batch server: the APIs of three providers over HTTP, answered by the embedded reader.
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReaderSettings } from '../reader/reader.ts';
import { Answerer } from './answerer.ts';
import { Billing } from './billing.ts';
import { exchange } from './exchange.ts';
import { FaultList } from './fault-list.ts';
import { openDesk } from './routes.ts';
import type { Limits, Services } from './services.ts';
import { diskStore, memoryStore } from './store.ts';

export interface ServerOptions {
  /** The reader that answers: its thresholds of support and the seed of its noise. */
  readonly reader: ReaderSettings;
  /** Sentences that questions without a passage are answered from. */
  readonly knowledge?: readonly string[];
  /** A port of 127.0.0.1; 0, which is usual, takes a free one. */
  readonly port?: number;
  /** A folder for the state; without one the state is gone when the process ends. */
  readonly state?: string;
  /** A list of faults as in POST /_faults. */
  readonly faults?: unknown;
  /** US dollars per million tokens; usually 0. */
  readonly usdIn?: number;
  readonly usdOut?: number;
  /** Extra looks at a running job before it goes on; usually 0. */
  readonly steps?: number;
  /** Whether a job has ended when it is first looked at. */
  readonly readyAtOnce?: boolean;
  /** Limits other than those of the APIs. */
  readonly maxRequests?: number;
  readonly maxBytes?: number;
  /** The one key that is right; without it any key that is not empty will do. */
  readonly apiKey?: string;
  /** Milliseconds since 1970; usually the time of day. */
  readonly clock?: () => number;
  /** What a fault that ends the process does; usually the server closes all connections and stops listening. */
  readonly crash?: () => void;
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/** Per batch, as the APIs document them. */
const LIMITS: Readonly<Record<'fireworks' | 'openai' | 'anthropic', Limits>> = {
  fireworks: { requests: 1_000_000, bytes: 1_000_000_000 },
  openai: { requests: 50_000, bytes: 200_000_000 },
  anthropic: { requests: 100_000, bytes: 256_000_000 },
};
/** What a form has besides its file. */
const FORM_BYTES = 65_536;

function servicesOf(options: ServerOptions): Services & { readonly done: () => void } {
  const disk = options.state === undefined ? undefined : diskStore(options.state);
  const store = disk ?? memoryStore();
  const clock = options.clock ?? Date.now;
  const { maxRequests, maxBytes } = options;
  return {
    store,
    clock,
    answerer: new Answerer(options.reader, options.knowledge ?? []),
    billing: new Billing(store, { usdIn: options.usdIn ?? 0, usdOut: options.usdOut ?? 0, clock }),
    faults: new FaultList(store, options.faults ?? []),
    steps: options.steps ?? 0,
    readyAtOnce: options.readyAtOnce ?? false,
    limits: (protocol) => ({
      requests: maxRequests ?? LIMITS[protocol].requests,
      bytes: maxBytes ?? LIMITS[protocol].bytes,
    }),
    done: () => disk?.close(),
  };
}

async function listening(server: HttpServer, port: number): Promise<number> {
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => done());
  });
  return (server.address() as AddressInfo).port;
}

/**
 * Starts a server on 127.0.0.1, going on from the state in its folder when there is one.
 * @returns when it listens
 * @throws Failure when a fault is malformed, or the system's error when the port is taken
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const services = servicesOf(options);
  const desk = openDesk(services);
  const fallen = (): void => {
    server.close();
    server.closeAllConnections();
  };
  const exchanges = {
    desk,
    services,
    apiKey: options.apiKey ?? null,
    maxBodyBytes: Math.max(...Object.values(LIMITS).map(({ bytes }) => bytes)) + FORM_BYTES,
    crash: options.crash ?? fallen,
  };
  const server = createServer((request, response) => void exchange(request, response, exchanges));
  server.requestTimeout = 0; // uploads take as long as they take
  const port = await listening(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: async () => {
      await new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      });
      services.done();
    },
  };
}
