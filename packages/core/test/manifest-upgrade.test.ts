// Old manifests: every shape that scripts wrote becomes a valid version 2 that proves nothing and loses nothing.
import { isMap, type Json, type JsonMap } from '@evalmake/core/json';
import { manifestErrors, manifestText, readManifest, recordFrom } from '@evalmake/core/manifest';
import { type UpgradeContext, upgradeManifest } from '@evalmake/core/manifest-upgrade';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const now = '2024-05-01T10:00:00.000Z';
const old = '2023-01-02T03:04:05Z';
const hex = (pair: string): string => pair.repeat(32);

function upgraded(value: Json, more: Partial<UpgradeContext> & { readonly there?: readonly string[] } = {}) {
  const { there = [], ...rest } = more;
  const context = { now, dir: 'exp', stages: [], exists: (path: string) => there.includes(path), ...rest };
  const manifest = upgradeManifest(value, context);
  assert.equal(manifestErrors(manifest), []);
  const text = manifestText(manifest);
  assert.is(readManifest(text).problem, undefined);
  const again = upgradeManifest(JSON.parse(text) as Json, { ...context, now: 'another day' });
  assert.is(manifestText(again), text, 'a second upgrade changes nothing');
  return JSON.parse(text);
}

test('flags at the top level become stages, in whatever words they are written', () => {
  const { stage_status, ...rest } = upgraded({
    schema_version: 1,
    created_at: old,
    downloaded: true,
    parsed: 'completed',
    stats: 'Done',
    costs: false,
    report: null,
    archived: 'cancelled',
    scored: { status: 'success', updated_at: '2023-02', rows: 7, message: 'fine' },
    mine: 1,
    verbose: true,
    owner: { status: 'unknown to us' },
  });
  assert.equal(rest, {
    schema_version: 2,
    timestamps: { created_at: old, updated_at: now },
    mine: 1,
    verbose: true,
    owner: { status: 'unknown to us' },
  });
  const plain = (status: string) => ({ status, updated_at: old });
  assert.equal(stage_status, {
    archived: plain('stopped'),
    costs: plain('pending'),
    downloaded: plain('completed'),
    parsed: plain('completed'),
    report: plain('pending'),
    scored: { status: 'completed', updated_at: '2023-02', message: 'fine', rows: 7 },
    stats: plain('completed'),
  });
});

test('a name of the pipeline is a stage wherever it stands, another one only when it says a status', () => {
  const value = { mine: true, other: true, third: { done: true }, fourth: { done: 12 } };
  const { stage_status, other, fourth, mine } = upgraded(value, { stages: ['mine', 'x'] });
  assert.equal(Object.keys(stage_status), ['mine', 'third']);
  assert.equal([other, fourth, mine], [true, { done: 12 }, undefined]);
  const path = upgraded({ report: 'reports/report.md' });
  assert.is(path.report, 'reports/report.md', 'a path is no status');
});

test('stages below "stages" and "stage_status" are read alike; what nobody understands is told, not believed', () => {
  for (const key of ['stages', 'stage_status']) {
    const document = upgraded({
      updated_at: old,
      [key]: {
        parsed: 'completed',
        scored: true,
        stats: 'perhaps',
        costs: { status: 'maybe', usd: 3 },
        report: { artifacts: { report: 'report.md' } },
        infer: { status: 'running', tasks: { 'infer@a': 'done', 'infer@b': { status: 'error' } } },
        split: { status: 'completed', tasks: 12, message: 5 },
      },
    });
    assert.not.ok('stages' in document);
    assert.not.ok('updated_at' in document);
    const at = { updated_at: old };
    assert.equal(document.stage_status, {
      costs: { status: 'pending', ...at, message: 'version 1 said "maybe"', usd: 3 },
      infer: {
        status: 'in_progress',
        ...at,
        tasks: { 'infer@a': { status: 'completed', ...at }, 'infer@b': { status: 'failed', ...at } },
      },
      parsed: { status: 'completed', ...at },
      report: { status: 'pending', ...at, artifacts: { report: { path: 'report.md' } } },
      scored: { status: 'completed', ...at },
      split: { status: 'completed', ...at, message: '5', version_1_tasks: 12 },
      stats: { status: 'pending', ...at, message: 'version 1 said "perhaps"' },
    });
  }
});

