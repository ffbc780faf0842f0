// A server that does as bazel-remote does: it reads entries, wants to know who writes, throws away what is old, has instances.
import * as assert from 'uvu/assert';
import { type BazelRemoteOptions, BazelRemoteServer } from './workspace/bazel-remote-server.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { checkout, everything, outputs } from './workspace/shared-checkouts.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

/** A test with such a server, and checkouts that are gone afterwards. */
function served(
  title: string,
  options: BazelRemoteOptions,
  test: (server: BazelRemoteServer, at: (instance?: string, more?: string) => Workspace) => Promise<void>,
): void {
  scenario(title, async () => {
    const server = await BazelRemoteServer.open(options);
    const made: Workspace[] = [];
    const at = (instance = '', more?: string): Workspace => {
      const ws = checkout({ url: `${server.url}${instance}` }, more);
      made.push(ws);
      return ws;
    };
    try {
      await test(server, at);
    } finally {
      await Promise.all(made.map((ws) => ws.dispose()));
      await server.close();
    }
  });
}

/** Builds; gives what ran, and what was said of the cache. */
async function built(ws: Workspace, env = {}): Promise<{ ran: string[]; told: string[] }> {
  const { code, stdout, stderr } = await ws.evalmake([], { env });
  assert.is(code, 0, `${stderr}${stdout}`);
  return {
    ran: ws.ran().sort(),
    told: stderr.split('\n').filter((line) => line.includes('the cache at')),
  };
}

served('Entries that a server reads and writes anew are what was sent.', {}, async (server, at) => {
  const [a, b] = [at(), at()];
  assert.equal(await built(a), { ran: everything, told: [] });
  assert.is(server.paths('ac').length, everything.length);
  assert.not.ok(
    server.log.some((line) => / (?:400|5\d\d)$/.test(line)),
    server.log.join('\n'),
  );
  assert.equal(await built(b), { ran: [], told: [] });
  assert.equal(compareTrees(outputs(a), outputs(b)), []);
});

served(
  'Who may not write sends nothing more and is told once; who says who they are writes.',
  { authorization: 'Basic d3JpdGVyOnB3' },
  async (server, at) => {
    const { told } = await built(at());
    assert.is(told.length, 1, told.join('\n'));
    assert.match(told[0] ?? '', /does not let this build in \(401\); nothing more is sent/);
    assert.is(server.paths('ac').length, 0);
    const writer = at('', 'write: true, headers: { Authorization: "Basic ${{ env.WHO }}" }');
    assert.equal((await built(writer, { WHO: 'd3JpdGVyOnB3' })).told, []);
    assert.equal(await built(at('', 'write: false')), { ran: [], told: [] });
  },
);

served(
  'Files that are thrown away under living entries are misses without a word.',
  { maxBytes: 8 * 4096 },
  async (server, at) => {
    const [a, b] = [at(), at('', 'write: false')];
    assert.equal((await built(a)).told, []);
    // Six entries, their records and their files do not fit into eight blocks.
    assert.ok(server.paths('ac').length + server.paths('cas').length <= 8);
    const { ran, told } = await built(b);
    assert.ok(ran.length > 0);
    assert.equal(told, []);
    assert.equal(compareTrees(outputs(a), outputs(b)), []);
  },
);

served('A file that is gone takes its entry with it.', {}, async (server, at) => {
  const [a, b] = [at(), at()];
  await built(a);
  for (const [path, body] of server.stored) if (body.toString() === 'index\n') server.stored.delete(path);
  assert.equal(await built(b), { ran: ['pages'], told: [] });
  assert.equal(await built(at()), { ran: [], told: [] }, 'what is made again is sent again');
});

served(
  'What is larger than the server takes is not there, is told once, and the rest is.',
  { maxBlobBytes: 100_000 },
  async (server, at) => {
    const [a, b] = [at(), at()];
    for (const ws of [a, b])
      ws.pipeline(`
        cache: { url: "${server.url}", write: true }
        targets:
          large: { run: 'echo large >> "$RAN_LOG"; seq 30000 > \${{ outputs }}', outputs: large.txt }
          small: { run: 'echo small >> "$RAN_LOG"; seq 3 > \${{ outputs }}', outputs: small.txt }
      `);
    const { told } = await built(a);
    assert.is(told.length, 1, told.join('\n'));
    assert.match(told[0] ?? '', /does not take some results \(400\)/);
    assert.equal((await built(b)).ran, ['large']);
  },
);

served(
  'A server that has no room for a moment is told at the end, and takes the rest; one that stays full is left alone.',
  {},
  async (server, at) => {
    server.busy = 1;
    const passing = await built(at());
    assert.is(passing.told.length, 1, passing.told.join('\n'));
    assert.match(passing.told[0] ?? '', /had no room for some results \(507\), and these are not there/);
    assert.is(server.paths('ac').length, everything.length - 1);
    server.stored.clear();
    server.busy = Number.POSITIVE_INFINITY;
    const lasting = await built(at());
    assert.is(lasting.told.length, 1, lasting.told.join('\n'));
    assert.match(lasting.told[0] ?? '', /is full \(507\); nothing more is sent/);
    assert.is(server.paths('ac').length, 0);
  },
);

served(
  'An instance is a part of the address; entries of one are not those of another where the server keeps them apart.',
  { mangled: true },
  async (_, at) => {
    assert.equal((await built(at('/team/one'))).ran, everything);
    assert.equal((await built(at('/team/one/'))).ran, []);
    assert.equal((await built(at('/team/two'))).ran, everything);
  },
);

served('Where the server does not, they are the same.', {}, async (_, at) => {
  assert.equal((await built(at('/team/one'))).ran, everything);
  assert.equal((await built(at('/team/two'))).ran, []);
});

runScenarios();
