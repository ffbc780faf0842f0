// A Call is one HTTP request as a route sees it, and a Reply what the route answers.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { JsonObject } from '../json-object.ts';
import { ApiError } from './api-error.ts';

export interface Call {
  readonly method: string;
  /** Where the server was reached, such as `http://127.0.0.1:8080`; URLs in answers begin with it. */
  readonly origin: string;
  readonly path: string;
  /** The parts of the path that the route names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body: object | Buffer;
  /** Whether the body is a download of result rows, which faults may spoil. */
  readonly rows?: boolean;
}

/** A reply with status 200 and a JSON body. */
export function ok(body: object): Reply {
  return { status: 200, body };
}

/** A named part of the path. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the route has no {${name}}`);
  return value;
}

/** The body as a JSON object. @throws ApiError when it is none */
export function jsonBody(call: Call): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(call.body.toString('utf8'));
  } catch (error) {
    throw new ApiError('invalid', `the body is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
  return new JsonObject(value, 'body');
}

/** A whole number in the query. @throws ApiError when it is no number or out of range */
export function countInQuery(call: Call, name: string, range: { usual: number; max: number }): number {
  const text = call.query.get(name);
  if (text === null || text === '') return range.usual;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > range.max)
    throw new ApiError('invalid', `${name}: expected a whole number from 1 to ${range.max}, found ${text}`);
  return value;
}

/** The body of a request as bytes. @throws ApiError when it is longer than the limit */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    const bytes = part as Buffer;
    length += bytes.length;
    if (length <= maxBytes) parts.push(bytes); // the rest is read and thrown away, so that the refusal can be read
  }
  if (length > maxBytes)
    throw new ApiError('too-large', `the body has ${length} bytes; at most ${maxBytes} are allowed`);
  return Buffer.concat(parts);
}
