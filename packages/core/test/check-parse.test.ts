// Reading `checks:` accepts both forms, and reports every mistake at its own place.
import { parseChecks } from '@evalmake/core/check-parse';
import type { Json } from '@evalmake/core/json';
import { Problems } from '@evalmake/core/problem';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const one = { outputs: ['questions'], inputs: ['raw'] };
const two = { outputs: ['results', 'figures'], inputs: ['requests', 'results'] };
const at = ['targets', 't', 'checks'];

function read(value: Json, context: { outputs: string[]; inputs: string[] }) {
  const problems = new Problems();
  const specs = parseChecks(value, at, context, problems);
  const said = problems.list.map((p) => ({
    at: p.pointer?.slice(at.length).join('/'),
    message: p.message,
    hint: p.hint,
  }));
  return { specs, said, codes: problems.list.map((p) => p.code) };
}

test('nothing is no check', () => {
  assert.equal(read(null, one), { specs: [], said: [], codes: [] });
});

test('the direct form judges the only output', () => {
  const { specs, said } = read({ has_keys: ['model', 'n'], schema_version: '>=2', format: 'json' }, one);
  assert.equal(said, []);
  const common = { output: 'questions', format: 'json' as const };
  assert.equal(specs, [
    { id: 'has_keys', ...common, demand: { kind: 'has_keys', keys: ['model', 'n'] } },
    { id: 'schema_version', ...common, demand: { kind: 'schema_version', op: '>=', version: 2 } },
  ]);
});

test('an output without a name is judged by the direct form', () => {
  const { specs } = read({ non_empty: true }, { outputs: [''], inputs: [] });
  assert.equal(specs, [{ id: 'non_empty', output: '', format: undefined, demand: { kind: 'non_empty' } }]);
});

test('the form by output name, with one output and with several', () => {
  const single = read({ questions: { non_empty: true, unique: 'id' } }, one);
  assert.equal(
    single.specs.map((s) => [s.id, s.output]),
    [
      ['non_empty', 'questions'],
      ['unique', 'questions'],
    ],
  );
  const several = read(
    { results: { unique: ['model', 'id'] }, figures: { non_empty: true }, command: 'true' },
    two,
  );
  assert.equal(several.said, []);
  assert.equal(
    several.specs.map((s) => [s.id, s.output]),
    [
      ['results.unique', 'results'],
      ['figures.non_empty', 'figures'],
      ['command', undefined],
    ],
  );
});

test('every demand in its shapes', () => {
  const hex = 'AB'.repeat(32);
  const demand = (value: Json) => read(value, one).specs[0]?.demand;
  assert.equal(demand({ min_rows: 3 }), { kind: 'min_rows', rows: 3 });
  assert.equal(demand({ max_rows: 0 }), { kind: 'max_rows', rows: 0 });
  assert.equal(demand({ rows: 7 }), { kind: 'rows', rows: 7 });
  assert.equal(demand({ unique: 'a.b' }), { kind: 'unique', fields: ['a.b'] });
  assert.equal(demand({ columns: ['a', 1] }), { kind: 'columns', columns: ['a', '1'] });
  assert.equal(demand({ json_schema: 's.json' }), { kind: 'json_schema', schema: 's.json' });
  assert.equal(demand({ sha256: `sha256:${hex}` }), { kind: 'sha256', hex: hex.toLowerCase() });
  assert.equal(demand({ command: 'python c.py' }), { kind: 'command', run: 'python c.py' });
  for (const [written, op, version] of [
    [2, '=', 2],
    ['2', '=', 2],
    ['==1.5', '=', 1.5],
    ['< 3', '<', 3],
    ['<=3', '<=', 3],
    ['>1', '>', 1],
  ] as const) {
    assert.equal(demand({ schema_version: written }), { kind: 'schema_version', op, version });
  }
});

test('`of` names inputs and outputs, and is kept with its side', () => {
  const of = (value: Json, context = two) => {
    const { specs, said } = read({ results: { covers: { id: 'q', of: value } } }, context);
    const [spec] = specs;
    return spec?.demand.kind === 'covers' ? spec.demand.of : said;
  };
  assert.is(of('requests'), 'inputs.requests');
  assert.is(of('figures'), 'outputs.figures');
  assert.is(of('inputs.results'), 'inputs.results');
  assert.is(of('inputs', { outputs: ['results', 'x'], inputs: [''] }), 'inputs');
  assert.is(of('inputs', { outputs: ['results', 'x'], inputs: ['raw'] }), 'inputs.raw');
  assert.equal(of('results'), [
    {
      at: 'results/covers/of',
      message: '"results" names both an input and an output',
      hint: 'write "inputs.results" or "outputs.results"',
    },
  ]);
  assert.equal(of('request'), [
    {
      at: 'results/covers/of',
      message: '"request" is neither an input nor an output of this target',
      hint: 'did you mean "requests"?',
    },
  ]);
});

test('rows that equal the distinct values of another file', () => {
  const { specs } = read({ rows: { equals_unique: 'custom_id', of: 'raw' } }, one);
  assert.equal(specs[0]?.id, 'rows');
  assert.equal(specs[0]?.demand, { kind: 'rows_equal_unique', field: 'custom_id', of: 'inputs.raw' });
});

