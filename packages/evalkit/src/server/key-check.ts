// A key check says who may call: any key that is not empty, or the one that the server was given.
import type { IncomingHttpHeaders } from 'node:http';
import { ApiError } from './api-error.ts';
import type { Protocol } from './route.ts';

function keyIn(headers: IncomingHttpHeaders): string {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const own = headers['x-api-key'];
  return bearer ?? (typeof own === 'string' ? own.trim() : '');
}

/**
 * Checks the key of a request, and for Anthropic the header anthropic-version.
 * @param expected the one key that is right, or null when any is
 * @throws ApiError 401, or 403 from Fireworks, whose keys are checked by another part of it
 */
export function checkKey(protocol: Protocol, headers: IncomingHttpHeaders, expected: string | null): void {
  const key = keyIn(headers);
  if (key === '' || (expected !== null && key !== expected)) {
    const said = key === '' ? 'You did not provide an API key' : 'Incorrect API key provided';
    throw new ApiError('unauthorized', said, { status: protocol === 'fireworks' ? 403 : 401 });
  }
  if ((protocol === 'anthropic' || protocol === 'messages') && headers['anthropic-version'] === undefined)
    throw new ApiError('invalid', 'anthropic-version: header is required');
}
