// Every fault of a service, in every batch protocol: the run ends with all answers, and each row was billed once.
// test-timeout: 240
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FAULTS } from 'evalkit/server/fault';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProviderProxy } from './provider-proxy.ts';
import { type Fault, type Service, startService } from './provider-service.ts';
import { BATCH_PROTOCOLS, type Ended, inPairs, KEY, ProviderWorkspace } from './provider-workspace.ts';

const ROWS = 4;
type Protocol = (typeof BATCH_PROTOCOLS)[number];

interface Scene {
  readonly workspace: ProviderWorkspace;
  readonly service: Service;
}

/** The client stays until its jobs are done (`block`), so that one process does for a scene, unless it is told to return. */
async function scene<T>(
  protocol: Protocol,
  play: (scene: Scene) => Promise<T>,
  wait: 'block' | 'return' = 'block',
): Promise<T> {
  const service = await startService();
  const workspace = new ProviderWorkspace(ROWS);
  workspace.configure({ name: protocol, base_url: service.url, wait });
  try {
    return await play({ workspace, service });
  } finally {
    await service.close();
    workspace.remove();
  }
}

/** Where a job is created. */
const CREATES: Readonly<Record<Protocol, { readonly route: string }>> = {
  openai: { route: 'openai.batches.create' },
  fireworks: { route: 'fireworks.jobs.create' },
  anthropic: { route: 'anthropic.batches.create' },
};

async function assertWhole({ workspace, service }: Scene, ended: Ended, says: string): Promise<void> {
  assert.is(ended.status, 0, `${says}: ${ended.stderr}`);
  const lines = workspace.lines();
  assert.is(lines.length, ROWS, says);
  for (const { error } of lines) assert.is(error, null, `${says}: ${JSON.stringify(error)}`);
  const billed = await service.billed();
  for (const { request_id } of lines)
    assert.is(billed[request_id], 1, `${says}: billed ${billed[request_id]} times`);
  assert.is(Object.keys(billed).length, ROWS, says);
  assert.equal(await service.faultsLeft(), [], `${says}: it struck`);
}

/** Faults after which a run ends well, each with what it strikes at. */
function passing(protocol: Protocol): readonly (readonly Fault[])[] {
  const match = CREATES[protocol];
  const before = ['rate-limit', 'server-error', 'drop-before'];
  const after = ['server-error-after', 'drop-after'];
  const downloads = [
    'truncate',
    'wrong-length',
    'drop-rows',
    'duplicate-rows',
    'foreign-rows',
    'reorder-rows',
  ];
  const jobs = ['row-errors', 'no-output', 'job-fails', 'job-expires', 'job-stuck'];
  const params = (kind: string): object => (kind === 'rate-limit' ? { retry_after_s: 0 } : {});
  const lost: Fault = { kind: 'drop-after', match };
  const list = { route: `${protocol}.batches.list` };
  const own: Readonly<Record<Protocol, readonly (readonly Fault[])[]>> = {
    openai: [
      [{ kind: 'empty-error-file-id' }],
      [{ kind: 'output-missing', match: { route: 'openai.files.content' } }],
      // One list before the create, one after it: the job comes late into the list.
      [{ kind: 'list-lag', match: list, times: 2 }, lost],
    ],
    fireworks: [
      [{ kind: 'url-expired' }],
      [{ kind: 'url-expired', status: 404 }],
      [{ kind: 'output-missing', match: { route: 'fireworks.datasets.download-endpoint' } }],
      [{ kind: 'drop-after', match: { route: 'fireworks.datasets.upload' } }],
      // An external URL that is no http is passed over.
      [{ kind: 'external-url' }],
    ],
    anthropic: [
      [{ kind: 'output-missing', match: { route: 'anthropic.batches.results' } }],
      [{ kind: 'list-lag', match: list }, lost],
    ],
  };
  return [
    ...[...after, 'slow'].map((kind) => [{ kind }]),
    ...[...before, ...after].map((kind) => [{ kind, match, ...params(kind) }]),
    ...before.map((kind) => [{ kind, match, times: 3, ...params(kind) }]),
    [{ kind: 'enqueued-limit', match }],
    ...downloads.map((kind) => [{ kind }]),
    ...jobs.map((kind) => [{ kind }]),
    ...['row-errors', 'job-expires'].map((kind) => [{ kind, times: 2 }]),
    ...own[protocol],
  ];
}