test('an output named like a check is told apart by its value', () => {
  const context = { outputs: ['rows'], inputs: ['raw'] };
  assert.equal(read({ rows: { unique: 'id' } }, context).specs[0]?.demand.kind, 'unique');
  assert.equal(read({ rows: 3 }, context).specs[0]?.demand.kind, 'rows');
  assert.equal(
    read({ rows: { equals_unique: 'a', of: 'raw' } }, context).specs[0]?.demand.kind,
    'rows_equal_unique',
  );
});

test('an output named covers too', () => {
  const context = { outputs: ['covers'], inputs: ['raw'] };
  assert.is(read({ covers: { id: 'id', of: 'raw' } }, context).specs[0]?.demand.kind, 'covers');
  assert.is(read({ covers: { unique: 'id' } }, context).specs[0]?.demand.kind, 'unique');
});

test('unknown keys are all reported, with what was meant', () => {
  const { said, codes } = read({ questions: { uniqe: 'id', zzz: 1 }, min_row: 2, 'x-note': 'mine' }, one);
  assert.equal(codes, ['unknown-key', 'unknown-key', 'unknown-key']);
  assert.equal(said[0], {
    at: 'questions/uniqe',
    message: 'unknown key "uniqe" in targets.t.checks.questions',
    hint: 'did you mean "unique"?',
  });
  assert.is(said[1]?.at, 'questions/zzz');
  assert.match(said[1]?.hint ?? '', /^known keys: non_empty, min_rows/);
  assert.equal(said[2], {
    at: 'min_row',
    message: '"min_row" in targets.t.checks is not a check',
    hint: 'did you mean "min_rows"?',
  });
  const several = read({ figure: { non_empty: true } }, two);
  assert.equal(several.said, [
    {
      at: 'figure',
      message: '"figure" in targets.t.checks is neither an output of this target nor a check',
      hint: 'did you mean "figures"?',
    },
  ]);
});

test('a check of no output in particular is refused when there are several, or none', () => {
  assert.equal(read({ non_empty: true }, two).said, [
    {
      at: 'non_empty',
      message: '"non_empty" must stand below the output it judges, because the target has 2',
      hint: 'write "results: { non_empty: … }"; the outputs are results, figures',
    },
  ]);
  assert.equal(read({ non_empty: true }, { outputs: [], inputs: [] }).said, [
    {
      at: 'non_empty',
      message: '"non_empty" has nothing to judge: the target declares no output',
      hint: 'only "command" judges a target without outputs',
    },
  ]);
  assert.equal(read({ command: 'true' }, { outputs: [], inputs: [] }).specs.length, 1);
});

test('wrong values say what was expected, each at its place, all at once', () => {
  const wrong: Json = {
    non_empty: false,
    min_rows: -1,
    max_rows: 'many',
    rows: 'all',
    unique: [],
    covers: 'raw',
    json_schema: '',
    has_keys: { a: 1 },
    schema_version: '~2',
    columns: ['a', 'a', true],
    sha256: 12,
    command: null,
    format: 'yaml',
  };
  const { specs, said, codes } = read(wrong, one);
  assert.equal(specs, []);
  assert.ok(codes.every((c) => c === 'wrong-type'));
  assert.equal(
    said.map((s) => `${s.at}: ${s.message.replaceAll('targets.t.checks.', '')}`),
    [
      'command: command has no value',
      'format: format must be one of json, jsonl, csv, text, not "yaml"',
      'non_empty: non_empty must be true, not false',
      'min_rows: min_rows must be a whole number of at least 0, not -1',
      'max_rows: max_rows must be a whole number of at least 0, not "many"',
      'rows: rows must be a whole number or { equals_unique: FIELD, of: NAME }, not "all"',
      'unique: unique is an empty list',
      'covers: covers must be a map { id: FIELD, of: NAME }, not "raw"',
      'json_schema: json_schema must be the path of a JSON Schema, not empty',
      'has_keys: has_keys must be a name or a list of names, not a map',
      'schema_version: schema_version must be a version such as 2 or ">=2", not "~2"',
      'columns/1: "a" stands twice in columns',
      'columns/2: columns.2 must be a name, not true',
      'sha256: sha256 must be 64 hex digits, with or without "sha256:" before them',
    ],
  );
});

test('parts of a demand that are missing or not known', () => {
  const { said } = read({ covers: { id: 'q', off: 'raw' }, rows: { of: 'raw' } }, one);
  assert.equal(
    said.map((s) => `${s.at}: ${s.message}`),
    [
      'covers/off: unknown key "off" in targets.t.checks.covers',
      'covers: targets.t.checks.covers needs "of": the name of an input or output of this target',
      'rows: targets.t.checks.rows needs "equals_unique": a field',
    ],
  );
});

test('demands that contradict each other, or stand twice', () => {
  assert.equal(read({ min_rows: 5, max_rows: 4 }, one).said, [
    {
      at: 'max_rows',
      message: 'no number of rows is at least 5 (min_rows) and at most 4 (max_rows)',
      hint: undefined,
    },
  ]);
  assert.equal(read({ questions: { unique: 'a' }, unique: 'b' }, one).said, [
    { at: '', message: 'the check "unique" stands twice in targets.t.checks', hint: 'keep one of the two' },
  ]);
  assert.equal(read([1], one).said[0]?.message, 'targets.t.checks must be a map, not a list');
  assert.equal(
    read({ questions: true }, one).said[0]?.message,
    'targets.t.checks.questions must be a map of checks, such as { non_empty: true }',
  );
});

test.run();
