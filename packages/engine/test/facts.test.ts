// Facts of files in every format, of broken and of hostile ones.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatherFacts, noNeeds } from '@evalmake/engine/facts';
import { Distinct } from '@evalmake/engine/facts-distinct';
import { LineCutter } from '@evalmake/engine/facts-lines';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite<{ dir: string }>('facts');

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'facts-'));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

interface Asked {
  unique?: string[][];
  names?: string[];
  content?: boolean;
}

/** Facts of some content; read in chunks of 5 bytes, so that every line is cut somewhere. */
function facts(dir: string, name: string, content: string | Buffer, asked: Asked = {}) {
  const path = join(dir, name);
  writeFileSync(path, content);
  const needs = { ...noNeeds, content: asked.unique !== undefined || asked.names !== undefined, ...asked };
  const small = gatherFacts(path, undefined, needs, { chunkBytes: 5 });
  assert.is(JSON.stringify(gatherFacts(path, undefined, needs)), JSON.stringify(small));
  return small;
}

const latin = (text: string) => Buffer.from(text, 'latin1');

test('rows of JSONL: blank lines, CRLF, a byte order mark and a missing last newline', ({ dir }) => {
  assert.equal(facts(dir, 'a.jsonl', '\uFEFF{"a":1}\r\n\r\n  \t\n{"a":2}'), { format: 'jsonl', rows: 2 });
  assert.equal(facts(dir, 'a.jsonl', ''), { format: 'jsonl', rows: 0 });
  assert.equal(facts(dir, 'a.jsonl', '\n\n'), { format: 'jsonl', rows: 0 });
  const marked = facts(dir, 'a.jsonl', '\uFEFF{"a":1}\r\n{"a":2}\r\n', { unique: [['a']] });
  assert.equal(marked.unique, { a: { count: 2 } });
});

test('distinct values of JSONL, by plain, dotted and several fields', ({ dir }) => {
  const lines = ['{"id":"q1","r":{"m":1}}', '{"id":"q2","r":{"m":1}}', '', '{"id":"q1","r":{"m":2}}'].join(
    '\n',
  );
  const found = facts(dir, 'a.jsonl', lines, { unique: [['id'], ['r.m'], ['id', 'r.m'], ['r']] });
  assert.equal(found.unique, {
    id: { count: 2, duplicate: { value: '"q1"', lines: [1, 4] } },
    'r.m': { count: 2, duplicate: { value: '1', lines: [1, 2] } },
    'id,r.m': { count: 3 },
    r: { count: 2, duplicate: { value: '{"m":1}', lines: [1, 2] } },
  });
});

test('1 and "1" differ, 1 and 1.0 do not, and a key with a dot comes before a path', ({ dir }) => {
  const found = facts(dir, 'a.jsonl', '{"a":1}\n{"a":"1"}\n{"a":1.0}\n', { unique: [['a']] });
  assert.equal(found.unique?.a, { count: 2, duplicate: { value: '1', lines: [1, 3] } });
  const dotted = facts(dir, 'b.jsonl', '{"a.b":1,"a":{"b":2}}\n{"a":{"b":1}}\n', { unique: [['a.b']] });
  assert.equal(dotted.unique?.['a.b']?.duplicate?.value, '1');
});

test('ids of twenty digits are not rounded to one', ({ dir }) => {
  const found = facts(
    dir,
    'a.jsonl',
    '{"id":12345678901234567890}\n{"id":12345678901234567891}\n{"id":12345678901234567891}',
    {
      unique: [['id']],
    },
  );
  assert.equal(found.unique?.id, { count: 2, duplicate: { value: '12345678901234567891', lines: [2, 3] } });
  const list = facts(dir, 'a.json', '[{"id":12345678901234567890},{"id":12345678901234567891}]', {
    unique: [['id']],
  });
  assert.equal(list.unique?.id, { count: 2 });
});

test('a row without the field, or with null in it', ({ dir }) => {
  const found = facts(dir, 'a.jsonl', '{"id":1}\n{"id":null}\n[]\n7\n', {
    unique: [['id'], ['constructor']],
  });
  assert.equal(found.unique?.id, { count: 1, missing: 2 });
  assert.equal(found.unique?.constructor, { count: 0, missing: 1 });
});

test('keys that every line must have', ({ dir }) => {
  const found = facts(dir, 'a.jsonl', '{"a":1,"b":null}\n{"a":1}\n{}\n', { names: ['a', 'b', 'a.c'] });
  assert.equal(found.lacks, { a: 3, b: 2, 'a.c': 1 });
  assert.is(found.keys, undefined);
});

