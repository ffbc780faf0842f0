// An evaluation: the pipeline of this repository with few questions, in a workspace of its own, beside a real batch server.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './program.ts';
import type { Workspace } from './workspace.ts';

/** Few questions, small shards; what else the config says stays. */
export const small = [
  '--set',
  'datasets.open_book.max_items=10',
  '--set',
  'datasets.closed_book.max_items=6',
  '--set',
  'batch.size=40',
  '--set',
  'stats.bootstrap_samples=200',
  '--set',
  'stats.permutation_samples=200',
];

/** Copies what the pipeline of this repository needs. */
export function copyEvaluation(ws: Workspace): void {
  const needed = [
    'pipeline.yaml',
    'config.yaml',
    'data/raw',
    'data/knowledge',
    'prompts',
    'schemas',
    'packages/evalkit/dist/phases',
  ];
  for (const name of needed) cpSync(join(repository, name), ws.path(name), { recursive: true });
  symlinkSync(join(repository, 'node_modules'), ws.path('node_modules'));
}

/** What the server says that it has billed. */
export interface Bill {
  readonly rows: number;
  readonly byRow: Readonly<Record<string, number>>;
}

/** A batch server in a process of its own. */
export class BatchServer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  /** Starts one whose state lies beside a workspace; resolves when it listens. */
  static async start(ws: Workspace): Promise<BatchServer> {
    const bin = join(repository, 'packages/evalkit/bin/evalkit.cjs');
    const words = ['serve', '--port', '0', '--state', ws.beside('server'), '--seed', '2025'];
    const knowledge = join(repository, 'data/knowledge/facts.txt');
    const child = spawn(process.execPath, [bin, ...words, '--knowledge', knowledge], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const found = /http:\/\/[\d.:]+/.exec(text);
        if (found !== null) resolve(found[0]);
      });
      child.on('exit', () => reject(new Error(`the server ended: ${text}`)));
    });
    return new BatchServer(url, child);
  }

  /** What was billed so far. */
  async bill(): Promise<Bill> {
    return (await (await fetch(`${this.url}/_billing`)).json()) as Bill;
  }

  /** Sets faults. */
  async faults(list: readonly object[]): Promise<void> {
    const answer = await fetch(`${this.url}/_faults`, { method: 'POST', body: JSON.stringify(list) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

/** Settings by which `infer` asks a server, in a file laid over the config. */
export function askServer(ws: Workspace, name: string, url: string): string[] {
  const provider = {
    name,
    base_url: url,
    account: 'somebody',
    wait: 'block',
    poll_s: 0.01,
    retry_s: 0.01,
    settle_s: 0.05,
    least_support: 0.05,
    most_support: 0.7,
  };
  ws.write('server.json', JSON.stringify({ provider }));
  return [...small, '--config', 'server.json'];
}

/** Rows of a JSON Lines file. */
export function rowsOf(ws: Workspace, path: string): string[] {
  return existsSync(ws.path(path)) ? readFileSync(ws.path(path), 'utf8').split('\n').slice(0, -1) : [];
}