const datasets = {
  open_book: { path: 'data/prepared/open_book.jsonl', items: 3000, sha256: hex('AB') },
  closed_book: { path: 'closed_book.jsonl', items: 20, sha256: `sha256:${hex('cd')}`, split: 'validation' },
  note: { seen: 'no file' },
};

test('a table of datasets becomes the artifacts of its stage, with paths as the manifest sees them', () => {
  const prepared = { dir: 'data/prepared', there: ['data/prepared/open_book.jsonl'] };
  const document = upgraded({ schema_version: 1, created_at: old, updated_at: old, datasets }, prepared);
  assert.equal(document, {
    schema_version: 2,
    timestamps: { created_at: old, updated_at: now },
    stage_status: {
      prepared: {
        status: 'completed',
        updated_at: old,
        artifacts: {
          open_book: { path: 'open_book.jsonl', sha256: hex('ab'), rows: 3000 },
          closed_book: { path: 'closed_book.jsonl', sha256: hex('cd'), rows: 20, split: 'validation' },
        },
        counts: { rows: 3020 },
      },
    },
    datasets: { note: { seen: 'no file' } },
  });
});

test('a path stays when it is right as it is, or when nothing lies at either place', () => {
  const path = 'data/prepared/open_book.jsonl';
  const placed = (there: readonly string[]): string =>
    upgraded({ datasets }, { dir: 'data/prepared', there }).stage_status.prepared.artifacts.open_book.path;
  assert.is(placed([]), path);
  assert.is(placed([path]), 'open_book.jsonl');
  assert.is(placed([path, `data/prepared/${path}`]), path);
  assert.is(
    upgraded({ datasets: { x: { path: '/abs/x' } } }, { there: ['abs/x'] }).stage_status.prepared.artifacts.x
      .path,
    '/abs/x',
    'an absolute path is not guessed at',
  );
});

test('a table belongs to the one stage that the pipeline declares; its flag keeps the last word on the status', () => {
  const one = upgraded({ datasets, prepare: 'failed' }, { stages: ['prepare'] }).stage_status;
  assert.equal([Object.keys(one), one.prepare.status], [['prepare'], 'failed']);
  assert.is(one.prepare.artifacts.open_book.rows, 3000);
  const two = upgraded({ datasets }, { stages: ['prepare', 'build'] }).stage_status;
  assert.equal(Object.keys(two), ['prepared']);
});

test('a table of shards becomes one set', () => {
  const part = (n: number) => ({
    path: `data/batch_inputs/part${n}.jsonl`,
    lines: 10,
    size: 100 + n,
    sha256: hex('0f'),
    part_index: n,
    condition: 'control',
  });
  const document = upgraded(
    {
      schema_version: 1,
      shards: { 'part1.jsonl': part(1), two: part(2), 'part3.jsonl': { lines: 4 } },
      temps: [0],
    },
    { dir: 'data/batch_inputs', there: [1, 2].map((n) => `data/batch_inputs/part${n}.jsonl`) },
  );
  assert.equal(document.temps, [0]);
  const { status, artifacts, counts } = document.stage_status.built;
  assert.equal([status, counts], ['completed', { rows: 24, shards: 3 }]);
  const file = (n: number) => ({
    path: `part${n}.jsonl`,
    sha256: hex('0f'),
    bytes: 100 + n,
    rows: 10,
    part_index: n,
    condition: 'control',
  });
  assert.equal(artifacts, {
    shards: { path: './', files: [file(1), { ...file(2), name: 'two' }, { path: 'part3.jsonl', rows: 4 }] },
  });
});

test('jobs stay; what cannot be one is not invented', () => {
  const jobs = { 'part-1': 'job/1' };
  assert.equal(upgraded({ jobs, job_status: ['ok'] }).jobs, jobs);
  assert.equal(upgraded({ jobs, job_status: ['ok'] }).job_status, { 0: 'ok' });
  assert.not.ok('job_status' in upgraded({ job_status: 'completed' }));
});

