// A cache that somebody has filled with what is none of ours: it is a miss, and nothing is written that no task declares.
import { createHash } from 'node:crypto';
import { type ActionFile, decodeActionResult, encodeActionResult } from '@evalmake/engine/action-result';
import * as assert from 'uvu/assert';
import type { CacheServer } from './workspace/cache-server.ts';
import { changesOf, crashAt } from './workspace/crash.ts';
import { runScenarios } from './workspace/scenario.ts';
import { everything, outputs, shared } from './workspace/shared-checkouts.ts';
import { compareTrees } from './workspace/tree.ts';

const recordPath = '.evalmake/result.json';

/** Puts a blob there; gives it as a file of an entry. */
function blob(server: CacheServer, path: string, content: string): ActionFile {
  const bytes = Buffer.from(content);
  const hex = createHash('sha256').update(bytes).digest('hex');
  server.stored.set(`/cas/${hex}`, bytes);
  return { path, digest: `sha256:${hex}`, bytes: bytes.length, executable: false };
}

/** A record as it is changed, untyped, since it may become anything. */
type Loose = Record<string, unknown> & {
  outputs: Record<string, { path: string; digest: string; bytes: number }[]>;
};

interface Entry {
  record: Loose;
  files: ActionFile[];
}

/** Rewrites every entry of the server. */
function poison(server: CacheServer, change: (entry: Entry) => void): void {
  for (const path of server.paths('ac')) {
    const files = [...(decodeActionResult(server.stored.get(path) as Buffer)?.files ?? [])];
    const own = files.find((file) => file.path === recordPath) as ActionFile;
    const text = server.stored.get(`/cas/${own.digest.slice(7)}`)?.toString() ?? '';
    const entry: Entry = { record: JSON.parse(text).record, files: files.filter((file) => file !== own) };
    change(entry);
    const made = blob(
      server,
      recordPath,
      JSON.stringify({ format: 'evalmake.result', version: 1, record: entry.record }),
    );
    server.stored.set(path, Buffer.from(encodeActionResult([...entry.files, made])));
  }
}

/** Gives the first file of every entry another path, in both places. */
function renamed(path: string): (entry: Entry) => void {
  return ({ record, files }) => {
    const first = Object.values(record.outputs)[0]?.[0];
    if (first !== undefined) first.path = path;
    files[0] = { ...(files[0] as ActionFile), path };
  };
}

const poisons: readonly [string, (server: CacheServer) => (entry: Entry) => void][] = [
  ['a path that leaves the workspace', () => renamed('../outside.txt')],
  ['an absolute path', () => renamed('/tmp/evalmake-poison-absolute.txt')],
  ['a path that is not in its shortest form', () => renamed('counts/./one.txt')],
  ['a path of evalmake itself', () => renamed('.evalmake/journal.jsonl')],
  ['the pipeline as an output', () => renamed('pipeline.yaml')],
  [
    'a file more than the record has',
    (server) =>
      ({ files }) =>
        files.push(blob(server, 'extra.txt', 'x')),
  ],
  [
    'an output more than the task declares',
    (server) =>
      ({ record, files }) => {
        const file = blob(server, 'extra.txt', 'x');
        record.outputs['extra'] = [{ path: file.path, digest: file.digest, bytes: file.bytes }];
        files.push(file);
      },
  ],
  [
    'the same file twice',
    () =>
      ({ files }) =>
        files.push({ ...(files[0] as ActionFile) }),
  ],
  [
    'a name that is the same on some disks',
    () =>
      ({ files }) => {
        const [first] = files as [ActionFile];
        files.push({ ...first, path: first.path.toUpperCase() });
      },
  ],
  [
    'the record of another task',
    () =>
      ({ record }) => {
        record['task'] = 'other';
      },
  ],
  [
    'the record of another fingerprint',
    () =>
      ({ record }) => {
        record['parts'] = { ...(record['parts'] as object), command: 'rm -rf /' };
      },
  ],
  [
    'a record that is none',
    () => (entry) => {
      entry.record = { outputs: {} };
    },
  ],
];

shared(
  'Entries that are not what was wanted are misses: nothing of them is written.',
  async (server, a, b) => {
    assert.is((await a.evalmake([])).code, 0);
    const good = new Map(server.stored);
    const before = b.tree();
    // Two at a time: nothing that is asked first may be taken, and of what comes after it is never asked.
    for (let i = 0; i < poisons.length; i += 2) {
      const [one, other] = [poisons[i], poisons[i + 1]] as [(typeof poisons)[0], (typeof poisons)[0]];
      const what = `${one[0]}, or ${other[0]}`;
      server.stored.clear();
      for (const [path, bytes] of good) server.stored.set(path, bytes);
      poison(server, (entry) => (entry.record['task'] === 'split' ? one : other)[1](server)(entry));
      const { code, stdout, stderr } = await b.evalmake(['cache', 'pull', '-n', '--json']);
      assert.is(code, 0, stderr);
      assert.equal(JSON.parse(stdout).restorable, [], what);
      assert.match(stderr, 'not what they should be', what);
      assert.equal(compareTrees(before, b.tree()), [], what);
    }
    for (const path of server.paths('ac')) server.stored.set(path, Buffer.from('no message'));
    const built = await b.evalmake([]);
    assert.is(built.code, 0, built.stderr);
    assert.equal(b.ran().sort(), everything, 'all of it is made here');
  },
);

shared(
  'Other content under good digests fails its checks, and lies about them are not believed.',
  async (server, a, b) => {
    assert.is((await a.evalmake([])).code, 0);
    poison(server, ({ record, files }) => {
      const first = record.outputs['']?.[0];
      if (first === undefined || !first.path.startsWith('counts/')) return;
      const empty = blob(server, first.path, '');
      Object.assign(first, { digest: empty.digest, bytes: 0, facts: { bytes: 99, rows: 5 } });
      files[0] = empty;
    });
    const { code, stderr } = await b.evalmake([]);
    assert.is(code, 0, stderr);
    assert.equal(
      b
        .ran()
        .filter((id) => id.startsWith('count'))
        .sort(),
      ['count@one', 'count@three', 'count@two'],
      'an empty file fails non_empty, whatever the record says',
    );
    assert.equal(compareTrees(outputs(a), outputs(b)), []);
  },
);

shared(
  'kill -9 at any change of the disk leaves the old files or the new ones, and the next build ends it.',
  async (_, a, b) => {
    assert.is((await a.evalmake([])).code, 0);
    const wanted = outputs(a);
    const counted = b.copy();
    assert.is((await counted.evalmake(['cache', 'pull'], { env: crashAt(counted, 0) })).code, 0);
    const changes = changesOf(counted);
    await counted.dispose();
    assert.ok(changes > 40, `${changes} changes`);
    for (let at = 5; at <= changes; at += Math.ceil(changes / 4)) {
      const ws = b.copy();
      await ws.evalmake(['cache', 'pull'], { env: crashAt(ws, at) });
      for (const [path, what] of outputs(ws))
        if (what !== 'folder' && wanted.has(path))
          assert.is(what, wanted.get(path), `${path} after a crash at ${at}`);
      const { code, stderr } = await ws.evalmake([]);
      assert.is(code, 0, `${at} ${stderr}`);
      assert.equal(ws.ran(), [], `nothing runs after a crash at ${at}`);
      assert.equal(compareTrees(wanted, outputs(ws)), [], `crash at ${at}`);
      await ws.dispose();
    }
  },
);

runScenarios();
