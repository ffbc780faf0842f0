// The layout of a manifest, how one is told from what is none, and how stages are merged.

import type { TaskRecord } from '@evalmake/core';
import { isMap, type Json } from '@evalmake/core/json';
import {
  type FileArtifact,
  type Manifest,
  manifestErrors,
  manifestText,
  mergeStage,
  readManifest,
  recordFrom,
  type Stage,
  salvage,
  stageOf,
} from '@evalmake/core/manifest';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const now = '2024-05-01T10:00:00.000Z';
const later = '2024-05-02T10:00:00.000Z';
const ended = '2024-05-01T09:59:59.000Z';
const hex = (pair: string): string => pair.repeat(32);

function recordOf(more: Partial<TaskRecord> = {}): TaskRecord {
  return {
    task: 'parse',
    target: 'parse',
    parts: { 'input:results': 'sha256:1', command: 'parse ${{ inputs }}' },
    outputs: {
      predictions: [
        {
          path: 'exp/results/predictions.csv',
          digest: `sha256:${hex('ab')}`,
          bytes: 812,
          facts: { format: 'csv', rows: 480, columns: ['id'], unique: { id: { count: 480 } } },
        },
      ],
    },
    checks: [{ id: 'rows', digest: 'sha256:c', status: 'passed' }],
    at: ended,
    run: 3,
    ms: 1200,
    ...more,
  };
}

const single = (record: TaskRecord, manifestDir = 'exp'): Stage =>
  stageOf([{ task: record.task, record }], { manifestDir, each: false });
const manifestOf = (stage: Stage, name = 'parsed'): Manifest =>
  mergeStage(undefined, name, stage, now).manifest;
const where = { manifestPath: 'exp/m.json', stage: 'parsed', task: 'parse', target: 'parse' };

test('the text of a manifest is what the documentation shows', () => {
  assert.is(
    manifestText(manifestOf(single(recordOf()))),
    `{
  "schema_version": 2,
  "timestamps": {
    "created_at": "${now}",
    "updated_at": "${now}"
  },
  "stage_status": {
    "parsed": {
      "status": "completed",
      "updated_at": "${ended}",
      "fingerprint": {
        "command": "parse \${{ inputs }}",
        "input:results": "sha256:1"
      },
      "artifacts": {
        "predictions": {
          "path": "results/predictions.csv",
          "sha256": "${hex('ab')}",
          "bytes": 812,
          "rows": 480,
          "facts": {
            "columns": [
              "id"
            ],
            "unique": {
              "id": 480
            }
          }
        }
      },
      "counts": {
        "rows": 480
      },
      "checks": {
        "rows": "passed"
      },
      "check_digest": {
        "rows": "sha256:c"
      },
      "run": 3,
      "run_ms": 1200
    }
  }
}
`,
  );
});

test('an output without a name is listed by the name of its file, a glob by its pattern', () => {
  const file = (path: string, rows?: number) => ({
    path,
    digest: `sha256:${hex('00')}`,
    bytes: 1,
    ...(rows === undefined ? {} : { facts: { format: 'jsonl' as const, rows } }),
  });
  const keyed = (path: string, kind: 'file' | 'glob' | 'dir', members: string[]) => {
    const outputs = { '': members.map((m) => file(m, 2)) };
    const entry = { task: 'parse', record: recordOf({ outputs }), outputs: [{ name: '', kind, path }] };
    const stage = stageOf([entry], { manifestDir: 'b', each: false });
    assert.equal(recordFrom(manifestOf(stage), { ...where, manifestPath: 'b/m.json' })?.outputs, outputs);
    return stage;
  };
  assert.equal(
    Object.keys(keyed('a/per_item.scores.csv', 'file', ['a/per_item.scores.csv']).artifacts ?? {}),
    ['per_item.scores'],
  );
  assert.equal(Object.keys(keyed('a/.env', 'file', ['a/.env']).artifacts ?? {}), ['.env']);
  assert.equal(Object.keys(keyed('model/', 'dir', ['model/']).artifacts ?? {}), ['model']);
  const one = keyed('a/part-*.jsonl', 'glob', ['a/part-1.jsonl']);
  assert.equal(one.artifacts, {
    output: {
      output: '',
      path: '../a/part-*.jsonl',
      files: [{ path: '../a/part-1.jsonl', sha256: hex('00'), bytes: 1, rows: 2 }],
    },
  });
  assert.equal(keyed('a/part-*.jsonl', 'glob', ['a/part-1.jsonl', 'a/part-2.jsonl']).counts, {
    output: 2,
    rows: 4,
  });
});

