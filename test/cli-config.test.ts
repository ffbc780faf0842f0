// The config: which keys count for whom, and that every override reaches the command.
import * as assert from 'uvu/assert';
import { assertReason } from './workspace/documents.ts';
import { chainIds, writeChain } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

async function builtChain(ws: Workspace): Promise<void> {
  writeChain(ws);
  assert.equal((await step(ws)).ran, chainIds);
}

scenario(
  'A changed config key re-runs its users only, and the reason tells old and new value.',
  async (ws) => {
    await builtChain(ws);
    ws.edit('config.yaml', 'title: Results', 'title: Findings');
    const { plan, ran } = await step(ws);
    assert.equal(ran, ['report']);
    assertReason(plan, 'report', 'config-changed', { subject: 'title', was: 'Results', now: 'Findings' });
    assert.match(ws.read('out/report.txt'), /^Findings\n/);
    await assertSettled(ws);
  },
);

scenario('`config:` selects by prefix: only the leaves below a declared key count.', async (ws) => {
  ws.write('config.yaml', 'model: { name: small, limits: { tokens: 5 } }\nmodels: 1\n');
  ws.pipeline(`
    config: config.yaml
    targets:
      show:
        run: |
          echo show >> "$RAN_LOG"
          cp \${{ config }} \${{ outputs }}
          cmp -s "$EVALMAKE_CONFIG" \${{ config }}
        config: [model]
        outputs: shown.json
  `);
  await step(ws);
  assert.equal(JSON.parse(ws.read('shown.json')), { model: { name: 'small', limits: { tokens: 5 } } });
  ws.edit('config.yaml', 'models: 1', 'models: 2');
  await assertSettled(ws);
  ws.edit('config.yaml', 'tokens: 5', 'tokens: 6');
  const { plan, ran } = await step(ws);
  assert.equal(ran, ['show']);
  assertReason(plan, 'show', 'config-changed', { subject: 'model.limits.tokens', was: '5', now: '6' });
});

scenario('A command cannot read a config key that it did not declare.', async (ws) => {
  ws.write('config.yaml', 'shown: 1\nhidden: 2\n');
  ws.pipeline(`
    config: config.yaml
    targets:
      show:
        run: cp \${{ config }} \${{ outputs }}
        config: [shown]
        outputs: shown.json
  `);
  assert.is((await ws.evalmake([])).code, 0);
  assert.equal(JSON.parse(ws.read('shown.json')), { shown: 1 });
});

/** A target that only learns its config by reading the file behind `${{ config }}`. */
function writeConfigReader(ws: Workspace): void {
  ws.write('config.yaml', 'model: { name: small, size: 1 }\n');
  ws.pipeline(`
    config: config.yaml
    targets:
      show:
        run: |
          echo show >> "$RAN_LOG"
          cat \${{ config }} > \${{ outputs }}
        config: [model]
        outputs: shown.json
  `);
}

scenario(
  '`--set` reaches a command that reads the config file, and makes it stale exactly like an edit.',
  async (ws) => {
    writeConfigReader(ws);
    await step(ws);
    const { plan, ran } = await step(ws, ['--set', 'model.name=large']);
    assert.equal(ran, ['show']);
    assertReason(plan, 'show', 'config-changed', { subject: 'model.name', was: 'small', now: 'large' });
    assert.equal(JSON.parse(ws.read('shown.json')), { model: { name: 'large', size: 1 } });
    await assertSettled(ws, ['--set', 'model.name=large']);
    ws.edit('config.yaml', 'small', 'large');
    await assertSettled(ws);
  },
);

scenario(
  '`--set` of the value that is already there changes nothing; without it the old value is back.',
  async (ws) => {
    writeConfigReader(ws);
    await step(ws);
    await assertSettled(ws, ['--set', 'model.size=1']);
    assert.equal((await step(ws, ['--set', 'model.size=2'])).ran, ['show']);
    const { plan } = await step(ws);
    assertReason(plan, 'show', 'config-changed', { subject: 'model.size', was: '2', now: '1' });
  },
);

scenario('`--config` replaces the config file.', async (ws) => {
  writeConfigReader(ws);
  await step(ws);
  ws.write('other.yaml', 'model: { name: other, size: 1 }\n');
  const { plan, ran } = await step(ws, ['--config', 'other.yaml']);
  assert.equal(ran, ['show']);
  assertReason(plan, 'show', 'config-changed', { subject: 'model.name', was: 'small', now: 'other' });
});

scenario('A config key that disappears is not the same as null.', async (ws) => {
  ws.write('config.yaml', 'a: { b: null }\n');
  ws.pipeline(`
    config: config.yaml
    targets:
      show:
        run: |
          echo show >> "$RAN_LOG"
          cat \${{ config }} > \${{ outputs }}
        config: [a]
        outputs: shown.json
  `);
  await step(ws);
  ws.write('config.yaml', 'a: {}\n');
  assert.equal((await step(ws)).ran, ['show']);
});

runScenarios();
