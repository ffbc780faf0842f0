// What must not make anything stale: nothing changed, or nothing that counts.
import { writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { chainIds, writeChain, writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees, partOfTree } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Builds the chain, applies an edit that must not count, and asserts that the next build runs nothing. */
async function assertIgnored(ws: Workspace, edit: () => void): Promise<void> {
  writeChain(ws);
  assert.equal((await step(ws)).ran, chainIds);
  edit();
  await assertSettled(ws);
}

scenario('The first build runs everything, because it was never built.', async (ws) => {
  writeChain(ws);
  const first = await step(ws);
  assert.equal(first.ran, chainIds);
  assert.equal(first.executions, ['norm', 'upper', 'report'], 'in the order of the edges');
  assert.is(ws.read('out/report.txt'), 'Results\nALPHA\nBETA\n');
  const norm = first.plan.tasks.find((task) => task.id === 'norm');
  assert.ok(norm?.reasons.some((reason) => reason.code === 'never-built' && reason.root));
});

scenario(
  'A build with nothing to do leaves every byte as it was: outputs, manifests, journal.',
  async (ws) => {
    writeShards(ws);
    await step(ws, [], { dynamic: ['infer', 'score'] });
    const volatile = /^\.evalmake\/(runs(\/|$)|filestate|lock)/;
    const keep = (path: string): boolean => !volatile.test(path);
    const before = partOfTree(ws.tree(), keep);
    assert.ok(before.has('.evalmake/journal.jsonl') && before.has('manifest.json'));
    await assertSettled(ws);
    await assertSettled(ws);
    assert.equal(compareTrees(before, partOfTree(ws.tree(), keep)), []);
  },
);

scenario('A dry run of a project that was never built makes no .evalmake folder.', async (ws) => {
  writeChain(ws);
  const plan = await ws.plan();
  assert.ok(plan.tasks.every((task) => ['run', 'maybe'].includes(task.verdict)));
  assert.not.ok(ws.exists('.evalmake'));
});

scenario('Touching inputs and outputs makes nothing stale.', (ws) =>
  assertIgnored(ws, () => {
    for (const name of ['in.txt', 'norm.txt', 'upper.txt', 'out/report.txt', 'config.yaml']) ws.touch(name);
  }),
);

scenario('Setting the time of an input back makes nothing stale.', (ws) =>
  assertIgnored(ws, () => ws.setMtime('in.txt', new Date('2001-01-01T00:00:00Z'))),
);

scenario('Writing the same bytes again makes nothing stale.', (ws) =>
  assertIgnored(ws, () => {
    for (const name of ['in.txt', 'norm.txt', 'out/report.txt']) ws.write(name, ws.read(name));
  }),
);

scenario('An edit that is taken back makes nothing stale.', (ws) =>
  assertIgnored(ws, () => {
    const text = ws.read('in.txt');
    ws.write('in.txt', 'something else\n');
    ws.write('in.txt', text);
  }),
);

scenario('A config key that nobody uses makes nothing stale.', (ws) =>
  assertIgnored(ws, () => ws.edit('config.yaml', 'unused: 5', 'unused: 6\nanother: 7')),
);

scenario('Comments and another order of keys in config.yaml make nothing stale.', (ws) =>
  assertIgnored(ws, () =>
    ws.write(
      'config.yaml',
      '# says nothing\nunused: 5\nmodel: { size: 1, name: small }\n\ntitle: "Results" # quoted\n',
    ),
  ),
);

scenario('Comments and another order of keys in pipeline.yaml make nothing stale.', (ws) =>
  assertIgnored(ws, () => {
    const [head = '', norm = '', upper = '', report = ''] = ws
      .read('pipeline.yaml')
      .split(/^ {2}(?=norm:|upper:|report:)/m);
    const moved = upper.replace(/( {4}run: \|\n(?: {6}.*\n)+)([\s\S]*)/, '$2$1');
    assert.is.not(moved, upper, 'the keys of `upper` were reordered');
    ws.write('pipeline.yaml', `# a comment\n${head}  ${report}\n  # another\n  ${moved}  ${norm}`);
  }),
);

scenario('Description, pool, timeout and retries are not part of the work.', (ws) =>
  assertIgnored(ws, () => {
    ws.edit(
      'pipeline.yaml',
      '    inputs: in.txt\n',
      '    inputs: in.txt\n    desc: Drop comments\n    timeout: 5m\n    retries: 2\n    pool: gpu\n',
    );
    ws.edit('pipeline.yaml', 'config: config.yaml\n', 'config: config.yaml\npools: { gpu: 1 }\n');
  }),
);

scenario('A file that no target names makes nothing stale.', (ws) =>
  assertIgnored(ws, () => ws.write('notes.txt', 'x')),
);

scenario('An undeclared environment variable makes nothing stale.', async (ws) => {
  writeChain(ws);
  await step(ws, [], { env: { WEATHER: 'rain' } });
  await assertSettled(ws, [], { env: { WEATHER: 'sun' } });
});

scenario('1 and 1.0 are the same config value, and "1" is another.', async (ws) => {
  ws.write('config.yaml', 'size: 1\n');
  ws.pipeline(`
    config: config.yaml
    targets:
      show:
        run: |
          echo show >> "$RAN_LOG"
          cat \${{ config }} > \${{ outputs }}
        config: [size]
        outputs: shown.json
  `);
  await step(ws);
  assert.equal(JSON.parse(ws.read('shown.json')), { size: 1 });
  ws.write('config.yaml', 'size: 1.0\n');
  await assertSettled(ws);
  ws.write('config.yaml', 'size: "1"\n');
  assert.equal((await step(ws)).ran, ['show']);
  assert.equal(JSON.parse(ws.read('shown.json')), { size: '1' });
});

scenario('An order-only input is built before, and its content does not count.', async (ws) => {
  ws.write('in.txt', 'one\n');
  ws.pipeline(`
    targets:
      setup:
        run: |
          echo setup >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: setup.txt
      work:
        run: |
          echo work >> "$RAN_LOG"
          test -e setup.txt
          echo done > \${{ outputs }}
        inputs: { from: setup, order_only: true }
        outputs: work.txt
  `);
  assert.equal((await step(ws)).executions, ['setup', 'work']);
  ws.write('in.txt', 'two\n');
  assert.equal((await step(ws)).ran, ['setup']);
  await assertSettled(ws);
});

scenario('A project that was copied to another place is fresh there.', async (ws) => {
  writeShards(ws);
  await step(ws, [], { dynamic: ['infer', 'score'] });
  const moved = ws.copy();
  try {
    await assertSettled(moved);
  } finally {
    await moved.dispose();
  }
});

scenario('Without the digest cache everything is still fresh.', async (ws) => {
  writeChain(ws);
  await step(ws);
  if (ws.exists('.evalmake/filestate')) ws.remove('.evalmake/filestate');
  await assertSettled(ws);
  writeFileSync(ws.path('.evalmake/filestate'), Buffer.from([0xff, 0x00, 0x7b, 0x22]));
  await assertSettled(ws);
});

scenario('Building one target runs what it needs and nothing else; the rest is built later.', async (ws) => {
  writeChain(ws);
  assert.equal((await step(ws, ['upper'])).ran, ['norm', 'upper']);
  const { plan, ran } = await step(ws);
  assert.equal(ran, ['report']);
  assert.equal(idsWith(plan, 'fresh'), ['norm', 'upper']);
});

scenario('`default:` says what a bare evalmake builds.', async (ws) => {
  writeChain(ws);
  ws.edit('pipeline.yaml', 'config: config.yaml\n', 'config: config.yaml\ndefault: [upper]\n');
  assert.equal((await step(ws)).ran, ['norm', 'upper']);
});

runScenarios();
