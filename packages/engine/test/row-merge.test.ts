// Merging: the old output stays when an answer is lacking or does not fit; answers bought under another name get the new one.
import { existsSync } from 'node:fs';
import { RowAnswers } from '@evalmake/engine/row-answers';
import { type Merged, mergeRows } from '@evalmake/engine/row-merge';
import type { RowRecord } from '@evalmake/engine/row-record';
import { renamedAnswer } from '@evalmake/engine/row-renaming';
import { RowStore } from '@evalmake/engine/row-store';
import { readRowTable } from '@evalmake/engine/row-table';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { errno, withFaults } from './doubles/faulty-disk.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('row-merge');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

type Given = { readonly text: string; readonly header?: string } | undefined;

/** Merges answers of the rows `1`, `2`, … */
function merge(
  folder: TemporaryFolder,
  given: readonly Given[],
  format: 'jsonl' | 'csv',
  leaveOut: number[] = [],
): Merged {
  folder.write({ 'in.jsonl': given.map((_, i) => `{"id":"${i + 1}"}\n`).join('') });
  const files = [{ path: folder.path('in.jsonl'), name: 'in.jsonl' }];
  const table = readRowTable({ files, spec: { format: 'jsonl', id: 'id', by: [] }, fingerprint: 'f' });
  const store = new RowStore(folder.path('rows.jsonl'));
  for (const [i, answer] of given.entries()) {
    if (answer === undefined) continue;
    const record: RowRecord = { kind: 'answer', id: String(i + 1), at: 't', ...answer };
    store.add(table.keys, i, record);
  }
  store.flush();
  try {
    const answers = new RowAnswers(store);
    const path = folder.path('out');
    return mergeRows({
      table,
      answers,
      leaveOut: new Set(leaveOut),
      path,
      format,
      sidecar: `${path}.keys.jsonl`,
    });
  } finally {
    store.close();
  }
}

test('an answer that is lacking is said, and the old output stays', ({ folder }) => {
  folder.write({ out: 'old' });
  const merged = merge(folder, [{ text: '{"id":"1"}' }, undefined, undefined], 'jsonl', [2]);
  assert.equal(merged.problems, ['the row "2" has no answer']);
  assert.is(folder.read('out'), 'old');
  assert.not.ok(existsSync(folder.path('out.keys.jsonl')));
});

test('rows that may be left out are, and are named', ({ folder }) => {
  const merged = merge(folder, [{ text: '{"id":"1"}' }, undefined], 'jsonl', [1]);
  assert.equal([merged.rows, merged.leftOut, merged.problems], [1, ['2'], []]);
  assert.is(folder.read('out'), '{"id":"1"}\n');
});

test('answers of CSV have one header', ({ folder }) => {
  const one = { header: 'id,a', text: '1,x' };
  assert.equal(merge(folder, [one, { header: 'id,b', text: '2,y' }], 'csv').problems, [
    'the answer of "2" has the header "id,b", others have "id,a"',
  ]);
  folder.remove();
  assert.equal(merge(folder, [one, { header: 'id,a', text: '2,y' }], 'csv').problems, []);
  assert.is(folder.read('out'), 'id,a\n1,x\n2,y\n');
});

test('an answer of another format is a mistake, not a line', ({ folder }) => {
  const merged = merge(folder, [{ text: '{"id":"1"}' }, { header: 'id', text: '2' }], 'jsonl');
  assert.equal(merged.problems, ['the answer of "2" is of another format than the output']);
});

test('no rows are an empty file', ({ folder }) => {
  assert.equal(merge(folder, [], 'csv').problems, []);
  assert.is(folder.read('out'), '');
});

test('a long answer, and many', ({ folder }) => {
  const texts = Array.from(
    { length: 200 },
    (_, i) => `{"id":"${i + 1}","a":"${'é'.repeat((i * 9973) % 30_000)}"}`,
  );
  texts[7] = `{"id":"8","a":"${'x'.repeat(3 << 20)}"}`;
  merge(
    folder,
    texts.map((text) => ({ text })),
    'jsonl',
  );
  assert.is(folder.read('out'), texts.map((text) => `${text}\n`).join(''));
});

test('a full disk leaves the old output and no rest', ({ folder }) => {
  folder.write({ out: 'old' });
  const temporary = folder.path(`.out.tmp-${process.pid}`);
  for (const call of ['writeSync', 'fdatasyncSync', 'renameSync']) {
    // Only once the output is being written: the store before it has a disk with room.
    const refuse = (name: string): void => {
      if (name === call && existsSync(temporary)) throw errno('ENOSPC', call);
    };
    withFaults({ refuse }, () => {
      assert.throws(() => merge(folder, [{ text: '{"id":"1"}' }], 'jsonl'), /ENOSPC/);
    });
    assert.is(folder.read('out'), 'old');
    assert.equal(
      Object.keys(folder.tree()).filter((name) => name.includes('tmp')),
      [],
    );
  }
});

test('an answer gets the id of the row it serves, and nothing else of it changes', () => {
  const renamed = (text: string, id: string, field = 'id') =>
    Buffer.from(
      renamedAnswer({ id: 'old', text: Buffer.from(text), header: undefined }, id, {
        format: 'jsonl',
        id: field,
      }),
    ).toString();
  assert.is(
    renamed('{ "a": {"id": 1.50}, "id" :"old", "b":[ ] }', 'n"'),
    '{ "a": {"id": 1.50}, "id" :"n\\"", "b":[ ] }',
  );
  assert.is(renamed('{"id":17,"a":"é"}', '18'), '{"id":18,"a":"é"}');
  assert.is(renamed('{"id":17}', 'x'), '{"id":"x"}');
  assert.is(renamed('{"m":{"id":"\\"old"},"id":"k"}', 'new', 'm.id'), '{"m":{"id":"new"},"id":"k"}');
  const csv = (text: string, header: string, id: string) =>
    Buffer.from(
      renamedAnswer({ id: 'old', text: Buffer.from(text), header }, id, { format: 'csv', id: 'id' }),
    ).toString();
  assert.is(csv('"x\n""y",old,', 'a,id,b', 'n,1'), '"x\n""y","n,1",');
});

test.run();
