// Random damage to a good pipeline: parsing never throws, and gives a pipeline or problems with places in the text.
import { expand, formatProblem, hasErrors, type Json, type Problem } from '@evalmake/core';
import { parseLoosely, parsePipeline } from '@evalmake/core/parse';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryWorld } from './doubles/memory-world.ts';
import { configOf } from './doubles/pipeline-text.ts';

const good = {
  evalmake: 1,
  name: 'fuzz',
  config: 'config.yaml',
  default: ['report'],
  pools: { api: 2 },
  vars: { results: 'out/${{ config.run }}', deep: '${{ results }}/x' },
  defaults: { timeout: '1h', retries: 1, code: ['uv.lock'], env: { A: 'b' } },
  targets: {
    prepare: {
      run: 'prep --config ${{ config }} --in ${{ inputs.raw }} --out ${{ outputs.q }}',
      config: ['seed', 'model.name'],
      inputs: { raw: 'data/*.jsonl', extra: { path: 'x.txt', optional: true, flag: '--extra' } },
      outputs: { q: '${{ results }}/q.jsonl', shards: '${{ results }}/parts/part-*.jsonl' },
      checks: { q: { non_empty: true, unique: 'id' } },
      manifest: '${{ results }}/m.json',
    },
    infer: {
      each: { model: '${{ config.models }}', n: [1, 2], part: { from: 'prepare.shards' } },
      exclude: [{ model: 'a', n: 2 }],
      inputs: { part: '${{ part.path }}' },
      run: ['infer', '${{ model }}', '${{ n }}', '${{ inputs.part }}', '${{ outputs }}'],
      outputs: '${{ deep }}/${{ model.slug }}-${{ n }}/${{ part.stem }}.json',
      pool: 'api',
      env: { SEED: '${{ config.seed }}' },
    },
    report: {
      run: 'report ${{ inputs }} > ${{ outputs }}',
      inputs: { from: 'infer', where: { n: '1' } },
      outputs: 'report/',
      when: '${{ config.report }}',
    },
  },
};

const config = configOf('{ run: r1, seed: 1.0, model: { name: x }, models: [a, b], report: true }\n');

/** All pointers of a document. */
function pointers(value: Json, at: readonly (string | number)[] = []): (string | number)[][] {
  const inner = (v: Json, key: string | number) => pointers(v, [...at, key]);
  const below = Array.isArray(value)
    ? value.flatMap((v: Json, i) => inner(v, i))
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([k, v]) => inner(v, k))
      : [];
  return at.length === 0 ? below : [[...at], ...below];
}

type Mutable = { [key: string | number]: Mutable };

function mutate(
  document: Json,
  where: readonly (string | number)[],
  change: (parent: Mutable, key: string | number) => void,
): void {
  let at = document as unknown as Mutable;
  for (const step of where.slice(0, -1)) {
    const next = at[step];
    if (typeof next !== 'object' || next === null) return;
    at = next;
  }
  if (typeof at === 'object') change(at, where.at(-1) as string | number);
}

const words = [
  'prepare',
  'infer.x',
  'prepare.shards',
  '${{ config.seed }}',
  '${{ inputs.raw }}',
  '${{ nope }}',
  '${{',
  '${{ a + b }}',
  '*',
  'a/*',
  'a/',
  '/abs',
  '../up',
  'constructor',
  '__proto__',
  'toString',
  '',
  ' ',
  '.',
  'x.json',
  '${{ part.path }}',
  '${{ constructor }}',
  'run',
  'a@b',
  '${{ model }}',
];
const value = fc.oneof(
  fc.constantFrom<Json>(...words),
  fc.constantFrom<Json>(
    null,
    true,
    0,
    -1,
    1.5,
    1e21,
    [],
    {},
    ['a'],
    [['a']],
    { from: 'prepare' },
    { glob: 'a/*' },
    { range: [1, 3] },
    { path: 'p' },
  ),
);
const mutation = fc.record({
  pick: fc.nat(),
  kind: fc.constantFrom('set', 'remove', 'rename', 'add', 'append'),
  value,
  word: fc.constantFrom(
    ...words.filter((w) => w !== '__proto__'),
    'inputs',
    'outputs',
    'each',
    'when',
    'checks',
    'from',
    'where',
    'env',
    'code',
  ),
});

