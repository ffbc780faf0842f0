// A table of rows holds ids, keys and places as plain code would find them, and names every mistake with its place.
import { appendFileSync } from 'node:fs';
import type { RowSpec } from '@evalmake/engine/row-spec';
import { readRowTable } from '@evalmake/engine/row-table';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cell, keyOf, type Value } from './doubles/row-oracle.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 20_261_127);
const numRuns = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 100);

const test = suite<{ folder: TemporaryFolder }>('row-table');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const jsonl: RowSpec = { format: 'jsonl', id: 'id', by: [] };
function tableOf(folder: TemporaryFolder, files: Record<string, string>, spec: RowSpec) {
  folder.write(files);
  const list = Object.keys(files).map((name) => ({ path: folder.path(name), name }));
  return readRowTable({ files: list, spec, fingerprint: 'f' });
}

// Whole numbers that a double rounds are another test's matter.
const field = fc
  .jsonValue({ maxDepth: 3 })
  .filter((v) => !/\d{16}|e\+/.test(JSON.stringify(v))) as fc.Arbitrary<Value>;
const rowFields = fc.record({ body: field, sample: field, other: field }, { requiredKeys: [] });

test('random rows of JSON have the keys and places that plain code finds', ({ folder }) => {
  const ids = fc.uniqueArray(
    fc.oneof(fc.string({ minLength: 1 }), fc.string({ minLength: 1, unit: 'binary' })),
    {
      minLength: 1,
      maxLength: 30,
    },
  );
  const by = fc.subarray(['body', 'sample']);
  fc.assert(
    fc.property(ids, fc.array(rowFields), by, fc.boolean(), fc.nat(30), (names, rows, fields, crlf, cut) => {
      // A field that differs keeps the keys apart whatever the others are.
      const all = names
        .filter((id) => Buffer.from(id).toString() === id)
        .map((id, i) => ({ id, ...rows[i], ...(fields.length === 0 ? {} : { [fields[0] as string]: [i] }) }));
      const texts = all.map((row) => JSON.stringify(row));
      const end = crlf ? '\r\n' : '\n';
      const files = {
        'a.jsonl': texts
          .slice(0, cut)
          .map((t) => `${t}${end}`)
          .join(end),
        'b.jsonl': `\uFEFF${texts.slice(cut).join(end)}`,
      };
      const table = tableOf(folder, files, { ...jsonl, by: fields });
      assert.equal(table.problems, []);
      assert.equal(table.size, all.length);
      for (const [i, row] of all.entries()) {
        const { file, offset, length } = table.where(i);
        const bytes = Buffer.from(files[file.name as keyof typeof files]);
        assert.is(bytes.toString('utf8', offset, offset + length), texts[i]);
        assert.is(table.id(i), row.id);
        assert.is(table.find(row.id), i);
        assert.is(table.key(i), keyOf(row as never, fields, 'f'));
      }
      assert.is(table.find('no such id, surely'), -1);
      const other = table.withFingerprint('g');
      for (const [i, row] of all.entries()) assert.is(other.key(i), keyOf(row as never, fields, 'g'));
    }),
    { seed, numRuns },
  );
});

test('random rows of CSV, with quotes and newlines in cells', ({ folder }) => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', '\t') });
  const rows = fc.uniqueArray(fc.tuple(text, text, fc.boolean()), { selector: ([q]) => q, maxLength: 20 });
  fc.assert(
    fc.property(rows, fc.boolean(), (all, last) => {
      const lines = all.map(
        ([q, a, quoted], i) => `${cell(`r${i}`, quoted)},${cell(q, quoted)},${cell(a, true)}`,
      );
      const content = `id,q,a\r\n${lines.join('\r\n')}${last ? '\r\n' : ''}`;
      const table = tableOf(folder, { 'a.csv': content }, { format: 'csv', id: 'id', by: ['q'] });
      assert.equal(table.problems, []);
      assert.is(table.size, all.length);
      assert.is(table.header, 'id,q,a');
      for (const [i, [q]] of all.entries()) {
        const { offset, length } = table.where(i);
        assert.is(Buffer.from(content).toString('utf8', offset, offset + length), lines[i]);
        assert.is(table.key(i), keyOf({ q }, ['q'], 'f'));
      }
    }),
    { seed, numRuns },
  );
});

