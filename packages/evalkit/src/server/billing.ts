// Billing counts every request row that was processed: an append-only list, and its sums by job and by row.
import { digestOf } from '../digest.ts';
import { type Store, storedLines } from './store.ts';

const FILE = 'billing.jsonl';

/** A line of billing.jsonl. */
export interface Bill {
  /** Milliseconds since 1970, by the server's clock. */
  readonly at: number;
  readonly protocol: string;
  /** The id of the job; `chat` or `messages` for a single request. */
  readonly job: string;
  readonly custom_id: string;
  readonly model: string;
  readonly usd: number;
  readonly in: number;
  readonly out: number;
  /** SHA-256 of model and body: the same row has the same one in every job. */
  readonly row: string;
}

/** What a processed row costs. */
export interface Charge {
  readonly protocol: string;
  readonly job: string;
  readonly customId: string;
  readonly model: string;
  readonly body: unknown;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface BillingSettings {
  /** US dollars per million tokens. */
  readonly usdIn: number;
  readonly usdOut: number;
  readonly clock: () => number;
}

function rounded(usd: number): number {
  return Number(usd.toPrecision(12));
}

function add(sums: Map<string, number>, key: string): void {
  sums.set(key, (sums.get(key) ?? 0) + 1);
}

export class Billing {
  readonly #store: Store;
  readonly #settings: BillingSettings;
  readonly #byJob = new Map<string, { rows: number; usd: number }>();
  readonly #byRow = new Map<string, number>();
  readonly #billed = new Set<string>();
  #rows = 0;
  #usd = 0;

  /** Reads the list that the store holds. */
  constructor(store: Store, settings: BillingSettings) {
    this.#store = store;
    this.#settings = settings;
    for (const line of storedLines(store, FILE)) this.#count(JSON.parse(line) as Bill);
  }

  #count(bill: Bill): void {
    const job = this.#byJob.get(bill.job) ?? { rows: 0, usd: 0 };
    this.#byJob.set(bill.job, { rows: job.rows + 1, usd: job.usd + bill.usd });
    add(this.#byRow, bill.custom_id);
    this.#billed.add(`${bill.job}\n${bill.custom_id}`);
    this.#rows += 1;
    this.#usd += bill.usd;
  }

  /**
   * Bills rows, durably. A row of a job that is billed already is passed over, because a job that a crash interrupted is
   * run again to its end; single requests (`once` false) are billed each time.
   */
  charge(charges: readonly Charge[], once: boolean): void {
    const { usdIn, usdOut, clock } = this.#settings;
    const bills = charges
      .filter(({ job, customId }) => !once || !this.#billed.has(`${job}\n${customId}`))
      .map(
        (charge): Bill => ({
          at: clock(),
          protocol: charge.protocol,
          job: charge.job,
          custom_id: charge.customId,
          model: charge.model,
          usd: rounded((charge.promptTokens * usdIn + charge.completionTokens * usdOut) / 1e6),
          in: charge.promptTokens,
          out: charge.completionTokens,
          row: digestOf(charge.model, JSON.stringify(charge.body)),
        }),
      );
    if (bills.length === 0) return;
    this.#store.append(FILE, bills.map((bill) => `${JSON.stringify(bill)}\n`).join(''));
    for (const bill of bills) this.#count(bill);
  }

  /** The sums of all bills. */
  summary(): object {
    const byJob = [...this.#byJob].map(([job, { rows, usd }]) => [job, { rows, usd: rounded(usd) }] as const);
    return {
      rows: this.#rows,
      usd: rounded(this.#usd),
      byJob: Object.fromEntries(byJob),
      byRow: Object.fromEntries(this.#byRow),
    };
  }
}
