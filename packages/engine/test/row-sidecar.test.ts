// Keys beside an output: damage of either costs answers at most, and never gives a row the answer of another.
import { readFileSync, writeFileSync } from 'node:fs';
import { RowAnswers } from '@evalmake/engine/row-answers';
import { mergeRows } from '@evalmake/engine/row-merge';
import { RowSidecar } from '@evalmake/engine/row-sidecar';
import { sidecarPath } from '@evalmake/engine/row-sidecar-keys';
import { RowStore } from '@evalmake/engine/row-store';
import { type RowTable, readRowTable } from '@evalmake/engine/row-table';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('row-sidecar');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const ids = ['r1', 'r2', 'r3', 'r4'];

function tableOf(folder: TemporaryFolder, fingerprint: string): RowTable {
  folder.write({ 'in.jsonl': ids.map((id) => `{"id":"${id}"}\n`).join('') });
  const files = [{ path: folder.path('in.jsonl'), name: 'in.jsonl' }];
  return readRowTable({ files, spec: { format: 'jsonl', id: 'id', by: [] }, fingerprint });
}

const answerOf = (i: number, mark: string): string => `{"id":"${ids[i]}","a":"${mark}${i}"}`;

/** Publishes an output with its sidecar; the row of `left` has no answer. */
function publish(folder: TemporaryFolder, fingerprint: string, left = 3): RowTable {
  const table = tableOf(folder, fingerprint);
  const store = new RowStore(folder.path(`rows/${fingerprint}.jsonl`));
  for (let i = 0; i < ids.length; i++)
    if (i !== left)
      store.add(table.keys, i, {
        kind: 'answer',
        id: ids[i] as string,
        at: 't',
        text: answerOf(i, fingerprint),
      });
  store.flush();
  const path = folder.path('out.jsonl');
  const answers = new RowAnswers(store);
  mergeRows({ table, answers, leaveOut: new Set([left]), path, format: 'jsonl', sidecar: sidecarPath(path) });
  store.close();
  return table;
}

function open(folder: TemporaryFolder): RowSidecar {
  return new RowSidecar({ output: folder.path('out.jsonl'), name: 'out.jsonl', format: 'jsonl' });
}

function textsOf(sidecar: RowSidecar, { keys }: RowTable): (string | undefined)[] {
  const texts = ids.map((_, i) => sidecar.answer(keys, i)?.text.toString());
  sidecar.close();
  return texts;
}

test('the answers of an output are found by their keys', ({ folder }) => {
  const table = publish(folder, 'f');
  const sidecar = open(folder);
  assert.equal(
    textsOf(sidecar, table),
    [0, 1, 2, undefined].map((i) => (i === undefined ? i : answerOf(i, 'f'))),
  );
  assert.equal(sidecar.warnings, []);
  assert.equal(textsOf(open(folder), table.withFingerprint('g')), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('an output that changed is no evidence, and is said', ({ folder }) => {
  const table = publish(folder, 'f');
  const output = folder.read('out.jsonl');
  folder.write({ 'out.jsonl': output.replace('f0', 'x0') });
  const sidecar = open(folder);
  assert.is(sidecar.warnings.length, 1);
  assert.match(
    sidecar.warnings[0] as string,
    'out.jsonl is not the file that out.jsonl.keys.jsonl was written for',
  );
  assert.equal(textsOf(sidecar, table), [undefined, undefined, undefined, undefined]);
});

test('flipped, cut or taken from another version: a line counts for its own answer or not at all', ({
  folder,
}) => {
  const table = publish(folder, 'f');
  const path = sidecarPath(folder.path('out.jsonl'));
  const bytes = readFileSync(path);
  const right = ids.map((_, i) => (i < 3 ? answerOf(i, 'f') : undefined));
  const look = (damaged: Uint8Array, what: string): number => {
    writeFileSync(path, damaged);
    const texts = textsOf(open(folder), table);
    for (const [i, text] of texts.entries())
      assert.ok(text === undefined || text === right[i], `${what}: ${text}`);
    return texts.filter((text) => text !== undefined).length;
  };
  const firstLine = bytes.indexOf(10);
  for (let at = 0; at < bytes.length; at++)
    for (const bit of [0, 1, 2, 5]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (bytes[at] as number) ^ (1 << bit);
      const found = look(damaged, `byte ${at}`);
      if (at > firstLine) assert.ok(found >= 1, `byte ${at}`);
    }
  for (let cut = 0; cut < bytes.length; cut++) {
    const whole = bytes.subarray(0, cut).toString().split('\n').length - 2;
    assert.ok(look(bytes.subarray(0, cut), `cut ${cut}`) >= whole, `cut ${cut}`);
  }
});

test('lines of two versions in one file, as a merge leaves them', ({ folder }) => {
  const g = publish(folder, 'g', 0);
  const other = readFileSync(sidecarPath(folder.path('out.jsonl')), 'utf8').split('\n');
  const f = publish(folder, 'f');
  const path = sidecarPath(folder.path('out.jsonl'));
  const lines = readFileSync(path, 'utf8').split('\n');
  writeFileSync(path, [lines[0], lines[1], other[1], other[2], ''].join('\n'));
  assert.equal(textsOf(open(folder), f), [answerOf(0, 'f'), undefined, undefined, undefined]);
  assert.equal(textsOf(open(folder), g), [undefined, undefined, undefined, undefined]);
});

test('answers are brought into the store, but not those that were to be asked again', ({ folder }) => {
  const table = publish(folder, 'f');
  const store = new RowStore(folder.path('rows/new.jsonl'));
  store.add(table.keys, 1, { kind: 'forget', at: 't' });
  store.flush();
  const source = { output: folder.path('out.jsonl'), name: 'out.jsonl', format: 'jsonl' } as const;
  const answers = new RowAnswers(store, [source]);
  assert.equal(
    ids.map((_, i) => answers.has(table.keys, i)),
    [true, false, true, false],
  );
  assert.is(answers.import('t'), 2);
  assert.is(answers.import('t'), 0);
  answers.close();
  assert.is(store.answer(table.keys, 0)?.text.toString(), answerOf(0, 'f'));
  assert.not.ok(store.has(table.keys, 1));
  store.close();
});

test('answers are carried to other keys, and the old ones keep them', ({ folder }) => {
  const table = publish(folder, 'f');
  const other = table.withFingerprint('g');
  const store = new RowStore(folder.path('rows/new.jsonl'));
  const source = { output: folder.path('out.jsonl'), name: 'out.jsonl', format: 'jsonl' } as const;
  const answers = new RowAnswers(store, [source]);
  assert.is(answers.carry(table, other, 't'), 3);
  assert.is(answers.carry(table, other, 't'), 0);
  for (const { keys } of [table, other])
    assert.equal(
      ids.map((_, i) => answers.answer(keys, i)?.text.toString()),
      [answerOf(0, 'f'), answerOf(1, 'f'), answerOf(2, 'f'), undefined],
    );
  answers.close();
  store.close();
});

test('no sidecar, no output, another file in its place', ({ folder }) => {
  const table = tableOf(folder, 'f');
  assert.equal(open(folder).warnings, []);
  folder.write({ 'out.jsonl.keys.jsonl': '{"schema":"other"}\n' });
  const sidecar = open(folder);
  assert.is(sidecar.warnings.length, 1);
  assert.equal(textsOf(sidecar, table), [undefined, undefined, undefined, undefined]);
});

test.run();
