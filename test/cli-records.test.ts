// Records: what survives when state is lost, copied, cut short or damaged. Never a wrong "fresh".
import { truncateSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { chainIds, shardTargets, writeChain, writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees, partOfTree } from './workspace/tree.ts';

const dynamic = { dynamic: shardTargets };
const journal = '.evalmake/journal.jsonl';

scenario('Without .evalmake, manifests and artifacts prove that everything is fresh.', async (ws) => {
  writeShards(ws);
  await step(ws, [], dynamic);
  ws.remove('.evalmake');
  await assertSettled(ws);
});

scenario(
  'A checkout without .evalmake and with other file times is fresh, and the build changes no manifest.',
  async (ws) => {
    writeShards(ws);
    await step(ws, [], dynamic);
    const clone = ws.copy((path) => !path.startsWith('.evalmake'));
    try {
      for (const name of ['manifest.json', 'lines.txt', 'total.txt', 'parts/part-0001.txt'])
        clone.touch(name);
      const before = partOfTree(clone.tree(), (path) => !path.startsWith('.evalmake'));
      await assertSettled(clone);
      const after = partOfTree(clone.tree(), (path) => !path.startsWith('.evalmake'));
      assert.equal(compareTrees(before, after), []);
    } finally {
      await clone.dispose();
    }
  },
);

scenario(
  'Without .evalmake a changed artifact, input or command is still seen through the manifest.',
  async (ws) => {
    writeShards(ws);
    await step(ws, [], dynamic);
    ws.remove('.evalmake');
    ws.write('scores/part-0002.txt', '99\n');
    const tampered = await ws.plan();
    assert.equal(idsWith(tampered, 'run'), ['score@part-0002']);
    ws.write('scores/part-0002.txt', '26\n');
    ws.edit('lines.txt', 'c1', 'c1!');
    assert.equal(idsWith(await ws.plan(), 'run'), ['split']);
    ws.edit('lines.txt', 'c1!', 'c1');
    ws.edit('pipeline.yaml', 'answer to', 'reply to');
    const changed = await ws.plan();
    assert.equal(idsWith(changed, 'run'), ['infer@part-0001', 'infer@part-0002', 'infer@part-0003']);
    assertReason(changed, 'infer@part-0001', 'command-changed');
  },
);

scenario(
  'Without .evalmake a target without a manifest runs again: lost state never means up to date.',
  async (ws) => {
    writeChain(ws);
    await step(ws);
    ws.remove('.evalmake');
    const { plan, ran } = await step(ws);
    assert.equal(idsWith(plan, 'fresh'), []);
    assert.equal(ran, chainIds);
  },
);

scenario(
  'In a fresh clone a failed attempt loses nothing: with the input as it was, all is fresh.',
  async (ws) => {
    ws.write('in.txt', 'good\n');
    ws.pipeline(`
    targets:
      copy:
        run: grep good \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: out.txt
        manifest: m.json
  `);
    assert.is((await ws.build()).code, 0);
    ws.remove('.evalmake');
    ws.write('in.txt', 'bad\n');
    assert.is((await ws.build()).code, 1);
    ws.write('in.txt', 'good\n');
    assert.equal(idsWith(await ws.plan(), 'fresh'), ['copy']);
  },
);

scenario('A manifest is one file of schema version 2 with paths relative to itself.', async (ws) => {
  writeChain(ws);
  ws.edit(
    'pipeline.yaml',
    '    outputs: out/report.txt\n',
    '    outputs: out/report.txt\n    manifest: out/manifest.json\n',
  );
  await step(ws);
  const manifest = JSON.parse(ws.read('out/manifest.json'));
  assert.is(manifest.schema_version, 2);
  const stage = manifest.stage_status.report;
  assert.is(stage.status, 'completed');
  assert.ok(
    Object.values(stage.artifacts).some((artifact) => (artifact as { path: string }).path === 'report.txt'),
  );
  assert.not.match(ws.read('out/manifest.json'), ws.root, 'no absolute path');
});

scenario('Stages and keys that other programs wrote into a manifest are preserved.', async (ws) => {
  writeChain(ws);
  ws.edit(
    'pipeline.yaml',
    '    outputs: out/report.txt\n',
    '    outputs: out/report.txt\n    manifest: out/manifest.json\n',
  );
  await step(ws);
  const manifest = JSON.parse(ws.read('out/manifest.json'));
  manifest.owner = 'another program';
  manifest.stage_status.uploaded = { status: 'completed', updated_at: '2024-01-01T00:00:00Z' };
  ws.write('out/manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
  ws.edit('config.yaml', 'Results', 'Findings');
  await step(ws);
  const after = JSON.parse(ws.read('out/manifest.json'));
  assert.is(after.owner, 'another program');
  assert.equal(after.stage_status.uploaded, manifest.stage_status.uploaded);
  assert.is.not(after.stage_status.report.updated_at, undefined);
});

scenario(
  'A failed attempt is not a completed stage; the manifest keeps telling the truth about the artifacts.',
  async (ws) => {
    writeChain(ws);
    ws.edit(
      'pipeline.yaml',
      '    outputs: norm.txt\n',
      '    outputs: norm.txt\n    manifest: manifest.json\n',
    );
    ws.edit(
      'pipeline.yaml',
      'echo norm >> "$RAN_LOG"',
      'echo norm >> "$RAN_LOG"; if grep -q BAD in.txt; then exit 1; fi',
    );
    await step(ws);
    ws.write('in.txt', 'BAD\n');
    await step(ws, [], { exit: 1 });
    ws.remove('.evalmake');
    assert.is(
      taskOf(await ws.plan(), 'norm').verdict,
      'run',
      'the manifest does not claim that BAD was built',
    );
  },
);

scenario(
  'A torn last line of the journal costs at most the last task, warns once, and is silent afterwards.',
  async (ws) => {
    writeChain(ws);
    await step(ws);
    const whole = ws.read(journal);
    const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (const length of [lastLine + 1, lastLine + 20, whole.length - 2, whole.length - 1]) {
      ws.write(journal, whole);
      truncateSync(ws.path(journal), length);
      const plan = await ws.plan();
      assert.equal(
        idsWith(plan, 'run', 'maybe').filter((id) => id !== 'report'),
        [],
        `cut to ${length} bytes`,
      );
    }
    truncateSync(ws.path(journal), lastLine + 20);
    const first = await ws.evalmake([]);
    assert.is(first.code, 0);
    assert.match(first.stderr, /journal/);
    const second = await ws.evalmake([]);
    assert.not.match(second.stderr, /journal/);
    await assertSettled(ws);
  },
);

scenario('A journal cut at any line never gives a wrong "fresh".', async (ws) => {
  writeChain(ws);
  const old = ws.read('in.txt');
  await step(ws);
  ws.write('in.txt', 'gamma\n');
  await step(ws);
  ws.write('in.txt', old);
  const lines = ws.read(journal).split('\n').slice(0, -1);
  for (let kept = 0; kept <= lines.length; kept += 1) {
    const part = lines.slice(0, kept).map((line) => `${line}\n`);
    ws.write(journal, part.join(''));
    assert.equal(
      idsWith(await ws.plan(), 'fresh'),
      [],
      `${kept} of ${lines.length} lines: every output is of the other input`,
    );
  }
});

scenario('A damaged line in the middle of the journal costs only its own task.', async (ws) => {
  ws.write('in.txt', '1\n');
  const one = (name: string): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: ${name}.txt`;
  ws.pipeline(`
    targets:${['first', 'second', 'third'].map(one).join('')}
  `);
  await step(ws, ['-j1']);
  ws.edit(journal, 'second.txt', 'secOnd.txt');
  const outcome = await ws.evalmake(['--dry-run']);
  assert.match(outcome.stderr, /journal/);
  const { ran } = await step(ws);
  assert.equal(ran, ['second']);
  await assertSettled(ws);
});

scenario('An empty journal is like no journal.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.write(journal, '');
  assert.is(taskOf(await ws.plan(), 'norm').verdict, 'run');
  assert.is((await ws.evalmake([])).code, 0);
  await assertSettled(ws);
});

scenario(
  'Two targets that end at the same time both stand in their common manifest, every time.',
  async (ws) => {
    const one = (name: string): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: out/${name}.txt
        manifest: out/manifest.json`;
    ws.write('in.txt', '0\n');
    ws.pipeline(`
    targets:${['left', 'right'].map(one).join('')}
  `);
    for (let round = 1; round <= 6; round += 1) {
      ws.write('in.txt', `${round}\n`);
      await step(ws, ['-j2']);
      const { left, right } = JSON.parse(ws.read('out/manifest.json')).stage_status;
      assert.equal([left?.status, right?.status], ['completed', 'completed']);
      assert.is(left?.artifacts?.['left']?.sha256, right?.artifacts?.['right']?.sha256);
      ws.remove('.evalmake');
      assert.equal(idsWith(await ws.plan(), 'fresh'), ['left', 'right']);
    }
  },
);

runScenarios();
