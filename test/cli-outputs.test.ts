// Outputs: deleted, tampered with, unknown, frozen; never accepted unless a record proves them.
import { mkdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { chainIds, writeChain } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

async function builtChain(ws: Workspace): Promise<void> {
  writeChain(ws);
  assert.equal((await step(ws)).ran, chainIds);
}

scenario('A deleted output is made again, and its readers are cut off when it is the same.', async (ws) => {
  await builtChain(ws);
  const good = ws.read('norm.txt');
  ws.remove('norm.txt');
  const { plan, ran } = await step(ws);
  assert.equal(ran, ['norm']);
  assertReason(plan, 'norm', 'output-missing', { subject: 'norm.txt' });
  assert.is(ws.read('norm.txt'), good);
  await assertSettled(ws);
});

scenario('A deleted output folder is made again.', async (ws) => {
  await builtChain(ws);
  ws.remove('out');
  assert.equal((await step(ws)).ran, ['report']);
  await assertSettled(ws);
});

scenario('An output edited by hand is never accepted as built.', async (ws) => {
  await builtChain(ws);
  const good = ws.read('upper.txt');
  ws.write('upper.txt', 'edited by hand\n');
  const { plan, ran } = await step(ws);
  assert.equal(ran, ['upper']);
  assertReason(plan, 'upper', 'output-modified', { subject: 'upper.txt' });
  assert.equal(idsWith(plan, 'maybe'), ['report']);
  assert.is(ws.read('upper.txt'), good);
  await assertSettled(ws);
});

scenario('An output edited to the same size with its old time is never accepted as built.', async (ws) => {
  const options = { env: ws.anHourLater() };
  writeChain(ws);
  await step(ws, [], options);
  await assertSettled(ws, [], options);
  ws.sneak('out/report.txt', ws.read('out/report.txt').replace('ALPHA', 'ALPHB'));
  const { plan, ran } = await step(ws, [], options);
  assert.equal(ran, ['report']);
  assertReason(plan, 'report', 'output-modified');
});

scenario('An output that became a folder is not fresh.', async (ws) => {
  await builtChain(ws);
  ws.remove('out/report.txt');
  mkdirSync(ws.path('out/report.txt'));
  assert.is.not(taskOf(await ws.plan(), 'report').verdict, 'fresh');
});

scenario('A file that nobody recorded is never deleted for a glob output.', async (ws) => {
  ws.write('parts/mine.txt', 'precious\n');
  ws.pipeline(`
    targets:
      split:
        run: |
          echo split >> "$RAN_LOG"
          echo 1 > \${{ outputs.shards.dir }}/part-1.txt
        outputs: { shards: parts/*.txt }
  `);
  const outcome = await ws.evalmake([]);
  assert.ok(outcome.code !== 0, 'it is an error');
  assert.match(outcome.stderr, 'parts/mine.txt');
  assert.is(ws.read('parts/mine.txt'), 'precious\n');
});

scenario('A directory output is the set of files the attempt wrote.', async (ws) => {
  ws.write('names.txt', 'a\nb\n');
  ws.pipeline(`
    targets:
      fill:
        run: |
          echo fill >> "$RAN_LOG"
          mkdir -p \${{ outputs }}/deep
          while read -r name; do echo "$name" > \${{ outputs }}/deep/"$name".txt; done < \${{ inputs }}
        inputs: names.txt
        outputs: filled/
  `);
  await step(ws);
  assert.is(ws.read('filled/deep/b.txt'), 'b\n');
  ws.write('names.txt', 'b\nc\n');
  await step(ws);
  assert.not.ok(ws.exists('filled/deep/a.txt'), 'a member that is not written again is removed');
  assert.is(ws.read('filled/deep/c.txt'), 'c\n');
  ws.remove('filled/deep/c.txt');
  assert.equal((await step(ws)).ran, ['fill']);
  await assertSettled(ws);
});

scenario('A frozen target never runs: stale is a warning, missing blocks.', async (ws) => {
  await builtChain(ws);
  ws.edit('pipeline.yaml', '    outputs: upper.txt\n', '    outputs: upper.txt\n    frozen: true\n');
  await assertSettled(ws);
  ws.write('in.txt', 'gamma\n');
  const { ran, said } = await step(ws);
  assert.equal(ran, ['norm']);
  assert.match(said, 'upper');
  assert.is(ws.read('upper.txt'), 'ALPHA\nBETA\n');
  ws.remove('upper.txt');
  const blocked = await step(ws, [], { exit: 1 });
  assert.equal(blocked.ran, []);
  assert.is(taskOf(blocked.plan, 'upper').verdict, 'blocked');
});

scenario(
  'An output of more than 16 MiB is digested beside the main thread, by every later call too.',
  async (ws) => {
    ws.write('n.txt', '17000000');
    ws.pipeline(`
    targets:
      big: { run: "head -c $(cat \${{ inputs }}) /dev/zero > \${{ outputs }}", inputs: n.txt, outputs: big.bin }
  `);
    for (const size of ['17000000', '18000000']) {
      ws.write('n.txt', size);
      const { code, stderr } = await ws.build();
      assert.is(code, 0, stderr);
      assert.not.match(stderr, /warning/i);
    }
    assert.match(ws.read('.evalmake/journal.jsonl'), '"bytes":18000000');
  },
);

runScenarios();