test('a fingerprint in a file of version 1 is none: what an upgrade gives proves nothing', () => {
  const parsed = { status: 'completed', fingerprint: { command: 'x' }, artifacts: {}, updated_at: old };
  const value = {
    schema_version: 1,
    parsed,
    stage_status: { infer: { status: 'done', tasks: { 'infer@a': parsed } } },
  };
  const document = upgraded(value);
  for (const [stage, task, target] of [
    ['parsed', 'parsed', 'parsed'],
    ['infer', 'infer@a', 'infer'],
  ] as const)
    assert.is(recordFrom(document, { manifestPath: 'exp/m.json', stage, task, target }), undefined);
  assert.not.match(JSON.stringify(document), 'fingerprint');
});

const words = fc.constantFrom<Json>(true, false, 'completed', 'DONE', 'failed', 'x', null, 0, 1, 7, ' ok ');
const strange = fc.constantFrom('x', 'owner', '__proto__', 'constructor', '7', 'Ä');
const name = fc.oneof(fc.constantFrom('downloaded', 'parsed', 'prepared', 'built', 'report'), strange);
const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const map = (value: fc.Arbitrary<Json>, key: fc.Arbitrary<string> = name) =>
  fc.array(fc.tuple(key, value), { maxLength: 4 }).map((list): JsonMap => Object.fromEntries(list));
const fields = fc.constantFrom('path', 'items', 'lines', 'size', 'sha256', 'status', 'files', 'note');
const file = fc.oneof(
  map(fc.oneof(anything, fc.constantFrom<Json>('a/b.csv', 12, hex('ab'))), fields),
  fc.constantFrom<Json>('a/b.csv'),
  anything,
);
const stage = fc.oneof(
  words,
  anything,
  fc
    .tuple(words, map(file), anything, anything, map(words))
    .map(
      ([status, artifacts, message, tasks, more]): Json =>
        ({ ...more, status, artifacts, message, tasks }) as Json,
    ),
);
const document = fc
  .tuple(
    map(stage),
    map(anything),
    fc.array(
      fc.constantFrom(
        'stages',
        'stage_status',
        'datasets',
        'shards',
        'jobs',
        'job_status',
        'timestamps',
        'created_at',
        'updated_at',
        'schema_version',
      ),
    ),
    fc.array(fc.oneof(map(stage), map(file), anything), { minLength: 10, maxLength: 10 }),
  )
  .map(([flags, more, keys, values]): JsonMap => {
    const known = Object.fromEntries(keys.map((key, i) => [key, values[i % values.length] as Json]));
    return { ...more, ...flags, ...known };
  });

test('whatever an old document holds, its upgrade is valid, proves nothing, and is not upgraded twice', () => {
  fc.assert(
    fc.property(document, fc.array(name, { maxLength: 2 }), fc.boolean(), (given, stages, there) => {
      const value = JSON.parse(JSON.stringify({ ...given, schema_version: 1 })) as Json;
      const text = manifestText(upgradeManifest(value, { now, dir: 'exp', stages, exists: () => there }));
      const read = readManifest(text);
      assert.is(read.problem, undefined, text);
      const again = upgradeManifest(JSON.parse(text) as Json, {
        now: old,
        dir: 'exp',
        stages,
        exists: () => !there,
      });
      assert.is(manifestText(again), text);
      const entries = Object.entries((JSON.parse(text) as JsonMap).stage_status as JsonMap);
      for (const [, entry] of entries) {
        assert.not.ok(isMap(entry) && 'fingerprint' in entry);
        for (const task of Object.values(isMap(entry) && isMap(entry.tasks) ? entry.tasks : {}))
          assert.not.ok(isMap(task) && 'fingerprint' in task);
      }
    }),
    { numRuns: 1500 },
  );
});

test('keys that nobody understands stay as they are', () => {
  const foreignKeys = fc.constantFrom('owner', '__proto__', 'constructor', '7', 'Ä');
  fc.assert(
    fc.property(
      map(fc.oneof(fc.integer(), fc.constantFrom<Json>('text', [1], { a: 'b' })), foreignKeys),
      (foreign) => {
        const value = { schema_version: 1, parsed: true, ...foreign };
        const seen = JSON.parse(
          manifestText(upgradeManifest(value, { now, dir: '', stages: ['7x'], exists: () => false })),
        );
        for (const [key, held] of Object.entries(foreign)) {
          assert.ok(Object.hasOwn(seen, key), key);
          assert.is(JSON.stringify(seen[key]), JSON.stringify(held));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test.run();
