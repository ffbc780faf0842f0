// Early cutoff: what is downstream of equal bytes does not run; and what flags switch on and off.
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { chainIds, writeChain } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

scenario('A change that the first of three targets ignores ends there.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.edit('in.txt', '# a comment', '# another comment');
  const { plan, ran, events } = await step(ws);
  assert.equal(idsWith(plan, 'maybe'), ['report', 'upper']);
  assert.equal(ran, ['norm']);
  const cut = events.filter((event) => event.event === 'cut-off').map((event) => event.task);
  assert.equal(cut.sort(), ['report', 'upper']);
  await assertSettled(ws);
  ws.edit('in.txt', 'alpha', 'omega');
  assert.equal((await step(ws)).ran, chainIds);
});

scenario('A change that the second of three targets ignores ends there.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.edit('in.txt', 'alpha', 'ALPHA');
  assert.equal((await step(ws)).ran, ['norm', 'upper']);
  await assertSettled(ws);
});

scenario('Of three outputs only the reader of the one that changed runs.', async (ws) => {
  ws.write('in.txt', '1 2 3\n');
  const reader = (name: string): string => `
      use_${name}:
        run: |
          echo use_${name} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: three.${name} }
        outputs: used_${name}.txt`;
  ws.pipeline(`
    targets:
      three:
        run: |
          echo three >> "$RAN_LOG"
          read -r a b c < \${{ inputs }}
          echo "$a" > \${{ outputs.a }}; echo "$b" > \${{ outputs.b }}; echo "$c" > \${{ outputs.c }}
        inputs: in.txt
        outputs: { a: a.txt, b: b.txt, c: c.txt }${['a', 'b', 'c'].map(reader).join('')}
  `);
  assert.equal((await step(ws)).ran, ['three', 'use_a', 'use_b', 'use_c']);
  ws.write('in.txt', '1 2 33\n');
  const { plan, ran } = await step(ws);
  assert.equal(idsWith(plan, 'maybe'), ['use_a', 'use_b', 'use_c']);
  assert.equal(ran, ['three', 'use_c']);
  await assertSettled(ws);
});

scenario('An output that is named by its path is the same edge as { from: … }.', async (ws) => {
  writeChain(ws);
  ws.edit('pipeline.yaml', 'inputs: { from: norm }', 'inputs: norm.txt');
  ws.edit('pipeline.yaml', 'inputs: { from: upper }', 'inputs: [upper.txt]');
  assert.equal((await step(ws)).executions, ['norm', 'upper', 'report']);
  ws.edit('in.txt', '# a comment', '# other');
  assert.equal((await step(ws)).ran, ['norm']);
});

/** report reads main and, when they are there, two optional inputs. */
function writeOptional(ws: Workspace): void {
  ws.write('main.txt', 'main\n');
  ws.write('config.yaml', 'optional: { mixed: false }\n');
  ws.pipeline(`
    config: config.yaml
    default: [report]
    targets:
      mixed:
        when: \${{ config.optional.mixed }}
        run: |
          echo mixed >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: main.txt
        outputs: mixed.txt
      report:
        run: |
          echo report >> "$RAN_LOG"
          printf '%s\\n' \${{ inputs.main }} \${{ inputs.mixed }} \${{ inputs.extra }} > \${{ outputs }}
        inputs:
          main: main.txt
          mixed: { from: mixed, optional: true, flag: --mixed }
          extra: { path: extra.txt, optional: true }
        outputs: report.txt
  `);
}

scenario('A flag switches a target off and on; what reads its output follows.', async (ws) => {
  writeOptional(ws);
  const first = await step(ws);
  assert.equal(first.ran, ['report']);
  assert.is(ws.read('report.txt'), 'main.txt\n');
  await assertSettled(ws);
  const on = await step(ws, ['--set', 'optional.mixed=true']);
  assert.equal(on.executions, ['mixed', 'report']);
  assertReason(on.plan, 'report', 'input-added', { subject: 'mixed' });
  assert.is(ws.read('report.txt'), 'main.txt\n--mixed\nmixed.txt\n');
  await assertSettled(ws, ['--set', 'optional.mixed=true']);
  const off = await step(ws);
  assert.equal(off.ran, [], 'off again: the old mixed.txt is not read, and the first report comes back');
  assertReason(off.plan, 'report', 'input-removed', { subject: 'mixed' });
  assert.is(ws.read('report.txt'), 'main.txt\n');
  assert.ok(ws.exists('mixed.txt'), 'and not removed');
});

scenario(
  'A target that is off is shown as off, is never stale, and can be built by its name.',
  async (ws) => {
    writeOptional(ws);
    ws.edit('pipeline.yaml', 'default: [report]\n', '');
    const { plan, ran } = await step(ws);
    assert.is(taskOf(plan, 'mixed').verdict, 'off');
    assert.equal(ran, ['report']);
    await assertSettled(ws);
    assert.equal((await step(ws, ['mixed'])).ran, ['mixed']);
    assert.ok(ws.exists('mixed.txt'));
  },
);

scenario('An optional file is left out while it is absent, and counts when it is there.', async (ws) => {
  writeOptional(ws);
  await step(ws);
  ws.write('extra.txt', 'x\n');
  const added = await step(ws);
  assertReason(added.plan, 'report', 'input-added', { subject: 'extra' });
  assert.is(ws.read('report.txt'), 'main.txt\nextra.txt\n');
  ws.remove('extra.txt');
  const removed = await step(ws);
  assertReason(removed.plan, 'report', 'input-removed', { subject: 'extra' });
  assert.is(ws.read('report.txt'), 'main.txt\n');
});

scenario('A required input from a target that is off is an error before anything runs.', async (ws) => {
  writeOptional(ws);
  ws.edit('pipeline.yaml', ', optional: true, flag: --mixed', '');
  const outcome = await ws.evalmake([]);
  assert.is(outcome.code, 2);
  assert.match(outcome.stderr, /pipeline\.yaml:\d+:\d+: error: .*mixed/);
  assert.equal(ws.ran(), []);
});

runScenarios();
