// Taking answers: foreign, duplicate, missing, bad and torn lines are told apart, and what fits is kept.
import { RowStore } from '@evalmake/engine/row-store';
import { readRowTable } from '@evalmake/engine/row-table';
import { rowErrorText, type Taken, takeAnswers } from '@evalmake/engine/row-taking';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('row-taking');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

/** Takes the content of a file as answers to the rows 1, 2, 3 and 4, of which 4 was not asked. */
function take(
  folder: TemporaryFolder,
  done: string,
  options: { csv?: boolean; ended?: boolean; error?: string } = {},
) {
  folder.write({ 'in.jsonl': '{"id":1}\n{"id":2}\n{"id":3}\n{"id":4}\n', done });
  const files = [{ path: folder.path('in.jsonl'), name: 'in.jsonl' }];
  const table = readRowTable({ files, spec: { format: 'jsonl', id: 'id', by: [] }, fingerprint: 'f' });
  const store = new RowStore(folder.path('rows.jsonl'));
  const { csv = false, ended = true, error = 'error' } = options;
  const taken: Taken = takeAnswers({
    path: folder.path('done'),
    name: 'done',
    format: csv ? 'csv' : 'jsonl',
    error,
    table,
    rows: [0, 1, 2],
    store,
    attempt: 'a',
    at: 't',
    ended,
  });
  const texts = [0, 1, 2, 3].map((i) => store.answer(table.keys, i)?.text.toString());
  const failures = [0, 1, 2, 3].map((i) => store.failure(table.keys, i)?.error);
  store.close();
  return { taken, texts, failures };
}

test('all that does not fit is named with its place', ({ folder }) => {
  const lines = [
    '{"id":"2","a":1}',
    '{"id":"4"}',
    '{"id":9}',
    '{"id":2,"a":1}',
    '{"a":1}',
    '{"id":1',
    '',
    '{"id":"3","er',
  ];
  const { taken, texts } = take(folder, lines.join('\n'));
  assert.equal(texts, [undefined, '{"id":"2","a":1}', undefined, undefined]);
  assert.is(taken.answers, 1);
  assert.equal(taken.foreign, {
    count: 2,
    examples: ['done:2: "4" was not asked', 'done:3: "9" was not asked'],
  });
  assert.equal(taken.duplicate, { count: 1, examples: ['done:4: "2" stands in a line before'] });
  assert.equal(taken.missing, { count: 2, examples: ['1', '3'] });
  assert.equal(taken.bad.examples, [
    'done:5: the line has no id: "id" is to be a text that is not empty, or a number',
    'done:6:8: not valid JSON: it ends too early',
  ]);
  assert.is(taken.torn, true);
});

test('errors are kept as failures; null is none; an answer after an error is taken, and told', ({
  folder,
}) => {
  const lines = [
    '{"id":1,"error":null}',
    '{"id":2,"error":{"message":"m","code":"c"}}',
    '{"id":3,"error":"x"}',
    '{"id":3,"a":1}',
  ];
  const { taken, texts, failures } = take(folder, lines.join('\n'));
  assert.equal(texts, [lines[0], undefined, lines[3], undefined]);
  assert.equal(failures.slice(0, 3), [undefined, { message: 'm', code: 'c' }, 'x']);
  assert.equal(taken.failed, [1]);
  assert.is(taken.duplicate.count, 1);
  assert.is(taken.torn, false);
  assert.is(rowErrorText({ message: 'm', code: 'c' }), 'c: m');
  assert.is(rowErrorText('x'), 'x');
  assert.is(rowErrorText({ a: 1 }), '{"a":1}');
});

test('the field of errors may have another name', ({ folder }) => {
  const { taken } = take(folder, '{"id":1,"oops":false}\n{"id":2,"error":"said otherwise"}\n', {
    error: 'oops',
  });
  assert.equal(taken.failed, [0]);
  assert.is(taken.answers, 1);
});

test('CSV: an empty cell is no error; a last row without newline counts when the command ended well', ({
  folder,
}) => {
  const done = 'id,a,error\n1,"x\ny",\n2,,bad\n3,z,';
  const ended = take(folder, done, { csv: true });
  assert.equal(ended.texts, ['1,"x\ny",', undefined, '3,z,', undefined]);
  assert.equal(ended.taken.failed, [1]);
  folder.remove();
  const torn = take(folder, done, { csv: true, ended: false });
  assert.equal(torn.texts, ['1,"x\ny",', undefined, undefined, undefined]);
  assert.is(torn.taken.torn, true);
  assert.equal(torn.taken.missing.examples, ['3']);
});

test('CSV without the column of ids, and with a quote that never ends', ({ folder }) => {
  assert.match(take(folder, 'x,a\n1,2\n', { csv: true }).taken.bad.examples.join('\n'), 'no column "id"');
  folder.remove();
  const { taken } = take(folder, 'id,a\n1,2\n2,"x\n', { csv: true });
  assert.is(taken.answers, 1);
  assert.is(taken.bad.count, 1);
});

test('cut anywhere, whole lines are answers and nothing else is', ({ folder }) => {
  const done = '{"id":1,"a":{"b":[1]}}\n{"id":2,"a":2}\n{"id":3,"a":"é"}\n';
  const bytes = Buffer.from(done);
  for (let cut = 0; cut <= bytes.length; cut++) {
    folder.remove();
    folder.write({ 'x/': '' });
    const part = bytes.toString('latin1', 0, cut);
    const { taken, texts } = take(folder, Buffer.from(part, 'latin1').toString());
    const lines = done.split('\n');
    const complete = [0, 1, 2].map((i) => part.length >= Buffer.byteLength(lines.slice(0, i + 1).join('\n')));
    assert.equal(
      texts.slice(0, 3),
      complete.map((yes, i) => (yes ? lines[i] : undefined)),
      `cut ${cut}`,
    );
    assert.is(taken.answers, complete.filter(Boolean).length);
    assert.is(taken.bad.count, 0);
  }
});

test('no file, no answers', ({ folder }) => {
  folder.write({ 'in.jsonl': '{"id":1}\n' });
  const files = [{ path: folder.path('in.jsonl'), name: 'in.jsonl' }];
  const table = readRowTable({ files, spec: { format: 'jsonl', id: 'id', by: [] }, fingerprint: 'f' });
  const store = new RowStore(folder.path('rows.jsonl'));
  const form = { path: folder.path('none'), name: 'none', format: 'jsonl', error: 'error' } as const;
  const taken = takeAnswers({ ...form, table, store, attempt: 'a', at: 't', ended: false });
  assert.equal(taken.missing, { count: 1, examples: ['1'] });
  store.close();
});

test.run();
