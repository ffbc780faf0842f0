// A BatchRunner takes one batch a step further: look-up, intent, create, receipt, look, download, each journaled in turn.
import { join } from 'node:path';
import { NotYet, OutcomeUnknown } from '../failure.ts';
import type { BatchApi, Found, JobView, Order } from './batch-api.ts';
import { downloadResults } from './batch-download.ts';
import { type BatchRecord, type BatchState, batchesOf, nextStep, withRecord } from './batch-journal.ts';
import type { CheckedJournal } from './checked-journal.ts';
import type { HttpClient } from './http-client.ts';
import { KeyRefused, OverQuota, Refused, Unanswered, Unavailable } from './http-trouble.ts';
import { type Pace, secondsOf } from './pace.ts';
import { sayJob, sayWarning } from './protocol-line.ts';
import type { RowOutcome } from './row-outcome.ts';
import type { WireRow } from './wire-row.ts';

/** How a step ended: it went on, the batch is done, or something else has to happen first. */
export type Stepped =
  | { readonly kind: 'advanced' | 'done' }
  | { readonly kind: 'waiting'; readonly ms: number; readonly text: string; readonly done: number };

export interface BatchRunning {
  readonly api: BatchApi;
  readonly http: HttpClient;
  readonly journal: CheckedJournal<BatchRecord>;
  /** All rows of the run by wire id. */
  readonly rows: ReadonlyMap<string, WireRow>;
  /** The folder of the state. */
  readonly state: string;
  readonly pace: Pace;
  /** A person consented that what cannot be known counts as lost. */
  readonly forced: boolean;
  /** The provider's name in messages and protocol lines; null keeps jobs unsaid. */
  readonly provider: string | null;
  /** Called when a job has a receipt. */
  readonly onReceipt: (batch: BatchState, job: string) => void;
}

const CONSENT =
  'look in the provider’s console; then run again with consent to treat it as lost and pay again (EVALMAKE_FORCE=1)';

export class BatchRunner {
  readonly #running: BatchRunning;
  #batches: Map<string, BatchState>;
  readonly #said = new Set<string>();
  /** Outcomes of batches that this process has collected or read. */
  readonly outcomes = new Map<string, ReadonlyMap<string, RowOutcome>>();

  constructor(running: BatchRunning) {
    this.#running = running;
    this.#batches = batchesOf(running.journal.records);
  }

  /** All batches in the order in which they were planned. */
  get batches(): readonly BatchState[] {
    return [...this.#batches.values()];
  }

  /** Adds a record, durably, and takes it into account. */
  record(record: BatchRecord): void {
    this.#running.journal.add(record);
    this.#batches = withRecord(this.#batches, record);
  }

  /** Has a batch collected again whose kept files are damaged or gone. */
  forget(key: string): void {
    const batch = this.#batches.get(key);
    if (batch !== undefined) this.#batches.set(key, { ...batch, collected: null });
  }

  /** The folder of a batch's files. */
  folderOf(key: string): string {
    return join(this.#running.state, 'batches', key.slice(0, 16));
  }

  /** Ids that may stand in a batch's results. */
  knownIds({ plan }: BatchState): Set<string> {
    const parent = plan.continues === null ? undefined : this.#batches.get(plan.parent ?? '');
    return new Set([...(parent?.plan.ids ?? []), ...plan.ids]);
  }

  #order({ plan }: BatchState): Order {
    const rows = plan.ids.map((id) => {
      const row = this.#running.rows.get(id);
      if (row === undefined) throw new Error(`the journal names a row that the run does not have: ${id}`);
      return row;
    });
    return { plan, rows };
  }

  #wait(ms: number, text: string, done = 0): Stepped {
    return { kind: 'waiting', ms, text, done };
  }

  /**
   * Takes the next step of a batch.
   * @throws OutcomeUnknown, Failure; NotYet and Unavailable are waits and do not get out once a job may exist
   */
  async step(key: string): Promise<Stepped> {
    const batch = this.#batches.get(key);
    if (batch === undefined) return { kind: 'advanced' };
    const step = nextStep(batch);
    if (step === 'done') return { kind: 'done' };
    try {
      if (step === 'create') return await this.#create(batch);
      if (step === 'recover') return await this.#recover(batch);
      return await this.#follow(batch);
    } catch (error) {
      return this.#later(error, step !== 'create' || this.batches.some(({ job }) => job !== null));
    }
  }

