// Service jobs are the batches of a test's service: they run at the second look, and each answered row is billed.
import type { ServiceFaults } from './service-faults.ts';

export interface Row {
  readonly id: string;
  readonly model: string;
}

export type Result =
  | { readonly kind: 'answered'; readonly id: string; readonly model: string }
  | { readonly kind: 'errored'; readonly id: string; readonly status: number }
  | { readonly kind: 'expired'; readonly id: string };

export interface Job {
  readonly id: string;
  readonly rows: readonly Row[];
  readonly createdMs: number;
  readonly more: Readonly<Record<string, string>>;
  ending: 'completed' | 'failed' | 'expired' | null;
  looks: number;
  results: readonly Result[];
}

export class ServiceJobs {
  readonly #faults: ServiceFaults;
  /** Newest first. */
  readonly all: Job[] = [];
  readonly billed: Record<string, number> = {};
  #hidden = 0;

  constructor(faults: ServiceFaults) {
    this.#faults = faults;
  }

  /** Bills a row. */
  bill(id: string): void {
    this.billed[id] = (this.billed[id] ?? 0) + 1;
  }

  create(id: string, rows: readonly Row[], more: Readonly<Record<string, string>> = {}): Job {
    const job: Job = { id, rows, createdMs: Date.now(), more, ending: null, looks: 0, results: [] };
    this.all.unshift(job);
    if (this.#faults.take(['list-lag'])) this.#hidden = 2;
    return job;
  }

  find(id: string): Job | undefined {
    return this.all.find((job) => job.id === id);
  }

  /** What a list shows: the newest job may come late. */
  list(): readonly Job[] {
    if (this.#hidden === 0) return this.all;
    this.#hidden -= 1;
    return this.all.slice(1);
  }

  #resultOf(row: Row, index: number, hits: (index: number) => number | null): Result {
    const status = hits(index);
    if (status !== null) return { kind: 'errored', id: row.id, status };
    this.bill(row.id);
    return { kind: 'answered', id: row.id, model: row.model };
  }

  /** Looks at a job; at the second look it is at its end. */
  look(job: Job): Job {
    job.looks += 1;
    if (job.ending !== null || job.looks < 2) return job;
    if (this.#faults.take(['job-fails'])) {
      job.ending = 'failed';
      return job;
    }
    const expires = this.#faults.take(['job-expires']) !== undefined;
    const errors = this.#faults.take(['row-errors']);
    const all = this.#faults.take(['no-output']);
    const hits = (index: number): number | null => {
      if (all !== undefined) return all.status ?? 500;
      return errors !== undefined && index === 0 ? (errors.status ?? 500) : null;
    };
    const run = expires ? Math.floor(job.rows.length / 2) : job.rows.length;
    job.results = job.rows.map((row, index) =>
      index < run ? this.#resultOf(row, index, hits) : { kind: 'expired', id: row.id },
    );
    job.ending = expires ? 'expired' : 'completed';
    return job;
  }
}

/** A chat completion of a row. */
export function completionOf(id: string, model: string): object {
  return {
    id: `c-${id}`,
    object: 'chat.completion',
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: `Answer ${id.slice(0, 6)}`, support: 0.5 },
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23 },
  };
}

export const jsonLines = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');
