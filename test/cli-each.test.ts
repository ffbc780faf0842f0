// One task per value: values come and go, shards are written anew, equal values read each other, the rest fans in.
import * as assert from 'uvu/assert';
import { assertReason, idsWith } from './workspace/documents.ts';
import { shardTargets, writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

const dynamic = { dynamic: shardTargets };
const chainOf = (...parts: number[]): string[] =>
  ['infer', 'score'].flatMap((target) =>
    parts.map((part) => `${target}@part-${String(part).padStart(4, '0')}`),
  );

function writeModels(ws: Workspace): void {
  ws.write('config.yaml', 'models: [small, large]\ntemperature: { small: 0, large: 1, huge: 2 }\n');
  ws.write('prompts/a.md', 'ask a\n');
  ws.write('prompts/b.md', 'ask b\n');
  ws.pipeline(`
    config: config.yaml
    targets:
      infer:
        each:
          model: \${{ config.models }}
          prompt: [a, b]
        run: |
          echo infer@\${{ model }},\${{ prompt }} >> "$RAN_LOG"
          { echo \${{ model }}; cat \${{ inputs }}; } > \${{ outputs }}
        inputs: prompts/\${{ prompt }}.md
        outputs: out/\${{ model }}/\${{ prompt }}.txt
      total:
        each: { model: "\${{ config.models }}" }
        run: |
          echo total@\${{ model }} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: infer }
        outputs: total/\${{ model }}.txt
  `);
}

scenario('`each` makes one task per combination, named in the order of its variables.', async (ws) => {
  writeModels(ws);
  const { ran } = await step(ws);
  assert.equal(ran, [
    'infer@large,a',
    'infer@large,b',
    'infer@small,a',
    'infer@small,b',
    'total@large',
    'total@small',
  ]);
  assert.is(ws.read('total/small.txt'), 'small\nask a\nsmall\nask b\n');
  assert.is(ws.read('total/large.txt'), 'large\nask a\nlarge\nask b\n');
  await assertSettled(ws);
});

scenario('A new value leaves the tasks of the others fresh.', async (ws) => {
  writeModels(ws);
  await step(ws);
  ws.edit('config.yaml', '[small, large]', '[small, huge, large]');
  const { plan, ran } = await step(ws);
  assert.equal(ran, ['infer@huge,a', 'infer@huge,b', 'total@huge']);
  assert.equal(idsWith(plan, 'fresh').length, 6);
  await assertSettled(ws);
});

scenario('A value that is removed leaves the others fresh, and its files where they are.', async (ws) => {
  writeModels(ws);
  await step(ws);
  ws.edit('config.yaml', '[small, large]', '[large]');
  const { plan, ran } = await step(ws);
  assert.equal(ran, []);
  assert.equal(plan.tasks.map((task) => task.id).sort(), ['infer@large,a', 'infer@large,b', 'total@large']);
  assert.ok(ws.exists('out/small/a.txt') && ws.exists('total/small.txt'));
  ws.edit('config.yaml', '[large]', '[large, small]');
  await assertSettled(ws);
});

scenario('An input that one value reads makes only its tasks stale.', async (ws) => {
  writeModels(ws);
  await step(ws);
  ws.write('prompts/b.md', 'ask b better\n');
  const { plan, ran } = await step(ws);
  assert.equal(idsWith(plan, 'run'), ['infer@large,b', 'infer@small,b']);
  assert.equal(ran, ['infer@large,b', 'infer@small,b', 'total@large', 'total@small']);
});

scenario('Tasks are selected by their values: name@value, name@variable=value, name@value,*.', async (ws) => {
  writeModels(ws);
  assert.equal((await step(ws, ['infer@small,b'])).ran, ['infer@small,b']);
  assert.equal((await step(ws, ['infer@prompt=a'])).ran, ['infer@large,a', 'infer@small,a']);
  assert.equal((await step(ws, ['total@small,*', 'infer@large,*'])).ran, ['infer@large,b', 'total@small']);
});

scenario(
  'Only the own value enters a fingerprint: `${{ config }}` holds declared keys, `each` values are apart.',
  async (ws) => {
    writeModels(ws);
    await step(ws);
    ws.edit('config.yaml', 'huge: 2', 'huge: 3');
    await assertSettled(ws);
  },
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

scenario('Deleted and tampered shards are written together in one partial run.', async (ws) => {
  writeShards(ws);
  await step(ws, [], dynamic);
  ws.remove('parts/part-0001.txt');
  ws.write('parts/part-0003.txt', 'tampered\n');
  const { plan, ran, notes } = await step(ws, [], dynamic);
  assertReason(plan, 'split', 'output-missing', { subject: 'parts/part-0001.txt' });
  assertReason(plan, 'split', 'output-modified', { subject: 'parts/part-0003.txt' });
  assert.equal(ran, ['split']);
  assert.equal([...notes].sort(), ['wrote part-0001.txt', 'wrote part-0003.txt']);
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

scenario('An answer deleted of one shard re-runs that task alone.', async (ws) => {
  writeShards(ws);
  await step(ws, [], dynamic);
  ws.remove('answers/part-0002.txt');
  assert.equal((await step(ws, [], dynamic)).ran, ['infer@part-0002']);
  await assertSettled(ws);
});

scenario('`where` selects the instances that an input reads.', async (ws) => {
  ws.pipeline(`
    targets:
      score:
        each: { model: [m1, m2, m3] }
        run: |
          echo score@\${{ model }} >> "$RAN_LOG"
          echo \${{ model }} > \${{ outputs }}
        outputs: score/\${{ model }}.txt
      compare:
        each: { left: [m1, m2] }
        run: |
          echo compare@\${{ left }} >> "$RAN_LOG"
          cat \${{ inputs.mine }} \${{ inputs.last }} > \${{ outputs }}
        inputs:
          mine: { from: score, where: { model: "\${{ left }}" } }
          last: { from: score, where: { model: m3 } }
        outputs: compare/\${{ left }}.txt
  `);
  await step(ws);
  assert.is(ws.read('compare/m1.txt'), 'm1\nm3\n');
  assert.is(ws.read('compare/m2.txt'), 'm2\nm3\n');
  ws.write('score/m2.txt', 'tampered\n');
  assert.equal(idsWith(await ws.plan(), 'run', 'maybe'), ['compare@m2', 'score@m2']);
  ws.write('score/m2.txt', 'm2\n');
  assert.equal((await step(ws, ['compare@m1'])).ran, []);
});

scenario('Maps as values, `exclude`, ranges and globs.', async (ws) => {
  ws.write('data/x.txt', 'x\n');
  ws.write('data/y.txt', 'y\n');
  ws.pipeline(`
    targets:
      grid:
        each:
          n: { range: [1, 3] }
          mode: [slow, fast]
        exclude: [{ n: 2, mode: fast }]
        run: |
          echo grid@\${{ n }},\${{ mode }} >> "$RAN_LOG"
          echo \${{ n }} \${{ mode }} > \${{ outputs }}
        outputs: grid/\${{ n }}-\${{ mode }}.txt
      files:
        each: { file: { glob: data/*.txt } }
        run: |
          echo files@\${{ file.stem }} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: \${{ file.path }}
        outputs: files/\${{ file.stem }}.txt
  `);
  const { ran } = await step(ws);
  const grid = ran.filter((id) => id.startsWith('grid@'));
  assert.equal(grid, ['grid@1,fast', 'grid@1,slow', 'grid@2,slow', 'grid@3,fast', 'grid@3,slow']);
  assert.equal(
    ran.filter((id) => id.startsWith('files@')),
    ['files@x', 'files@y'],
  );
  ws.write('data/z.txt', 'z\n');
  assert.equal((await step(ws)).ran, ['files@z']);
});

scenario('Two values with one name are an error, also when only upper and lower case differ.', async (ws) => {
  for (const values of ['[a, a]', '[a, A]']) {
    ws.pipeline(`
      targets:
        show:
          each: { v: ${values} }
          run: touch \${{ outputs }}
          outputs: out/\${{ v }}.txt
    `);
    const outcome = await ws.evalmake([]);
    assert.is(outcome.code, 2, values);
    assert.match(outcome.stderr, /pipeline\.yaml:\d+:\d+: error: /);
  }
});

runScenarios();
