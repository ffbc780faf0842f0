// `evalmake status`: one line per target, families where they differ, and the same families for programs as in the plan.
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Two conditions of three parts each, built; then one part of one of them is gone. */
async function writeShards(ws: Workspace): Promise<void> {
  ws.pipeline(`
    targets:
      infer:
        desc: Ask
        each: { condition: [control, open], part: { range: [1, 3] } }
        run: echo \${{ condition }} \${{ part }} > \${{ outputs }}
        outputs: o/\${{ condition }}-\${{ part }}.txt
      table:
        run: cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: infer }
        outputs: table.txt
  `);
  assert.is((await ws.evalmake([])).code, 0);
  ws.remove('o/open-2.txt');
}

scenario('Families stand below their target with --all, where not all stand alike.', async (ws) => {
  await writeShards(ws);
  const { stdout } = await ws.evalmake(['status']);
  assert.is(stdout, 'infer  5 fresh, 1 run  Ask\ntable  maybe\n');
  assert.is(
    (await ws.evalmake(['status', '--all'])).stdout,
    'infer            5 fresh, 1 run  Ask\n  infer@control  3 fresh\n  infer@open     1 of 3 run\ntable            maybe\n',
  );
  await ws.evalmake([]);
  assert.is((await ws.evalmake(['status', '--all'])).stdout, 'infer  6 fresh  Ask\ntable  fresh\n');
});

scenario('For programs the families are those of the plan.', async (ws) => {
  await writeShards(ws);
  const status = JSON.parse((await ws.evalmake(['status', '--json'])).stdout);
  const plan = JSON.parse((await ws.evalmake(['-n', '--json'])).stdout);
  assert.equal([status.format, status.version], ['evalmake.status', 1]);
  assert.equal(status.families, plan.families);
  assert.equal(
    status.families.map(({ name }: { name: string }) => name),
    ['infer@control', 'infer@open', 'table'],
  );
});

runScenarios();
