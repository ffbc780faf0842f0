// Judging from facts alone: it passes or fails only what the facts prove, and says actual and expected.
import type { CheckDemand, CheckFormat, CheckSpec, Facts } from '@evalmake/core/check';
import { formatOf, ofRef, uniqueKey } from '@evalmake/core/check';
import { checkDigest, judge, needs } from '@evalmake/core/check-judge';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const digest = `sha256:${'ab'.repeat(32)}`;

function spec(demand: CheckDemand, format?: CheckFormat): CheckSpec {
  return { id: 'c', output: 'out', format, demand };
}

function file(path: string, facts?: Omit<Facts, 'format'>, bytes = 10) {
  return {
    path,
    digest,
    bytes,
    ...(facts === undefined ? {} : { facts: { format: formatOf(path), ...facts } }),
  };
}

function said(demand: CheckDemand, ...files: ReturnType<typeof file>[]): string {
  const verdict = judge(spec(demand), files);
  return verdict.status === 'failed' ? verdict.message : verdict.status;
}

test('non_empty', () => {
  const demand = { kind: 'non_empty' } as const;
  assert.is(said(demand), 'no file was written (non_empty)');
  assert.is(said(demand, file('a.png')), 'passed');
  assert.is(said(demand, file('a.png', undefined, 0)), 'a.png is empty');
  assert.is(said(demand, file('a.jsonl')), 'unknown');
  assert.is(said(demand, file('a.jsonl', { rows: 0 })), 'a.jsonl has no rows');
  assert.is(said(demand, file('a.csv', { rows: 0, columns: ['id'] })), 'a.csv has no rows');
  assert.is(said(demand, file('a.json', { rows: 0 })), 'a.json holds an empty list');
  assert.is(said(demand, file('a.json', { rows: 1, keys: [] })), 'a.json holds an empty object');
  assert.is(said(demand, file('a.json', { rows: 1, keys: ['x'] })), 'passed');
  assert.is(said(demand, file('a.jsonl', { rows: 1 }), file('b.jsonl', { rows: 0 })), 'b.jsonl has no rows');
  assert.is(said(demand, file('dir/')), 'unknown');
  assert.is(said(demand, file('dir/', undefined, 0)), 'dir/ is empty');
});

test('numbers of rows add up over files', () => {
  const files = [file('a.jsonl', { rows: 900 }), file('b.jsonl', { rows: 50 })];
  assert.is(said({ kind: 'min_rows', rows: 1000 }, ...files), 'rows 950 < 1000 (min_rows)');
  assert.is(said({ kind: 'min_rows', rows: 950 }, ...files), 'passed');
  assert.is(said({ kind: 'max_rows', rows: 949 }, ...files), 'rows 950 > 949 (max_rows)');
  assert.is(said({ kind: 'max_rows', rows: 950 }, ...files), 'passed');
  assert.is(said({ kind: 'rows', rows: 951 }, ...files), 'rows 950, expected 951 (rows)');
  assert.is(said({ kind: 'rows', rows: 950 }, ...files), 'passed');
  assert.is(said({ kind: 'rows', rows: 950 }, ...files, file('c.jsonl')), 'unknown');
  assert.is(said({ kind: 'min_rows', rows: 1 }), 'rows 0 < 1 (min_rows)');
  assert.is(said({ kind: 'max_rows', rows: 1 }), 'passed');
});

test('unique', () => {
  const demand = { kind: 'unique', fields: ['custom_id'] } as const;
  const unique = (fact: object) => ({ rows: 5, unique: { custom_id: { count: 5, ...fact } } });
  const twice = { duplicate: { value: '"q7"', lines: [12, 90] as [number, number] } };
  assert.is(said(demand, file('a.jsonl', unique({}))), 'passed');
  assert.is(
    said(demand, file('a.jsonl', unique(twice))),
    'duplicate custom_id "q7" on lines 12 and 90 of a.jsonl',
  );
  assert.is(
    said(demand, file('a.json', unique(twice))),
    'duplicate custom_id "q7" in items 12 and 90 of a.json',
  );
  assert.is(
    said(demand, file('a.jsonl', unique({ missing: 3 }))),
    'no custom_id in line 3 of a.jsonl (unique)',
  );
  assert.is(said(demand, file('a.jsonl', { rows: 5 })), 'unknown');
  assert.is(said(demand, file('a.jsonl', unique({})), file('b.jsonl', unique({}))), 'unknown');
  assert.is(said(demand, file('a.jsonl', unique({})), file('b.jsonl', { ...unique({}), rows: 0 })), 'passed');
  assert.match(
    said(demand, file('a.txt', { rows: 5 })),
    /^a.txt is read as text, and unique needs json, jsonl or csv/,
  );
});