test('a stage of instances is completed only when all are; what still moves goes before what went wrong', () => {
  const entry = (n: number, status?: 'in_progress' | 'failed' | 'stopped' | 'pending', record = true) => ({
    task: `infer@part-${n}`,
    ...(record
      ? { record: recordOf({ task: `infer@part-${n}`, target: 'infer', at: `2024-05-0${n}T00:00:00.000Z` }) }
      : {}),
    ...(status === undefined ? {} : { attempt: { status, at: ended, message: 'because' } }),
  });
  const of = (...entries: Parameters<typeof stageOf>[0]): Stage =>
    stageOf(entries, { manifestDir: '', each: true });
  const done = of(entry(2), entry(1));
  assert.is(done.status, 'completed');
  assert.is(done.updated_at, '2024-05-02T00:00:00.000Z');
  assert.equal(done.counts, { tasks: 2, completed: 2, rows: 960 });
  assert.equal(Object.keys(done.tasks ?? {}), ['infer@part-1', 'infer@part-2']);
  assert.is(of(entry(1), entry(2, 'failed'), entry(3, 'in_progress')).status, 'in_progress');
  assert.is(of(entry(1), entry(2, 'failed'), entry(3, 'stopped')).status, 'failed');
  assert.is(of(entry(1), entry(3, 'stopped'), entry(2, 'pending')).status, 'stopped');
  const half = of(entry(1), { task: 'infer@part-2' });
  assert.equal([half.status, half.counts], ['pending', { tasks: 2, completed: 1, rows: 480 }]);
  assert.equal([of().status, of().counts], ['pending', { tasks: 0, completed: 0 }]);
});

test('only a completed stage proves anything; a failed attempt keeps telling what is on the disk', () => {
  const entry = {
    task: 'parse',
    record: recordOf(),
    attempt: { status: 'failed' as const, at: later, message: 'exit code 1' },
  };
  const stage = stageOf([entry], { manifestDir: 'exp', each: false });
  assert.equal([stage.status, stage.updated_at, stage.message], ['failed', later, 'exit code 1']);
  assert.equal(stage.artifacts, single(recordOf()).artifacts);
  assert.is(recordFrom(manifestOf(stage), where), undefined);
  assert.is.not(recordFrom(manifestOf(single(recordOf())), where), undefined);
});

test('a record with a failed check is not completed', () => {
  const checks = [{ id: 'rows', digest: 'd', status: 'failed' as const, message: '3 of 4 rows' }];
  const stage = single(recordOf({ checks }));
  assert.equal([stage.status, stage.message], ['failed', 'check failed: 3 of 4 rows']);
  assert.is(recordFrom(manifestOf(stage), where), undefined);
});

test('a record is read back only for its own task, and never with a path outside the workspace', () => {
  const manifest = manifestOf(single(recordOf()));
  assert.is(recordFrom(manifest, { ...where, task: 'parse@a' }), undefined, 'the target has instances now');
  assert.is(recordFrom(manifest, { ...where, stage: 'constructor' }), undefined);
  for (const path of ['../../x', '../..', '/etc/passwd', 'a/../../../x', '..', 'a\0b']) {
    const artifacts = { predictions: { path, sha256: hex('ab'), bytes: 1 } };
    assert.is(recordFrom(manifestOf({ ...single(recordOf()), artifacts }), where), undefined, path);
  }
  const inside = { predictions: { path: './../exp/./x', sha256: hex('ab'), bytes: 1 } };
  assert.is(
    recordFrom(manifestOf({ ...single(recordOf()), artifacts: inside }), where)?.outputs['predictions']?.[0]
      ?.path,
    'exp/x',
  );
});

test('timestamps change only where something else did', () => {
  const first = manifestOf(single(recordOf()));
  const with2 = mergeStage(first, 'scored', single(recordOf({ parts: { command: 'score' } })), later);
  assert.ok(with2.changed);
  assert.equal(with2.manifest.timestamps, { created_at: now, updated_at: later });
  assert.is(with2.manifest.stage_status['parsed'], first.stage_status['parsed']);
  const three = (at: string, command: string) =>
    stageOf(
      ['a', 'b'].map((n) => ({
        task: `t@${n}`,
        record: recordOf({ at, parts: { command: n === 'b' ? command : 'same' } }),
      })),
      { manifestDir: '', each: true },
    );
  const tasks = (m: Manifest) => m.stage_status['t']?.tasks;
  const before = manifestOf(three(ended, 'one'), 't');
  const after = mergeStage(before, 't', three(later, 'two'), later);
  assert.is(tasks(after.manifest)?.['t@a'], tasks(before)?.['t@a']);
  assert.is(tasks(after.manifest)?.['t@b']?.updated_at, later);
  assert.is(mergeStage(after.manifest, 't', three('2025', 'two'), '2025').changed, false);
});

