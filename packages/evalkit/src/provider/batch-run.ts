// A BatchRun takes all batches of a run to their end, plans the batches that repair others, and gives the outcome of each row.
import { costOf, type Price } from '../price.ts';
import { areKept, keptPath } from './batch-download.ts';
import type { BatchState } from './batch-journal.ts';
import { type BatchLimits, type BatchScope, planBatch, splitRows } from './batch-plan.ts';
import { type BatchRunner, type BatchRunning, notYetOf, type Stepped } from './batch-runner.ts';
import { type Payment, sayPayment, sayProgress } from './protocol-line.ts';
import { repairOf } from './repair-plan.ts';
import type { RowOutcome } from './row-outcome.ts';
import { readResults } from './verified-results.ts';

export interface RunSettings {
  readonly scope: BatchScope;
  readonly limits: BatchLimits;
  /** null: what is billed costs nothing. */
  readonly price: Price | null;
  /** Only collect what was created; buy nothing. */
  readonly collectOnly: boolean;
}

type Waiting = Stepped & { kind: 'waiting' };

/** Plans the first batches, once: where the limits cut is in the journal from then on. */
function planFirst(runner: BatchRunner, running: BatchRunning, { scope, limits }: RunSettings): void {
  if (runner.batches.length > 0) return;
  for (const rows of splitRows([...running.rows.values()], limits, running.api.sizeOf)) {
    const ids = rows.map(({ id }) => id);
    const plan = planBatch(scope, { generation: 0, repairs: 0, parent: null, continues: null, ids });
    runner.record({ kind: 'planned', plan });
  }
}

/** Outcomes of a collected batch: from this process, or read again from its kept files. */
function outcomesOf(
  runner: BatchRunner,
  running: BatchRunning,
  batch: BatchState,
): ReadonlyMap<string, RowOutcome> {
  const known = runner.outcomes.get(batch.plan.key);
  if (known !== undefined) return known;
  const folder = runner.folderOf(batch.plan.key);
  const paths = (batch.collected?.files ?? []).map(({ name }) => keptPath(folder, name));
  const read = readResults(paths, runner.knownIds(batch), (line) => running.api.readLine(line));
  runner.outcomes.set(batch.plan.key, read);
  return read;
}

/** What a job billed: the answers that it gave itself. Null when it gave none. */
function paymentOf(
  batch: BatchState,
  outcomes: ReadonlyMap<string, RowOutcome>,
  price: Price,
): Payment | null {
  const own = new Set(batch.plan.ids);
  let promptTokens = 0;
  let completionTokens = 0;
  for (const outcome of outcomes.values()) {
    if (outcome.kind !== 'answered' || !own.has(outcome.id)) continue;
    promptTokens += outcome.response.usage.prompt_tokens;
    completionTokens += outcome.response.usage.completion_tokens;
  }
  if (batch.job === null || promptTokens + completionTokens === 0) return null;
  return {
    usd: costOf(price, promptTokens, completionTokens),
    promptTokens,
    completionTokens,
    id: batch.job,
  };
}

/** What the collected batches of a run billed, by job. */
export function paymentsOf(runner: BatchRunner, running: BatchRunning, price: Price): Payment[] {
  return runner.batches.flatMap((batch) => {
    if (batch.collected === null) return [];
    const payment = paymentOf(batch, outcomesOf(runner, running, batch), price);
    return payment === null ? [] : [payment];
  });
}

class Course {
  readonly #runner: BatchRunner;
  readonly #running: BatchRunning;
  readonly #settings: RunSettings;
  readonly #settled = new Set<string>();

  constructor(runner: BatchRunner, running: BatchRunning, settings: RunSettings) {
    this.#runner = runner;
    this.#running = running;
    this.#settings = settings;
  }

  /** Takes every batch as far as it goes now; a create that has to wait holds back the creates after it. */
  async round(): Promise<Waiting[]> {
    const waits: Waiting[] = [];
    const { collectOnly } = this.#settings;
    let held = collectOnly;
    for (const { plan } of this.#runner.batches) {
      for (;;) {
        const now = this.#runner.batches.find((one) => one.plan.key === plan.key);
        if (now === undefined) break;
        if (now.job === null && held && (collectOnly || now.intentMs === null)) break;
        const stepped = await this.#runner.step(plan.key);
        if (stepped.kind === 'waiting') {
          waits.push(stepped);
          const after = this.#runner.batches.find((one) => one.plan.key === plan.key);
          held ||= after?.job === null;
        }
        if (stepped.kind !== 'advanced') break;
      }
    }
    return waits;
  }

