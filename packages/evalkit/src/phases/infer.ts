// infer: answers the requests of one shard under one system prompt, by a provider's batches or one by one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, readConfig } from '../config.ts';
import { Failure, NotYet, UsageFailure } from '../failure.ts';
import { readText } from '../json-in.ts';
import { readLines } from '../lines.ts';
import { writeText } from '../out-file.ts';
import { forced, runPhase, secretIn, underEvalmake } from '../phase.ts';
import { readPrice } from '../price.ts';
import { EMBEDDED_KEY, startEmbedded } from '../provider/embedded.ts';
import { keepFinished, readFinished } from '../provider/finished-run.ts';
import { type FrozenRun, readRequests } from '../provider/frozen-run.ts';
import { answerLines, type InferenceResult, Interrupted, infer } from '../provider/inference.ts';
import { type Payment, sayPayment } from '../provider/protocol-line.ts';
import { type ProviderSettings, readProvider } from '../provider/provider-settings.ts';
import { type OpenedRun, openState } from '../provider/state-folder.ts';
import { wireRows } from '../provider/wire-row.ts';

interface Flags {
  readonly config: string;
  readonly requests: string;
  readonly prompt: string;
  readonly knowledge: string | undefined;
  readonly state: string | undefined;
  readonly model: string | undefined;
  readonly out: string;
}

function askedRun(config: Config, flags: Flags, settings: ProviderSettings): FrozenRun {
  const system = readText(flags.prompt).trim();
  if (system === '') throw new Failure(`${flags.prompt}: is empty; a system prompt was expected`);
  const model = flags.model ?? config.text('model');
  return {
    provider: settings.name,
    protocol: settings.protocol,
    baseUrl: settings.baseUrl,
    account: settings.account,
    model,
    system,
    rows: wireRows({ model, system }, readRequests(flags.requests)),
  };
}

function knowledgeOf(path: string | undefined): string[] {
  if (path === undefined) return [];
  return [...readLines(path)].map((line) => line.text.trim()).filter((line) => line !== '');
}

interface Job {
  readonly config: Config;
  readonly flags: Flags;
  readonly settings: ProviderSettings;
  readonly state: string;
}

/** Runs what was opened, with the provider it was begun with. */
async function perform({ config, flags, settings, state }: Job, opened: OpenedRun): Promise<InferenceResult> {
  const { run, folder } = opened;
  const common = { run, folder, state, settings, forced: forced(), collectOnly: false };
  if (run.provider !== 'embedded') {
    const price = readPrice(config);
    const isFree = price.input_per_million === 0 && price.output_per_million === 0;
    return infer({
      ...common,
      baseUrl: run.baseUrl ?? '',
      secret: secretIn(settings.keyName) ?? '',
      price: isFree && run.protocol === 'chat' ? null : price,
    });
  }
  const server = await startEmbedded(config, join(state, 'server'), knowledgeOf(flags.knowledge));
  try {
    return await infer({ ...common, baseUrl: server.url, secret: EMBEDDED_KEY, price: null });
  } finally {
    await server.close();
  }
}

/** What the embedded reader read and wrote; it costs no money. */
function usageOf({ outcomes }: InferenceResult): Payment {
  let promptTokens = 0;
  let completionTokens = 0;
  for (const outcome of outcomes.values()) {
    if (outcome.kind !== 'answered') continue;
    promptTokens += outcome.response.usage.prompt_tokens;
    completionTokens += outcome.response.usage.completion_tokens;
  }
  return { usd: 0, promptTokens, completionTokens, id: null };
}

/** Answers that were bought are given out although the run stopped; the build tool keeps them. */
function writePartly(flags: Flags, { run }: OpenedRun, { reason, outcomes }: Interrupted): void {
  if (reason instanceof NotYet || !underEvalmake()) return;
  const answered = new Map([...outcomes].filter(([, outcome]) => outcome.kind === 'answered'));
  if (answered.size > 0) writeText(flags.out, answerLines(run, answered).join(''));
}

function summary(run: FrozenRun, text: string): string {
  const failed = text.split('\n').filter((line) => line.includes('"response":null')).length;
  const left = failed > 0 ? `; ${failed} requests have no answer, their lines say why` : '';
  return `${run.rows.length - failed} answers by ${run.provider}${left}`;
}

async function answer(job: Job): Promise<string> {
  const { config, flags, settings, state } = job;
  const asked = askedRun(config, flags, settings);
  if (asked.rows.length === 0) {
    writeText(flags.out, '');
    return 'no requests, no answers';
  }
  const opened = openState(state, asked);
  const { run, folder } = opened;
  const finished = readFinished(folder);
  if (finished !== undefined) {
    for (const payment of finished.payments) sayPayment(payment);
    const text = readText(finished.answers);
    writeText(flags.out, text);
    return summary(run, text);
  }
  try {
    const result = await perform(job, opened);
    const text = answerLines(run, result.outcomes).join('');
    const usage = run.provider === 'embedded' ? [usageOf(result)] : [];
    for (const payment of usage) sayPayment(payment);
    keepFinished(folder, text, [...result.payments, ...usage]);
    writeText(flags.out, text);
    return summary(run, text);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    writePartly(flags, opened, error);
    throw error.reason;
  }
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
    knowledge: {
      kind: 'value',
      placeholder: 'FILE',
      describe: 'sentences the embedded reader answers closed-book questions from, one per line',
    },
    model: {
      kind: 'value',
      placeholder: 'NAME',
      describe: 'who is asked, instead of the model of the configuration',
    },
    state: {
      kind: 'value',
      placeholder: 'DIR',
      describe: 'folder that survives crashes: what was submitted and bought; required for all but embedded',
    },
    out: {
      kind: 'value',
      placeholder: 'FILE',
      required: true,
      describe: 'answers and, for requests that failed, errors (JSONL)',
    },
  },
  details: `
provider.name says who answers: fireworks, openai and anthropic by batch jobs, chat by one call per request (as vLLM,
llama.cpp and Ollama serve it), embedded by a small program inside this step. docs/providers.md has the keys.

The same command with the same --state goes on where it was: it looks a job up before it ever creates one. Exit codes:
0 every request has an answer or an error line; 75 not yet, run it again later; 5 something may have been bought and it
cannot be known, the message says what to do (EVALMAKE_FORCE=1 is the consent to pay again); 1 failed; 2 usage.

The embedded reader is not a language model: it finds sentences by BM25, takes the span that suits the question, and
abstains ("I don't know.") when its support lies below a threshold between provider.least_support and
provider.most_support. The system prompt sets where: by the cues for caution in its text (packages/evalkit/src/reader/
caution.ts lists them). At a temperature above 0 it draws among its best answers, seeded by seed and what is asked.
It counts tokens by a rule of this program: each word and each punctuation mark is one.`,
  run: async (values) => {
    const config = readConfig(values.config);
    const settings = readProvider(config);
    if (values.state !== undefined) return answer({ config, flags: values, settings, state: values.state });
    if (settings.name !== 'embedded')
      throw new UsageFailure(
        `--state DIR is required for the provider ${settings.name}: it keeps what was bought`,
      );
    const state = mkdtempSync(join(tmpdir(), 'evalkit-infer-'));
    try {
      return await answer({ config, flags: values, settings, state });
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  },
});