function damaged(mutations: readonly { pick: number; kind: string; value: Json; word: string }[]): Json {
  const document = structuredClone(good) as Json;
  for (const { pick, kind, value: now, word } of mutations) {
    const all = pointers(document);
    if (all.length === 0) break;
    mutate(document, all[pick % all.length] as (string | number)[], (parent, key) => {
      if (Array.isArray(parent) && kind !== 'set' && kind !== 'append') {
        if (kind === 'add') parent.push(structuredClone(now));
        else parent.splice(Number(key), 1);
        return;
      }
      const old = parent[key] as Mutable;
      if (kind === 'set') parent[key] = structuredClone(now) as unknown as Mutable;
      else if (kind === 'remove') delete parent[key];
      else if (kind === 'add') parent[word] = structuredClone(now) as unknown as Mutable;
      else if (kind === 'append') parent[key] = `${JSON.stringify(old)}${word}` as unknown as Mutable;
      else {
        delete parent[key];
        parent[word] = old;
      }
    });
  }
  return document;
}

function expectLocated(problems: readonly Problem[], text: string): void {
  const lines = text.split('\n');
  for (const p of problems) {
    assert.is(p.file, 'p.yaml', formatProblem(p));
    assert.ok((p.line ?? 0) >= 1 && (p.line ?? 0) <= lines.length, formatProblem(p));
    assert.ok(
      (p.column ?? 0) >= 1 && (p.column ?? 0) <= (lines[(p.line ?? 1) - 1]?.length ?? 0) + 1,
      formatProblem(p),
    );
    assert.ok(p.message.length > 5 && !/undefined|\[object|NaN|function/.test(p.message), formatProblem(p));
  }
}

test('the good pipeline is good', () => {
  const { value: pipeline, problems } = parsePipeline(JSON.stringify(good, null, 1), 'p.yaml');
  assert.equal(problems, []);
  assert.is(pipeline?.targets.length, 3);
});

test('random mutations of a good pipeline never throw, and give a pipeline or located problems', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      const text = JSON.stringify(damaged(mutations), null, 1);
      const { value: pipeline, problems } = parsePipeline(text, 'p.yaml');
      expectLocated(problems, text);
      assert.is(pipeline === undefined, hasErrors(problems));
    }),
    { numRuns: 400 },
  );
});

test('what could be read of a damaged pipeline expands without a throw', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      const pipeline = parseLoosely(JSON.stringify(damaged(mutations), null, 1), 'p.yaml').value;
      if (pipeline === undefined) return;
      const world = new MemoryWorld({ 'data/a.jsonl': '', 'a/1': '', 'a/2': '', p: '' });
      const { value: graph, problems } = expand({ pipeline, config, world });
      assert.is(graph === undefined, hasErrors(problems));
    }),
    { numRuns: 400 },
  );
});

test('the same mistake of many instances is told once', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      const pipeline = parseLoosely(JSON.stringify(damaged(mutations), null, 1), 'p.yaml').value;
      if (pipeline === undefined) return;
      const { problems } = expand({ pipeline, config, world: new MemoryWorld({ 'data/a.jsonl': '' }) });
      const told = problems.map((p) => `${p.code} ${p.pointer?.join('.')} ${p.message}`);
      assert.is(new Set(told).size, told.length);
    }),
    { numRuns: 100 },
  );
});

test('deleting or inserting random characters never throws', () => {
  const text = JSON.stringify(good, null, 1).replace(/"([a-z_]+)":/g, '$1:');
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat({ max: 5 }),
      fc.constantFrom('', '{', '}', '"', '\n', ': ', '- ', '&a ', '*a', '#', '\t', '|'),
      (at, cut, add) => {
        const start = at % text.length;
        const broken = text.slice(0, start) + add + text.slice(start + cut);
        const { value: pipeline, problems } = parsePipeline(broken, 'p.yaml');
        expectLocated(problems, broken);
        assert.is(pipeline === undefined, hasErrors(problems));
      },
    ),
    { numRuns: 200 },
  );
});

test.run();
