// A ProviderService is a small double of the three batch APIs and of chat, in the test's process, that counts what it bills.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { anthropicRoutes } from './service-anthropic.ts';
import { type ServiceFault, ServiceFaults } from './service-faults.ts';
import { fireworksRoutes } from './service-fireworks.ts';
import { ServiceJobs } from './service-jobs.ts';
import { openaiRoutes } from './service-openai.ts';

/** One call as a route sees it. */
export interface Exchange {
  readonly jobs: ServiceJobs;
  readonly faults: ServiceFaults;
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** Where the service was reached. */
  readonly origin: string;
  /** What the route's pattern caught. */
  readonly part: string;
  json(): unknown;
  /** The JSONL in a multipart body. */
  upload(): string;
  /** Ends the call with a status. */
  refuse(status: number, body: object): never;
}

/** A pattern of `METHOD /path` and what answers it: an object is JSON, a text are rows, undefined is 404. */
export type Route = readonly [RegExp, (exchange: Exchange) => object | string | undefined];

export interface Service {
  readonly url: string;
  /** How often each row was billed, by wire id. */
  billed(): Promise<Record<string, number>>;
  fault(...faults: readonly ServiceFault[]): void;
  /** Faults that have not struck. */
  faultsLeft(): readonly ServiceFault[];
  close(): Promise<void>;
}

class Refusal extends Error {
  readonly status: number;
  readonly body: object;

  constructor(status: number, body: object) {
    super(`${status}`);
    this.status = status;
    this.body = body;
  }
}

const ROUTES = [...openaiRoutes, ...anthropicRoutes, ...fireworksRoutes];
const STATUS = {
  'rate-limit': 429,
  'server-error': 500,
  unauthorized: 401,
  forbidden: 403,
  'enqueued-limit': 429,
} as const;
const MESSAGE = { 'enqueued-limit': 'Enqueued token limit reached' } as const;

function strikeBefore(faults: ServiceFaults, call: string): 'drop' | undefined {
  const kinds = ['rate-limit', 'server-error', 'unauthorized', 'forbidden', 'enqueued-limit'] as const;
  const fault = faults.take([...kinds, 'drop-before'], call);
  if (fault === undefined) return undefined;
  if (fault.kind === 'drop-before') return 'drop';
  const kind = kinds.find((one) => one === fault.kind) ?? 'server-error';
  const message = kind === 'enqueued-limit' ? MESSAGE[kind] : kind;
  throw new Refusal(STATUS[kind], { error: { message } });
}

/** Spoils rows on their way out. */
function spoiled(text: string, faults: ServiceFaults): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const [first = '', ...rest] = lines;
  if (first === '') return text;
  const fault = faults.take(['drop-rows', 'duplicate-rows', 'foreign-rows', 'reorder-rows']);
  const out =
    fault?.kind === 'drop-rows'
      ? rest
      : fault?.kind === 'duplicate-rows'
        ? [first, ...lines]
        : fault?.kind === 'foreign-rows'
          ? [first.replace(/"custom_id":"[^"]*"/, '"custom_id":"stranger"'), ...lines]
          : fault?.kind === 'reorder-rows'
            ? [...lines].reverse()
            : lines;
  return out.map((line) => `${line}\n`).join('');
}

function sendRows(response: ServerResponse, rows: string, faults: ServiceFaults): void {
  const bytes = Buffer.from(spoiled(rows, faults));
  const cut = bytes.length > 0 ? faults.take(['truncate', 'wrong-length']) : undefined;
  if (cut?.kind === 'wrong-length') {
    response.writeHead(200, { 'content-length': bytes.length + 100 });
    response.write(bytes, () => response.destroy());
    return;
  }
  const sent = cut === undefined ? bytes : bytes.subarray(0, bytes.length >> 1);
  response.writeHead(200, { 'content-length': sent.length }).end(sent);
}

function answer(call: string, exchange: Omit<Exchange, 'part'>): object | string {
  for (const [pattern, route] of ROUTES) {
    const found = pattern.exec(call);
    if (found === null) continue;
    const result = route({ ...exchange, part: decodeURIComponent(found[1] ?? '') });
    if (result !== undefined) return result;
  }
  throw new Refusal(404, { error: { message: `not found: ${call}` } });
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** Starts a service. @param key what a client has to show; null takes any */
export async function startService(key: string | null = null): Promise<Service> {
  const faults = new ServiceFaults();
  const jobs = new ServiceJobs(faults);
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming);
    const url = new URL(incoming.url ?? '', 'http://service');
    const call = `${incoming.method} ${url.pathname}`;
    const shown = incoming.headers.authorization?.replace('Bearer ', '') ?? incoming.headers['x-api-key'];
    if (key !== null && shown !== key && !url.pathname.startsWith('/signed/'))
      throw new Refusal(401, { error: { message: `Incorrect API key provided: ${shown}` } });
    if (strikeBefore(faults, call) === 'drop') return void response.destroy();
    const result = answer(call, {
      jobs,
      faults,
      headers: incoming.headers,
      query: url.searchParams,
      origin: `http://${incoming.headers.host}`,
      json: () => JSON.parse(body) as unknown,
      upload: () => `${body.slice(body.indexOf('{'), body.lastIndexOf('}') + 1)}\n`,
      refuse: (status, refusal) => {
        throw new Refusal(status, refusal);
      },
    });
    const after = faults.take(['server-error-after', 'drop-after'], call);
    if (after?.kind === 'drop-after') return void response.destroy();
    if (after !== undefined) throw new Refusal(500, { error: { message: 'after' } });
    if (typeof result === 'string') sendRows(response, result, faults);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  };
  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => {
      const refusal =
        error instanceof Refusal ? error : new Refusal(500, { error: { message: String(error) } });
      response.writeHead(refusal.status, { 'retry-after': '0' }).end(JSON.stringify(refusal.body));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    billed: async () => ({ ...jobs.billed }),
    fault: (...more) => faults.add(...more),
    faultsLeft: () => faults.left,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
