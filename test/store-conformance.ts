// The StoreConformance is what every store must do: give back what was kept, or nothing, and never anything else.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TaskRecord } from '@evalmake/core/record';
import { digestText } from '@evalmake/engine/digest';
import type { Store, Wanted } from '@evalmake/engine/store';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** A store under test. */
export interface Candidate {
  readonly name: string;
  /** An empty store below a folder of its own. */
  readonly open: (dir: string) => Promise<{ readonly store: Store; readonly close: () => Promise<void> }>;
  /** Whether it may lose what it was given: then nothing is as good as the right thing. */
  readonly forgetful?: boolean;
}

/** A result that lies in a folder: two files, one of which may be executed. */
interface Kept {
  readonly wanted: Wanted;
  readonly record: TaskRecord;
  readonly at: (path: string) => string;
}

/** Makes a result of some content. */
function resultIn(dir: string, texts: Readonly<Record<string, string>>, parts: Wanted['parts']): Kept {
  const files = Object.entries(texts).map(([path, text]) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
    return { path, digest: digestText(text), bytes: Buffer.byteLength(text) };
  });
  chmodSync(join(dir, files[0]?.path ?? ''), 0o755);
  const named = (name: string) => files.filter(({ path }) => path.startsWith(name));
  const outputs = { out: named('out'), set: named('set/') };
  const checks = [{ id: 'c', digest: digestText('c'), status: 'passed' as const }];
  const at = '2026-11-27T00:00:00.000Z';
  const record: TaskRecord = { task: 't@a', target: 't', parts, outputs, checks, at, run: 3, ms: 12 };
  const wanted: Wanted = {
    task: 't@a',
    parts,
    outputs: [
      { name: 'out', kind: 'file', path: 'out.txt' },
      { name: 'set', kind: 'glob', path: 'set/*.txt' },
    ],
  };
  return { wanted, record, at: (path) => join(dir, path) };
}

const texts = { 'out.txt': 'result\n', 'set/a.txt': '', 'set/b.txt': 'x'.repeat(300_000) };
const parts = { command: 'make', 'input:in.txt': digestText('in') };

/** Brings all files of a result below a folder; whether all of them came. Those that came are right. */
async function brought(store: Store, { wanted }: Kept, to: string): Promise<boolean> {
  const former = await store.find(wanted);
  if (former === undefined) return false;
  let all = true;
  for (const { path, ...blob } of former.files) {
    const came = await store.fetch(blob, join(to, path));
    assert.is(existsSync(join(to, path)), came, `${path} is there when it came, and only then`);
    if (!came) all = false;
    else {
      assert.is(digestText(readFileSync(join(to, path))), blob.digest, path);
      assert.is((statSync(join(to, path)).mode & 0o100) !== 0, blob.executable, path);
    }
  }
  return all;
}

/** Registers the tests of a candidate. */
export function conformance({ name, open, forgetful = false }: Candidate): void {
  const check = (title: string, body: (store: Store, dir: string) => Promise<void>): void =>
    test(`${name}: ${title}`, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'evalmake-store-'));
      const { store, close } = await open(join(dir, 'store'));
      try {
        await body(store, dir);
      } finally {
        await close();
        rmSync(dir, { recursive: true, force: true });
      }
    });
  const come = (all: boolean, text: string): void => assert.ok(all || forgetful, text);

  check('what was kept comes back, with modes, after its files are gone', async (store, dir) => {
    const kept = resultIn(join(dir, 'work'), texts, parts);
    assert.is(await store.find(kept.wanted), undefined, 'nothing before');
    come(await store.keep(kept.wanted, kept.record, kept.at), 'is kept');
    rmSync(join(dir, 'work'), { recursive: true });
    come(await brought(store, kept, join(dir, 'back')), 'comes');
    const former = await store.find(kept.wanted);
    if (former === undefined) return come(false, 'is found');
    assert.equal(former.record.parts, parts);
    assert.equal(Object.keys(former.record.outputs).sort(), ['out', 'set']);
    assert.is(former.files.find(({ path }) => path === 'out.txt')?.executable, true);
  });

  check('of another task or another fingerprint there is nothing', async (store, dir) => {
    const kept = resultIn(join(dir, 'work'), texts, parts);
    await store.keep(kept.wanted, kept.record, kept.at);
    assert.is(await store.find({ ...kept.wanted, task: 't@b' }), undefined);
    assert.is(await store.find({ ...kept.wanted, parts: { ...parts, command: 'other' } }), undefined);
    assert.is(await store.find({ ...kept.wanted, parts: { ...parts, more: '1' } }), undefined);
  });

  check('the newest result of a fingerprint counts, and a forgotten one does not', async (store, dir) => {
    const first = resultIn(join(dir, 'one'), texts, parts);
    await store.keep(first.wanted, first.record, first.at);
    const second = resultIn(join(dir, 'two'), { 'out.txt': 'newer\n' }, parts);
    come(await store.keep(second.wanted, second.record, second.at), 'is kept');
    const found = await store.find(first.wanted);
    if (!forgetful) assert.is(found?.record.outputs['out']?.[0]?.digest, digestText('newer\n'));
    await store.forget(first.wanted);
    assert.is(await store.find(first.wanted), undefined);
    come(await store.keep(second.wanted, second.record, second.at), 'is kept again');
    if (!forgetful)
      assert.ok((await store.find(first.wanted)) !== undefined, 'what is kept again counts again');
  });

  check('what is not there any more as it was recorded is not kept', async (store, dir) => {
    const kept = resultIn(join(dir, 'work'), texts, parts);
    writeFileSync(kept.at('out.txt'), 'longer than it was\n');
    assert.is(await store.keep(kept.wanted, kept.record, kept.at), false);
    assert.is(await store.find(kept.wanted), undefined);
  });

  check('a file that has other content of the same size never comes under its digest', async (store, dir) => {
    const kept = resultIn(join(dir, 'work'), texts, parts);
    writeFileSync(kept.at('out.txt'), 'RESULT\n');
    writeFileSync(kept.at('set/b.txt'), 'y'.repeat(300_000));
    await store.keep(kept.wanted, kept.record, kept.at);
    assert.is(await brought(store, kept, join(dir, 'back')), false);
  });

  check('a file that nobody kept does not come', async (store, dir) => {
    const blob = { digest: digestText('never'), bytes: 5, executable: false };
    assert.is(await store.fetch(blob, join(dir, 'x')), false);
    assert.not.ok(existsSync(join(dir, 'x')));
  });
}
