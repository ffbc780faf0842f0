// The embedded provider is the reader of this program, asked in this process: no network, no money, no journal to keep.
import type { AnswerResponse } from '../answer.ts';
import type { Config } from '../config.ts';
import { readMessage } from '../message.ts';
import { Reader } from '../reader/reader.ts';
import type { Request } from '../request.ts';
import { countTokens, firstTokens } from '../tokens.ts';
import type { FrozenRun } from './frozen-run.ts';
import { sayProgress } from './protocol-line.ts';
import type { RowOutcome } from './row-outcome.ts';

function readerOf(config: Config, prompt: string, knowledge: readonly string[]): Reader {
  const leastSupport = config.number('provider.least_support', { min: 0, max: 1 });
  const settings = {
    leastSupport,
    mostSupport: config.number('provider.most_support', { min: leastSupport, max: 1 }),
    seed: config.integer('seed'),
  };
  return new Reader(settings, prompt, knowledge);
}

interface Call {
  readonly reader: Reader;
  readonly model: string;
  readonly promptTokens: number;
}

/** One exchange: what a provider would send back for this request. Its wire id seeds the noise. */
function respond({ reader, model, promptTokens }: Call, request: Request, wireId: string): AnswerResponse {
  const content = request.body.messages.map((message) => message.content).join('\n');
  const { question, context } = readMessage(content, request.custom_id);
  const { temperature, max_tokens } = request.body;
  const reading = reader.answer({ question, context, temperature, noiseKey: wireId });
  const text = firstTokens(reading.text, max_tokens);
  return {
    model,
    text,
    support: Number(reading.support.toFixed(4)),
    finish_reason: text === reading.text ? 'stop' : 'length',
    usage: { prompt_tokens: promptTokens + countTokens(content), completion_tokens: countTokens(text) },
  };
}

/**
 * Answers the rows of a run.
 * @param knowledge sentences that questions without a passage are answered from
 * @throws Failure naming the configuration's key, or the request that is no question
 */
export function readEmbedded(
  config: Config,
  { rows, model, system }: FrozenRun,
  knowledge: readonly string[],
): Map<string, RowOutcome> {
  const call = { reader: readerOf(config, system, knowledge), model, promptTokens: countTokens(system) };
  const step = Math.max(1, Math.ceil(rows.length / 10));
  const outcomes = new Map<string, RowOutcome>();
  for (const { id, request } of rows) {
    outcomes.set(id, { kind: 'answered', id, response: respond(call, request, id) });
    if (outcomes.size % step === 0 || outcomes.size === rows.length)
      sayProgress(outcomes.size, rows.length, 'answers');
  }
  return outcomes;
}
