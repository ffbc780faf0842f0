// A WireRow is one request as a provider sees it: with an id cut from its content, under the system prompt and the model.
import { digestOfBytes } from '../digest.ts';
import { jsonLine } from '../json-out.ts';
import type { Request } from '../request.ts';

/** What all requests of a run have in common. */
export interface Asking {
  readonly model: string;
  /** The system prompt. */
  readonly system: string;
}

export interface WireRow {
  /** `r` and 40 hex digits: unique in a run, the same in every batch, shard and protocol. */
  readonly id: string;
  readonly request: Request;
}

/** The body of a chat completion: what the wire id is cut from, in whichever protocol the request is sent. */
export function chatBody({ model, system }: Asking, { body }: Request): object {
  const { messages, max_tokens, temperature, top_p } = body;
  return {
    model,
    messages: [{ role: 'system', content: system }, ...messages],
    max_tokens,
    temperature,
    top_p,
  };
}

/**
 * The wire id of a request: letters and digits only, at most 64, as all providers allow. The request's own id is part of
 * it, so that samples of one question are requests of their own.
 */
export function wireIdOf(asking: Asking, request: Request): string {
  const body = jsonLine(chatBody(asking, request));
  return `r${digestOfBytes(`${request.custom_id}\0${body}`).slice(0, 40)}`;
}

/** The rows of a run, in the order of its requests. */
export function wireRows(asking: Asking, requests: readonly Request[]): WireRow[] {
  return requests.map((request) => ({ id: wireIdOf(asking, request), request }));
}
