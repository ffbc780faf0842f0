// A BatchService is a running `evalkit serve`, a process of its own, with what a test asks of it: what it has billed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from './workspace.ts';

const program = join(projectRoot(), 'packages', 'evalkit', 'bin', 'evalkit.cjs');

/** The answer of GET /_billing. */
export interface Bill {
  /** Rows that were processed, however often. */
  readonly rows: number;
  /** How often each row was processed, by its id on the wire. */
  readonly byRow: Readonly<Record<string, number>>;
  readonly usd: number;
}

export class BatchService {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts the server and waits until it listens. */
  static async start(...flags: string[]): Promise<BatchService> {
    const child = spawn(process.execPath, [program, 'serve', ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /^listening on (\S+)$/.exec(line)?.[1];
      if (url !== undefined) return new BatchService(child, url);
    }
    throw new Error('evalkit serve ended before it listened');
  }

  async bill(): Promise<Bill> {
    // A connection that was kept would be stale by the next call: builds block this process.
    const answer = await fetch(`${this.url}/_billing`, { headers: { connection: 'close' } });
    return (await answer.json()) as Bill;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}
