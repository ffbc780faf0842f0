// Every fault of a service, in every batch protocol: the run ends with all answers, and each row was billed once.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProviderProxy } from './provider-proxy.ts';
import { type Service, startService } from './provider-service.ts';
import { BATCH_PROTOCOLS, type Ended, inPairs, ProviderWorkspace } from './provider-workspace.ts';
import type { ServiceFault } from './service-faults.ts';

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
const CREATES: Readonly<Record<Protocol, string>> = {
  openai: 'POST /v1/batches',
  fireworks: 'POST /v1/accounts/demo/batchInferenceJobs',
  anthropic: 'POST /v1/messages/batches',
};

async function assertWhole({ workspace, service }: Scene, ended: Ended, says: string): Promise<void> {
  assert.is(ended.status, 0, `${says}: ${ended.stderr}`);
  const lines = workspace.lines();
  assert.is(lines.length, ROWS, says);
  for (const { error } of lines) assert.is(error, null, says);
  const billed = await service.billed();
  for (const { request_id } of lines)
    assert.is(billed[request_id], 1, `${says}: billed ${billed[request_id]} times`);
  assert.is(Object.keys(billed).length, ROWS, says);
  assert.equal(service.faultsLeft(), [], `${says}: it struck`);
}

/** Faults that pass: around any call, around the create, in a download, in the life of a job. */
function passing(protocol: Protocol): readonly ServiceFault[] {
  const call = CREATES[protocol];
  const calls = ['rate-limit', 'server-error', 'drop-before', 'server-error-after', 'drop-after'] as const;
  const downloads = [
    'truncate',
    'wrong-length',
    'drop-rows',
    'duplicate-rows',
    'foreign-rows',
    'reorder-rows',
  ] as const;
  const jobs = ['row-errors', 'no-output', 'job-fails', 'job-expires'] as const;
  const own: Readonly<Record<Protocol, readonly ServiceFault['kind'][]>> = {
    openai: ['empty-error-file-id', 'list-lag'],
    fireworks: ['url-expired', 'output-missing'],
    anthropic: ['output-missing'],
  };
  return [
    ...calls.map((kind) => ({ kind })),
    ...calls.map((kind) => ({ kind, call })),
    ...calls.slice(0, 3).map((kind) => ({ kind, call, times: 3 })),
    { kind: 'enqueued-limit', call },
    ...downloads.map((kind) => ({ kind })),
    ...jobs.map((kind) => ({ kind })),
    ...jobs.map((kind) => ({ kind, times: 2 })),
    ...own[protocol].map((kind) => ({ kind })),
  ];
}

for (const protocol of BATCH_PROTOCOLS) {
  test(`${protocol}: faults that pass leave all answers and no row billed twice`, async () => {
    await inPairs(passing(protocol), (fault) =>
      scene(protocol, async (all) => {
        // A lost create that the list shows late needs both at once.
        const more: ServiceFault[] =
          fault.kind === 'list-lag' ? [{ kind: 'drop-after', call: CREATES[protocol] }] : [];
        all.service.fault(fault, ...more);
        await assertWhole(all, await all.workspace.inferToEnd(), JSON.stringify(fault));
      }),
    );
  });

  test(`${protocol}: a refused key ends the run; with the right one it goes on`, async () => {
    for (const kind of ['unauthorized', 'forbidden'] as const) {
      await scene(protocol, async (all) => {
        all.service.fault({ kind });
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
        all.service.fault({ kind: 'enqueued-limit', call: CREATES[protocol] });
        const first = await all.workspace.infer();
        assert.is(first.status, 75, first.stderr);
        assert.match(first.stderr, /^evalmake:wait \d+ .*Enqueued token limit/m);
        await assertWhole(all, await all.workspace.inferToEnd(), 'enqueued-limit');
      },
      'return',
    ));

  test(`${protocol}: a row that is refused for good is an error line and is not asked again`, () =>
    scene(protocol, async ({ workspace, service }) => {
      service.fault({ kind: 'row-errors', status: 400 });
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
      service.fault({ kind: 'no-output', times: 9 });
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
            'foreign-rows': /foreign rows: .*stranger was not asked for/,
            'duplicate-rows': /duplicate rows: /,
          };
    for (const [kind, message] of Object.entries(wrong)) {
      await scene(protocol, async (all) => {
        all.service.fault({ kind: kind as 'foreign-rows', times: 4 });
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
      service.fault({ kind: 'drop-rows', times: 8 });
      for (const _ of [1, 2]) {
        const ended = await workspace.inferToEnd();
        assert.is(ended.status, 5, ended.stderr);
        assert.match(ended.stderr, /missing rows: r[0-9a-f]{40}; the provider says that it answered 4 rows/);
      }
      service.fault({ kind: 'drop-rows', times: 4 });
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
    service.fault({ kind: 'drop-before', call: CREATES.anthropic });
    proxy.follow({
      judge: ({ name }) => (name === 'GET /v1/messages/batches' ? 'refuse' : 'pass'),
      stop: async () => undefined,
    });
    const ended = await workspace.inferToEnd();
    assert.is(ended.status, 5, ended.stderr);
    assert.match(ended.stderr, /a batch of 4 rows was asked for and it cannot be known whether it exists/);
    await assertWhole(all, await workspace.inferToEnd({ EVALMAKE_FORCE: '1' }), 'forced');
    await proxy.close();
  }));

test('fireworks: a dataset without signed URLs is read at its external URL', () =>
  scene('fireworks', async (all) => {
    all.service.fault({ kind: 'output-missing' }, { kind: 'external-url' });
    await assertWhole(all, await all.workspace.inferToEnd(), 'external-url');
  }));

/** A stand-in for the Fireworks CLI: it takes the same words and writes the same folder. */
const FIRECTL = `
import { mkdirSync, writeFileSync } from 'node:fs';
const [, , verb, noun, id, flag, folder] = process.argv;
if (verb !== 'download' || noun !== 'dataset' || flag !== '--output-dir') process.exit(2);
const rows = await fetch(\`\${process.env.SERVICE}/signed/output/\${id.replace(/-out$/, '')}\`);
mkdirSync(\`\${folder}/dataset/\${id}\`, { recursive: true });
writeFileSync(\`\${folder}/dataset/\${id}/BIJOutputSet.jsonl\`, await rows.text());
`;

test('fireworks: a dataset that no URL leads to is brought by the command line tool', () =>
  scene('fireworks', async (all) => {
    const { workspace, service } = all;
    workspace.put('firectl.mjs', FIRECTL);
    const firectl = `${process.execPath} firectl.mjs`;
    workspace.configure({ name: 'fireworks', base_url: service.url, wait: 'block', firectl });
    service.fault({ kind: 'output-missing' });
    await assertWhole(all, await workspace.inferToEnd({ SERVICE: service.url }), 'firectl');
  }));

test('fireworks: an error file of another shape is refused by name', () =>
  scene('fireworks', async ({ workspace, service }) => {
    service.fault({ kind: 'row-errors' }, { kind: 'error-lines', times: 99 });
    const ended = await workspace.inferToEnd();
    assert.is(ended.status, 1, ended.stderr);
    assert.match(ended.stderr, /unreadable rows: .*custom_id: expected a non-empty text/);
  }));

test.run();