test('JSONL that is not JSON is noticed only when its content matters, and rows are counted all the same', ({
  dir,
}) => {
  const torn = '{"id":1}\n{"id":\n{"id":3}\n';
  assert.equal(facts(dir, 'a.jsonl', torn), { format: 'jsonl', rows: 3 });
  assert.equal(facts(dir, 'a.jsonl', torn, { unique: [['id']] }), {
    format: 'jsonl',
    rows: 3,
    unique: { id: { count: 2 } },
    broken: 'line 2: not valid JSON at column 7: it ends too early',
  });
  assert.is(
    facts(dir, 'a.jsonl', '{"x": NaN}', { content: true }).broken,
    'line 1: not valid JSON at column 7: NaN is not JSON',
  );
});

test('NUL bytes and invalid UTF-8 in JSONL', ({ dir }) => {
  const nul = facts(dir, 'a.jsonl', '{"a":1}\n\0\0\0', { content: true });
  assert.is(nul.rows, 2);
  assert.is(nul.broken, 'line 2: not valid JSON at column 1: expected a value, found "\\u0000"');
  assert.is(
    facts(dir, 'a.jsonl', latin('{"a":1}\n{"a":"\xe9"}\n'), { content: true }).broken,
    'line 2: not valid UTF-8',
  );
  assert.is(facts(dir, 'a.jsonl', '{"a":"\uFFFD"}\n', { content: true }).broken, undefined);
  assert.is(
    facts(dir, 'a.jsonl', '{"a":"é😀"}\n{"a":"é😀"}', { unique: [['a']] }).unique?.a?.duplicate?.value,
    '"é😀"',
  );
});

test('JSON: rows, keys, version', ({ dir }) => {
  assert.equal(facts(dir, 'a.json', '{"b":1,"a":2,"schema_version":2}', { names: ['a', 'c'] }), {
    format: 'json',
    rows: 1,
    keys: ['a', 'b', 'schema_version'],
    schemaVersion: 2,
    lacks: { a: 0, c: 1 },
  });
  assert.equal(facts(dir, 'a.json', '[1,2,3]'), { format: 'json', rows: 3 });
  assert.equal(facts(dir, 'a.json', '[]'), { format: 'json', rows: 0 });
  assert.equal(facts(dir, 'a.json', '\uFEFF null'), { format: 'json', rows: 1 });
  assert.is(facts(dir, 'a.json', '{"schema_version":{"x":1}}').schemaVersion, null);
  assert.is(facts(dir, 'a.json', '{"schema_version":null}').schemaVersion, null);
  assert.is(facts(dir, 'a.json', JSON.stringify({ schema_version: 'x'.repeat(300) })).schemaVersion, null);
  assert.equal(facts(dir, 'a.json', '[{"id":1},{"id":2},{"id":1}]', { unique: [['id']] }).unique, {
    id: { count: 2, duplicate: { value: '1', lines: [1, 3] } },
  });
});

test('broken JSON names line and column', ({ dir }) => {
  const broken = (content: string | Buffer) => facts(dir, 'a.json', content);
  assert.equal(broken('{\n "a": 1,\n}\n'), {
    format: 'json',
    broken: 'line 3: not valid JSON at column 1: expected a key in double quotes, found "}"',
  });
  assert.is(broken('').broken, 'line 1: not valid JSON at column 1: there is nothing in it');
  assert.is(broken(latin('{\n"a": "\xff"}')).broken, 'line 2: not valid UTF-8');
});

test('no more than 200 keys are kept, and none that is longer than 200', ({ dir }) => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i]));
  const found = facts(dir, 'a.json', JSON.stringify({ ...many, ['x'.repeat(201)]: 1 }), {
    names: ['k99', 'k300'],
  });
  assert.is(found.keys?.length, 200);
  assert.equal(found.lacks, { k99: 0, k300: 1 });
  assert.equal(facts(dir, 'b.json', JSON.stringify({ ['x'.repeat(201)]: 1, b: 1 })).keys, ['b']);
});

