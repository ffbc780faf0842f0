// infer: answers the requests of one shard under one system prompt, with the embedded reader as the provider.
import { type AnswerResponse, answerTo } from '../answer.ts';
import { type Config, readConfig } from '../config.ts';
import { Failure } from '../failure.ts';
import { readText } from '../json-in.ts';
import { jsonLine } from '../json-out.ts';
import { readJsonl } from '../jsonl.ts';
import { readLines } from '../lines.ts';
import { readMessage } from '../message.ts';
import { writeOutFile } from '../out-file.ts';
import { runPhase } from '../phase.ts';
import { costOf, readPrice } from '../price.ts';
import { Progress, sayCost } from '../progress.ts';
import { Reader } from '../reader/reader.ts';
import { type Request, readRequest } from '../request.ts';
import { countTokens, firstTokens } from '../tokens.ts';

function readerOf(config: Config, prompt: string, knowledge: readonly string[]): Reader {
  config.oneOf('provider.name', ['embedded']);
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

/** One exchange: what a provider would send back for this request. */
function respond({ reader, model, promptTokens }: Call, request: Request, where: string): AnswerResponse {
  const content = request.body.messages.map((message) => message.content).join('\n');
  const { question, context } = readMessage(content, where);
  const reading = reader.answer({
    question,
    context,
    temperature: request.body.temperature,
    noiseKey: request.custom_id,
  });
  const text = firstTokens(reading.text, request.body.max_tokens);
  return {
    model,
    text,
    support: Number(reading.support.toFixed(4)),
    finish_reason: text === reading.text ? 'stop' : 'length',
    usage: { prompt_tokens: promptTokens + countTokens(content), completion_tokens: countTokens(text) },
  };
}

/** The ids are checked first, so that a broken shard is named before any work. */
function countRequests(path: string): number {
  const lineOf = new Map<string, string>();
  for (const row of readJsonl(path)) {
    const { custom_id } = readRequest(row);
    const before = lineOf.get(custom_id);
    if (before !== undefined)
      throw new Failure(`${row.where}: custom_id ${custom_id} stands already at ${before}`);
    lineOf.set(custom_id, row.where);
  }
  return lineOf.size;
}

void runPhase({
  name: 'infer',
  summary: 'Answers the requests of one shard under one system prompt, in the order of the shard.',
  options: {
    config: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'configuration: provider, model, pricing, seed',
    },
    requests: { kind: 'value', placeholder: 'FILE', required: true, describe: 'a shard of build-batches' },
    prompt: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'the system prompt of the condition',
    },
    condition: {
      kind: 'value',
      placeholder: 'NAME',
      required: true,
      describe: 'name of the condition, written to every row',
    },
    knowledge: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'sentences that closed-book questions are answered from, one per line',
    },
    out: { kind: 'value', placeholder: 'FILE', required: true, describe: 'answers (JSONL)' },
  },
  details: `
The provider "embedded" is a small program, not a language model: it finds sentences by BM25, takes the span that suits
the question, and abstains ("I don't know.") when its support lies below a threshold between provider.least_support and
provider.most_support. The system prompt sets where: by the cues for caution in its text (packages/evalkit/src/reader/
caution.ts lists them). At a temperature above 0 it draws among its best answers, seeded by seed and custom_id.

Tokens are counted by a rule of this program: each word and each punctuation mark is one.`,
  run: (values) => {
    const config = readConfig(values.config);
    const price = readPrice(config);
    const prompt = readText(values.prompt).trim();
    if (prompt === '') throw new Failure(`${values.prompt}: is empty; a system prompt was expected`);
    const knowledge: string[] = [];
    if (values.knowledge !== undefined)
      for (const line of readLines(values.knowledge)) knowledge.push(line.text.trim());
    const reader = readerOf(
      config,
      prompt,
      knowledge.filter((line) => line !== ''),
    );
    const call = { reader, model: config.text('model'), promptTokens: countTokens(prompt) };
    const progress = new Progress(countRequests(values.requests), `answers as ${values.condition}`);
    let promptTokens = 0;
    let completionTokens = 0;
    const count = writeOutFile(values.out, (file) => {
      let written = 0;
      for (const row of readJsonl(values.requests)) {
        const request = readRequest(row);
        const response = respond(call, request, row.where);
        file.write(`${jsonLine(answerTo(request, values.condition, response))}\n`);
        promptTokens += response.usage.prompt_tokens;
        completionTokens += response.usage.completion_tokens;
        written += 1;
        progress.advance();
      }
      return written;
    });
    sayCost({ usd: costOf(price, promptTokens, completionTokens), promptTokens, completionTokens });
    return `${count} answers as ${values.condition}; abstains below a support of ${reader.threshold.toFixed(3)}`;
  },
});