test('a task that is gone is a change; a time nobody knows is the time of writing', () => {
  const two = stageOf([{ task: 't@a' }, { task: 't@b' }], { manifestDir: '', each: true });
  const first = mergeStage(undefined, 't', two, now).manifest;
  assert.equal(first.stage_status['t']?.tasks, {
    't@a': { status: 'pending', updated_at: now },
    't@b': { status: 'pending', updated_at: now },
  });
  assert.equal(manifestErrors(first), []);
  assert.is(mergeStage(first, 't', two, later).changed, false);
  const less = mergeStage(first, 't', stageOf([{ task: 't@a' }], { manifestDir: '', each: true }), later);
  assert.ok(less.changed);
  assert.equal(Object.keys(less.manifest.stage_status['t']?.tasks ?? {}), ['t@a']);
});

test('a target that gets instances leaves nothing of its single record behind', () => {
  const first = manifestOf(single(recordOf()), 't');
  const next = mergeStage(
    first,
    't',
    stageOf([{ task: 't@a' }], { manifestDir: '', each: true }),
    later,
  ).manifest;
  assert.equal(Object.keys(next.stage_status['t'] ?? {}).sort(), ['counts', 'status', 'tasks', 'updated_at']);
});

test('the order of keys in a file does not matter, neither for its text nor for what is a change', () => {
  const both = mergeStage(
    manifestOf(single(recordOf())),
    'infer',
    stageOf([{ task: 't@a' }, { task: 't@b' }], { manifestDir: '', each: true }),
    now,
  );
  const text = manifestText({ ...both.manifest, b: 1, a: 2 } as Manifest);
  const backwards = (value: Json): Json =>
    isMap(value)
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([k, v]) => [k, backwards(v)]),
        )
      : value;
  const entry = (m: Manifest): Stage => m.stage_status['parsed'] as Stage;
  const turned = readManifest(JSON.stringify(backwards(JSON.parse(text)))).manifest as Manifest;
  assert.is(mergeStage(turned, 'parsed', single(recordOf()), later).manifest, turned);
  assert.equal(Object.keys(JSON.parse(manifestText(turned))), Object.keys(JSON.parse(text)));
  assert.equal(Object.keys(JSON.parse(text)), ['schema_version', 'timestamps', 'stage_status', 'a', 'b']);
  assert.equal(
    Object.keys(JSON.parse(manifestText(turned)).stage_status.parsed),
    Object.keys(entry(both.manifest)),
  );
  assert.equal(Object.keys(JSON.parse(manifestText(turned)).stage_status), ['infer', 'parsed']);
  assert.equal(Object.keys(JSON.parse(manifestText(turned)).stage_status.infer.tasks), ['t@a', 't@b']);
});

test('facts are left out only where the number of rows says all', () => {
  const digest = `sha256:${hex('00')}`;
  for (const facts of [
    undefined,
    { format: 'text' as const },
    { format: 'text' as const, rows: 0 },
    { format: 'csv' as const, rows: 1 },
  ]) {
    const file = { path: 'exp/a.txt', digest, bytes: 0, ...(facts === undefined ? {} : { facts }) };
    const stage = single(recordOf({ outputs: { a: [file] } }));
    assert.equal(recordFrom(manifestOf(stage), where)?.outputs, { a: [file] });
    assert.is(
      (stage.artifacts as Record<string, FileArtifact>)['a']?.facts === undefined,
      facts === undefined || (facts.format === 'text' && 'rows' in facts),
    );
  }
});

