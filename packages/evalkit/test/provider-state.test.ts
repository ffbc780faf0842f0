// The state folder: a finished run is given out again, a begun one counts whatever is asked by now, a lost one buys nothing twice.
// test-timeout: 240
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProviderProxy } from './provider-proxy.ts';
import { type Service, startService } from './provider-service.ts';
import { BATCH_PROTOCOLS, type Protocol, ProviderWorkspace } from './provider-workspace.ts';

interface Scene {
  readonly workspace: ProviderWorkspace;
  readonly service: Service;
  readonly proxy: ProviderProxy;
}

/** @param provider keys of the configuration besides name and address */
async function scene(
  protocol: Protocol,
  play: (scene: Scene) => Promise<void>,
  provider: object = {},
): Promise<void> {
  const service = await startService();
  const proxy = await ProviderProxy.start(service.url);
  const workspace = new ProviderWorkspace(5);
  workspace.configure({ name: protocol, base_url: proxy.url, ...provider });
  try {
    await play({ workspace, service, proxy });
  } finally {
    await proxy.close();
    await service.close();
    workspace.remove();
  }
}

async function billedRows({ service }: Scene): Promise<number> {
  return Object.values(await service.billed()).reduce((sum, count) => sum + count, 0);
}

const costs = (stderr: string): string[] => [...new Set(stderr.match(/^evalmake:cost .*$/gm) ?? [])];

for (const protocol of BATCH_PROTOCOLS) {
  test(`${protocol}: a finished run is written again without a call, its payment is said again`, () =>
    scene(protocol, async ({ workspace, proxy }) => {
      const first = await workspace.inferToEnd();
      assert.is(first.status, 0, first.stderr);
      const answers = workspace.read('out.jsonl');
      rmSync(join(workspace.folder, 'out.jsonl'));
      proxy.calls.length = 0;
      const again = await workspace.infer();
      assert.is(again.status, 0, again.stderr);
      assert.is(workspace.read('out.jsonl'), answers);
      assert.equal(proxy.calls, []);
      assert.is(costs(first.stderr).length, 1);
      assert.match(costs(first.stderr)[0] ?? '', /^evalmake:cost usd=0\.\d+ in=\d+ out=\d+ id=\S+$/);
      assert.equal(costs(again.stderr), costs(first.stderr));
    }));

  test(`${protocol}: what was begun is collected as it was asked, whatever the prompt says by then`, () =>
    scene(protocol, async (all) => {
      const { workspace, proxy } = all;
      // The client is stopped at its first look at the job.
      const stop = async (): Promise<void> => void workspace.child?.kill('SIGKILL');
      proxy.follow({
        judge: ({ name }) => (/GET .*(batches|Jobs)\/[^/]+$/.test(name) ? 'before' : 'pass'),
        stop,
      });
      const stopped = await workspace.infer();
      assert.is(stopped.signal, 'SIGKILL', stopped.stderr);
      proxy.follow({ judge: () => 'pass', stop });
      workspace.put('prompt.md', 'Answer at length.\n');
      const ended = await workspace.inferToEnd();
      assert.is(ended.status, 0, ended.stderr);
      assert.match(ended.stderr, /evalmake:warn .*run-0001 was begun with another system/);
      assert.is(await billedRows(all), 5);
    }));

  test(`${protocol}: more rows than a batch may hold are several jobs`, () =>
    scene(
      protocol,
      async (all) => {
        const ended = await all.workspace.inferToEnd();
        assert.is(ended.status, 0, ended.stderr);
        assert.is(new Set(ended.stderr.match(/^evalmake:job .*$/gm)).size, 3);
        assert.is(all.workspace.lines().filter(({ error }) => error === null).length, 5);
        assert.is(await billedRows(all), 5);
      },
      { limits: { requests: 2 } },
    ));

  test(`${protocol}: kept results that are damaged are downloaded again, not bought`, () =>
    scene(protocol, async (all) => {
      const { workspace } = all;
      await workspace.inferToEnd();
      const before = workspace.read('out.jsonl');
      rmSync(join(workspace.folder, 'state/run-0001/finished.json'));
      rmSync(join(workspace.folder, 'state/run-0001/batches'), { recursive: true });
      const ended = await workspace.inferToEnd();
      assert.is(ended.status, 0, ended.stderr);
      assert.is(workspace.read('out.jsonl'), before);
      assert.is(await billedRows(all), 5);
    }));
}

for (const protocol of ['openai', 'fireworks'] as const) {
  test(`${protocol}: a lost state folder buys nothing twice`, () =>
    scene(protocol, async (all) => {
      const { workspace } = all;
      await workspace.inferToEnd();
      const before = workspace.read('out.jsonl');
      rmSync(join(workspace.folder, 'state'), { recursive: true });
      assert.is((await workspace.inferToEnd()).status, 0);
      assert.is(workspace.read('out.jsonl'), before);
      assert.is(await billedRows(all), 5);
    }));
}