  /** A service that is down or has enough of us is waited for, if something of ours may be there. */
  #later(error: unknown, begun: boolean): Stepped {
    const isOurs = this.#running.provider === null;
    if (error instanceof NotYet)
      return this.#wait(isOurs ? this.#running.pace.pollMs : error.seconds * 1000, error.message);
    if (isOurs) throw error; // A trouble of our own server does not pass.
    const { pollMs } = this.#running.pace;
    if (error instanceof OverQuota || (error instanceof Unavailable && begun))
      return this.#wait(Math.max(pollMs, (error.retryAfterS ?? 0) * 1000), error.message);
    if (error instanceof Unanswered) return this.#wait(pollMs, error.message);
    throw error;
  }

  async #create(batch: BatchState): Promise<Stepped> {
    const { api } = this.#running;
    const order = this.#order(batch);
    const { key } = batch.plan;
    if (api.findsByKey) {
      const found = await api.find(order, { sinceMs: null, others: this.#others() });
      if (found.kind === 'job') return this.#attach(batch, found.job, true);
    }
    const sent = await api.send(order);
    this.record({ kind: 'intent', key, atMs: this.#running.pace.clock.now() });
    return this.#buy(batch, order, sent);
  }

  /** Calls create under an intent that is on the disk. */
  async #buy(batch: BatchState, order: Order, sent: string | null): Promise<Stepped> {
    const { key, continues } = batch.plan;
    try {
      return this.#attach(batch, await this.#running.api.create(order, sent), false);
    } catch (error) {
      // The next step finds out what became of it.
      if (error instanceof Unanswered) return { kind: 'advanced' };
      // Of any other trouble it is not known whether the job was created; the intent stays.
      if (!(error instanceof Refused || error instanceof Unavailable || error instanceof KeyRefused))
        throw error;
      this.record({ kind: 'absent', key, why: error.message });
      if (error instanceof Refused && continues !== null) {
        this.record({ kind: 'dropped', key, why: `the provider does not go on with it: ${error.message}` });
        return { kind: 'advanced' };
      }
      throw error;
    }
  }

  #attach(batch: BatchState, job: string, found: boolean): Stepped {
    this.record({ kind: 'receipt', key: batch.plan.key, job, found });
    this.#running.onReceipt(batch, job);
    return { kind: 'advanced' };
  }

  #others(): Set<string> {
    return new Set(this.batches.flatMap(({ job }) => (job === null ? [] : [job])));
  }

  async #search(order: Order, sinceMs: number): Promise<Found> {
    try {
      return await this.#running.api.find(order, { sinceMs, others: this.#others() });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { kind: 'unknown', text: `the provider does not list its jobs: ${error.message}` };
    }
  }

  /** An intent without a receipt: the job may exist, and is looked for until it is found or certainly not there. */
  async #recover(batch: BatchState): Promise<Stepped> {
    const { api, pace, forced } = this.#running;
    const order = this.#order(batch);
    const { key } = batch.plan;
    const sinceMs = batch.intentMs ?? 0;
    const found = await this.#search(order, sinceMs);
    if (found.kind === 'job') return this.#attach(batch, found.job, true);
    if (found.kind === 'maybe') return this.#wait(pace.pollMs, found.text);
    if (found.kind === 'unknown') {
      const says = `a batch of ${order.rows.length} rows was asked for and it cannot be known whether it exists: ${found.text}`;
      if (!forced) throw new OutcomeUnknown(`${says}; ${CONSENT}`);
      sayWarning(`${says}; it counts as lost, as was consented`);
      this.record({ kind: 'absent', key, why: 'forced' });
      return { kind: 'advanced' };
    }
    if (api.createIsSafe) return this.#buy(batch, order, await api.send(order));
    const left = sinceMs + pace.settleMs - pace.clock.now();
    if (left > 0)
      return this.#wait(Math.min(left, Math.max(pace.pollMs, 250)), 'a job that may appear in the list');
    this.record({ kind: 'absent', key, why: `not in the list ${pace.settleMs} ms after the intent` });
    return { kind: 'advanced' };
  }

  async #follow(batch: BatchState): Promise<Stepped> {
    const { api, pace, provider } = this.#running;
    const job = batch.job ?? '';
    if (provider !== null && !this.#said.has(job)) sayJob(provider, job);
    this.#said.add(job);
    let view: JobView;
    try {
      view = await api.look(job);
    } catch (error) {
      if (!(error instanceof Refused && error.status === 404)) throw error;
      return this.#gone(batch, job, error);
    }
    if (view.ending === null) return this.#wait(pace.pollMs, `job ${job}: ${view.text}`, view.done ?? 0);
    return this.#collect(batch, view);
  }

  #gone(batch: BatchState, job: string, error: Refused): Stepped {
    const says = `job ${job} is not known to the provider (${error.message})`;
    if (!this.#running.forced)
      throw new OutcomeUnknown(`${says}: is this the account and key it was created with? If so, ${CONSENT}`);
    sayWarning(`${says}; it counts as lost, as was consented`);
    const { key } = batch.plan;
    this.record({ kind: 'collected', key, ending: 'failed', text: 'lost', overQuota: false, files: [] });
    return { kind: 'done' };
  }

  async #collect(batch: BatchState, view: JobView): Promise<Stepped> {
    const { api, http, pace, forced } = this.#running;
    const { plan } = batch;
    const { files, outcomes } = await downloadResults({
      api,
      http,
      plan,
      known: this.knownIds(batch),
      view,
      folder: this.folderOf(plan.key),
      clock: pace.clock,
      firstWaitMs: pace.firstWaitMs,
      forced,
    });
    const { text, overQuota } = view;
    const ending = view.ending ?? 'failed';
    this.record({ kind: 'collected', key: plan.key, ending, text, overQuota, files });
    this.outcomes.set(plan.key, outcomes);
    return { kind: 'done' };
  }
}

/** Seconds and text of the shortest of several waits. */
export function notYetOf(waits: readonly { readonly ms: number; readonly text: string }[]): NotYet {
  const shortest = [...waits].sort((a, b) => a.ms - b.ms)[0];
  return new NotYet(secondsOf(shortest?.ms ?? 1000), shortest?.text ?? 'the provider');
}
