// An Answer is one line of a results file: what came back for one request, or why nothing did.
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

export interface AnswerError {
  readonly message: string;
  /** What a program can tell errors apart by: a status, or the provider's own word. */
  readonly code?: string;
}

/**
 * A line of <condition>/part-NNNN.results.jsonl. Either response or error is null. It does not name the condition: the
 * same request under the same system prompt has the same answer in whatever experiment it is asked.
 */
export interface Answer {
  readonly custom_id: string;
  /** The id on the wire, cut from what was asked: system prompt, request and model. */
  readonly request_id: string;
  readonly item_id: string;
  readonly dataset: string;
  readonly type: QuestionType;
  readonly temp: number;
  readonly sample: number;
  readonly response: AnswerResponse | null;
  readonly error: AnswerError | null;
}

/** What came of a request. */
export type Outcome =
  | { readonly kind: 'answered'; readonly response: AnswerResponse }
  | { readonly kind: 'failed'; readonly error: AnswerError };

/** The line for what came of a request. */
export function answerTo(request: Request, requestId: string, outcome: Outcome): Answer {
  return {
    custom_id: request.custom_id,
    request_id: requestId,
    item_id: request.item_id,
    dataset: request.dataset,
    type: request.type,
    temp: request.temp,
    sample: request.sample,
    response: outcome.kind === 'answered' ? outcome.response : null,
    error: outcome.kind === 'failed' ? outcome.error : null,
  };
}

/** Reads a line of a results file. @throws Failure naming file, line and field */
export function readAnswer(row: JsonObject): Answer {
  const type = row.text('type');
  if (type !== 'open' && type !== 'closed') return row.reject('type', 'open or closed');
  const error = row.has('error') ? readError(row) : null;
  return {
    custom_id: row.fullText('custom_id'),
    request_id: row.fullText('request_id'),
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

function readError(row: JsonObject): AnswerError {
  const error = row.raw('error');
  if (typeof error === 'string') return { message: error };
  const object = row.object('error');
  const code = object.raw('code');
  return {
    message: object.has('message') ? object.text('message') : 'an error without a message',
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
  };
}