test('other rows under the folder of a finished run are a run of their own', () =>
  scene('openai', async (all) => {
    const { workspace } = all;
    await workspace.inferToEnd();
    workspace.put('requests.jsonl', workspace.read('requests.jsonl').replaceAll('|q', '|other'));
    const ended = await workspace.inferToEnd();
    assert.is(ended.status, 0, ended.stderr);
    assert.match(workspace.lines()[0]?.custom_id ?? '', '|other0|');
    assert.ok(workspace.has('state/run-0002/finished.json'));
    assert.is(await billedRows(all), 10);
  }));

test('a shard without requests is answered by an empty file and no call', () =>
  scene('openai', async ({ workspace, proxy }) => {
    workspace.put('requests.jsonl', '');
    assert.is((await workspace.infer()).status, 0);
    assert.is(workspace.read('out.jsonl'), '');
    assert.equal(proxy.calls, []);
  }));

test('a provider that is paid needs a state folder', () =>
  scene('openai', async ({ workspace }) => {
    const words = 'infer --config config.json --requests requests.jsonl --prompt prompt.md --out out.jsonl';
    const ended = await workspace.run(words.split(' '));
    assert.is(ended.status, 2);
    assert.match(ended.stderr, '--state DIR is required for the provider openai');
  }));

test('a damaged journal is not guessed at', () =>
  scene('openai', async ({ workspace }) => {
    await workspace.inferToEnd();
    rmSync(join(workspace.folder, 'state/run-0001/finished.json'));
    const journal = 'state/run-0001/batches.jsonl';
    const text = workspace.read(journal).replace('"generation":0', '"generation":9');
    writeFileSync(join(workspace.folder, journal), text);
    const ended = await workspace.infer();
    assert.is(ended.status, 5, ended.stderr);
    assert.match(ended.stderr, /batches\.jsonl:1: the journal of what was submitted is damaged here/);
  }));

const FETCH = 'fetch --config config.json --requests requests.jsonl --out got.jsonl --missing missing.txt';

test('fetch brings the answers of a state folder again, and buys nothing', () =>
  scene('openai', async (all) => {
    const { workspace } = all;
    await workspace.inferToEnd();
    rmSync(join(workspace.folder, 'state/run-0001/finished.json'));
    rmSync(join(workspace.folder, 'state/run-0001/batches'), { recursive: true });
    const ended = await workspace.run([...FETCH.split(' '), '--from', 'state']);
    assert.is(ended.status, 0, ended.stderr);
    assert.is(workspace.read('got.jsonl'), workspace.read('out.jsonl'));
    assert.is(workspace.read('missing.txt'), '');
    assert.is(await billedRows(all), 5);
  }));

test('fetch brings a dataset again by its id alone, and lists what is not in it', () =>
  scene('fireworks', async (all) => {
    const { workspace } = all;
    await workspace.inferToEnd();
    // The ids on the wire stand in for a shard whose custom_ids were sent as they are.
    const asked = workspace
      .read('requests.jsonl')
      .split('\n')
      .filter((line) => line !== '');
    const wire = asked.map((line, index) => {
      const id = workspace.lines()[index]?.request_id ?? '';
      return line.replace(/"custom_id":"[^"]*"/, `"custom_id":"${id}"`);
    });
    workspace.put('OUTPUT_DATASET_ID.txt', workspace.read('state/OUTPUT_DATASET_ID.txt'));
    workspace.put('requests.jsonl', `${wire.join('\n')}\n`);
    const whole = await workspace.run([...FETCH.split(' '), '--from', '.']);
    assert.is(whole.status, 0, whole.stderr);
    assert.equal(
      workspace.lines('got.jsonl').map(({ response }) => response),
      workspace.lines().map(({ response }) => response),
    );
    const more = (wire[0] ?? '').replace(/"custom_id":"[^"]*"/, '"custom_id":"never-sent"');
    workspace.put('requests.jsonl', `${[...wire, more].join('\n')}\n`);
    const partly = await workspace.run([...FETCH.split(' '), '--from', '.']);
    assert.is(partly.status, 1, partly.stderr);
    assert.match(partly.stderr, '1 of 6 rows have no answer');
    assert.is(workspace.read('missing.txt'), 'never-sent\n');
    assert.is(workspace.lines('got.jsonl').length, 5);
    workspace.put('OUTPUT_DATASET_ID.txt', 'no-such-dataset\n');
    const gone = await workspace.run([...FETCH.split(' '), '--from', '.']);
    assert.is(gone.status, 1);
    assert.match(gone.stderr, /dataset no-such-dataset cannot be had/);
    assert.is(await billedRows(all), 5);
  }));

test('fetch says what it needs when a folder names nothing', () =>
  scene('fireworks', async ({ workspace }) => {
    const ended = await workspace.run([...FETCH.split(' '), '--from', '.']);
    assert.is(ended.status, 1);
    assert.match(ended.stderr, 'neither a state folder of infer nor a folder with OUTPUT_DATASET_ID.txt');
  }));

test.run();
