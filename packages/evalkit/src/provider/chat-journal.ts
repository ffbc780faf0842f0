// A ChatJournal is which rows were asked one by one, what came back, and what of it was told as a payment.
import { CheckedJournal } from './checked-journal.ts';
import type { RowOutcome } from './row-outcome.ts';

/** A line of chat.jsonl. */
export type ChatRecord =
  /** The first line; `run` makes the ids of payments unique. */
  | { readonly kind: 'started'; readonly run: string }
  /** Written before a row is sent: from here on it may be billed. */
  | { readonly kind: 'asked'; readonly id: string }
  /** The row was certainly not taken, or a person said so. */
  | { readonly kind: 'unasked'; readonly id: string }
  | { readonly kind: 'outcome'; readonly outcome: RowOutcome }
  /** The answers since the payment before, summed up. */
  | ({ readonly kind: 'paid'; readonly id: string } & ChatPayment);

export interface ChatPayment {
  readonly usd: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Writes records in groups: those of one turn of the event loop share a write and a sync. */
export class ChatJournal {
  readonly #journal: CheckedJournal<ChatRecord>;
  readonly #pending: ChatRecord[] = [];
  #flush: Promise<void> | undefined;
  readonly outcomes = new Map<string, RowOutcome>();
  readonly #open = new Set<string>();
  #unpaid: RowOutcome[] = [];
  readonly payments: (ChatPayment & { readonly id: string })[] = [];
  #run = '';

  /** @param newRun hex digits that no other run has, for a journal that is new */
  constructor(path: string, newRun: string) {
    this.#journal = new CheckedJournal(path);
    for (const record of this.#journal.records) this.#apply(record);
    if (this.#run === '') this.#addNow({ kind: 'started', run: newRun });
  }

  #apply(record: ChatRecord): void {
    if (record.kind === 'started') this.#run = record.run;
    else if (record.kind === 'asked') this.#open.add(record.id);
    else if (record.kind === 'unasked') this.#open.delete(record.id);
    else if (record.kind === 'outcome') {
      this.#open.delete(record.outcome.id);
      this.outcomes.set(record.outcome.id, record.outcome);
      this.#unpaid.push(record.outcome);
    } else {
      const { id, usd, promptTokens, completionTokens } = record;
      this.payments.push({ id, usd, promptTokens, completionTokens });
      this.#unpaid = [];
    }
  }

  #addNow(record: ChatRecord): void {
    this.#journal.add(record);
    this.#apply(record);
  }

  /** Rows that were sent and of which nothing is known. */
  get open(): readonly string[] {
    return [...this.#open];
  }

  /** Adds a record; it is durable when the promise is kept. */
  add(record: ChatRecord): Promise<void> {
    this.#pending.push(record);
    this.#flush ??= new Promise((done) => setImmediate(done)).then(() => {
      const records = this.#pending.splice(0);
      this.#flush = undefined;
      this.#journal.add(...records);
      for (const one of records) this.#apply(one);
    });
    return this.#flush;
  }

  /** Sums up the answers that no payment covers yet. @param priceOf what tokens cost, in US dollars */
  pay(priceOf: (promptTokens: number, completionTokens: number) => number): void {
    let promptTokens = 0;
    let completionTokens = 0;
    for (const outcome of this.#unpaid) {
      if (outcome.kind !== 'answered') continue;
      promptTokens += outcome.response.usage.prompt_tokens;
      completionTokens += outcome.response.usage.completion_tokens;
    }
    if (promptTokens + completionTokens === 0) return;
    const id = `chat-${this.#run}-${this.payments.length + 1}`;
    const usd = priceOf(promptTokens, completionTokens);
    this.#addNow({ kind: 'paid', id, usd, promptTokens, completionTokens });
  }

  /** Closes the file. */
  close(): void {
    this.#journal.close();
  }
}
