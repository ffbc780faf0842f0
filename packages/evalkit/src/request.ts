// A Request is one line of a shard: one question at one temperature, for one sample, without a system prompt.
import type { ClosedQuestion, OpenQuestion } from './datasets/question.ts';
import { digestOf } from './digest.ts';
import type { JsonObject } from './json-object.ts';
import { renderMessage } from './message.ts';

export type QuestionType = 'open' | 'closed';

/** The part that is sent to a provider. */
export interface RequestBody {
  readonly messages: readonly { readonly role: 'user'; readonly content: string }[];
  readonly max_tokens: number;
  readonly temperature: number;
  readonly top_p: number;
}

/** A line of data/batch_inputs/part-NNNN.jsonl. */
export interface Request {
  /** dataset|item|t<temp>|s<sample>|<type>, made of letters, digits and _ . | - only. */
  readonly custom_id: string;
  readonly item_id: string;
  readonly dataset: string;
  readonly type: QuestionType;
  readonly temp: number;
  readonly sample: number;
  readonly body: RequestBody;
}

/** A temperature as it is written everywhere: with at least one decimal, so that 0 and 0.0 are one label. */
export function tempLabel(temp: number): string {
  return Number.isInteger(temp) ? temp.toFixed(1) : String(temp);
}

/** A text made safe for a custom_id; a digest keeps two texts apart that would become equal. */
function safePart(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9_.-]/g, '_');
  return safe === text ? safe : `${safe}-${digestOf(text).slice(0, 6)}`;
}

/** Settings of every request. */
export interface RequestSettings {
  /** Each temperature with its number of samples per item. */
  readonly temps: readonly { readonly temp: number; readonly samples: number }[];
  readonly maxTokens: number;
  readonly topP: number;
}

/** Yields the requests of one question, by temperature, then sample. */
export function* requestsFor(
  question: OpenQuestion | ClosedQuestion,
  settings: RequestSettings,
): Generator<Request, void, undefined> {
  const context = 'context' in question ? question.context : null;
  const type: QuestionType = context === null ? 'closed' : 'open';
  const content = renderMessage({ question: question.question, context });
  for (const { temp, samples } of settings.temps) {
    for (let sample = 0; sample < samples; sample += 1) {
      yield {
        custom_id: `${safePart(question.dataset)}|${safePart(question.id)}|t${tempLabel(temp)}|s${sample}|${type}`,
        item_id: question.id,
        dataset: question.dataset,
        type,
        temp,
        sample,
        body: {
          messages: [{ role: 'user', content }],
          max_tokens: settings.maxTokens,
          temperature: temp,
          top_p: settings.topP,
        },
      };
    }
  }
}

/** Reads a line of a shard. @throws Failure naming file, line and field */
export function readRequest(row: JsonObject): Request {
  const type = row.text('type');
  if (type !== 'open' && type !== 'closed') return row.reject('type', 'open or closed');
  const body = row.object('body');
  const messages = body.objectList('messages').map((message) => {
    if (message.text('role') !== 'user') message.reject('role', 'user');
    return { role: 'user' as const, content: message.fullText('content') };
  });
  if (messages.length !== 1) body.reject('messages', 'exactly one message');
  return {
    custom_id: row.fullText('custom_id'),
    item_id: row.fullText('item_id'),
    dataset: row.fullText('dataset'),
    type,
    temp: row.number('temp'),
    sample: row.count('sample'),
    body: {
      messages,
      max_tokens: body.count('max_tokens'),
      temperature: body.number('temperature'),
      top_p: body.number('top_p'),
    },
  };
}
