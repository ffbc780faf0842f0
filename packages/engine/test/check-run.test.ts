// Running checks on real files: each kind passes, and fails with a message that names actual and expected.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CheckDemand, CheckFormat, Facts } from '@evalmake/core/check';
import { type CheckRequest, runChecks } from '@evalmake/engine/check-run';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite<{ root: string }>('check-run');

test.before.each((context) => {
  context.root = mkdtempSync(join(tmpdir(), 'checks-'));
});
test.after.each(({ root }) => rmSync(root, { recursive: true }));

type Files = Record<string, string | Buffer>;

function put(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

interface Asked {
  files: Files;
  demand: CheckDemand;
  format?: CheckFormat;
  inputs?: Files;
  more?: Partial<CheckRequest>;
}

/** Runs one check of output `out`, whose files are staged elsewhere; returns `passed` or the message. */
async function run(root: string, { files, demand, format, inputs = {}, more = {} }: Asked): Promise<string> {
  put(join(root, 'stage'), files);
  put(root, inputs);
  const { outcomes } = await runChecks({
    specs: [{ id: 'c', output: 'out', format, demand }],
    outputs: { out: { files: Object.keys(files).map((path) => ({ path, at: join('stage', path) })) } },
    inputs: { in: Object.keys(inputs) },
    root,
    runCommand: async () => ({ code: 0, output: '' }),
    ...more,
  });
  const [outcome, ...others] = outcomes;
  assert.equal(others, []);
  assert.is(outcome?.id, 'c');
  return outcome?.message ?? outcome?.status ?? 'nothing';
}

const jsonl = (...rows: unknown[]) => rows.map((r) => `${JSON.stringify(r)}\n`).join('');

test('non_empty and numbers of rows', async ({ root }) => {
  const demand = { kind: 'non_empty' } as const;
  assert.is(await run(root, { files: { 'a.jsonl': jsonl({}) }, demand }), 'passed');
  assert.is(await run(root, { files: { 'a.jsonl': '' }, demand }), 'a.jsonl is empty');
  assert.is(await run(root, { files: { 'a.jsonl': '\n \n' }, demand }), 'a.jsonl has no rows');
  assert.is(await run(root, { files: { 'a.csv': 'id\n' }, demand }), 'a.csv has no rows');
  assert.is(await run(root, { files: {}, demand }), 'no file was written (non_empty)');
  const two = { 'a.jsonl': jsonl(1, 2), 'b.jsonl': '{torn\n' };
  assert.is(await run(root, { files: two, demand: { kind: 'min_rows', rows: 4 } }), 'rows 3 < 4 (min_rows)');
  assert.is(await run(root, { files: two, demand: { kind: 'max_rows', rows: 2 } }), 'rows 3 > 2 (max_rows)');
  assert.is(await run(root, { files: two, demand: { kind: 'rows', rows: 3 } }), 'passed');
});

test('unique within a file and across files', async ({ root }) => {
  const demand = { kind: 'unique', fields: ['id'] } as const;
  const a = jsonl({ id: 'q1' }, { id: 'q2' });
  assert.is(await run(root, { files: { 'a.jsonl': a }, demand }), 'passed');
  assert.is(
    await run(root, { files: { 'a.jsonl': a + a }, demand }),
    'duplicate id "q1" on lines 1 and 3 of a.jsonl',
  );
  assert.is(
    await run(root, { files: { 'a.jsonl': a, 'b.jsonl': jsonl({ id: 'q3' }, { id: 'q2' }) }, demand }),
    'duplicate id "q2" on line 2 of a.jsonl and line 2 of b.jsonl',
  );
  assert.is(await run(root, { files: { 'a.jsonl': a, 'b.jsonl': jsonl({ id: 'q3' }) }, demand }), 'passed');
  assert.is(
    await run(root, { files: { 'a.csv': 'id,n\nx,1\nx,2\n' }, demand }),
    'duplicate id "x" on lines 2 and 3 of a.csv',
  );
  assert.is(await run(root, { files: { 'a.csv': 'n\n1\n' }, demand }), 'no id in line 1 of a.csv (unique)');
  assert.is(
    await run(root, { files: { 'a.jsonl': '{"id":1}\n{"id":' }, demand }),
    'a.jsonl:2: not valid JSON at column 7: it ends too early',
  );
});

test('covers names the missing ids and their number', async ({ root }) => {
  const demand = { kind: 'covers', id: 'id', of: 'inputs.in' } as const;
  const inputs = {
    'i/1.jsonl': jsonl(...Array.from({ length: 14 }, (_, i) => ({ id: `q${i}` }))),
    'i/2.csv': 'id\n7\nq0\n',
  };
  const all = Array.from({ length: 14 }, (_, i) => ({ id: `q${i}` }));
  assert.is(
    await run(root, { files: { 'a.jsonl': jsonl(...all), 'b.jsonl': jsonl({ id: 7 }) }, demand, inputs }),
    'passed',
  );
  assert.is(
    await run(root, { files: { 'a.jsonl': jsonl(...all.slice(1), { other: 1 }) }, demand, inputs }),
    '2 of 15 id of inputs.in have no row: "q0", "7" (covers)',
  );
  assert.is(
    await run(root, { files: { 'a.jsonl': jsonl({ id: 'q0' }, { id: 'q1' }) }, demand, inputs }),
    '13 of 15 id of inputs.in have no row: "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10", "q11" and 3 more (covers)',
  );
  assert.match(await run(root, { files: {}, demand, inputs }), /^15 of 15 id of inputs.in have no row/);
});

test('covers cannot hold when the ids cannot be read', async ({ root }) => {
  const demand = { kind: 'covers', id: 'id', of: 'inputs.in' } as const;
  const files = { 'a.jsonl': jsonl({ id: 1 }) };
  assert.is(await run(root, { files, demand }), 'inputs.in has no files to take id from (covers)');
  assert.is(
    await run(root, { files, demand, inputs: { 'i.jsonl': jsonl({ no: 1 }) } }),
    'no id in line 1 of i.jsonl (covers)',
  );
  assert.is(
    await run(root, { files, demand, inputs: { 'i.jsonl': '{"id":1}\n{' } }),
    'i.jsonl:2: not valid JSON at column 2: it ends too early (covers)',
  );
  assert.is(
    await run(root, { files, demand, more: { inputs: { in: ['gone.jsonl'] } } }),
    'gone.jsonl does not exist (covers)',
  );
});

test('rows that equal the distinct values of many files', async ({ root }) => {
  const demand = { kind: 'rows_equal_unique', field: 'custom_id', of: 'inputs.in' } as const;
  const inputs = {
    'i1.jsonl': jsonl({ custom_id: 1 }, { custom_id: 2 }),
    'i2.jsonl': jsonl({ custom_id: 2 }),
  };
  assert.is(await run(root, { files: { 'a.jsonl': jsonl(1, 2) }, demand, inputs }), 'passed');
  assert.is(
    await run(root, { files: { 'a.jsonl': jsonl(1), 'b.jsonl': jsonl(2, 3) }, demand, inputs }),
    'rows 3, expected 2: the distinct custom_id of inputs.in (rows)',
  );
});

test('json_schema says file, line, place and expectation, five at most', async ({ root }) => {
  const demand = { kind: 'json_schema', schema: 's.json' } as const;
  const schema = JSON.stringify({ type: 'object', required: ['id'], properties: { id: { type: 'string' } } });
  put(root, { 's.json': schema });
  assert.is(await run(root, { files: { 'a.jsonl': jsonl({ id: 'x' }) }, demand }), 'passed');
  assert.is(
    await run(root, {
      files: { 'd/a.jsonl': jsonl({ id: 'x' }, { id: 5 }), 'd/b.jsonl': `\n${jsonl({})}` },
      demand,
    }),
    '2 do not match s.json (json_schema)\n  d/a.jsonl:2: /id must be string, is 5\n  d/b.jsonl:2: must have the key "id"',
  );
  const many = await run(root, {
    files: { 'a.jsonl': jsonl(...Array.from({ length: 9 }, () => ({}))) },
    demand,
  });
  assert.is(many.split('\n').length, 6);
  assert.match(many, /^9 do not match s.json/);
  assert.is(
    await run(root, { files: { 'a.json': '{\n  "x": 1,\n  "id": [\n 1]\n}' }, demand }),
    '1 does not match s.json (json_schema)\n  a.json:3: /id must be string, is a list of 1',
  );
  assert.match(
    await run(root, { files: { 'a.csv': 'id\n1\n' }, demand }),
    /^a.csv is read as csv, and json_schema needs json or jsonl/,
  );
  assert.is(await run(root, { files: { 'a.txt': jsonl({ id: 'x' }) }, demand, format: 'jsonl' }), 'passed');
});

test('a schema that is missing or cannot be used fails the check', async ({ root }) => {
  const files = { 'a.jsonl': jsonl({}) };
  const demand = { kind: 'json_schema', schema: 'd/s.json' } as const;
  assert.is(await run(root, { files, demand }), 'd/s.json does not exist (json_schema)');
  put(root, { 'd/s.json': '{' });
  assert.is(
    await run(root, { files, demand }),
    'd/s.json: the schema is not valid JSON at line 1, column 2: it ends too early (json_schema)',
  );
});

test('keys, versions and columns', async ({ root }) => {
  const keys = { kind: 'has_keys', keys: ['a.b', 'c'] } as const;
  assert.is(await run(root, { files: { 'a.json': '{"a":{"b":null},"c":1}' }, demand: keys }), 'passed');
  assert.is(
    await run(root, { files: { 'a.json': '{"a":{}}' }, demand: keys }),
    'a.json lacks the keys "a.b", "c"',
  );
  assert.is(
    await run(root, { files: { 'a.json': '[{"c":1}]' }, demand: keys }),
    'a.json holds no object, so it has no keys',
  );
  assert.is(
    await run(root, { files: { 'a.jsonl': jsonl({ 'a.b': 1, c: 1 }, { c: 1 }) }, demand: keys }),
    'line 2 of a.jsonl lacks the key "a.b"',
  );
  const version = { kind: 'schema_version', op: '>=', version: 2 } as const;
  assert.is(await run(root, { files: { 'a.json': '{"schema_version": 2}' }, demand: version }), 'passed');
  assert.is(
    await run(root, { files: { 'a.json': '{"schema_version": 1}' }, demand: version }),
    'a.json has schema_version 1, expected >=2',
  );
  assert.is(
    await run(root, { files: { 'a.json': '{"a":1,}' }, demand: version }),
    'a.json:1: not valid JSON at column 8: expected a key in double quotes, found "}"',
  );
  const columns = { kind: 'columns', columns: ['id'] } as const;
  assert.is(await run(root, { files: { 'a.csv': '"id",n\n1,2\n' }, demand: columns }), 'passed');
  assert.is(
    await run(root, { files: { 'a.csv': 'n\n2\n' }, demand: columns }),
    'a.csv lacks the column "id"; it has n',
  );
});

test('sha256', async ({ root }) => {
  const hex = createHash('sha256').update('hello').digest('hex');
  assert.is(await run(root, { files: { 'a.bin': 'hello' }, demand: { kind: 'sha256', hex } }), 'passed');
  const other = hex.replace(/^./, '0');
  assert.is(
    await run(root, { files: { 'a.bin': 'hello' }, demand: { kind: 'sha256', hex: other } }),
    `a.bin has sha256 ${hex}, expected ${other}`,
  );
});

test('a command passes with exit 0, and its last lines say why it did not', async ({ root }) => {
  const scripts: string[] = [];
  const runCommand = async (script: string) => {
    scripts.push(script);
    return script === 'ok' ? { code: 0, output: 'fine' } : { code: 3, output: '1\n2\n3\n4\n5\nbad\n' };
  };
  const demand = (run: string): CheckDemand => ({ kind: 'command', run });
  assert.is(await run(root, { files: {}, demand: demand('ok'), more: { runCommand } }), 'passed');
  assert.is(
    await run(root, { files: {}, demand: demand('no'), more: { runCommand } }),
    'command exited with 3:\n  2\n  3\n  4\n  5\n  bad',
  );
  assert.equal(scripts, ['ok', 'no']);
  const killed = async () => ({ code: null, output: '' });
  assert.is(
    await run(root, { files: {}, demand: demand('ok'), more: { runCommand: killed } }),
    'command was killed',
  );
});

test('all checks are judged at once, in their order, with the facts of every file', async ({ root }) => {
  put(root, { 'st/a.jsonl': jsonl({ id: 1 }, { id: 1 }), 'st/m.json': '{"n":1}', 'st/p.png': 'x' });
  const file = (path: string) => ({ files: [{ path, at: join(root, 'st', path) }] });
  const { outcomes, facts } = await runChecks({
    specs: [
      { id: 'a.command', output: 'a', format: undefined, demand: { kind: 'command', run: 'x' } },
      { id: 'a.unique', output: 'a', format: undefined, demand: { kind: 'unique', fields: ['id'] } },
      {
        id: 'a.rows',
        output: 'a',
        format: undefined,
        demand: { kind: 'rows_equal_unique', field: 'id', of: 'outputs.a' },
      },
      { id: 'gone.non_empty', output: 'gone', format: undefined, demand: { kind: 'non_empty' } },
      { id: 'p.non_empty', output: 'p', format: undefined, demand: { kind: 'non_empty' } },
    ],
    outputs: { a: file('a.jsonl'), m: file('m.json'), p: file('p.png'), gone: file('gone.json') },
    inputs: {},
    root,
    runCommand: async () => ({ code: 0, output: '' }),
  });
  assert.equal(outcomes, [
    { id: 'a.command', status: 'passed' },
    { id: 'a.unique', status: 'failed', message: 'duplicate id 1 on lines 1 and 2 of a.jsonl' },
    { id: 'a.rows', status: 'failed', message: 'rows 2, expected 1: the distinct id of outputs.a (rows)' },
    { id: 'gone.non_empty', status: 'failed', message: 'st/gone.json does not exist' },
    { id: 'p.non_empty', status: 'passed' },
  ]);
  assert.equal([...facts.keys()], ['a.jsonl', 'm.json']);
  assert.equal(facts.get('m.json')?.keys, ['n']);
});

test('known facts are not gathered again, and are kept beside new ones', async ({ root }) => {
  const known: Facts = { format: 'jsonl', rows: 5, unique: { x: { count: 5 } } };
  const facts = new Map([['a.jsonl', known]]);
  const files = { 'a.jsonl': jsonl({ id: 1 }) };
  assert.is(await run(root, { files, demand: { kind: 'rows', rows: 5 }, more: { facts } }), 'passed');
  put(root, { 'stage/a.jsonl': jsonl({ id: 1 }) });
  const done = await runChecks({
    specs: [{ id: 'u', output: 'out', format: undefined, demand: { kind: 'unique', fields: ['id'] } }],
    outputs: { out: { files: [{ path: 'a.jsonl', at: 'stage/a.jsonl' }] } },
    inputs: {},
    root,
    facts,
    runCommand: async () => ({ code: 0, output: '' }),
  });
  assert.equal(done.facts.get('a.jsonl'), {
    format: 'jsonl',
    rows: 1,
    unique: { x: { count: 5 }, id: { count: 1 } },
  });
  assert.is(facts.get('a.jsonl'), known);
});

test('that content is broken is not forgotten by a pass that does not look at it', async ({ root }) => {
  put(root, { 'a.jsonl': '{"x":1}\n{' });
  const known: Facts = { format: 'jsonl', rows: 2, unique: { x: { count: 1 } }, broken: 'line 2: torn' };
  const done = await runChecks({
    specs: [{ id: 's', output: 'out', format: undefined, demand: { kind: 'sha256', hex: '0'.repeat(64) } }],
    outputs: { out: { files: [{ path: 'a.jsonl', at: 'a.jsonl' }] } },
    inputs: {},
    root,
    facts: new Map([['a.jsonl', known]]),
    runCommand: async () => ({ code: 0, output: '' }),
  });
  assert.equal(done.facts.get('a.jsonl'), known);
});

test('values that two files share are found even when each file is known', async ({ root }) => {
  const row = jsonl({ id: 'q1' });
  const fact: Facts = { format: 'jsonl', rows: 1, unique: { id: { count: 1 } } };
  const files = { 'a.jsonl': jsonl({ id: 'q0' }), 'b.jsonl': row, 'c.jsonl': row };
  const facts = new Map(Object.keys(files).map((path) => [path, fact]));
  assert.is(
    await run(root, { files, demand: { kind: 'unique', fields: ['id'] }, more: { facts } }),
    'duplicate id "q1" on line 1 of b.jsonl and line 1 of c.jsonl',
  );
});

test('a directory is judged by the files in it', async ({ root }) => {
  put(root, { 'st/d/b.jsonl': jsonl({ id: 1 }), 'st/d/a/c.jsonl': jsonl({ id: 1 }) });
  const more = { outputs: { out: { files: [{ path: 'd/', at: 'st/d' }] } } };
  assert.is(
    await run(root, { files: {}, demand: { kind: 'unique', fields: ['id'] }, more }),
    'duplicate id 1 on line 1 of d/a/c.jsonl and line 1 of d/b.jsonl',
  );
  assert.is(await run(root, { files: {}, demand: { kind: 'rows', rows: 2 }, more }), 'passed');
});

test('a signal stops reading, and what a command throws is not a failed check', async ({ root }) => {
  const files = { 'a.jsonl': jsonl({ id: 1 }) };
  const stopped = AbortSignal.abort(new Error('stop'));
  const thrown = async (asked: Asked) => run(root, asked).then(String, (e: Error) => `thrown: ${e.message}`);
  assert.is(
    await thrown({ files, demand: { kind: 'min_rows', rows: 1 }, more: { signal: stopped } }),
    'thrown: stop',
  );
  const runCommand = async () => {
    throw new Error('spawn');
  };
  assert.is(
    await thrown({ files, demand: { kind: 'command', run: 'x' }, more: { runCommand } }),
    'thrown: spawn',
  );
});

test.run();
