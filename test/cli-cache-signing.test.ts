// Signed results: who reads takes only what somebody has signed whom the pipeline names, and the private key stays where it is.
import { readFileSync, statSync } from 'node:fs';
import { decodeActionResult, encodeActionResult } from '@evalmake/engine/action-result';
import { signEntry } from '@evalmake/engine/entry-signature';
import { SigningKey } from '@evalmake/engine/signing-key';
import * as assert from 'uvu/assert';
import type { CacheServer } from './workspace/cache-server.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { checkout, everything, outputs, shared } from './workspace/shared-checkouts.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Makes a key beside a workspace. */
async function newKey(
  ws: Workspace,
  name: string,
): Promise<{ path: string; pem: string; publicText: string }> {
  const path = ws.beside(name);
  const { code, stdout, stderr } = await ws.evalmake(['cache', 'key', path]);
  assert.is(code, 0, stderr);
  return { path, pem: readFileSync(path, 'utf8'), publicText: stdout.trim() };
}

/** Checkouts that sign with the key in CACHE_KEY, and trust some. */
const signing = (server: CacheServer, trust: string): Workspace =>
  checkout(server, `write: true, sign: "\${{ env.CACHE_KEY }}", trust: ["${trust}"]`);

const told = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => /the cache at|cache\./.test(line));

/** What could be brought, and what was said of the cache. */
async function looked(ws: Workspace): Promise<{ restorable: string[]; said: string[] }> {
  const { code, stdout, stderr } = await ws.evalmake(['cache', 'pull', '-n', '--json']);
  assert.is(code, 0, stderr);
  return { restorable: JSON.parse(stdout).restorable, said: told(stderr) };
}

/** Writes every entry of the server anew. */
function rewrite(
  server: CacheServer,
  change: (key: string, entry: NonNullable<ReturnType<typeof decodeActionResult>>) => Uint8Array,
): void {
  for (const path of server.paths('ac')) {
    const entry = decodeActionResult(server.stored.get(path) as Buffer);
    assert.ok(entry !== undefined);
    server.stored.set(path, Buffer.from(change(path.slice('/ac/'.length), entry)));
  }
}

shared(
  'Only what is signed, as it is, for this work, by whom the reader trusts is taken.',
  async (server, any) => {
    const key = await newKey(any, 'key.pem');
    const stranger = await newKey(any, 'stranger.pem');
    const a = signing(server, key.publicText);
    const b = signing(server, key.publicText);
    try {
      const env = { CACHE_KEY: key.path };
      const first = await a.evalmake([], { env });
      assert.equal([first.code, told(first.stderr)], [0, []], first.stderr);
      const good = new Map(server.stored);
      const paths = server.paths('ac');
      assert.equal(await looked(b).then(({ restorable }) => restorable.sort()), everything);
      const strange = SigningKey.read(stranger.pem) as SigningKey;
      const refusals: readonly [RegExp, () => void][] = [
        [
          /results that nobody has signed; they count/,
          () => rewrite(server, (_, e) => encodeActionResult(e.files)),
        ],
        [
          new RegExp(`signed by ${stranger.publicText}, whom .trust. does not name`),
          () =>
            rewrite(server, (at, { files }) =>
              encodeActionResult(files, signEntry({ key: at, files }, strange)),
            ),
        ],
        [
          /has not signed as they are/,
          () =>
            rewrite(server, (_, { files, signature }) =>
              encodeActionResult(
                files.map((f) => ({ ...f, executable: !f.executable })),
                signature,
              ),
            ),
        ],
        [
          /or for something else/,
          () => {
            for (const [i, path] of paths.entries())
              server.stored.set(path, good.get(paths[(i + 1) % paths.length] ?? '') as Buffer);
          },
        ],
      ];
      for (const [words, change] of refusals) {
        for (const [path, bytes] of good) server.stored.set(path, bytes);
        change();
        const { restorable, said } = await looked(b);
        assert.equal(restorable, [], String(words));
        assert.is(said.length, 1, said.join('\n'));
        assert.match(said[0] ?? '', words);
      }
      // Who may write puts its own in their place, and says once what it found.
      const again = await b.evalmake([], { env });
      assert.is(again.code, 0, again.stderr);
      assert.is(told(again.stderr).length, 1, again.stderr);
      assert.equal(b.ran().sort(), everything);
      const c = signing(server, key.publicText);
      assert.equal((await looked(c)).said, []);
      assert.is((await c.evalmake([])).code, 0);
      assert.equal(c.ran(), []);
      assert.equal(compareTrees(outputs(b), outputs(c)), []);
      await c.dispose();
    } finally {
      await Promise.all([a.dispose(), b.dispose()]);
    }
  },
);

