// One task per value: values come and go, and `where` selects.
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

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
  assert.equal((await step(ws, ['total@small', 'infer@large,*'])).ran, ['infer@large,b', 'total@small']);
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