test('keys do not depend on how a row is written', ({ folder }) => {
  const one = tableOf(
    folder,
    { 'a.jsonl': '{"id":1,"body":{"a":1.0,"b":"\\u00e9"}}\n' },
    { ...jsonl, by: ['body'] },
  );
  const two = tableOf(
    folder,
    { 'b.jsonl': '{ "body": {"b": "é", "a": 1}, "id": "x", "more": 2 }\n' },
    { ...jsonl, by: ['body'] },
  );
  assert.is(one.key(0), two.key(0));
  assert.is(one.id(0), '1');
});

test('dotted fields, absent fields and null', ({ folder }) => {
  const lines = ['{"id":"a","q":{"x":1}}', '{"id":"b","q":{}}', '{"id":"c","q":{"x":null}}'];
  const table = tableOf(folder, { 'a.jsonl': lines.join('\n') }, { ...jsonl, by: ['q.x'] });
  assert.equal(table.problems, []);
  assert.is(new Set([0, 1, 2].map((i) => table.key(i))).size, 3);
});

test('whole numbers that a double would round stay apart', ({ folder }) => {
  const lines = [
    '{"id":12345678901234567891,"n":12345678901234567891}',
    '{"id":12345678901234567892,"n":12345678901234567892}',
  ];
  const table = tableOf(folder, { 'a.jsonl': lines.join('\n') }, { ...jsonl, by: ['n'] });
  assert.equal(table.problems, []);
  assert.is(table.id(1), '12345678901234567892');
});

test('every mistake is told at once, with its places', ({ folder }) => {
  const a = ['{"id":"x","q":1}', '{"q":2}', '{"id":"","q":3}', '{"id":"y","q":1}', '[1]', '{"id":"z",}', ''];
  const b = ['', '{"id":"x","q":9}', '{"id":true,"q":10}'];
  const table = tableOf(
    folder,
    { 'a.jsonl': a.join('\n'), 'b.jsonl': b.join('\n') },
    { ...jsonl, by: ['q'] },
  );
  assert.is(
    table.problems.join('\n'),
    [
      'a.jsonl:2: the row has no id: "id" is to be a text that is not empty, or a number',
      'a.jsonl:3: the row has no id: "id" is to be a text that is not empty, or a number',
      'a.jsonl:4: the row "y" asks the same as "x" at a.jsonl:1: one answer would serve both; when it is to be asked more than once, add the index of the sample to rows.by',
      'a.jsonl:5: a row is a JSON object, and this is none',
      'a.jsonl:6:11: not valid JSON: expected a key in double quotes, found "}"',
      'b.jsonl:2: the id "x" stands at a.jsonl:1 already',
      'b.jsonl:3: the row has no id: "id" is to be a text that is not empty, or a number',
    ].join('\n'),
  );
});

test('of very many mistakes twenty are told, and how many there are', ({ folder }) => {
  const table = tableOf(folder, { 'a.jsonl': '{}\n'.repeat(50) }, jsonl);
  assert.is(table.problems.length, 21);
  assert.is(table.problems[20], 'and 30 more mistakes in these rows');
});

test('a CSV without the column, with another header, with a row too short', ({ folder }) => {
  const spec: RowSpec = { format: 'csv', id: 'id', by: ['q'] };
  const table = tableOf(folder, { 'a.csv': 'id,q\n1,2\n3\n', 'b.csv': 'id,p\n5,6\n', 'c.csv': '' }, spec);
  assert.equal(table.problems, [
    'a.csv:3: 1 cells, and the header has 2',
    'b.csv:1: there is no column "q"',
    'b.csv:1: the header is another than that of a.csv',
  ]);
});

test('a file longer than what is read at once, with lines across its pieces', ({ folder }) => {
  folder.write({ 'a.jsonl': '' });
  const rows = Array.from({ length: 300 }, (_, i) => ({
    id: `r${i}`,
    body: 'é'.repeat((i * 7919) % 20_000),
  }));
  for (const row of rows) appendFileSync(folder.path('a.jsonl'), `${JSON.stringify(row)}\n`);
  const table = readRowTable({
    files: [{ path: folder.path('a.jsonl'), name: 'a.jsonl' }],
    spec: jsonl,
    fingerprint: '',
  });
  assert.equal(table.problems, []);
  for (const [i, row] of rows.entries()) assert.is(table.key(i), keyOf(row, [], ''));
});

test('a file that is not there is said', ({ folder }) => {
  const files = [{ path: folder.path('none.jsonl'), name: 'none.jsonl' }];
  assert.throws(() => readRowTable({ files, spec: jsonl, fingerprint: '' }), /"none.jsonl" cannot be read/);
});

test.run();
