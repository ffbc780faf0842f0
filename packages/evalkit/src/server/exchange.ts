// An exchange is one HTTP request and what goes back: key, faults, route, faults again, bytes.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure } from '../failure.ts';
import { administer } from './admin.ts';
import { ApiError, anthropicError, grpcError, openaiError, storeError } from './api-error.ts';
import { type Call, type Reply, readBody } from './call.ts';
import { spoiled } from './download.ts';
import type { FaultPlace } from './fault.ts';
import { checkKey } from './key-check.ts';
import { findRoute, type Protocol, protocolOf, type Route } from './route.ts';
import type { Desk } from './routes.ts';
import type { Services } from './services.ts';
import { strikeAfter, strikeBefore } from './strike.ts';

export interface Exchanges {
  readonly desk: Desk;
  readonly services: Services;
  /** The key that is asked for, or null when any will do. */
  readonly apiKey: string | null;
  /** Bytes a request may have at most. */
  readonly maxBodyBytes: number;
  /** Ends the server as a crash does. */
  readonly crash: () => void;
}

type Answered = Reply | 'drop' | 'exit';

/** What went wrong, as an ApiError; our own bugs are answered with 500 and their text. */
function errorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Failure) return new ApiError('invalid', error.message);
  if (error instanceof SyntaxError) return new ApiError('invalid', `not valid JSON: ${error.message}`);
  return new ApiError('server', error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function refusal(error: ApiError, protocol: Protocol, path: string): Reply {
  if (path.startsWith('/signed/'))
    return { status: error.status, headers: { 'content-type': 'application/xml' }, body: storeError(error) };
  const keyTrouble = error.code === 'unauthorized' || error.code === 'forbidden';
  const body =
    protocol === 'anthropic' || protocol === 'messages'
      ? anthropicError(error)
      : protocol === 'fireworks' && !keyTrouble
        ? grpcError(error)
        : openaiError(error);
  const headers = error.retryAfterS === undefined ? {} : { 'retry-after': String(error.retryAfterS) };
  return { status: error.status, headers, body };
}

function placeOf(route: Route, call: Call): FaultPlace {
  const { id, dataset } = call.params;
  // A signed path holds the account before the first dot.
  const named = id ?? dataset?.slice(dataset.indexOf('.') + 1);
  const job = named ?? call.query.get('batchInferenceJobId') ?? '';
  return { route: route.name, protocol: route.protocol, job };
}

async function answered(route: Route, call: Call, { services, apiKey }: Exchanges): Promise<Answered> {
  if (!route.open) checkKey(route.protocol, call.headers, apiKey);
  const place = placeOf(route, call);
  const before = await strikeBefore(place, services.faults);
  if (before !== 'none') return before;
  const reply = await route.handle(call);
  const after = strikeAfter(place, services.faults);
  return after === 'none' ? reply : after;
}

function send(response: ServerResponse, reply: Reply, place: FaultPlace, services: Services): void {
  const bytes = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(JSON.stringify(reply.body));
  const type = Buffer.isBuffer(reply.body) ? {} : { 'content-type': 'application/json' };
  const sent =
    reply.rows === true
      ? spoiled(bytes, place, services.faults)
      : { body: bytes, contentLength: bytes.length };
  response.writeHead(reply.status, { ...type, ...reply.headers, 'content-length': sent.contentLength });
  if (sent.contentLength === sent.body.length) response.end(sent.body);
  else response.write(sent.body, () => response.destroy());
}

function callOf(request: IncomingMessage, body: Buffer): Call {
  const host = request.headers.host ?? '127.0.0.1';
  const url = new URL(request.url ?? '/', `http://${host}`);
  return {
    method: request.method ?? 'GET',
    origin: url.origin,
    path: decodeURIComponent(url.pathname),
    params: {},
    query: url.searchParams,
    headers: request.headers,
    body,
  };
}

const NOWHERE: FaultPlace = { route: '', protocol: '', job: '' };

/** Answers one request. */
export async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  exchanges: Exchanges,
): Promise<void> {
  const { desk, services, maxBodyBytes } = exchanges;
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  let place = NOWHERE;
  let protocol: Protocol = protocolOf(path, request.headers);
  let said: Answered;
  try {
    const call = callOf(request, await readBody(request, maxBodyBytes));
    const found = findRoute(desk.routes, call.method, call.path);
    if (call.path.startsWith('/_')) said = await administer(call, desk, services);
    else if (found.kind !== 'route')
      throw new ApiError(found.kind, `Invalid URL (${call.method} ${call.path})`);
    else {
      const whole = { ...call, params: found.params };
      protocol = found.route.protocol;
      place = placeOf(found.route, whole);
      said = await answered(found.route, whole, exchanges);
    }
  } catch (error) {
    said = refusal(errorOf(error), protocol, path);
  }
  if (said === 'exit') exchanges.crash();
  if (typeof said === 'string') request.socket.destroy();
  else send(response, said, place, services);
}
