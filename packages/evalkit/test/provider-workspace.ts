// A ProviderWorkspace is a folder with a shard, a prompt and a configuration, in which the built `evalkit infer` is run.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const program = fileURLToPath(new URL('../../../packages/evalkit/bin/evalkit.cjs', import.meta.url));

/** What the tests' services take for a key. */
export const KEY = 'key-of-the-test';

export type Protocol = 'openai' | 'fireworks' | 'anthropic' | 'chat';
export const BATCH_PROTOCOLS = ['openai', 'fireworks', 'anthropic'] as const;

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

export interface Line {
  readonly custom_id: string;
  readonly request_id: string;
  readonly response: { readonly text: string } | null;
  readonly error: { readonly message: string; readonly code?: string } | null;
}

/** Prices at which every token costs something. */
export const PRICING = { input_per_million: 1, output_per_million: 2, batch_discount: 0.5 };

/** Plays scenes two at a time. */
export async function inPairs<T>(items: readonly T[], play: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const work = async (): Promise<void> => {
    for (const item of left) await play(item);
  };
  await Promise.all([work(), work()]);
}

export class ProviderWorkspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'provider-'));
  readonly rows: number;
  /** The client that runs now. */
  child: ChildProcess | undefined;

  /** @param rows requests of the shard */
  constructor(rows: number) {
    this.rows = rows;
    this.put('prompt.md', 'Answer briefly.\n');
    const lines = Array.from({ length: rows }, (_, index) => this.#request(index));
    this.put('requests.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const facts = Array.from(
      { length: rows },
      (_, index) => `Town ${index} was founded by Ada${index} Lund.`,
    );
    this.put('facts.txt', `${facts.join('\n')}\n`);
  }

  #request(index: number): object {
    return {
      custom_id: `demo|q${index}|t0.0|s0|closed`,
      item_id: `q${index}`,
      dataset: 'demo',
      type: 'closed',
      temp: 0,
      sample: 0,
      body: {
        messages: [
          { role: 'user', content: `Answer the question.\n\nQUESTION:\nWho was Town ${index} founded by?` },
        ],
        max_tokens: 16,
        temperature: 0,
        top_p: 1,
      },
    };
  }

  put(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Writes the configuration. @param provider keys besides those every test needs */
  configure(provider: object, pricing: object = PRICING): void {
    const usual = { account: 'demo', poll_s: 0.02, settle_s: 0.3, retry_s: 0.01 };
    const embedded = { least_support: 0.05, most_support: 0.7 };
    this.put(
      'config.json',
      JSON.stringify({
        provider: { ...usual, ...embedded, ...provider },
        model: 'demo-reader',
        seed: 7,
        pricing,
      }),
    );
  }

  /** Runs a phase of evalkit. */
  run(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const child = spawn(process.execPath, [program, ...words], {
      cwd: this.folder,
      env: { PATH: process.env['PATH'] ?? '', PROVIDER_API_KEY: KEY, EVALMAKE: '1', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    return new Promise((done) => child.on('close', (status, signal) => done({ status, signal, stderr })));
  }

  /** Runs infer once. */
  infer(env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const words = 'infer --config config.json --requests requests.jsonl --prompt prompt.md';
    return this.run(
      [...words.split(' '), '--knowledge', 'facts.txt', '--state', 'state', '--out', 'out.jsonl'],
      env,
    );
  }

  /** Runs infer again and again while it says "not yet" or was killed. @returns the last run */
  async inferToEnd(env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    let all = '';
    for (let count = 0; count < 100; count += 1) {
      const ended = await this.infer(env);
      all += ended.stderr;
      if (ended.status !== 75 && ended.signal === null) return { ...ended, stderr: all };
    }
    throw new Error(`infer never ended:\n${all.slice(-2000)}`);
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** The lines of the results file. */
  lines(name = 'out.jsonl'): Line[] {
    return this.read(name)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
