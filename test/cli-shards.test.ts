// Shards: a set that is known after the run, written anew in parts, read by equal values and fanned in.
import * as assert from 'uvu/assert';
import { assertReason, idsWith } from './workspace/documents.ts';
import { shardTargets, writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';

const dynamic = { dynamic: shardTargets };
const chainOf = (...parts: number[]): string[] =>
  ['infer', 'score'].flatMap((target) =>
    parts.map((part) => `${target}@part-${String(part).padStart(4, '0')}`),
  );

scenario('Shards pair up by equal values and fan in where the variable ends.', async (ws) => {
  writeShards(ws);
  const first = await step(ws, [], dynamic);
  assert.equal(first.ran, [...chainOf(1, 2, 3), 'split', 'total'].sort());
  assert.is(ws.read('answers/part-0002.txt'), 'answer to b1\nanswer to b2\n');
  assert.is(ws.read('total.txt'), '26\n26\n26\n');
  await assertSettled(ws);
});

scenario('A line changed in one shard re-runs the chain of that shard alone.', async (ws) => {
  writeShards(ws);
  await step(ws, [], dynamic);
  ws.edit('lines.txt', 'b2', 'b2 longer');
  const { plan, ran } = await step(ws, [], dynamic);
  assert.equal(idsWith(plan, 'run'), ['split']);
  assert.equal(idsWith(plan, 'maybe'), [...chainOf(1, 2, 3), 'total'].sort());
  assert.equal(ran, [...chainOf(2), 'split', 'total'].sort());
  await assertSettled(ws);
});

scenario('A changed shard whose score stays the same does not reach the total.', async (ws) => {
  writeShards(ws);
  await step(ws, [], dynamic);
  ws.edit('lines.txt', 'b2', 'x2');
  assert.equal((await step(ws, [], dynamic)).ran, [...chainOf(2), 'split'].sort());
  await assertSettled(ws);
});

scenario('More input makes more shards: only the new ones run, and the fan-in.', async (ws) => {
  writeShards(ws);
  await step(ws, [], dynamic);
  ws.write('lines.txt', `${ws.read('lines.txt')}d1\nd2\n`);
  const { ran } = await step(ws, [], dynamic);
  assert.equal(ran, [...chainOf(4), 'split', 'total'].sort());
  assert.is(ws.read('total.txt'), '26\n26\n26\n26\n');
  await assertSettled(ws);
});

scenario(
  'Less input makes fewer shards: the shard goes, what was made from it becomes an orphan.',
  async (ws) => {
    writeShards(ws);
    await step(ws, [], dynamic);
    ws.write('lines.txt', 'a1\na2\nb1\nb2\n');
    const { ran } = await step(ws, [], dynamic);
    assert.equal(ran, ['split', 'total']);
    assert.not.ok(ws.exists('parts/part-0003.txt'));
    assert.ok(ws.exists('answers/part-0003.txt'));
    assert.is(ws.read('total.txt'), '26\n26\n');
    await assertSettled(ws);
  },
);

scenario(
  'One deleted shard: only that shard is written, and no reader runs when it is the same.',
  async (ws) => {
    writeShards(ws);
    const first = await step(ws, [], dynamic);
    assert.equal(first.notes, [], 'the first run is a full one');
    ws.remove('parts/part-0002.txt');
    const { plan, ran, notes } = await step(ws, [], dynamic);
    assertReason(plan, 'split', 'output-missing', { subject: 'parts/part-0002.txt' });
    assert.equal(ran, ['split']);
    assert.equal(notes, ['wrote part-0002.txt'], 'the partial run was asked for one file');
    assert.is(ws.read('parts/part-0002.txt'), 'b1\nb2\n');
    assert.is(ws.read('parts/part-0001.txt'), 'a1\na2\n');
    await assertSettled(ws);
  },
);

scenario('A tampered shard is written again together with a deleted one, and no reader runs.', async (ws) => {
  writeShards(ws);
  await step(ws, [], dynamic);
  ws.remove('parts/part-0001.txt');
  ws.write('parts/part-0003.txt', 'tampered\n');
  const { plan, ran } = await step(ws, [], dynamic);
  assertReason(plan, 'split', 'output-missing', { subject: 'parts/part-0001.txt' });
  assertReason(plan, 'split', 'output-modified', { subject: 'parts/part-0003.txt' });
  assert.equal(ran, ['split']);
  assert.is(ws.read('parts/part-0003.txt'), 'c1\nc2\n');
  await assertSettled(ws);
});

scenario('A shard deleted together with a changed input is no case for a partial run.', async (ws) => {
  writeShards(ws);
  await step(ws, [], dynamic);
  ws.remove('parts/part-0001.txt');
  ws.edit('lines.txt', 'c1', 'c1!');
  const { ran, notes } = await step(ws, [], dynamic);
  assert.equal(notes, []);
  assert.equal(ran, [...chainOf(3), 'split', 'total'].sort());
});

scenario('A rebuilt shard that differs from the recorded one causes one full run.', async (ws) => {
  writeShards(ws);
  ws.edit('split.sh', '{ print >', '{ print $0 ENVIRON["SALT"] >');
  await step(ws, [], { ...dynamic, env: { SALT: 'x' } });
  ws.remove('parts/part-0002.txt');
  const { executions } = await step(ws, [], { ...dynamic, env: { SALT: 'y' } });
  assert.is(executions.filter((id) => id === 'split').length, 2, 'a partial and a full run');
  for (const part of [1, 2, 3]) assert.match(ws.read(`parts/part-000${part}.txt`), /^..y\n..y\n$/);
  await assertSettled(ws);
});

scenario(
  'Going back to fewer shards removes those of the other state: evalmake knows them as its own.',
  async (ws) => {
    writeShards(ws);
    ws.edit('pipeline.yaml', '    rebuild: missing\n', '    rebuild: missing\n    version: 1\n');
    await step(ws, [], dynamic);
    ws.write('lines.txt', `${ws.read('lines.txt')}d1\nd2\n`);
    ws.edit('pipeline.yaml', 'version: 1', 'version: 2');
    await step(ws, [], dynamic);
    ws.edit('lines.txt', 'd1\nd2\n', '');
    ws.edit('pipeline.yaml', 'version: 2', 'version: 1');
    await step(ws, [], dynamic);
    assert.not.ok(ws.exists('parts/part-0004.txt'));
    assert.is(ws.read('total.txt'), '26\n26\n26\n');
    await assertSettled(ws);
  },
);

scenario('An answer deleted of one shard re-runs that task alone.', async (ws) => {
  writeShards(ws);
  await step(ws, [], dynamic);
  ws.remove('answers/part-0002.txt');
  assert.equal((await step(ws, [], dynamic)).ran, ['infer@part-0002']);
  await assertSettled(ws);
});

runScenarios();
