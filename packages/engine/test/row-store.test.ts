// The row store against a plain map: random histories of two processes, every cut, flipped bytes, dying disks.

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RowRecord } from '@evalmake/engine/row-record';
import { RowStore } from '@evalmake/engine/row-store';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errno, withFaults } from './doubles/faulty-disk.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 20_261_127);
const numRuns = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 100);

const test = suite<{ folder: TemporaryFolder; path: string }>('row-store');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
  context.path = context.folder.path('rows/infer.jsonl');
});
test.after.each(({ folder }) => folder.remove());

const keyCount = 6;
const keys = Buffer.concat(
  Array.from({ length: keyCount }, (_, i) => createHash('sha256').update(String(i)).digest().subarray(0, 16)),
);
const answer = (text: string): RowRecord => ({ kind: 'answer', id: `id "${text}"`, at: 't', text });

function contentOf(store: RowStore): Record<string, unknown>[] {
  return Array.from({ length: keyCount }, (_, i) => {
    const found = store.answer(keys, i);
    const failures = store.failures(keys, i);
    return {
      ...(found === undefined ? {} : { text: found.text.toString(), id: found.id, header: found.header }),
      ...(failures === 0 ? {} : { failures, last: store.failure(keys, i)?.error }),
      has: store.has(keys, i),
      forgotten: store.forgotten(keys, i),
    };
  });
}

type Step = { readonly who: number; readonly key: number } & (
  | { readonly does: 'answer' | 'csv'; readonly text: string }
  | { readonly does: 'error'; readonly attempt: string }
  | { readonly does: 'forget' | 'flush' | 'refresh' }
);

interface Model {
  text?: string;
  header?: string | undefined;
  errors: string[];
  forgotten: boolean;
}

test('random histories of two processes give what a map gives', ({ path }) => {
  const who = fc.nat(1);
  const key = fc.nat(keyCount - 1);
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      who,
      key,
      does: fc.constant('answer' as const),
      text: fc.json().map((t) => t.replaceAll('\n', ' ')),
    }),
    fc.record({
      who,
      key,
      does: fc.constant('csv' as const),
      text: fc.string({ unit: fc.constantFrom('a', '\n', '"', '\t') }),
    }),
    fc.record({ who, key, does: fc.constant('error' as const), attempt: fc.constantFrom('1', '2', '3') }),
    fc.record({ who, key, does: fc.constantFrom('forget' as const, 'flush' as const, 'refresh' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      rmSync(path, { force: true });
      const model: Model[] = Array.from({ length: keyCount }, () => ({ errors: [], forgotten: false }));
      const stores = [new RowStore(path), new RowStore(path)] as const;
      for (const s of steps) {
        const store = stores[s.who] as RowStore;
        const known = model[s.key] as Model;
        store.refresh();
        if (s.does === 'flush') store.flush();
        else if (s.does === 'answer' || s.does === 'csv') {
          const header = s.does === 'csv' ? 'a,b' : undefined;
          store.add(keys, s.key, {
            kind: 'answer',
            id: 'i',
            at: 't',
            text: s.text,
            ...(header === undefined ? {} : { header }),
          });
          if (known.text === undefined) Object.assign(known, { text: s.text, header, forgotten: false });
        } else if (s.does === 'error') {
          store.add(keys, s.key, {
            kind: 'error',
            id: 'i',
            at: 't',
            attempt: s.attempt,
            error: { m: s.attempt },
          });
          if (known.errors.at(-1) !== s.attempt) known.errors.push(s.attempt);
        } else if (s.does === 'forget') {
          store.add(keys, s.key, { kind: 'forget', at: 't' });
          model[s.key] = { errors: [], forgotten: true };
        }
        // What waits in one process is not there for the other; so each step is brought to the file.
        store.flush();
      }
      const expected = model.map(({ text, header, errors, forgotten }) => ({
        ...(text === undefined ? {} : { text, id: 'i', header }),
        ...(errors.length === 0 ? {} : { failures: errors.length, last: { m: errors.at(-1) } }),
        has: text !== undefined,
        forgotten,
      }));
      for (const store of [...stores, new RowStore(path)]) {
        store.refresh();
        assert.equal(contentOf(store), expected);
        assert.equal(store.warnings, []);
        assert.is(store.size, model.filter(({ text }) => text !== undefined).length);
        store.close();
      }
    }),
    { seed, numRuns },
  );
});

/** A store with an answer for each key but the last. */
function full(path: string): Buffer {
  const store = new RowStore(path);
  for (let i = 0; i < keyCount - 1; i++) store.add(keys, i, answer(`{"n":${i}}`));
  store.flush();
  store.close();
  return readFileSync(path);
}

const textsOf = (store: RowStore): (string | undefined)[] =>
  Array.from({ length: keyCount }, (_, i) => store.answer(keys, i)?.text.toString());

