// An Answer is one line of a results file: what came back for one request under one condition.
import { digestOf } from './digest.ts';
import type { JsonObject } from './json-object.ts';
import type { QuestionType, Request } from './request.ts';

export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
}

export interface AnswerResponse {
  readonly model: string;
  readonly text: string;
  /** The provider's own confidence in its best answer, 0 to 1; null when it gives none. */
  readonly support: number | null;
  /** stop, or length when the answer was cut at max_tokens. */
  readonly finish_reason: string;
  readonly usage: Usage;
}

/** A line of <condition>/part-NNNN.results.jsonl. Either response or error is null. */
export interface Answer {
  readonly custom_id: string;
  /** One per condition and custom_id. */
  readonly request_id: string;
  readonly condition: string;
  readonly item_id: string;
  readonly dataset: string;
  readonly type: QuestionType;
  readonly temp: number;
  readonly sample: number;
  readonly response: AnswerResponse | null;
  readonly error: { readonly message: string } | null;
}

/** The line for a response to a request. */
export function answerTo(request: Request, condition: string, response: AnswerResponse): Answer {
  return {
    custom_id: request.custom_id,
    request_id: `req-${digestOf(condition, request.custom_id).slice(0, 16)}`,
    condition,
    item_id: request.item_id,
    dataset: request.dataset,
    type: request.type,
    temp: request.temp,
    sample: request.sample,
    response,
    error: null,
  };
}

/** Reads a line of a results file. @throws Failure naming file, line and field */
export function readAnswer(row: JsonObject): Answer {
  const type = row.text('type');
  if (type !== 'open' && type !== 'closed') return row.reject('type', 'open or closed');
  const error = row.has('error') ? { message: errorText(row) } : null;
  return {
    custom_id: row.fullText('custom_id'),
    request_id: row.fullText('request_id'),
    condition: row.fullText('condition'),
    item_id: row.fullText('item_id'),
    dataset: row.fullText('dataset'),
    type,
    temp: row.number('temp'),
    sample: row.count('sample'),
    response: error === null ? readResponse(row.object('response')) : null,
    error,
  };
}

function readResponse(response: JsonObject): AnswerResponse {
  const usage = response.object('usage');
  return {
    model: response.fullText('model'),
    text: response.text('text'),
    support: response.has('support') ? response.number('support') : null,
    finish_reason: response.fullText('finish_reason'),
    usage: {
      prompt_tokens: usage.count('prompt_tokens'),
      completion_tokens: usage.count('completion_tokens'),
    },
  };
}

function errorText(row: JsonObject): string {
  const error = row.raw('error');
  if (typeof error === 'string') return error;
  const object = row.object('error');
  return object.has('message') ? object.text('message') : 'an error without a message';
}