for (const protocol of BATCH_PROTOCOLS) {
  test(`${protocol}: faults that pass leave all answers and no row billed twice`, () =>
    inPairs(passing(protocol), (faults) =>
      scene(protocol, async (all) => {
        await all.service.fault(...faults);
        await assertWhole(all, await all.workspace.inferToEnd(), JSON.stringify(faults));
      }),
    ));

  test(`${protocol}: a refused key ends the run; with the right one it goes on`, async () => {
    for (const kind of ['unauthorized', 'forbidden']) {
      await scene(protocol, async (all) => {
        await all.service.fault({ kind, match: CREATES[protocol] });
        const refused = await all.workspace.infer();
        assert.is(refused.status, 1, refused.stderr);
        assert.match(refused.stderr, 'the provider refuses the key in PROVIDER_API_KEY');
        await assertWhole(all, await all.workspace.inferToEnd(), kind);
      });
    }
  });

  test(`${protocol}: a quota is waited for`, () =>
    scene(
      protocol,
      async (all) => {
        await all.service.fault({ kind: 'enqueued-limit', match: CREATES[protocol] });
        const first = await all.workspace.infer();
        assert.is(first.status, 75, first.stderr);
        assert.match(first.stderr, /^evalmake:wait \d+ .*Enqueued limit/m);
        await assertWhole(all, await all.workspace.inferToEnd(), 'enqueued-limit');
      },
      'return',
    ));

  test(`${protocol}: a row that is refused for good is an error line and is not asked again`, () =>
    scene(protocol, async ({ workspace, service }) => {
      await service.fault({ kind: 'row-errors', status: 400 });
      const ended = await workspace.inferToEnd();
      assert.is(ended.status, 0, ended.stderr);
      assert.is(new Set(ended.stderr.match(/^evalmake:job .*$/gm)).size, 1);
      const errors = workspace.lines().flatMap(({ error }) => (error === null ? [] : [error]));
      assert.is(errors.length, 1);
      assert.is(errors[0]?.message, 'the row failed');
      assert.type(errors[0]?.code, 'string');
    }));

  test(`${protocol}: rows that fail again and again become error lines after two repairs`, () =>
    scene(protocol, async ({ workspace, service }) => {
      await service.fault({ kind: 'no-output', times: 9 });
      const ended = await workspace.inferToEnd();
      assert.is(ended.status, 0, ended.stderr);
      assert.is(new Set(ended.stderr.match(/^evalmake:job .*$/gm)).size, 3);
      assert.is(workspace.lines().filter(({ error }) => error !== null).length, ROWS);
      assert.equal(await service.billed(), {});
    }));

  test(`${protocol}: results that stay wrong are an error with its name, and can be had later`, async () => {
    // The file object of OpenAI says how long the file is, so that any change of it is noticed first.
    const wrong =
      protocol === 'openai'
        ? { 'foreign-rows': /truncated rows: /, 'duplicate-rows': /truncated rows: / }
        : {
            'foreign-rows': /foreign rows: .*foreign-1 was not asked for/,
            'duplicate-rows': /duplicate rows: /,
          };
    for (const [kind, message] of Object.entries(wrong)) {
      await scene(protocol, async (all) => {
        await all.service.fault({ kind, times: 4 });
        const ended = await all.workspace.inferToEnd();
        assert.is(ended.status, 1, ended.stderr);
        assert.match(ended.stderr, message);
        await assertWhole(all, await all.workspace.inferToEnd(), kind);
      });
    }
  });
}

test('rows that were paid for and stay away are exit 5, and are bought again only with consent', async () => {
  for (const protocol of ['fireworks', 'anthropic'] as const) {
    await scene(protocol, async ({ workspace, service }) => {
      await service.fault({ kind: 'drop-rows', times: 12 });
      for (const _ of [1, 2]) {
        const ended = await workspace.inferToEnd();
        assert.is(ended.status, 5, ended.stderr);
        assert.match(ended.stderr, /missing rows: r[0-9a-f]{40}; the provider says that it answered 4 rows/);
      }
      const forced = await workspace.inferToEnd({ EVALMAKE_FORCE: '1' });
      assert.is(forced.status, 0, forced.stderr);
      assert.is(workspace.lines().filter(({ error }) => error === null).length, ROWS);
      assert.equal(Object.values(await service.billed()).sort(), [1, 1, 1, 2]);
    });
  }
});

test('a list that is refused leaves a lost create unknown: exit 5, and consent goes on', () =>
  scene('anthropic', async (all) => {
    const { workspace, service } = all;
    const proxy = await ProviderProxy.start(service.url);
    workspace.configure({ name: 'anthropic', base_url: proxy.url, wait: 'block' });
    await service.fault({ kind: 'drop-before', match: CREATES.anthropic });
    proxy.follow({
      judge: ({ name }) => (name === 'GET /v1/messages/batches' ? 'refuse' : 'pass'),
      stop: async () => undefined,
    });
    try {
      const ended = await workspace.inferToEnd();
      assert.is(ended.status, 5, ended.stderr);
      assert.match(ended.stderr, /a batch of 4 rows was asked for and it cannot be known whether it exists/);
      await assertWhole(all, await workspace.inferToEnd({ EVALMAKE_FORCE: '1' }), 'forced');
    } finally {
      await proxy.close();
    }
  }));

