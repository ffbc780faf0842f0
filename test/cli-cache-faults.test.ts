// A cache that does not do its part: the build goes on without it, with one warning, and nothing wrong is taken from it.
import * as assert from 'uvu/assert';
import type { Asked, CacheServer, Fault } from './workspace/cache-server.ts';
import { runScenarios } from './workspace/scenario.ts';
import { checkout, everything, outputs, shared } from './workspace/shared-checkouts.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

const warnings = (said: string): string[] => said.split('\n').filter((line) => line.includes('the cache at'));

/** Builds to the right result although something is wrong; gives what was said of the cache. */
async function goesOn(ws: Workspace, ran: readonly string[] = everything): Promise<string[]> {
  const { code, stderr, stdout } = await ws.evalmake([]);
  assert.is(code, 0, `${stderr}${stdout}`);
  assert.equal(ws.ran().sort(), ran);
  return warnings(stderr);
}

const always = (server: CacheServer, fault: Fault, when: (asked: Asked) => boolean = () => true): void => {
  server.fault = (asked) => (when(asked) ? fault : undefined);
};

const broken: readonly [string, Fault, RegExp][] = [
  ['silent', { kind: 'silent' }, /silent/],
  ['cut off', { kind: 'reset' }, /broke the connection off/],
  ['failing', { kind: 'status', status: 500 }, /answers 500/],
  ['closed to us', { kind: 'status', status: 401 }, /does not let this build in \(401\)/],
  ['elsewhere', { kind: 'status', status: 302 }, /answers from elsewhere/],
];
for (const [what, fault, said] of broken)
  shared(`A server that is ${what}: everything is made here, with one warning.`, async (server, a) => {
    always(server, fault);
    // Elsewhere it is long: on a busy machine a server that does its part may be slow.
    a.edit('pipeline.yaml', 'timeout: 30s', 'timeout: 300ms');
    const told = await goesOn(a);
    assert.ok(told.length >= 1 && told.length <= 2, told.join('\n'));
    assert.match(told[0] ?? '', said);
    const asked = server.asked.length;
    assert.ok(asked <= 40, `${asked} requests`);
  });

shared('A server that is down: the same, and a dry run works too.', async (server, a) => {
  await server.close();
  const plan = await a.evalmake(['-n']);
  assert.is(plan.code, 0);
  assert.is(warnings(plan.stderr).length, 1, plan.stderr);
  assert.match((await goesOn(a)).join('\n'), /nothing listens there; the build goes on without it/);
});

shared(
  'Who may read and not write, and a server that is full: one warning, and reads go on.',
  async (server, a, b) => {
    await goesOn(a);
    for (const status of [403, 507]) {
      b.write('raw.txt', `one\n${status}\n`);
      always(server, { kind: 'status', status }, ({ method }) => method === 'PUT');
      const { code, stderr } = await b.evalmake(['pages', 'split']);
      assert.is(code, 0);
      assert.is(warnings(stderr).length, 1, stderr);
      assert.match(stderr, /nothing more is sent to it/);
    }
    b.write('raw.txt', 'one\ntwo\nthree\n');
    b.ran();
    await goesOn(b, []);
  },
);

for (const kind of ['wrong', 'short'] as const)
  shared(`Files that are ${kind} count as missing, are told once, and are mended.`, async (server, a, b) => {
    await goesOn(a);
    const record = /"format":"evalmake.result"/;
    always(server, { kind }, ({ method, path }) => {
      const text = server.stored.get(path)?.toString() ?? '';
      return method === 'GET' && path.startsWith('/cas/') && !record.test(text);
    });
    const told = await goesOn(b);
    assert.is(told.length, 1, told.join('\n'));
    assert.match(told[0] ?? '', /not what they should be; they count as missing/);
    assert.equal(compareTrees(outputs(a), outputs(b)), []);
    assert.ok(server.asked.some(({ method, path }) => method === 'PUT' && path.startsWith('/cas/')));
  });

shared('Records that are wrong count as missing, too.', async (server, a, b) => {
  await goesOn(a);
  always(server, { kind: 'wrong' }, ({ method }) => method === 'GET');
  assert.is((await goesOn(b)).length, 1);
});

shared(
  'A download that breaks off goes on where it was; a server that cannot do that gives all again.',
  async (server, a, b) => {
    a.write('raw.txt', `one\n${'x'.repeat(200_000)}\n`);
    b.write('raw.txt', a.read('raw.txt'));
    assert.is((await a.evalmake(['pages'])).code, 0);
    a.ran();
    const broke = new Set<string>();
    server.fault = ({ method, path }) => {
      if (method !== 'GET' || !path.startsWith('/cas/') || broke.has(path)) return undefined;
      broke.add(path);
      return { kind: 'truncated' };
    };
    const { code, stderr } = await b.evalmake(['pages']);
    assert.is(code, 0, stderr);
    assert.equal(b.ran(), []);
    assert.is(b.read('site/deep/raw.txt'), a.read('raw.txt'));
    assert.ok(
      server.asked.some(({ headers }) => headers.range !== undefined),
      'a part was asked for',
    );
  },
);

shared(
  'What the server has thrown away is a miss without a word, and is made and sent again.',
  async (server, a, b) => {
    await goesOn(a);
    const blobs = server.paths('cas');
    for (const path of blobs) server.stored.delete(path);
    assert.equal(await goesOn(b), []);
    assert.equal(compareTrees(outputs(a), outputs(b)), []);
    assert.ok(server.paths('cas').length >= everything.length);
  },
);

shared('Headers reach the server and nothing else.', async (server, a) => {
  const env = { CACHE_TOKEN: 'very-secret-9f3c' };
  const ws = checkout(server, 'write: true, headers: { Authorization: "Bearer ${{ env.CACHE_TOKEN }}" }');
  try {
    const said = [
      await ws.evalmake(['--verbose'], { env }),
      await ws.evalmake(['-n', '--json'], { env }),
      await ws.evalmake(['cache', 'status', '--json'], { env }),
      await ws.evalmake(['log', '--all'], { env }),
    ];
    assert.ok(server.asked.every(({ headers }) => headers['authorization'] === `Bearer ${env.CACHE_TOKEN}`));
    assert.ok(server.asked.length > 0);
    server.fault = () => ({ kind: 'status', status: 401 });
    ws.write('raw.txt', 'other\n');
    said.push(await ws.evalmake([], { env }), await ws.evalmake(['cache', 'push'], { env }));
    for (const { stdout, stderr } of said) assert.not.match(stdout + stderr, env.CACHE_TOKEN);
    assert.ok(server.asked.every(({ path }) => !path.includes('secret')));
    for (const [path, what] of ws.tree())
      if (what !== 'folder') assert.not.match(ws.read(path), env.CACHE_TOKEN, path);
    for (const stored of server.stored.values()) assert.not.match(stored.toString('latin1'), env.CACHE_TOKEN);
  } finally {
    await ws.dispose();
  }
  assert.is(a.ran().length, 0);
});

shared('An address that gives its name away is refused before anything runs.', async (_, a) => {
  a.edit('pipeline.yaml', 'http://127', 'http://me:pw@127');
  const { code, stderr } = await a.evalmake([]);
  assert.is(code, 2);
  assert.match(stderr, 'must not hold a name or a password');
  const elsewhere = { EVALMAKE_CACHE_URL: 'http://cache.example' };
  a.edit('pipeline.yaml', 'http://me:pw@127', 'http://127');
  const plain = await a.evalmake([], { env: elsewhere });
  assert.is(plain.code, 0);
  assert.match(plain.stderr, 'must be https');
});

runScenarios();
