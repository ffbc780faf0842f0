// An Inference is a frozen run with its provider: it is taken to its end, and each row has an outcome then.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { answerTo, type Outcome } from '../answer.ts';
import { Failure } from '../failure.ts';
import { jsonLine } from '../json-out.ts';
import { costOf, type Price } from '../price.ts';
import type { BatchApi } from './batch-api.ts';
import type { BatchRecord } from './batch-journal.ts';
import { gatheredRows, paymentsOf, runBatches } from './batch-run.ts';
import { BatchRunner, type BatchRunning } from './batch-runner.ts';
import { ChatJournal } from './chat-journal.ts';
import { runChat } from './chat-run.ts';
import { CheckedJournal } from './checked-journal.ts';
import { batchesAt, connect } from './connection.ts';
import { fireworksIds } from './fireworks.ts';
import type { FrozenRun } from './frozen-run.ts';
import type { HttpClient } from './http-client.ts';
import { Refused, Unavailable } from './http-trouble.ts';
import { type Payment, sayPayment } from './protocol-line.ts';
import type { ProviderSettings } from './provider-settings.ts';
import type { RowOutcome } from './row-outcome.ts';
import { noteDataset } from './state-folder.ts';

export interface InferenceOptions {
  readonly run: FrozenRun;
  /** The folder of the run, and the state folder it lies in. */
  readonly folder: string;
  readonly state: string;
  readonly settings: ProviderSettings;
  readonly baseUrl: string;
  /** The key; empty without one. */
  readonly secret: string;
  /** null: answers cost nothing. */
  readonly price: Price | null;
  readonly forced: boolean;
  /** Only collect what was created; buy nothing. */
  readonly collectOnly: boolean;
}

export interface InferenceResult {
  readonly outcomes: ReadonlyMap<string, RowOutcome>;
  readonly payments: readonly Payment[];
}

/** An inference that stopped, with the outcomes that it has by then. */
export class Interrupted extends Error {
  readonly reason: unknown;
  readonly outcomes: ReadonlyMap<string, RowOutcome>;

  constructor(reason: unknown, outcomes: ReadonlyMap<string, RowOutcome>) {
    super('interrupted');
    this.name = 'Interrupted';
    this.reason = reason;
    this.outcomes = outcomes;
  }
}

/** What stops a run, as a person can read it. */
function readable(error: unknown): unknown {
  if (error instanceof Refused) return new Failure(`the provider refuses the request: ${error.message}`);
  if (error instanceof Unavailable) return new Failure(`the provider cannot be reached: ${error.message}`);
  return error;
}

function runningOf(options: InferenceOptions, http: HttpClient, api: BatchApi): BatchRunning {
  const { run, folder, state, settings, forced } = options;
  return {
    api,
    http,
    journal: new CheckedJournal<BatchRecord>(join(folder, 'batches.jsonl')),
    rows: new Map(run.rows.map((row) => [row.id, row])),
    state: folder,
    pace: settings.pace,
    forced,
    provider: run.provider === 'embedded' ? null : run.provider,
    onReceipt: ({ plan }) => {
      if (run.protocol === 'fireworks') noteDataset(state, fireworksIds(plan.key).output);
    },
  };
}

async function inBatches(options: InferenceOptions, http: HttpClient): Promise<InferenceResult> {
  const { run, settings, price, collectOnly } = options;
  const place = { http, account: run.account, firectl: settings.firectl };
  const running = runningOf(options, http, batchesAt(place, run, settings.pace.clock.now));
  const runner = new BatchRunner(running);
  const scope = { protocol: run.protocol, model: run.model };
  try {
    const outcomes = await runBatches(runner, running, {
      scope,
      limits: settings.limits,
      price,
      collectOnly,
    });
    return { outcomes, payments: price === null ? [] : paymentsOf(runner, running, price) };
  } catch (error) {
    throw new Interrupted(readable(error), gatheredRows(runner, running));
  } finally {
    running.journal.close();
  }
}

async function byChat(options: InferenceOptions, http: HttpClient): Promise<InferenceResult> {
  const { run, folder, settings, price, forced, collectOnly } = options;
  const journal = new ChatJournal(join(folder, 'chat.jsonl'), randomBytes(6).toString('hex'));
  const full = price === null ? null : { ...price, batch_discount: 0 };
  try {
    const rows = collectOnly ? [] : run.rows;
    const { concurrency, requestsPerMinute, pace } = settings;
    const asking = { model: run.model, system: run.system };
    await runChat({ http, journal, rows, asking, price: full, concurrency, requestsPerMinute, pace, forced });
  } catch (error) {
    throw new Interrupted(readable(error), journal.outcomes);
  } finally {
    if (full !== null) {
      journal.pay((promptTokens, completionTokens) => costOf(full, promptTokens, completionTokens));
      for (const payment of journal.payments) sayPayment(payment);
    }
    journal.close();
  }
  return { outcomes: journal.outcomes, payments: journal.payments };
}

/**
 * Takes a run to its end.
 * @throws Interrupted with the reason: NotYet, OutcomeUnknown, Failure, or an error of our own
 */
export function infer(options: InferenceOptions): Promise<InferenceResult> {
  const { run, settings, baseUrl, secret } = options;
  const http = connect({ ...settings, protocol: run.protocol }, baseUrl, secret);
  return run.protocol === 'chat' ? byChat(options, http) : inBatches(options, http);
}

function outcomeOf(outcome: RowOutcome): Outcome {
  if (outcome.kind === 'answered') return { kind: 'answered', response: outcome.response };
  return { kind: 'failed', error: { message: outcome.message, code: outcome.code } };
}

/** The lines of the results file, in the order of the requests; rows without an outcome are left out. */
export function answerLines({ rows }: FrozenRun, outcomes: ReadonlyMap<string, RowOutcome>): string[] {
  return rows.flatMap(({ id, request }) => {
    const outcome = outcomes.get(id);
    return outcome === undefined ? [] : [`${jsonLine(answerTo(request, id, outcomeOf(outcome)))}\n`];
  });
}
