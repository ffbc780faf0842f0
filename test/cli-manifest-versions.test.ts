// Manifests of version 1, in every shape that scripts wrote: upgraded with a backup, kept as evidence, believed in nothing.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** A project as scripts left it: outputs and a manifest beside them, and no state of evalmake. */
function writeProject(ws: Workspace, manifest: object, stage = 'prepared'): string {
  ws.write('raw.txt', '{"id": 1}\n{"id": 2}\n');
  ws.write('other.txt', 'x\n');
  ws.pipeline(`
    targets:
      prepare:
        run: |
          echo prepare >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: raw.txt
        outputs: { open_book: data/prepared/open_book.jsonl }
        manifest: data/prepared/prepared_manifest.json
        stage: ${stage}
      other:
        run: |
          echo other >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: other.txt
        outputs: other.out
  `);
  ws.write('data/prepared/open_book.jsonl', ws.read('raw.txt'));
  const text = JSON.stringify(manifest);
  ws.write(path, text);
  return text;
}

const path = 'data/prepared/prepared_manifest.json';
const sum = createHash('sha256').update('{"id": 1}\n{"id": 2}\n').digest('hex');
const document = (ws: Workspace) => JSON.parse(ws.read(path));

function backups(ws: Workspace): string[] {
  return readdirSync(ws.path('data/prepared'))
    .filter((name) => /^prepared_manifest\.backup\..*\.json$/.test(name))
    .map((name) => ws.read(`data/prepared/${name}`));
}

const datasets = { open_book: { path: 'data/prepared/open_book.jsonl', items: 2, sha256: sum } };
const artifact = { path: 'open_book.jsonl', sha256: sum, rows: 2 };
const created = '2025-09-01T00:00:00Z';

scenario('A table of datasets is upgraded by a build of another target, and proves nothing.', async (ws) => {
  const old = writeProject(ws, {
    schema_version: 1,
    created_at: created,
    updated_at: created,
    datasets,
    owner: 'me',
  });
  assert.equal(idsWith(await ws.plan(), 'run'), ['other', 'prepare']);
  const { ran, said } = await step(ws, ['other']);
  assert.equal(ran, ['other']);
  assert.match(said, /schema_version 1: a manifest without fingerprints; the file was kept as .*\.backup\./);
  assert.equal(backups(ws), [old]);
  const { schema_version, timestamps, stage_status, owner, ...rest } = document(ws);
  assert.equal([schema_version, timestamps.created_at, owner, rest], [2, created, 'me', {}]);
  assert.equal(stage_status, {
    prepared: {
      status: 'completed',
      updated_at: created,
      artifacts: { open_book: artifact },
      counts: { rows: 2 },
    },
  });
  const text = ws.read(path);
  await step(ws, ['other']);
  assert.is(ws.read(path), text, 'once');
  assert.equal(backups(ws), [old]);
  assert.equal(idsWith(await ws.plan(), 'run'), ['prepare'], 'a checksum without a fingerprint is no record');
  await step(ws);
  assert.is(typeof document(ws).stage_status.prepared.fingerprint, 'object');
  await assertSettled(ws);
});

scenario('A failed attempt leaves the evidence of version 1 in the manifest.', async (ws) => {
  writeProject(ws, { schema_version: 1, created_at: created, datasets });
  ws.edit('pipeline.yaml', 'echo prepare >> "$RAN_LOG"', 'echo prepare >> "$RAN_LOG"; exit 3');
  await step(ws, ['prepare'], { exit: 1 });
  const { status, artifacts, fingerprint } = document(ws).stage_status.prepared;
  assert.equal([status, artifacts, fingerprint], ['failed', { open_book: artifact }, undefined]);
});

scenario('A table of shards becomes a set with paths relative to the manifest.', async (ws) => {
  const shard = { path: 'data/prepared/open_book.jsonl', lines: 2, size: 20, sha256: sum, part_index: 0 };
  writeProject(ws, { schema_version: 1, shards: { 'open_book.jsonl': shard }, temps: [0] }, 'build');
  await step(ws, ['other']);
  assert.equal(document(ws).temps, [0]);
  const { status, artifacts, counts } = document(ws).stage_status.build;
  assert.equal([status, counts], ['completed', { rows: 2, shards: 1 }]);
  assert.equal(artifacts.shards.files, [
    { path: 'open_book.jsonl', sha256: sum, bytes: 20, rows: 2, part_index: 0 },
  ]);
});

const flags = { downloaded: true, parsed: 'completed', scored: { status: 'done', note: 'n' }, stats: false };
const jobs = { 'part-1': { id: 'job-1' } };
const shapes: readonly (readonly [string, object])[] = [
  ['at the top level', { ...flags, jobs, job_status: { 'part-1': 'COMPLETED' } }],
  ['below "stages"', { schema_version: 1, stages: flags, jobs, job_status: { 'part-1': 'COMPLETED' } }],
  [
    'below "stage_status"',
    { schema_version: 1, stage_status: flags, jobs, job_status: { 'part-1': 'COMPLETED' } },
  ],
];

for (const [where, shape] of shapes) {
  scenario(`Flags of stages ${where} become stages; jobs stay.`, async (ws) => {
    const old = writeProject(ws, { ...shape, created_at: created });
    await step(ws, ['other']);
    assert.equal(backups(ws), [old]);
    const { stage_status, jobs: kept, job_status, ...rest } = document(ws);
    assert.equal(Object.keys(rest), ['schema_version', 'timestamps']);
    assert.equal([kept, job_status], [jobs, { 'part-1': 'COMPLETED' }]);
    assert.equal(
      Object.entries(stage_status as Record<string, { status: string }>).map(
        ([name, s]) => `${name} ${s.status}`,
      ),
      ['downloaded completed', 'parsed completed', 'prepared pending', 'scored completed', 'stats pending'],
    );
    assert.is(stage_status.scored.note, 'n');
    assert.equal(idsWith(await ws.plan(), 'run'), ['prepare']);
  });
}

scenario(
  'A flag for a stage of the pipeline makes nothing fresh, whatever version the file says it has.',
  async (ws) => {
    writeProject(ws, { prepared: { status: 'completed', artifacts: { open_book: datasets.open_book } } });
    assert.equal(idsWith(await ws.plan(), 'run'), ['other', 'prepare']);
    await step(ws, ['other']);
    assert.equal(document(ws).stage_status.prepared.artifacts, { open_book: artifact });
    ws.write(path, JSON.stringify({ ...document(ws), schema_version: 1 }));
    assert.equal(idsWith(await ws.plan(), 'run'), ['prepare']);
  },
);

scenario('With records in the journal an old manifest is replaced by what they say.', async (ws) => {
  writeProject(ws, { schema_version: 1, prepared: 'completed' });
  await step(ws);
  const told = document(ws).stage_status;
  ws.write(path, JSON.stringify({ schema_version: 1, prepared: 'failed', datasets }));
  const { ran } = await step(ws);
  assert.equal(ran, []);
  assert.equal(document(ws).stage_status, told);
  assert.is(backups(ws).length, 2);
});

runScenarios();