/** The output of a dataset, as its signed URL gives it. */
const ROWS_OF = `async (service, id) => {
  const headers = { authorization: 'Bearer ${KEY}' };
  const endpoint = await fetch(service + '/v1/accounts/demo/datasets/' + id + ':getDownloadEndpoint', { headers });
  const urls = (await endpoint.json()).filenameToSignedUrls;
  return (await fetch(urls['dataset/' + id + '/BIJOutputSet.jsonl'])).text();
}`;

/** A stand-in for the Fireworks CLI: it takes the same words and writes the same folder. */
const FIRECTL = `
import { mkdirSync, writeFileSync } from 'node:fs';
const rowsOf = ${ROWS_OF};
const [, , verb, noun, id, flag, folder] = process.argv;
if (verb !== 'download' || noun !== 'dataset' || flag !== '--output-dir') process.exit(2);
mkdirSync(folder + '/dataset/' + id, { recursive: true });
writeFileSync(folder + '/dataset/' + id + '/BIJOutputSet.jsonl', await rowsOf(process.env.SERVICE, id));
`;

const NO_ENDPOINT: Fault = {
  kind: 'output-missing',
  match: { route: 'fireworks.datasets.download-endpoint' },
};

test('fireworks: a dataset that no URL leads to is brought by the command line tool', () =>
  scene('fireworks', async (all) => {
    const { workspace, service } = all;
    workspace.put('firectl.mjs', FIRECTL);
    const firectl = `${process.execPath} firectl.mjs`;
    workspace.configure({ name: 'fireworks', base_url: service.url, wait: 'block', firectl });
    await service.fault(NO_ENDPOINT);
    await assertWhole(all, await workspace.inferToEnd({ SERVICE: service.url }), 'firectl');
  }));

test('fireworks: a dataset without signed URLs is read at its external URL', () =>
  scene('fireworks', async (all) => {
    const { workspace, service } = all;
    const proxy = await ProviderProxy.start(service.url);
    workspace.configure({ name: 'fireworks', base_url: proxy.url, wait: 'block' });
    let read = 0;
    const elsewhere = createServer(async (_, response) => {
      const name = workspace.read('state/OUTPUT_DATASET_ID.txt').trim();
      const endpoint = `${service.url}/v1/accounts/demo/datasets/${name}:getDownloadEndpoint`;
      const urls = await (await fetch(endpoint, { headers: { authorization: `Bearer ${KEY}` } })).json();
      const { filenameToSignedUrls } = urls as { filenameToSignedUrls: Record<string, string> };
      const rows = await fetch(filenameToSignedUrls[`dataset/${name}/BIJOutputSet.jsonl`] ?? '');
      read += 1;
      response.end(await rows.text());
    });
    await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/rows`;
    // The client gets no endpoint; the test itself does.
    proxy.follow({
      judge: ({ name }) => (name.endsWith(':getDownloadEndpoint') ? 'refuse' : 'pass'),
      stop: async () => undefined,
    });
    await service.fault({ kind: 'external-url', url, times: 'always' });
    try {
      const ended = await workspace.inferToEnd();
      assert.is(ended.status, 0, ended.stderr);
      assert.is(workspace.lines().filter(({ error }) => error === null).length, ROWS);
      assert.is(read, 1);
    } finally {
      elsewhere.closeAllConnections();
      elsewhere.close();
      await proxy.close();
    }
  }));

test('fireworks: an error file of another shape is refused by name', () =>
  scene('fireworks', async ({ workspace, service }) => {
    await service.fault({ kind: 'row-errors' }, { kind: 'error-lines', shape: 'flat' });
    const ended = await workspace.inferToEnd();
    assert.is(ended.status, 1, ended.stderr);
    assert.match(ended.stderr, /unreadable rows: /);
  }));

test('no fault of the server is left out here', () => {
  const elsewhere = ['exit-before', 'exit-after']; // billing-server.test.ts ends the server
  const used = BATCH_PROTOCOLS.flatMap(passing).flatMap((faults) => faults.map(({ kind }) => kind));
  const known = new Set([...used, ...elsewhere, 'unauthorized', 'forbidden', 'error-lines']);
  assert.equal(
    Object.keys(FAULTS).filter((kind) => !known.has(kind)),
    [],
  );
});

test.run();