test('keys and columns, with the limits of what is kept', () => {
  const keys = { kind: 'has_keys', keys: ['b', 'z.y'] } as const;
  assert.is(said(keys, file('a.json', { rows: 1, keys: ['a', 'b'] })), 'unknown');
  assert.is(said(keys, file('a.json', { rows: 1, keys: ['a', 'b'], lacks: { 'z.y': 0 } })), 'passed');
  assert.is(
    said(keys, file('a.json', { rows: 1, keys: ['a'], lacks: { b: 1, 'z.y': 1 } })),
    'a.json lacks the keys "b", "z.y"',
  );
  assert.is(
    said({ kind: 'has_keys', keys: ['c'] }, file('a.json', { keys: ['a'] })),
    'a.json lacks the key "c"',
  );
  assert.is(
    said({ kind: 'has_keys', keys: ['c'] }, file('a.json', { rows: 4 })),
    'a.json holds no object, so it has no keys',
  );
  const many = Array.from({ length: 200 }, (_, i) => `k${i}`);
  assert.is(said({ kind: 'has_keys', keys: ['zz'] }, file('a.json', { keys: many })), 'unknown');
  assert.is(said({ kind: 'has_keys', keys: ['k1'] }, file('a.json', { keys: many })), 'passed');
  assert.is(said({ kind: 'has_keys', keys: ['x'.repeat(201)] }, file('a.json', { keys: ['a'] })), 'unknown');
  assert.is(
    said({ kind: 'has_keys', keys: ['c'] }, file('a.jsonl', { rows: 9, lacks: { c: 4 } })),
    'line 4 of a.jsonl lacks the key "c"',
  );
  assert.is(said({ kind: 'has_keys', keys: ['c'] }, file('a.jsonl', { rows: 9 })), 'unknown');
  const columns = { kind: 'columns', columns: ['id', 'score'] } as const;
  assert.is(
    said(columns, file('a.csv', { columns: ['id', 'text'] })),
    'a.csv lacks the column "score"; it has id, text',
  );
  assert.is(said(columns, file('a.csv', { columns: ['score', 'id', 'x'] })), 'passed');
  assert.match(
    said(columns, file('a.jsonl', { rows: 1 })),
    /^a.jsonl is read as jsonl, and columns needs csv/,
  );
  assert.is(
    said({ kind: 'has_keys', keys: ['constructor'] }, file('a.json', { keys: [], lacks: {} })),
    'a.json lacks the key "constructor"',
  );
});

test('schema_version', () => {
  const want = (op: '>=' | '>' | '=' | '<=' | '<', version: number, found: unknown) =>
    said(
      { kind: 'schema_version', op, version },
      file('m.json', { keys: [], schemaVersion: found as number }),
    );
  assert.is(want('>=', 2, 2), 'passed');
  assert.is(want('>=', 2, 1), 'm.json has schema_version 1, expected >=2');
  assert.is(want('=', 2, '2.0'), 'passed');
  assert.is(want('=', 2, 'draft'), 'm.json has schema_version "draft", expected 2');
  assert.is(want('>', 2, 2), 'm.json has schema_version 2, expected >2');
  assert.is(want('<', 2, 1.5), 'passed');
  assert.is(want('<=', 2, null), 'm.json has schema_version null, expected <=2');
  assert.is(want('>=', 2, undefined), 'm.json has no schema_version, expected >=2');
});

test('sha256', () => {
  const demand = { kind: 'sha256', hex: 'ab'.repeat(32) } as const;
  assert.is(said(demand, file('a.bin')), 'passed');
  assert.is(
    said({ ...demand, hex: 'cd'.repeat(32) }, file('a.bin')),
    `a.bin has sha256 ${'ab'.repeat(32)}, expected ${'cd'.repeat(32)}`,
  );
  assert.is(said(demand, file('a.bin'), file('b.bin')), 'sha256 judges one file, and 2 were written');
});

