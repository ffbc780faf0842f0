// The provider chat: one call per row, journaled as it goes; what was in flight at a kill is asked again only when that is free.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProviderProxy, type Verdict } from './provider-proxy.ts';
import { type Service, startService } from './provider-service.ts';
import { KEY, ProviderWorkspace } from './provider-workspace.ts';

const ROWS = 12;
const FREE = { input_per_million: 0, output_per_million: 0, batch_discount: 0 };

interface Scene {
  readonly workspace: ProviderWorkspace;
  readonly service: Service;
  readonly proxy: ProviderProxy;
}

async function scene(play: (scene: Scene) => Promise<void>, pricing?: object): Promise<void> {
  const service = await startService(KEY);
  const proxy = await ProviderProxy.start(service.url);
  const workspace = new ProviderWorkspace(ROWS);
  workspace.configure({ name: 'chat', base_url: proxy.url, concurrency: 3 }, pricing);
  try {
    await play({ workspace, service, proxy });
  } finally {
    await proxy.close();
    await service.close();
    workspace.remove();
  }
}

/** Kills the client at one call. */
function killAt({ workspace, proxy }: Scene, index: number, verdict: Verdict): void {
  const stop = async (): Promise<void> => {
    const { child } = workspace;
    if (child === undefined || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  };
  proxy.follow({ judge: (seen) => (seen.index === index ? verdict : 'pass'), stop });
}

const billed = async ({ service }: Scene): Promise<number[]> => Object.values(await service.billed());

test('each row is asked once under its wire id, and answered in the order of the shard', () =>
  scene(async (all) => {
    const { workspace, proxy } = all;
    const ended = await workspace.infer();
    assert.is(ended.status, 0, ended.stderr);
    assert.is(proxy.calls.length, ROWS);
    const lines = workspace.lines();
    assert.equal(
      lines.map(({ custom_id }) => custom_id),
      Array.from({ length: ROWS }, (_, index) => `demo|q${index}|t0.0|s0|closed`),
    );
    assert.equal(Object.keys(await all.service.billed()).sort(), lines.map((line) => line.request_id).sort());
    assert.match(ended.stderr, /^evalmake:cost usd=0\.\d+ in=\d+ out=\d+ id=chat-[0-9a-f]+-1$/m);
    const again = await workspace.infer();
    assert.is(again.status, 0);
    assert.is(proxy.calls.length, ROWS);
  }));

test('killed in flight where rows cost money: it stops, names them and the most they cost, and asks again with consent', () =>
  scene(async (all) => {
    const { workspace } = all;
    killAt(all, 5, 'after');
    assert.is((await workspace.infer()).signal, 'SIGKILL');
    const stopped = await workspace.infer();
    assert.is(stopped.status, 5, stopped.stderr);
    assert.match(stopped.stderr, /\d rows were sent and their answers are unknown: demo\|q/);
    assert.match(stopped.stderr, /costs at most 0\.\d{6} US dollars/);
    const known = (await billed(all)).length;
    const forced = await workspace.infer({ EVALMAKE_FORCE: '1' });
    assert.is(forced.status, 0, forced.stderr);
    assert.is(workspace.lines().filter(({ error }) => error === null).length, ROWS);
    const counts = await billed(all);
    assert.is(counts.length, ROWS);
    const twice = counts.filter((count) => count > 1).length;
    assert.ok(twice >= 1 && twice <= 3 && known < ROWS, 'only what was in flight was bought again');
  }));

test('killed in flight where rows cost nothing: it goes on', () =>
  scene(async (all) => {
    const { workspace, proxy } = all;
    killAt(all, 5, 'before');
    assert.is((await workspace.infer()).signal, 'SIGKILL');
    const before = proxy.calls.length;
    const ended = await workspace.infer();
    assert.is(ended.status, 0, ended.stderr);
    assert.ok(proxy.calls.length - before < ROWS, 'answers that had arrived were not asked again');
    assert.is(workspace.lines().filter(({ error }) => error === null).length, ROWS);
  }, FREE));

test('a call that breaks off is asked again where that is free, and stops the run where it is not', async () => {
  const breaks = (all: Scene): void =>
    all.proxy.follow({ judge: ({ index }) => (index === 4 ? 'after' : 'pass'), stop: async () => undefined });
  await scene(async (all) => {
    breaks(all);
    assert.is((await all.workspace.infer()).status, 0);
  }, FREE);
  await scene(async (all) => {
    breaks(all);
    const ended = await all.workspace.infer();
    assert.is(ended.status, 5, ended.stderr);
    assert.match(ended.stderr, /1 rows were sent and their answers are unknown: demo\|q/);
    assert.is(all.workspace.lines().length, ROWS - 1, 'the other answers were given out');
  });
});

test('a refused key stops the run and is named, not shown', () =>
  scene(async ({ workspace }) => {
    const ended = await workspace.infer({ PROVIDER_API_KEY: 'another-key' });
    assert.is(ended.status, 1, ended.stderr);
    assert.match(ended.stderr, 'the provider refuses the key in PROVIDER_API_KEY');
    assert.not.match(ended.stderr, 'another-key');
  }));

test.run();
