// A server process that dies around any kind of call, and a client that goes on: every row is billed exactly once.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BATCH_PROTOCOLS, inPairs, ProviderWorkspace, program } from './provider-workspace.ts';

const ROWS = 3;

/** `evalkit serve` as a process with a folder, started again under its port whenever it is gone. */
class ServerProcess {
  readonly #workspace: ProviderWorkspace;
  #child: ChildProcess | undefined;
  #port = '0';
  url = '';
  starts = 0;

  constructor(workspace: ProviderWorkspace) {
    this.#workspace = workspace;
  }

  get #isUp(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts the server unless it runs; returns when it listens. */
  async ensure(): Promise<void> {
    if (this.#isUp) return;
    const { folder } = this.#workspace;
    const words = ['serve', '--port', this.#port, '--state', join(folder, 'server')];
    const more = ['--faults', join(folder, 'faults.json'), '--knowledge', join(folder, 'facts.txt')];
    const child = spawn(process.execPath, [program, ...words, ...more], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    this.starts += 1;
    this.url = await new Promise<string>((done, fail) => {
      child.once('exit', () => fail(new Error('the server did not start')));
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        const url = /listening on (\S+)/.exec(text)?.[1];
        if (url !== undefined) done(url);
      });
    });
    this.#port = new URL(this.url).port;
  }

  async stop(): Promise<void> {
    if (!this.#isUp) return;
    const gone = new Promise((done) => this.#child?.once('exit', done));
    this.#child?.kill('SIGTERM');
    await gone;
  }
}

const ROUTES = {
  openai: ['files.create', 'batches.create', 'batches.list', 'batches.get', 'files.content'],
  fireworks: ['datasets.create', 'datasets.upload', 'jobs.create', 'jobs.get', 'signed.get'],
  anthropic: ['batches.create', 'batches.get', 'batches.results'],
} as const;

async function play(protocol: keyof typeof ROUTES, kind: string, route: string): Promise<void> {
  const workspace = new ProviderWorkspace(ROWS);
  workspace.put('faults.json', JSON.stringify([{ kind, match: { route: `${protocol}.${route}` } }]));
  const server = new ServerProcess(workspace);
  const says = `${kind} at ${route}`;
  try {
    let ended = { status: 75 as number | null, stderr: '' };
    for (let count = 0; count < 60 && ended.status !== 0; count += 1) {
      await server.ensure();
      workspace.configure({ name: protocol, base_url: server.url });
      ended = await workspace.infer();
      // 75 while something of ours may be there, 1 when nothing was begun and the server is gone.
      assert.ok([0, 1, 75].includes(ended.status ?? -1), `${says}: ${ended.stderr}`);
    }
    assert.is(ended.status, 0, `${says}: ${ended.stderr}`);
    assert.is(server.starts, 2, `${says}: it struck`);
    const billing = (await (await fetch(`${server.url}/_billing`)).json()) as {
      byRow: Record<string, number>;
    };
    const ids = workspace.lines().map(({ request_id }) => request_id);
    assert.is(ids.length, ROWS, says);
    assert.equal(billing.byRow, Object.fromEntries(ids.map((id) => [id, 1])), says);
  } finally {
    await server.stop();
    workspace.remove();
  }
}

for (const protocol of BATCH_PROTOCOLS) {
  test(`${protocol}: the server dies before or after it hears a call, and is started again`, () => {
    const creates = protocol === 'fireworks' ? 'jobs.create' : 'batches.create';
    const points = [
      { route: creates, kind: 'exit-before' },
      ...ROUTES[protocol].map((route) => ({ route, kind: 'exit-after' })),
    ];
    return inPairs(points, ({ route, kind }) => play(protocol, kind, route));
  });
}

test.run();