test('broken content fails what looks inside, and whatever needs the format to count', () => {
  const torn = { rows: 3, broken: 'line 3: not valid JSON at column 2: it ends too early' };
  const message = 'a.jsonl:3: not valid JSON at column 2: it ends too early';
  for (const demand of [
    { kind: 'unique', fields: ['a'] },
    { kind: 'has_keys', keys: ['a'] },
    { kind: 'json_schema', schema: 's.json' },
    { kind: 'covers', id: 'a', of: 'inputs' },
  ] as const) {
    assert.is(said(demand, file('a.jsonl', torn)), message);
  }
  assert.is(said({ kind: 'min_rows', rows: 3 }, file('a.jsonl', torn)), 'passed');
  assert.is(said({ kind: 'min_rows', rows: 0 }, file('a.json', { broken: 'line 1: x' })), 'a.json:1: x');
  assert.is(said({ kind: 'non_empty' }, file('a.csv', { rows: 2, broken: 'line 2: x' })), 'a.csv:2: x');
});

test('what only content can tell is unknown', () => {
  const facts = { rows: 3 };
  for (const demand of [
    { kind: 'covers', id: 'a', of: 'inputs' },
    { kind: 'rows_equal_unique', field: 'a', of: 'inputs' },
    { kind: 'json_schema', schema: 's.json' },
    { kind: 'command', run: 'true' },
  ] as const) {
    assert.is(said(demand, file('a.jsonl', facts)), 'unknown');
  }
});

test('facts of another format prove nothing', () => {
  const other = spec({ kind: 'min_rows', rows: 5 }, 'csv');
  assert.equal(judge(other, [file('a.jsonl', { rows: 9 })]), { status: 'unknown' });
});

test('needs gather all of one output, and nothing of another', () => {
  const specs: CheckSpec[] = [
    spec({ kind: 'unique', fields: ['a', 'b'] }),
    spec({ kind: 'unique', fields: ['a', 'b'] }, 'jsonl'),
    spec({ kind: 'has_keys', keys: ['k'] }),
    { ...spec({ kind: 'columns', columns: ['c'] }), output: 'other' },
  ];
  assert.equal(needs(specs, 'out'), { format: 'jsonl', unique: [['a', 'b']], names: ['k'], content: true });
  assert.equal(needs(specs, 'other'), { format: undefined, unique: [], names: ['c'], content: true });
  assert.equal(needs([spec({ kind: 'min_rows', rows: 1 })], 'out').content, false);
});

test('the digest of a check follows its demand, format and files, not the order of keys', () => {
  const text = (s: CheckSpec, files: Record<string, string>) => checkDigest(s, files, (t) => t);
  const schema = spec({ kind: 'json_schema', schema: 's.json' });
  assert.is(
    text(schema, { 's.json': 'sha256:1' }),
    '{"check":1,"demand":{"kind":"json_schema","schema":"s.json"},"files":{"s.json":"sha256:1"},"format":null,"output":"out"}',
  );
  assert.is.not(text(schema, { 's.json': 'sha256:1' }), text(schema, { 's.json': 'sha256:2' }));
  assert.is.not(text(schema, {}), text({ ...schema, format: 'json' }, {}));
  assert.is(text(schema, { a: '1', b: '2' }), text(schema, { b: '2', a: '1' }));
});

test('formats, references and field lists by name', () => {
  const names = ['a.json', 'a.JSONL', 'a.ndjson', 'x/a.csv', 'a.tsv', 'a.gz', 'a', 'dir/'];
  assert.equal(names.map(formatOf), ['json', 'jsonl', 'jsonl', 'csv', 'csv', 'text', 'text', 'text']);
  assert.equal(ofRef('inputs.a.b'), { side: 'inputs', name: 'a.b' });
  assert.equal(ofRef('outputs'), { side: 'outputs', name: '' });
  assert.is(uniqueKey(['a', 'b']), 'a,b');
  assert.is.not(uniqueKey(['a,b']), uniqueKey(['a', 'b']));
});

test.run();