  /** Says what ended batches cost and plans the repair of each, once. @returns the waits that come before a new one */
  settle(): { readonly planned: number; readonly waits: Waiting[] } {
    const waits: Waiting[] = [];
    let planned = 0;
    for (const batch of this.#runner.batches) {
      const { plan, collected } = batch;
      if (collected === null || this.#settled.has(plan.key)) continue;
      const outcomes = outcomesOf(this.#runner, this.#running, batch);
      const payment = this.#settings.price === null ? null : paymentOf(batch, outcomes, this.#settings.price);
      if (payment !== null) sayPayment(payment);
      this.#settled.add(plan.key);
    }
    if (this.#settings.collectOnly) return { planned, waits };
    for (const batch of this.#runner.batches) {
      const repair = this.#repairOf(batch);
      if (repair === null) continue;
      this.#runner.record({ kind: 'planned', plan: repair });
      planned += 1;
      if (batch.collected?.overQuota !== true) continue;
      waits.push({ kind: 'waiting', ms: this.#running.pace.pollMs, text: batch.collected.text, done: 0 });
    }
    return { planned, waits };
  }

  #repairOf(batch: BatchState): ReturnType<typeof repairOf> {
    const { plan, collected, job } = batch;
    if (collected === null || this.#runner.batches.some((one) => one.plan.parent === plan.key)) return null;
    const { api, journal } = this.#running;
    // A repair that the provider refused to go on with was dropped; the next one sends its rows itself.
    const refused = journal.records.some(
      (record) =>
        record.kind === 'planned' && record.plan.parent === plan.key && record.plan.continues !== null,
    );
    const outcomes = outcomesOf(this.#runner, this.#running, batch);
    return repairOf(this.#settings.scope, { plan, job, collected, outcomes }, api.continues && !refused);
  }

  /** Rows that have an answer by now. */
  answeredRows(): number {
    const ids = new Set<string>();
    for (const outcomes of this.#runner.outcomes.values())
      for (const outcome of outcomes.values()) if (outcome.kind === 'answered') ids.add(outcome.id);
    return ids.size;
  }
}

/** What is there by now: an answer from any batch wins; else the last error; else why there is neither. */
export function gatheredRows(runner: BatchRunner, running: BatchRunning): Map<string, RowOutcome> {
  const rows = new Map<string, RowOutcome>();
  for (const batch of runner.batches) {
    const { plan, collected, job } = batch;
    if (collected === null) continue;
    const outcomes = outcomesOf(runner, running, batch);
    for (const id of new Set([...plan.ids, ...outcomes.keys()])) {
      if (rows.get(id)?.kind === 'answered') continue;
      const missing: RowOutcome = {
        kind: 'failed',
        id,
        message: `job ${job} (${collected.text}) has no result for this row`,
        code: 'missing',
        permanent: false,
      };
      rows.set(id, outcomes.get(id) ?? missing);
    }
  }
  return rows;
}

/**
 * Runs all batches of a run to their end.
 * @returns the outcome of each row by wire id; with collectOnly, of those that have one
 * @throws NotYet when jobs are not finished and the pace does not wait for them; OutcomeUnknown, Failure
 */
export async function runBatches(
  runner: BatchRunner,
  running: BatchRunning,
  settings: RunSettings,
): Promise<Map<string, RowOutcome>> {
  const { pace, rows } = running;
  for (const { plan, collected } of runner.batches)
    if (collected !== null && !areKept(runner.folderOf(plan.key), collected.files)) runner.forget(plan.key);
  if (!settings.collectOnly) planFirst(runner, running, settings);
  const course = new Course(runner, running, settings);
  for (;;) {
    const waits = await course.round();
    const { planned, waits: more } = course.settle();
    waits.push(...more);
    const done = course.answeredRows() + waits.reduce((sum, { done }) => sum + done, 0);
    sayProgress(Math.min(rows.size, done), rows.size, 'answers');
    if (waits.length === 0) {
      if (planned === 0) return gatheredRows(runner, running);
      continue;
    }
    if (planned > more.length) continue;
    if (pace.wait === 'return') throw notYetOf(waits);
    await pace.clock.sleep(Math.min(...waits.map(({ ms }) => ms)));
  }
}
