// A RowOutcome is what a provider says of one row: an answer, or an error that is for good or may pass.
import type { AnswerResponse } from '../answer.ts';
import { Failure } from '../failure.ts';
import type { JsonObject } from '../json-object.ts';

export interface RowAnswered {
  readonly kind: 'answered';
  readonly id: string;
  readonly response: AnswerResponse;
}

export interface RowFailed {
  readonly kind: 'failed';
  readonly id: string;
  readonly message: string;
  readonly code: string;
  /** Asking again would bring the same: the request itself is refused. */
  readonly permanent: boolean;
}

export type RowOutcome = RowAnswered | RowFailed;

/** Whether a status refuses the request itself, rather than the moment it came at. */
export function refusesRequest(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status);
}

function finishReason(reason: string): string {
  if (reason === 'end_turn' || reason === 'stop_sequence') return 'stop';
  return reason === 'max_tokens' ? 'length' : reason;
}

/** A chat completion as an answer. @throws Failure naming the member that is not as expected */
export function readChatCompletion(completion: JsonObject): AnswerResponse {
  const choice = completion.objectList('choices')[0];
  if (choice === undefined) return completion.reject('choices', 'at least one choice');
  const message = choice.object('message');
  const usage = completion.object('usage');
  return {
    model: completion.fullText('model'),
    text: message.has('content') ? message.text('content') : '',
    support: message.has('support') ? message.number('support') : null,
    finish_reason: choice.has('finish_reason') ? finishReason(choice.fullText('finish_reason')) : 'stop',
    usage: {
      prompt_tokens: usage.count('prompt_tokens'),
      completion_tokens: usage.count('completion_tokens'),
    },
  };
}

/** An Anthropic message as an answer. @throws Failure naming the member that is not as expected */
export function readMessageBody(message: JsonObject): AnswerResponse {
  const usage = message.object('usage');
  const optional = (name: string): number => (usage.has(name) ? usage.count(name) : 0);
  return {
    model: message.fullText('model'),
    text: message
      .objectList('content')
      .filter((block) => block.raw('type') === 'text')
      .map((block) => block.text('text'))
      .join(''),
    support: message.has('support') ? message.number('support') : null,
    finish_reason: message.has('stop_reason') ? finishReason(message.fullText('stop_reason')) : 'stop',
    usage: {
      prompt_tokens:
        usage.count('input_tokens') +
        optional('cache_creation_input_tokens') +
        optional('cache_read_input_tokens'),
      completion_tokens: usage.count('output_tokens'),
    },
  };
}

/** Reads an answer; one that is not as the API says is an error of its row, for good: it was billed. */
export function answered(id: string, read: () => AnswerResponse): RowOutcome {
  try {
    return { kind: 'answered', id, response: read() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kind: 'failed', id, message: error.message, code: 'malformed-response', permanent: true };
  }
}

/**
 * The error of a row as {message, code?, type?} with the status it came with.
 * @param status null when there is none
 */
export function failed(id: string, error: JsonObject | null, status: number | null): RowFailed {
  const word = (name: string): string | undefined => {
    const value = error?.raw(name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  const code = word('code') ?? word('type') ?? (status === null ? 'error' : String(status));
  const refused = ['invalid_request', 'invalid_request_error', 'INVALID_ARGUMENT', '3'].includes(code);
  const inCode = /^[45]\d\d$/.test(code) ? Number(code) : status;
  return {
    kind: 'failed',
    id,
    message: word('message') ?? 'the provider gave no reason',
    code,
    permanent: inCode === null ? refused : refusesRequest(inCode),
  };
}