test('cut anywhere, all whole lines are there, and what is added then is whole', ({ path }) => {
  const bytes = full(path);
  for (let cut = 0; cut <= bytes.length; cut++) {
    writeFileSync(path, bytes.subarray(0, cut));
    const store = new RowStore(path);
    const lines = bytes.subarray(0, cut).toString().split('\n');
    const torn = lines.at(-1) as string;
    // A last line that lacks nothing but its newline counts.
    const whole = lines.length - 1 + (torn !== '' && bytes[cut] === 10 ? 1 : 0);
    const expected = Array.from({ length: keyCount }, (_, i) => (i + 1 < whole ? `{"n":${i}}` : undefined));
    assert.equal(textsOf(store), expected, `cut at ${cut}`);
    assert.is(store.warnings.length, torn !== '' && bytes[cut] !== 10 ? 1 : 0, `cut at ${cut}`);
    store.add(keys, keyCount - 1, answer('{"new":1}'));
    store.flush();
    expected[keyCount - 1] = '{"new":1}';
    assert.equal(textsOf(store), expected, `added after a cut at ${cut}`);
    store.close();
    const again = new RowStore(path);
    assert.equal(textsOf(again), expected, `read again after a cut at ${cut}`);
    again.close();
  }
});

test('a flipped byte costs its own line, or two when it was the newline between', ({ path }) => {
  const bytes = full(path);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (bytes[at] as number) ^ (1 << (at % 8));
    writeFileSync(path, damaged);
    const store = new RowStore(path);
    const line = bytes.subarray(0, at).toString().split('\n').length - 1;
    const newline = bytes[at] === 10;
    for (const [i, text] of textsOf(store).entries()) {
      const lost = i + 1 === line || (newline && i === line) || i === keyCount - 1;
      assert.is(text, lost ? undefined : `{"n":${i}}`, `byte ${at}, answer ${i}`);
    }
    assert.is(store.warnings.length, 1, `byte ${at}`);
    store.close();
  }
});

test('dying in front of any change, or in the middle of a write, loses only what was not flushed', ({
  path,
  folder,
}) => {
  const work = (stops: () => void): void => {
    const store = new RowStore(path);
    store.add(keys, 0, answer('0'));
    store.durable();
    stops();
    store.add(keys, 1, answer('1'));
    store.add(keys, 2, answer('2'));
    store.flush();
    store.close();
  };
  const { changes } = withFaults({}, () => work(() => {}));
  for (let dieAt = 1; dieAt <= changes; dieAt++) {
    for (const torn of [0, 1, 40, 150, 250]) {
      folder.remove();
      let durable = false;
      withFaults({ dieAt, torn }, () =>
        work(() => {
          durable = true;
        }),
      );
      const store = new RowStore(path);
      if (durable) assert.is(textsOf(store)[0], '0', `change ${dieAt}`);
      for (const [i, text] of textsOf(store).entries()) assert.ok(text === undefined || text === String(i));
      for (let i = 0; i < 4; i++) store.add(keys, i, answer(String(i)));
      store.flush();
      assert.equal(textsOf(store), ['0', '1', '2', '3', undefined, undefined]);
      store.close();
    }
  }
});

test('a full disk fails the write and keeps what is there', ({ path }) => {
  full(path);
  const store = new RowStore(path);
  const refuse = (call: string) => {
    if (call === 'writeSync') throw errno('ENOSPC', call);
  };
  withFaults({ refuse }, () => {
    store.add(keys, keyCount - 1, answer('new'));
    assert.throws(() => store.flush(), /ENOSPC/);
  });
  assert.is(store.size, keyCount - 1);
  store.add(keys, keyCount - 1, answer('new'));
  store.flush();
  assert.is(store.size, keyCount);
  store.close();
});

test('a store that was removed and written anew is read anew', ({ path }) => {
  full(path);
  const store = new RowStore(path);
  rmSync(path);
  store.refresh();
  assert.is(store.size, 0);
  store.add(keys, 0, answer('again'));
  store.flush();
  assert.ok(existsSync(path));
  assert.equal(textsOf(store)[0], 'again');
  store.close();
});

test('a row that is forgotten, fails and is answered in one batch has the new answer', ({ path }) => {
  full(path);
  const store = new RowStore(path);
  const error = (attempt: string): RowRecord => ({
    kind: 'error',
    id: 'i',
    at: 't',
    attempt,
    error: attempt,
  });
  store.add(keys, 0, error('1'));
  store.add(keys, 0, { kind: 'forget', at: 't' });
  store.add(keys, 0, error('1'));
  store.add(keys, 0, answer('new'));
  store.flush();
  assert.is(textsOf(store)[0], 'new');
  assert.is(store.failures(keys, 0), 1);
  assert.not.ok(store.forgotten(keys, 0));
  store.close();
});

test('unknown lines are passed over, a later version is refused', ({ path }) => {
  full(path);
  const sum = (rest: string) => createHash('sha256').update(rest).digest('hex').slice(0, 16);
  appendFileSync(path, `${sum('later x')} later x\n`);
  const store = new RowStore(path);
  assert.is(store.size, keyCount - 1);
  assert.equal(store.warnings, []);
  appendFileSync(path, `${sum('rows 2')} rows 2\n`);
  assert.throws(() => store.refresh(), /version 2/);
  store.close();
});

test.run();
