// Tests of rows that are read again where they lie: the same object at any time, from files, from pipes, and never from a changed file.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Column } from 'evalkit/column';
import { readJsonl } from 'evalkit/jsonl';
import { fileState, OpenFiles } from 'evalkit/open-files';
import { RowIndex } from 'evalkit/row-index';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { failureOf } from './failure-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'row-index-'));
const path = (name: string): string => join(folder, name);

/** Adds files to an index; gives the objects as they came. */
function added(index: RowIndex, paths: readonly string[]): unknown[] {
  return paths.flatMap((one) => [...index.add(one)].map(({ row }) => row.whole()));
}

test('columns: what was set comes back, far ones too, and what was not set is 0', () => {
  const column = new Column();
  for (const index of [0, 8191, 8192, 100_000]) column.set(index, index + 0.5);
  assert.equal(
    [0, 1, 8191, 8192, 99_999, 100_000, 1_000_000].map((index) => column.at(index)),
    [0.5, 0, 8191.5, 8192.5, 0, 100_000.5, 0],
  );
});

test('every row of any files is read again as it came, in any order', () => {
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const file = fc.record({
    rows: fc.array(text, { maxLength: 8 }),
    end: fc.constantFrom('\n', '\r\n', '\n\n', '\n \r\n'),
    mark: fc.constantFrom('', '\uFEFF'),
    last: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(file, { minLength: 1, maxLength: 4 }), (files) => {
      const paths = files.map(({ rows, end, mark, last }, number) => {
        const whole = rows.map((a) => JSON.stringify({ a })).join(end);
        writeFileSync(path(`${number}.jsonl`), `${mark}${whole}${last ? end : ''}`);
        return path(`${number}.jsonl`);
      });
      const index = new RowIndex();
      const rows = added(index, paths);
      assert.equal(
        rows,
        paths.flatMap((one) => [...readJsonl(one)].map((row) => row.whole())),
      );
      const places = paths.flatMap((one) => [...readJsonl(one)].map((row) => row.where));
      for (const number of rows.map((_, n) => n).reverse()) {
        assert.equal(index.read(number).whole(), rows[number]);
        assert.is(index.read(number).where, places[number]);
        assert.is(index.where(number), places[number]);
      }
      index.close();
    }),
    { numRuns: 100 },
  );
});

test('a row that spans several pieces of the file is read again whole', () => {
  const long = 'é'.repeat(200_000);
  writeFileSync(path('long.jsonl'), `{"a":"short"}\n{"a":"${long}"}\n{"a":"last"}`);
  const index = new RowIndex();
  const rows = added(index, [path('long.jsonl')]);
  assert.equal(index.read(2).whole(), rows[2]);
  assert.is(index.read(1).text('a'), long);
  index.close();
});

test('more files than may be open at once are read again all the same', () => {
  const paths = Array.from({ length: 300 }, (_, n) => path(`many-${n}.jsonl`));
  for (const [n, one] of paths.entries()) writeFileSync(one, `{"n":${n}}\n`);
  const index = new RowIndex();
  added(index, paths);
  for (const _ of [1, 2]) for (const n of paths.keys()) assert.is(index.read(n).number('n'), n);
  index.close();
});

test('a file that was changed or removed meanwhile is an error, not another row', () => {
  const one = path('changing.jsonl');
  writeFileSync(one, '{"a":1}\n{"a":2}\n');
  const index = new RowIndex();
  added(index, [one]);
  const changed = `${one}: changed while it was read; run the same command again`;
  writeFileSync(one, '{"a":1}\n{"a":3}\n');
  // Two writes may have one time when they are near enough.
  utimesSync(one, 1, 1);
  assert.is(
    failureOf(() => index.read(1)),
    changed,
  );
  rmSync(one);
  const files = new OpenFiles();
  writeFileSync(one, 'whole');
  const state = fileState(one);
  assert.ok(state);
  assert.is(files.bytes(state, 1, 3).toString(), 'hol');
  writeFileSync(one, 'cut');
  assert.is(
    failureOf(() => files.bytes(state, 1, 4)),
    changed,
  );
  files.close();
  rmSync(one);
  assert.is(
    failureOf(() => files.bytes(state, 1, 3)),
    `${one}: no such file`,
  );
});

test('a named pipe, which can be read only once, is kept', () => {
  const pipe = path('pipe');
  execFileSync('mkfifo', [pipe]);
  const index = new RowIndex();
  // Opening a pipe waits for its other end, so that the writer is another process.
  execFileSync('sh', ['-c', `printf '{"a":1}\\r\\n{"a":"\\303\\251"}\\n' > '${pipe}' &`], {
    stdio: 'ignore',
  });
  const rows = added(index, [pipe]);
  assert.equal(rows, [{ a: 1 }, { a: 'é' }]);
  assert.is(index.read(1).text('a'), 'é');
  assert.is(index.read(0).where, `${pipe}:1`);
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
