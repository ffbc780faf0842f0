// `evalmake orphans` and `clean --orphans`: what no target owns any more is listed, and goes when it is as recorded.
import { symlinkSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { writeChain } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

interface Orphan {
  readonly path: string;
  readonly why: string;
  readonly state: string;
  readonly task: string;
  readonly bytes: number;
  readonly run?: number;
}

/** The orphans as `path why state task`; fails when a byte changed. */
async function orphans(ws: Workspace): Promise<string[]> {
  const before = ws.tree();
  const { code, stdout, stderr } = await ws.evalmake(['orphans', '--json']);
  assert.is(code, 0, stderr);
  assert.equal(compareTrees(before, ws.tree()), [], 'orphans changes nothing on disk');
  const document = JSON.parse(stdout);
  assert.is(document.format, 'evalmake.orphans');
  return document.orphans.map(({ path, why, state, task }: Orphan) => `${path} ${why} ${state} ${task}`);
}

async function cleanOrphans(
  ws: Workspace,
  ...args: string[]
): Promise<{ removed: string[]; kept: string[] }> {
  const { code, stdout, stderr } = await ws.evalmake(['clean', '--orphans', '--json', ...args]);
  assert.is(code, 0, stderr);
  const { removed, kept } = JSON.parse(stdout);
  return {
    removed: removed.map(({ path }: { path: string }) => path),
    kept: kept.map(({ path, why }: { path: string; why: string }) => `${path} ${why}`),
  };
}

/** One answer per model, with a manifest when asked for, and a table of all. */
function writeModels(ws: Workspace, models: string, manifest = ''): void {
  ws.pipeline(`
    targets:
      answer:
        each: { model: [${models}] }
        run: |
          echo answer@\${{ model }} >> "$RAN_LOG"
          echo \${{ model }} > \${{ outputs }}
        outputs: answers/\${{ model }}.txt
        ${manifest}
      table:
        run: |
          echo table >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: answer }
        outputs: table.txt
        ${manifest}
  `);
}

scenario(
  'After a value of `each` is gone its files are orphans, with size and who wrote them when.',
  async (ws) => {
    writeModels(ws, 'small, large');
    await step(ws);
    assert.equal(await orphans(ws), []);
    writeModels(ws, 'small');
    assert.equal(await orphans(ws), ['answers/large.txt task-gone as-recorded answer@large']);
    const { stdout } = await ws.evalmake(['orphans']);
    assert.match(stdout, /answers\/large\.txt {2}6 B {2}written by answer@large in run 1, \d{4}-\d\d-\d\dT/);
    const before = ws.tree();
    assert.equal((await cleanOrphans(ws, '-n')).removed, ['answers/large.txt']);
    assert.equal(compareTrees(before, ws.tree()), [], 'clean --orphans -n changes nothing');
    assert.equal((await cleanOrphans(ws)).removed, ['answers/large.txt']);
    assert.ok(ws.exists('answers/small.txt'));
    assert.equal((await step(ws)).ran, ['table']);
    assert.equal(await orphans(ws), []);
    writeModels(ws, 'small, large');
    assert.equal(
      (await step(ws)).ran,
      ['answer@large'],
      'when the value is back, it is built again, and the former table comes back',
    );
  },
);

scenario('An orphan that was edited stays, and so does a file that nobody recorded.', async (ws) => {
  writeModels(ws, 'small, large');
  await step(ws);
  writeModels(ws, 'small');
  ws.write('answers/large.txt', 'edited\n');
  ws.write('answers/mine.txt', 'mine\n');
  assert.equal(await orphans(ws), ['answers/large.txt task-gone modified answer@large']);
  assert.equal(await cleanOrphans(ws), { removed: [], kept: ['answers/large.txt modified'] });
  assert.is(ws.read('answers/large.txt'), 'edited\n');
});

scenario('Files in a set that no build wrote are listed, and never removed.', async (ws) => {
  ws.pipeline(`
    targets:
      parts: { run: 'echo a > \${{ outputs.dir }}/a.txt', outputs: parts/*.txt }
      model: { run: 'echo b > \${{ outputs }}/b.bin', outputs: model/ }
  `);
  await ws.build();
  ws.write('parts/mine.txt', 'mine\n');
  ws.write('model/mine.bin', 'mine\n');
  assert.equal(await orphans(ws), [
    'model/mine.bin unrecorded unrecorded model',
    'parts/mine.txt unrecorded unrecorded parts',
  ]);
  const cleaned = await cleanOrphans(ws, '--force');
  assert.equal(cleaned, { removed: [], kept: ['model/mine.bin unrecorded', 'parts/mine.txt unrecorded'] });
  assert.ok(ws.exists('parts/mine.txt') && ws.exists('model/mine.bin'));
});

scenario(
  'An output that was renamed leaves the old one; a target that is gone leaves all of its own.',
  async (ws) => {
    writeChain(ws);
    await step(ws);
    ws.edit('pipeline.yaml', 'outputs: upper.txt', 'outputs: loud/upper.txt');
    assert.equal(await orphans(ws), ['upper.txt output-gone as-recorded upper']);
    await step(ws);
    ws.edit(
      'pipeline.yaml',
      ws.read('pipeline.yaml').slice(ws.read('pipeline.yaml').indexOf('  report:')),
      '',
    );
    assert.equal(await orphans(ws), [
      'out/report.txt task-gone as-recorded report',
      'upper.txt output-gone as-recorded upper',
    ]);
    assert.equal((await cleanOrphans(ws)).removed, ['out/report.txt', 'upper.txt']);
    assert.not.ok(ws.exists('out'), 'its folder held nothing else');
    await assertSettled(ws);
  },
);

scenario(
  'What a manifest of the pipeline still tells of a task that is gone is an orphan too.',
  async (ws) => {
    writeModels(ws, 'small, large', 'manifest: manifest.json');
    await step(ws);
    ws.remove('.evalmake');
    writeModels(ws, 'small', 'manifest: manifest.json');
    assert.equal(await orphans(ws), ['answers/large.txt task-gone as-recorded answer@large']);
    assert.equal((await cleanOrphans(ws)).removed, ['answers/large.txt']);
  },
);

scenario('What once was built and is read as a source now is never an orphan.', async (ws) => {
  writeModels(ws, 'small, large');
  await step(ws);
  ws.pipeline(`
    targets:
      table: { run: 'cat \${{ inputs }} > \${{ outputs }}', inputs: answers/*.txt, outputs: table.txt }
  `);
  assert.equal(await orphans(ws), []);
  assert.equal(await cleanOrphans(ws, '--force'), { removed: [], kept: [] });
  assert.ok(ws.exists('answers/large.txt'));
});

scenario(
  'A forged manifest removes neither a script, nor the config, nor what lies beside the pipeline.',
  async (ws) => {
    writeModels(ws, 'small', 'manifest: manifest.json');
    ws.write('tool.sh', 'cat "$@"\n');
    ws.edit('pipeline.yaml', 'cat ${{', 'bash tool.sh ${{');
    await step(ws);
    const manifest = JSON.parse(ws.read('manifest.json'));
    const digest = (await ws.evalmake(['why', 'table', '--json'])).stdout.match(
      /script:tool\.sh","was":"sha256:(\w+)/,
    );
    manifest.stage_status.gone = {
      ...manifest.stage_status.table,
      artifacts: { tool: { path: 'tool.sh', sha256: digest?.[1], bytes: 9 } },
    };
    ws.write('manifest.json', JSON.stringify(manifest));
    assert.equal(await orphans(ws), []);
    assert.equal((await cleanOrphans(ws, '--force')).removed, []);
    assert.ok(ws.exists('tool.sh'));
  },
);

scenario(
  'While a set is not known, its instances are not called gone; what another target owns now stays.',
  async (ws) => {
    ws.write('lines.txt', 'a\nb\n');
    ws.pipeline(`
    targets:
      split: { run: 'split -l1 \${{ inputs }} \${{ outputs.dir }}/part-', inputs: lines.txt, outputs: parts/part-* }
      loud:
        each: { part: { from: split } }
        run: tr a-z A-Z < \${{ inputs }} > \${{ outputs }}
        inputs: \${{ part.path }}
        outputs: loud/\${{ part.name }}
  `);
    await ws.build();
    ws.edit('pipeline.yaml', 'split: {', 'cut: {');
    ws.edit('pipeline.yaml', '{ from: split }', '{ from: cut }');
    const parts = ['parts/part-aa unrecorded unrecorded cut', 'parts/part-ab unrecorded unrecorded cut'];
    assert.equal(await orphans(ws), parts, 'the target of another name has not written them, and owns them');
    assert.equal((await cleanOrphans(ws)).removed, []);
  },
);

scenario('A directory that a target shares now is given up file by file.', async (ws) => {
  ws.pipeline(`
    targets:
      all: { run: 'cd \${{ outputs }}; echo a > a.txt; echo b > b.txt', outputs: out/ }
  `);
  await ws.build();
  ws.pipeline(`
    targets:
      one: { run: 'echo a > \${{ outputs }}', outputs: out/a.txt }
  `);
  assert.equal(await orphans(ws), ['out/b.txt task-gone as-recorded all']);
  assert.equal((await cleanOrphans(ws)).removed, ['out/b.txt']);
  assert.ok(ws.exists('out/a.txt'));
});

scenario('An orphan behind a link that leads out of the workspace stays.', async (ws) => {
  writeModels(ws, 'small, large');
  await step(ws);
  writeModels(ws, 'small');
  const other = ws.copy();
  try {
    ws.remove('answers');
    symlinkSync(other.path('answers'), ws.path('answers'));
    const cleaned = await cleanOrphans(ws, '--force');
    assert.equal(cleaned, { removed: [], kept: ['answers/large.txt outside-workspace'] });
    assert.ok(other.exists('answers/large.txt'));
  } finally {
    await other.dispose();
  }
});

scenario('What a vanished task of a keep target wrote stays.', async (ws) => {
  writeModels(ws, 'small, large');
  await step(ws);
  writeModels(ws, 'small', 'keep: true');
  assert.equal((await cleanOrphans(ws, '--force')).kept, ['answers/large.txt keep']);
});

runScenarios();