shared(
  'Another namespace is other work: what was signed for one counts for nothing in another.',
  async (server, any) => {
    const key = await newKey(any, 'key.pem');
    const of = (name: string): Workspace =>
      checkout(server, `write: true, sign: "${key.path}", trust: ["${key.publicText}"], namespace: ${name}`);
    const [a, b] = [of('main'), of('proposals')];
    try {
      assert.is((await a.evalmake(['split'])).code, 0);
      const [mine] = server.paths('ac') as [string];
      assert.is((await b.evalmake(['split'])).code, 0);
      assert.equal(b.ran(), ['split']);
      const [other] = server.paths('ac').filter((path) => path !== mine) as [string];
      server.stored.set(mine, server.stored.get(other) as Buffer);
      a.remove('.evalmake', 'parts');
      const { restorable, said } = await looked(a);
      assert.equal(restorable, []);
      assert.match(said.join('\n'), 'or for something else');
    } finally {
      await Promise.all([a.dispose(), b.dispose()]);
    }
  },
);

shared(
  'Without its key nothing is sent, and a wrong one is told; who only reads needs none.',
  async (server, any) => {
    const key = await newKey(any, 'key.pem');
    const a = signing(server, key.publicText);
    try {
      for (const [value, words] of [
        [a.beside('nowhere.pem'), /names no file that can be read; nothing is sent/],
        ['-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----', /holds no Ed25519 private key/],
      ] as const) {
        const { code, stderr } = await a.evalmake(['split', '--force'], { env: { CACHE_KEY: value } });
        assert.is(code, 0, stderr);
        assert.match(stderr, words);
        assert.not.match(stderr, 'AAAA');
      }
      const silent = told((await a.evalmake(['split', '--force'])).stderr);
      assert.equal(silent, [], 'who has none only reads');
      assert.is((await a.evalmake(['cache', 'push'])).code, 2);
      assert.is(server.count('PUT'), 0);
      a.edit('pipeline.yaml', 'write: true', 'write: false');
      assert.equal(told((await a.evalmake(['split', '--force'])).stderr), []);
      a.edit('pipeline.yaml', 'write: false', 'write: true');
      a.edit('pipeline.yaml', key.publicText, `ed25519:${'A'.repeat(43)}`);
      const env = { CACHE_KEY: key.pem.replaceAll('\n', '\\n') };
      const unnamed = await a.evalmake(['split', '--force'], { env });
      assert.match(unnamed.stderr, `does not name ${key.publicText}, which signs here`);
      assert.is(server.paths('ac').length, 1, 'one line with \\n in it is a key, too');
    } finally {
      await a.dispose();
    }
  },
);

shared('The private key is in no file, message, entry or command.', async (server, any) => {
  const key = await newKey(any, 'key.pem');
  const ws = signing(server, key.publicText);
  try {
    ws.edit('pipeline.yaml', 'echo split >>', 'echo "key: ${CACHE_KEY:-}"; env; echo split >>');
    const env = { CACHE_KEY: key.pem };
    const said = [
      await ws.evalmake(['--verbose'], { env }),
      await ws.evalmake(['-n', '--json'], { env }),
      await ws.evalmake(['cache', 'status', '--json'], { env }),
      await ws.evalmake(['why', 'split', '--json'], { env }),
      await ws.evalmake(['report', '--format', 'json'], { env }),
      await ws.evalmake(['log', 'split'], { env }),
    ];
    const secret = key.pem.split('\n')[1] ?? '';
    assert.ok(secret.length > 40);
    for (const { code, stdout, stderr } of said) {
      assert.is(code, 0, stderr);
      assert.not.ok(`${stdout}${stderr}`.includes(secret));
    }
    assert.match(said.map(({ stdout, stderr }) => stdout + stderr).join(''), /key: *\n/);
    for (const path of ws.tree().keys())
      if (statSync(ws.path(path)).isFile()) assert.not.ok(readFileSync(ws.path(path)).includes(secret), path);
    for (const stored of server.stored.values()) assert.not.ok(stored.includes(secret));
    assert.is(server.paths('ac').length, everything.length);
    // A command that wants it is not given it, and no fingerprint holds it.
    ws.edit('pipeline.yaml', 'echo pages >>', 'echo "${{ env.CACHE_KEY }}" > /dev/null; echo pages >>');
    const refused = await ws.evalmake(['pages'], { env });
    assert.not.ok(`${refused.stdout}${refused.stderr}`.includes(secret));
    for (const path of ws.tree().keys())
      if (statSync(ws.path(path)).isFile()) assert.not.ok(readFileSync(ws.path(path)).includes(secret), path);
  } finally {
    await ws.dispose();
  }
});

scenario('cache key makes a key, says its public half again, and overwrites nothing.', async (ws) => {
  const made = await ws.evalmake(['cache', 'key', 'key.pem']);
  assert.is(made.code, 0, made.stderr);
  assert.match(made.stdout, /^ed25519:[\w-]{43}\n$/);
  assert.match(made.stderr, 'must not be committed');
  assert.is(statSync(ws.path('key.pem')).mode & 0o777, 0o600);
  const again = await ws.evalmake(['cache', 'key', 'key.pem', '--json']);
  assert.equal(JSON.parse(again.stdout), {
    format: 'evalmake.cache',
    version: 1,
    verb: 'key',
    public: made.stdout.trim(),
    made: false,
  });
  ws.write('notes.txt', 'mine\n');
  assert.is((await ws.evalmake(['cache', 'key', 'notes.txt'])).code, 2);
  assert.is(ws.read('notes.txt'), 'mine\n');
  assert.is((await ws.evalmake(['cache', 'key'])).code, 2);
});

runScenarios();