test('nesting of any depth is no danger', ({ dir }) => {
  const deep = `{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  assert.equal(facts(dir, 'a.jsonl', deep, { unique: [['id']] }).unique?.id, { count: 0, missing: 1 });
  assert.equal(facts(dir, 'a.json', deep).keys, ['id']);
});

test('CSV: records, not lines', ({ dir }) => {
  const csv = '\uFEFFid,"te""xt",n\r\n1,"a, ""b""\r\nsecond",x\r\n\r\n2,,\n"1",c,d';
  const found = facts(dir, 'a.csv', csv, { unique: [['id'], ['te"xt'], ['n']], names: ['id', 'no'] });
  assert.equal(found, {
    format: 'csv',
    rows: 3,
    columns: ['id', 'te"xt', 'n'],
    lacks: { id: 0, no: 1 },
    unique: {
      id: { count: 2, duplicate: { value: '"1"', lines: [2, 6] } },
      '"te\\"xt"': { count: 3 },
      n: { count: 3 },
    },
  });
  assert.equal(facts(dir, 'a.csv', ''), { format: 'csv', rows: 0, columns: [] });
  assert.equal(facts(dir, 'a.csv', 'a,b\n'), { format: 'csv', rows: 0, columns: ['a', 'b'] });
  assert.equal(facts(dir, 'a.tsv', 'a\tb\n1,2\t3\n', { unique: [['a']] }).unique, { a: { count: 1 } });
  assert.equal(facts(dir, 'a.csv', 'a,b\n1,2\n', { unique: [['c']] }).unique, {
    c: { count: 0, missing: 1 },
  });
});

test('broken CSV', ({ dir }) => {
  const broken = (content: string | Buffer) => facts(dir, 'a.csv', content).broken;
  assert.is(broken('a,b\n1,2\n3\n'), 'line 3: 1 cells, and the header has 2');
  assert.is(broken('a,b\n1,"x\ny\n'), 'line 2: a quoted cell of the record that begins here never ends');
  assert.is(broken('a,b\n1,"x"y\n'), 'line 2: text stands behind the closing quote of a cell');
  assert.is(broken('a,b\n1,\0\n'), 'line 2: a NUL byte stands in the text');
  assert.is(broken(latin('a,b\n1,\xe9\n')), 'line 2: not valid UTF-8');
  assert.is(broken('a,b\n1,x"y"\n'), undefined);
  assert.is(broken('a,b\n"1\r\n2","3"\r\n'), undefined);
});

test('text is only counted', ({ dir }) => {
  assert.equal(facts(dir, 'a.txt', 'one\n\nthree', { unique: [['a']], names: ['b'] }), {
    format: 'text',
    rows: 3,
  });
  assert.equal(facts(dir, 'a.bin', Buffer.from([0, 255, 10, 0])), { format: 'text', rows: 2 });
  assert.equal(facts(dir, 'a', ''), { format: 'text', rows: 0 });
});

test('a format that is said wins over the extension', ({ dir }) => {
  const path = join(dir, 'a.txt');
  writeFileSync(path, '{"a":1}\n');
  assert.is(gatherFacts(path, undefined, { ...noNeeds, format: 'jsonl' }).format, 'jsonl');
  assert.is(gatherFacts(path, 'json', { ...noNeeds, format: 'jsonl' }).format, 'json');
});

test('a file that is not there is an error of the file system, and chunks are handed on', ({ dir }) => {
  assert.throws(() => gatherFacts(join(dir, 'no.json'), undefined, noNeeds), /ENOENT/);
  const path = join(dir, 'a.txt');
  writeFileSync(path, 'hello world');
  let text = '';
  gatherFacts(path, undefined, noNeeds, { chunkBytes: 3, onChunk: (c) => (text += c.toString()) });
  assert.is(text, 'hello world');
});

test('a line beyond the limit is one line, not held and not fatal', () => {
  const told: string[] = [];
  const sink = {
    line: (b: Buffer, start: number, end: number, n: number) =>
      told.push(`${n}:${b.toString('utf8', start, end)}`),
    longLine: (n: number) => told.push(`${n} long`),
  };
  const cutter = new LineCutter(sink, 6);
  for (const chunk of ['ab', 'cd\n12345', '6789', '0123\nxy\n', 'too long at the end'])
    cutter.feed(Buffer.from(chunk));
  cutter.end();
  assert.equal(told, ['1:abcd', '2 long', '3:xy', '4 long']);
});

test('a line of 70 MB is counted, and broken where content matters', ({ dir }) => {
  const path = join(dir, 'a.jsonl');
  writeFileSync(
    path,
    Buffer.concat([Buffer.from('{"a":1}\n"'), Buffer.alloc(70_000_000, 97), Buffer.from('"\n{"a":2}\n')]),
  );
  assert.equal(gatherFacts(path, undefined, noNeeds), { format: 'jsonl', rows: 3 });
  assert.equal(gatherFacts(path, undefined, { ...noNeeds, unique: [['a']], content: true }), {
    format: 'jsonl',
    rows: 3,
    unique: { a: { count: 2 } },
    broken: 'line 2: longer than 67108864 bytes',
  });
  assert.equal(gatherFacts(path, 'csv', noNeeds).broken, 'line 2: the line is longer than 67108864 bytes');
});

test('a set of values may outgrow one map', () => {
  const set = new Distinct(2);
  for (const [i, text] of ['a', 'b', 'c', 'd', 'e'].entries()) assert.is(set.add(text, i), undefined);
  assert.is(set.add('a', 9), 0);
  assert.is(set.add('e', 9), 4);
  set.delete('b');
  assert.is(set.size, 4);
  assert.equal(set.first(3), ['a', 'c', 'd']);
});

test.run();
