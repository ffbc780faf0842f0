// A ChatRun asks the rows of a run one by one, several at a time, and writes each answer down as it arrives.
import { Failure, NotYet, OutcomeUnknown } from '../failure.ts';
import { costOf, type Price } from '../price.ts';
import { countTokens } from '../tokens.ts';
import type { ChatJournal } from './chat-journal.ts';
import { someOf } from './download-problem.ts';
import type { HttpClient } from './http-client.ts';
import { Refused, Unanswered, Unavailable } from './http-trouble.ts';
import { type Pace, secondsOf } from './pace.ts';
import { sayProgress, sayWarning } from './protocol-line.ts';
import { answered, type RowOutcome, readChatCompletion, refusesRequest } from './row-outcome.ts';
import { type Asking, chatBody, type WireRow } from './wire-row.ts';

/** Statuses that refuse one row; any other one refuses them all, such as 404 for a wrong address. */
const OF_THE_ROW = [400, 413, 422];
/** Tries of a row that costs nothing, or that a busy service did not take. */
const TRIES = 5;

export interface ChatRunning {
  readonly http: HttpClient;
  readonly journal: ChatJournal;
  readonly rows: readonly WireRow[];
  readonly asking: Asking;
  /** null: answers cost nothing, and a row may be asked again at will. */
  readonly price: Price | null;
  readonly concurrency: number;
  /** 0: no limit. */
  readonly requestsPerMinute: number;
  readonly pace: Pace;
  readonly forced: boolean;
}

/** The most that a row can cost: its prompt by our count, and all the tokens it may be answered with. */
function mostFor(running: ChatRunning, id: string): number {
  const row = running.rows.find((one) => one.id === id);
  if (row === undefined || running.price === null) return 0;
  const prompt = [running.asking.system, ...row.request.body.messages.map(({ content }) => content)];
  const tokens = prompt.reduce((sum, text) => sum + countTokens(text), 0);
  return costOf({ ...running.price, batch_discount: 0 }, tokens, row.request.body.max_tokens);
}

/** Rows that were sent before a crash: asked again when that costs nothing or a person consented. */
async function clearOpen(running: ChatRunning): Promise<void> {
  const { journal, rows, price, forced } = running;
  const { open } = journal;
  if (open.length === 0) return;
  const most = open.reduce((sum, id) => sum + mostFor(running, id), 0);
  const names = new Map(rows.map(({ id, request }) => [id, request.custom_id]));
  const says = `${open.length} rows were sent and their answers are unknown: ${someOf(open.map((id) => names.get(id) ?? id))}`;
  if (price !== null && !forced)
    throw new OutcomeUnknown(
      `${says}; asking them again costs at most ${most.toFixed(6)} US dollars: run again with consent to pay for them ` +
        'once more (EVALMAKE_FORCE=1)',
    );
  if (price !== null) sayWarning(`${says}; they are asked again, as was consented`);
  await Promise.all(open.map((id) => journal.add({ kind: 'unasked', id })));
}

/** Lets starts through at the allowed rate. */
class Gate {
  readonly #everyMs: number;
  readonly #pace: Pace;
  #nextMs = 0;

  constructor(requestsPerMinute: number, pace: Pace) {
    this.#everyMs = requestsPerMinute > 0 ? 60_000 / requestsPerMinute : 0;
    this.#pace = pace;
  }

  async pass(): Promise<void> {
    if (this.#everyMs === 0) return;
    const { clock } = this.#pace;
    const at = Math.max(clock.now(), this.#nextMs);
    this.#nextMs = at + this.#everyMs;
    if (at > clock.now()) await clock.sleep(at - clock.now());
  }
}

async function ask({ http, asking, price }: ChatRunning, { id, request }: WireRow): Promise<RowOutcome> {
  try {
    const completion = await http.json({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { 'x-client-request-id': id },
      json: chatBody(asking, request),
      once: price !== null,
    });
    return answered(id, () => readChatCompletion(completion));
  } catch (error) {
    if (error instanceof Refused && OF_THE_ROW.includes(error.status))
      return {
        kind: 'failed',
        id,
        message: error.message,
        code: String(error.status),
        permanent: refusesRequest(error.status),
      };
    throw error;
  }
}

/** Whether a service said that it is too busy, which is as good as not having taken the row. */
function wasBusy(error: unknown): boolean {
  return error instanceof Unanswered && (error.status === 503 || error.status === 529);
}

/** One row to its outcome; undefined when it was sent and nothing is known of it. */
async function settleRow(running: ChatRunning, row: WireRow): Promise<RowOutcome | undefined> {
  const { journal, price, pace } = running;
  const { id } = row;
  if (price !== null) await journal.add({ kind: 'asked', id });
  for (let attempt = 1; ; attempt += 1) {
    try {
      const outcome = await ask(running, row);
      await journal.add({ kind: 'outcome', outcome });
      return outcome;
    } catch (error) {
      if (wasBusy(error) && attempt < TRIES) {
        await pace.clock.sleep(pace.clock.random() * pace.firstWaitMs * 2 ** attempt);
        continue;
      }
      if (error instanceof Unanswered && !wasBusy(error) && price !== null) return undefined;
      if (price !== null) await journal.add({ kind: 'unasked', id });
      throw error;
    }
  }
}

/** The end of the whole run that an error of one row is, as it is told outside. */
function endOf(error: unknown, { journal, pace }: ChatRunning): unknown {
  const unavailable = error instanceof Unavailable || error instanceof Unanswered;
  if (!unavailable) return error;
  const retryAfterS = error instanceof Unavailable ? error.retryAfterS : null;
  if (journal.outcomes.size === 0 && retryAfterS === null)
    return new Failure(`the provider does not answer: ${error.message}`);
  return new NotYet(Math.max(secondsOf(pace.pollMs), retryAfterS ?? 0), error.message);
}

/**
 * Asks every row that has no outcome yet.
 * @returns the outcome of each row by wire id
 * @throws OutcomeUnknown when rows were sent whose answers are unknown and cost money; NotYet when the service is down
 */
export async function runChat(running: ChatRunning): Promise<ReadonlyMap<string, RowOutcome>> {
  const { journal, rows, concurrency, pace } = running;
  await clearOpen(running);
  const gate = new Gate(running.requestsPerMinute, pace);
  const todo = rows.filter(({ id }) => !journal.outcomes.has(id)).values();
  const step = Math.max(1, Math.ceil(rows.length / 10));
  let stopped: unknown;
  let said = 0;
  const work = async (): Promise<void> => {
    for (const row of todo) {
      await gate.pass();
      if (stopped !== undefined) return;
      try {
        await settleRow(running, row);
      } catch (error) {
        stopped ??= error;
        return;
      }
      const done = journal.outcomes.size;
      if (done < said + step && (done < rows.length || said === done)) continue;
      said = done;
      sayProgress(done, rows.length, 'answers');
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, rows.length) }, work));
  if (stopped !== undefined) throw endOf(stopped, running);
  if (journal.open.length > 0) await clearOpen({ ...running, forced: false });
  return journal.outcomes;
}
