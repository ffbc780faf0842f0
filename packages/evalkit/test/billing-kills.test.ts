// test-timeout: 240
// A client that is killed at any call, or as a file appears, goes on where it was: every row is billed exactly once.
import { type FSWatcher, watch } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProviderProxy, type Verdict } from './provider-proxy.ts';
import { type Service, startService } from './provider-service.ts';
import {
  BATCH_PROTOCOLS,
  type Ended,
  inPairs,
  type Protocol,
  ProviderWorkspace,
} from './provider-workspace.ts';

const ROWS = 3;

interface Scene {
  readonly workspace: ProviderWorkspace;
  readonly service: Service;
  readonly proxy: ProviderProxy;
}

/** Kills the client and waits until it is gone. */
async function kill({ child }: ProviderWorkspace): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}

async function withScene<T>(protocol: Protocol, play: (scene: Scene) => Promise<T>): Promise<T> {
  const service = await startService();
  const proxy = await ProviderProxy.start(service.url);
  const workspace = new ProviderWorkspace(ROWS);
  workspace.configure({ name: protocol, base_url: proxy.url, wait: 'block' });
  try {
    return await play({ workspace, service, proxy });
  } finally {
    await proxy.close();
    await service.close();
    workspace.remove();
  }
}

/** Every row has an answer and was billed once. */
async function assertOnce({ workspace, service }: Scene, ended: Ended, says: string): Promise<void> {
  assert.is(ended.status, 0, `${says}: ${ended.stderr}`);
  const lines = workspace.lines();
  assert.is(lines.length, ROWS, says);
  for (const line of lines) assert.is(line.error, null, says);
  const ids = lines.map(({ request_id }) => request_id).sort();
  const billed = await service.billed();
  assert.equal(Object.keys(billed).sort(), ids, says);
  for (const id of ids) assert.is(billed[id], 1, `${says}: ${id} was billed ${billed[id]} times`);
}

/** The calls of a run that nothing disturbs. */
function callsOf(protocol: Protocol): Promise<readonly string[]> {
  return withScene(protocol, async (scene) => {
    await assertOnce(scene, await scene.workspace.inferToEnd(), 'undisturbed');
    return [...scene.proxy.calls];
  });
}

/** Whether a call brings results, so that its answer can break off in the middle. */
const brings = (call: string): boolean => /content$|results$|signed|BIJOutputSet|download/.test(call);

for (const protocol of BATCH_PROTOCOLS) {
  test(`${protocol}: killed before, in and after each call`, async () => {
    const calls = await callsOf(protocol);
    const points = calls.flatMap((call, index) => {
      const verdicts: Verdict[] = brings(call) ? ['before', 'middle', 'after'] : ['before', 'after'];
      return verdicts.map((verdict) => ({ call, index, verdict }));
    });
    await inPairs(points, ({ call, index, verdict }) =>
      withScene(protocol, async (scene) => {
        const { proxy, workspace } = scene;
        let killed = false;
        const stop = (): Promise<void> => {
          killed = true;
          return kill(workspace);
        };
        proxy.follow({ judge: (seen) => (seen.index === index && !killed ? verdict : 'pass'), stop });
        const ended = await workspace.inferToEnd();
        const says = `${verdict} call ${index}, ${call}`;
        assert.ok(killed, says);
        await assertOnce(scene, ended, says);
      }),
    );
  });

  test(`${protocol}: killed as soon as a file of its state appears`, async () => {
    for (const name of [
      'batches.jsonl',
      'output.jsonl.tmp',
      'output.jsonl',
      'answers.jsonl',
      'finished.json',
    ]) {
      // A file may come and go between two looks of the watcher: then the next run is killed at it.
      let wasKilled = false;
      for (let runs = 0; !wasKilled; runs += 1) {
        assert.ok(runs < 10, `${name} appeared`);
        await withScene(protocol, async (scene) => {
          const { workspace } = scene;
          let killing: Promise<void> | undefined;
          const watcher: FSWatcher = watch(workspace.folder, { recursive: true }, (_, path) => {
            if (path?.endsWith(name)) killing ??= kill(workspace);
          });
          const ended = await workspace.inferToEnd();
          watcher.close();
          await killing;
          wasKilled = killing !== undefined;
          await assertOnce(scene, ended, `killed at ${name}`);
        });
      }
    }
  });
}

test.run();
