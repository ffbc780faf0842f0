// A strike is what a fault does to one exchange: before the request is heard, or between its acceptance and the answer.
import { ApiError } from './api-error.ts';
import { type Fault, type FaultKind, type FaultPlace, numberParam } from './fault.ts';
import type { FaultList } from './fault-list.ts';

/** What happens to the exchange instead of an answer. */
export type Strike = 'none' | 'drop' | 'exit';

const DOWNLOADS = [
  'fireworks.datasets.get',
  'fireworks.datasets.download-endpoint',
  'openai.files.content',
  'anthropic.batches.results',
];

const BEFORE: readonly FaultKind[] = [
  'rate-limit',
  'server-error',
  'drop-before',
  'exit-before',
  'unauthorized',
  'forbidden',
];

/** The error that a fault stands for. */
function errorOf(fault: Fault): ApiError {
  switch (fault.kind) {
    case 'rate-limit':
      return new ApiError('rate-limit', 'Rate limit reached', {
        retryAfterS: numberParam(fault, 'retry_after_s', 1),
      });
    case 'unauthorized':
      return new ApiError('unauthorized', 'the key is not valid');
    case 'forbidden':
      return new ApiError('forbidden', 'the key does not allow this');
    case 'url-expired':
      return new ApiError('forbidden', 'ExpiredToken', { status: numberParam(fault, 'status', 403) });
    case 'output-missing':
      return new ApiError('missing', 'resource not found');
    case 'enqueued-limit':
      return new ApiError('quota', 'Enqueued limit reached: job-submission-count quota exceeded');
    default:
      return new ApiError('server', 'internal error', { status: numberParam(fault, 'status', 500) });
  }
}

function strikeOf(fault: Fault): Strike {
  if (fault.kind.startsWith('drop-')) return 'drop';
  if (fault.kind.startsWith('exit-')) return 'exit';
  throw errorOf(fault);
}

/**
 * What strikes before the request is heard.
 * @throws ApiError when the fault is an answer
 */
export async function strikeBefore(place: FaultPlace, faults: FaultList): Promise<Strike> {
  const slow = faults.take(['slow'], place);
  if (slow !== undefined) {
    const ms = numberParam(slow, 'ms', 5);
    await new Promise((done) => setTimeout(done, ms));
  }
  const kinds = [...BEFORE];
  if (place.route === 'fireworks.signed.get') kinds.push('url-expired');
  if (DOWNLOADS.includes(place.route)) kinds.push('output-missing');
  if (/^(?:fireworks\.jobs|openai\.batches|anthropic\.batches)\.create$/.test(place.route))
    kinds.push('enqueued-limit');
  const fault = faults.take(kinds, place);
  return fault === undefined ? 'none' : strikeOf(fault);
}

/**
 * What strikes after the request was accepted, when everything about it is in the store.
 * @throws ApiError when the fault is an answer
 */
export function strikeAfter(place: FaultPlace, faults: FaultList): Strike {
  const fault = faults.take(['server-error-after', 'drop-after', 'exit-after'], place);
  return fault === undefined ? 'none' : strikeOf(fault);
}