test('large integers of other programs are not rounded, wherever they stand', () => {
  const text = `{"schema_version":2,"timestamps":{"created_at":"a","updated_at":"b"},"stage_status":{},"jobs":{"t":{"id":12345678901234567891}},"x":[-98765432109876543210,1234567890123456,"12345678901234567891",{"12345678901234567891":1,"\\u0000integer:12345678901234567891":1}]}`;
  const read = readManifest(text).manifest as Manifest;
  const written = manifestText(mergeStage(read, 'parsed', single(recordOf()), later).manifest);
  assert.match(written, /"id": 12345678901234567891\n/);
  assert.ok(Object.hasOwn(JSON.parse(written).x[3], '\0integer:12345678901234567891'), 'a key stays a key');
  assert.match(
    written,
    /-98765432109876543210,\s+1234567890123456,\s+"12345678901234567891",\s+\{\s+"12345678901234567891": 1/,
  );
});

test('what is no manifest is told apart, with its reason', () => {
  const good = manifestText(manifestOf(single(recordOf())));
  const cases: [text: string, problem: string | undefined, message: RegExp][] = [
    [good, undefined, /^$/],
    [`\uFEFF${good}`, undefined, /^$/],
    [
      good.replace('  "schema_version"', '<<<<<<< HEAD\n  "schema_version"'),
      'unparsable',
      /git conflict markers \(line 2\)/,
    ],
    [
      good.replace('\n    "parsed"', '\r\n=======\r\n    "parsed"'),
      'unparsable',
      /git conflict markers \(line 8\)/,
    ],
    [good.slice(0, 100), 'unparsable', /not valid JSON/],
    ['', 'unparsable', /the file is empty/],
    ['[]', 'invalid', /not a JSON object/],
    ['null', 'invalid', /not a JSON object/],
    [good.replace(': 2', ': "2"'), 'invalid', /\/schema_version must be equal to constant/],
    [good.replace('completed', 'done'), 'invalid', /\/stage_status\/parsed\/status must be equal to one of/],
    [good.replace(hex('ab'), 'ab'), 'invalid', /\/artifacts\/predictions\/sha256/],
    [good.replace('"results/', '"/results/'), 'invalid', /\/artifacts\/predictions\/path/],
    [
      good.replace(`"updated_at": "${ended}",`, ''),
      'invalid',
      /\/stage_status\/parsed must have required property 'updated_at'/,
    ],
    [good.replace(': 2', ': 3'), 'newer-version', /schema_version 3 is newer/],
    [good.replace(': 2', ': "2.1"'), 'newer-version', /schema_version 2.1 is newer/],
    [good.replace(': 2', ': 1'), 'old-version', /schema_version 1/],
    [good.replace('"schema_version": 2,', ''), 'old-version', /schema_version 1/],
    ['{}', 'old-version', /schema_version 1/],
    [`{"a": 0${'0'.repeat(20)}1}`, 'unparsable', /not valid JSON/],
  ];
  for (const [text, problem, message] of cases) {
    const reading = readManifest(text);
    assert.is(reading.problem, problem, text.slice(0, 60));
    assert.match(reading.message ?? '', message);
    assert.is(reading.manifest === undefined, problem !== undefined);
  }
});

test('a note of another program may have any artifacts; a record may not', () => {
  const base = { schema_version: 2, timestamps: { created_at: '', updated_at: '' } };
  const stage = {
    status: 'completed',
    updated_at: '',
    artifacts: ['x.csv'],
    checks: 3,
    counts: { items: 'many' },
  };
  assert.equal(manifestErrors({ ...base, stage_status: { uploaded: stage } }), []);
  assert.is.not(
    manifestErrors({ ...base, stage_status: { uploaded: { ...stage, fingerprint: {} } } }).length,
    0,
  );
  assert.is.not(
    manifestErrors({
      ...base,
      stage_status: { t: { status: 'pending', updated_at: '', tasks: { a: { status: 'x' } } } },
    }).length,
    0,
  );
});

test('what fits of an old or damaged manifest is kept', () => {
  const good = single(recordOf());
  const kept = salvage(
    {
      schema_version: 1,
      created_at: '2023',
      datasets: { open_book: { items: 3 } },
      jobs: [],
      job_status: { t: 'completed' },
      stage_status: {
        parsed: good,
        scored: { status: 'perhaps' },
        archived: { status: 'completed', updated_at: 'x' },
      },
    } as never,
    now,
  );
  assert.equal(manifestErrors(kept), []);
  assert.equal(JSON.parse(manifestText(kept)), {
    schema_version: 2,
    timestamps: { created_at: '2023', updated_at: now },
    job_status: { t: 'completed' },
    stage_status: { archived: { status: 'completed', updated_at: 'x' }, parsed: good },
    created_at: '2023',
    datasets: { open_book: { items: 3 } },
  });
  for (const value of [undefined, null, [], 'x', { stage_status: [], timestamps: 4 }] as never[]) {
    assert.equal(salvage(value, now), {
      schema_version: 2,
      timestamps: { created_at: now, updated_at: now },
      stage_status: {},
    });
  }
});

test.run();
