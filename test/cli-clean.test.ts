// `evalmake clean`: what a record lists and still is as recorded goes; everything else stays, and is named.
import { lstatSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith } from './workspace/documents.ts';
import { chainIds, shardTargets, writeChain, writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees, partOfTree, type Tree } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

interface Cleaned {
  readonly removed: readonly { readonly path: string; readonly bytes: number; readonly kind: string }[];
  readonly kept: readonly { readonly path: string; readonly why: string }[];
}

/** Cleans; a dry run with the same arguments comes first, says the same and changes nothing. */
async function clean(ws: Workspace, ...args: string[]): Promise<Cleaned> {
  const before = ws.tree();
  const dry = await ws.evalmake(['clean', '--json', '-n', ...args]);
  assert.is(dry.code, 0, dry.stderr);
  assert.equal(compareTrees(before, ws.tree()), [], 'clean -n changes nothing on disk');
  const { code, stdout, stderr } = await ws.evalmake(['clean', '--json', ...args]);
  assert.is(code, 0, stderr);
  const document = JSON.parse(stdout);
  assert.is(document.format, 'evalmake.clean');
  assert.equal({ ...JSON.parse(dry.stdout), dryRun: false }, document, 'clean -n says what clean does');
  return document;
}

const removed = (cleaned: Cleaned): string[] => cleaned.removed.map(({ path }) => path).sort();
const kept = (cleaned: Cleaned): string[] => cleaned.kept.map(({ path, why }) => `${path} ${why}`).sort();

function visible(ws: Workspace): Tree {
  return partOfTree(ws.tree(), (path) => !path.startsWith('.evalmake'));
}

/** Paths, kinds and contents, without times. */
function contents(ws: Workspace): Tree {
  return new Map([...visible(ws)].map(([path, what]) => [path, what.replace(/mtime \d+ /, '')]));
}

scenario('clean removes all built outputs and empty folders; a build brings everything back.', async (ws) => {
  writeShards(ws);
  await step(ws, [], { dynamic: shardTargets });
  const built = contents(ws);
  const cleaned = await clean(ws);
  assert.is(cleaned.removed.length, 10);
  assert.equal(kept(cleaned), []);
  assert.equal([...visible(ws).keys()].sort(), ['lines.txt', 'manifest.json', 'pipeline.yaml', 'split.sh']);
  const plan = await ws.plan();
  assertReason(plan, 'split', 'output-missing');
  assertReason(plan, 'total', 'output-missing', { subject: 'total.txt' });
  await step(ws, [], { dynamic: shardTargets });
  assert.equal(compareTrees(built, contents(ws)), []);
  await assertSettled(ws);
});

scenario('Of a target that is named only its own outputs go.', async (ws) => {
  writeChain(ws);
  await step(ws);
  assert.equal(removed(await clean(ws, 'upper')), ['upper.txt']);
  assert.equal(idsWith(await ws.plan(), 'fresh'), ['norm']);
  const wrong = await ws.evalmake(['clean', 'uper']);
  assert.is(wrong.code, 2);
  assert.match(wrong.stderr, /did you mean "upper"/);
});

scenario('Without .evalmake the manifests say what was built.', async (ws) => {
  writeShards(ws);
  await step(ws, [], { dynamic: shardTargets });
  ws.remove('.evalmake');
  assert.is((await clean(ws)).removed.length, 10);
});

scenario(
  'Sources, files nobody recorded and outputs edited by hand stay; the edited ones go by force.',
  async (ws) => {
    writeShards(ws);
    await step(ws, [], { dynamic: shardTargets });
    ws.write('parts/part-0099.txt', 'mine\n');
    ws.write('parts/notes.md', 'mine too\n');
    ws.write('total.txt', 'edited\n');
    const gentle = await clean(ws);
    assert.equal(kept(gentle), ['parts/part-0099.txt unrecorded', 'total.txt modified']);
    for (const path of ['lines.txt', 'split.sh', 'parts/part-0099.txt', 'parts/notes.md', 'total.txt'])
      assert.ok(ws.exists(path), path);
    const { stdout } = await ws.evalmake(['clean']);
    assert.match(stdout, /kept {5}total\.txt: it was modified since it was recorded; --force removes it/);
    const forced = await clean(ws, '--force');
    assert.equal(removed(forced), ['total.txt']);
    assert.equal(kept(forced), ['parts/part-0099.txt unrecorded']);
    assert.is(ws.read('parts/part-0099.txt'), 'mine\n');
  },
);

scenario('An output without a record stays, also by force.', async (ws) => {
  writeChain(ws);
  ws.write('norm.txt', 'from elsewhere\n');
  assert.equal(kept(await clean(ws, '--force')), ['norm.txt unrecorded']);
  assert.is(ws.read('norm.txt'), 'from elsewhere\n');
});

scenario(
  'What cost money goes by force only; what a paid target got for nothing goes as everything else.',
  async (ws) => {
    ws.pipeline(`
    budget: { usd: 10 }
    targets:
      ask:
        each: { usd: [0, 2] }
        run: echo evalmake:cost usd=\${{ usd }}; echo \${{ usd }} > \${{ outputs }}
        outputs: \${{ usd }}.txt
        manifest: m.json
        paid: { usd: 1 }
      quiet: { run: "echo > \${{ outputs }}", outputs: quiet.txt, manifest: q.json, paid: { usd: 1 } }
  `);
    assert.is((await ws.build()).code, 0);
    const kept = await ws.evalmake(['clean']);
    assert.match(kept.stderr + kept.stdout, /2\.txt.*it cost money/);
    assert.equal(
      [0, 2, 'quiet'].map((name) => ws.exists(`${name}.txt`)),
      [false, true, true],
    );
    await ws.evalmake(['clean', '--force']);
    assert.equal(
      [2, 'quiet'].map((name) => ws.exists(`${name}.txt`)),
      [false, false],
    );
  },
);

scenario('keep and frozen outputs stay whatever is asked; nondeterministic ones go by force.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.edit('pipeline.yaml', 'outputs: norm.txt\n', 'outputs: norm.txt\n    keep: true\n');
  ws.edit('pipeline.yaml', 'outputs: upper.txt\n', 'outputs: upper.txt\n    frozen: true\n');
  ws.edit(
    'pipeline.yaml',
    'outputs: out/report.txt\n',
    'outputs: out/report.txt\n    nondeterministic: true\n',
  );
  const all = ['norm.txt keep', 'out/report.txt nondeterministic', 'upper.txt frozen'];
  assert.equal(kept(await clean(ws)), all);
  assert.equal(kept(await clean(ws, '--force=norm')), all);
  const forced = await clean(ws, '--force');
  assert.equal(removed(forced), ['out/report.txt']);
  assert.equal(kept(forced), ['norm.txt keep', 'upper.txt frozen']);
});

scenario(
  'A directory goes as a whole when it is as recorded; else by force only what is recorded of it.',
  async (ws) => {
    ws.pipeline(`
    targets:
      model:
        run: |
          mkdir \${{ outputs }}/deep
          echo one > \${{ outputs }}/a.txt
          echo two > \${{ outputs }}/deep/b.txt
        outputs: model/
  `);
    await ws.build();
    ws.write('model/deep/notes.txt', 'mine\n');
    assert.equal(kept(await clean(ws)), ['model/ modified']);
    const forced = await clean(ws, '--force');
    assert.equal(removed(forced), ['model/a.txt', 'model/deep/b.txt']);
    assert.equal(kept(forced), ['model/deep/notes.txt unrecorded']);
    assert.is(ws.read('model/deep/notes.txt'), 'mine\n');
    ws.remove('model');
    await ws.build();
    assert.equal(removed(await clean(ws)), ['model/']);
    assert.not.ok(ws.exists('model'));
  },
);

scenario('Links are removed as links, and never followed out of the workspace.', async (ws) => {
  writeChain(ws);
  await step(ws);
  renameSync(ws.path('norm.txt'), ws.beside('norm.txt'));
  symlinkSync(ws.beside('norm.txt'), ws.path('norm.txt'));
  renameSync(ws.path('out'), ws.beside('out'));
  symlinkSync(ws.beside('out'), ws.path('out'));
  const cleaned = await clean(ws, '--force');
  assert.equal(removed(cleaned), ['norm.txt', 'upper.txt']);
  assert.equal(kept(cleaned), ['out/report.txt outside-workspace']);
  assert.is(cleaned.removed.find(({ path }) => path === 'norm.txt')?.kind, 'link');
  assert.ok(lstatSync(ws.beside('norm.txt')).isFile(), 'what the link led to is there');
  assert.ok(lstatSync(ws.beside('out/report.txt')).isFile());
  assert.ok(lstatSync(ws.path('out')).isSymbolicLink());
});

scenario('An output directory that is a link goes as a link.', async (ws) => {
  ws.pipeline(`
    targets:
      model: { run: 'echo one > \${{ outputs }}/a.txt', outputs: model/ }
  `);
  await ws.build();
  renameSync(ws.path('model'), ws.beside('model'));
  symlinkSync(ws.beside('model'), ws.path('model'));
  assert.equal(removed(await clean(ws)), ['model/']);
  assert.ok(lstatSync(ws.beside('model/a.txt')).isFile());
});

scenario('clean waits for no build: it exits with 6; clean -n needs no lock.', async (ws) => {
  await ws.gate();
  writeChain(ws);
  await step(ws, ['norm']);
  ws.edit('pipeline.yaml', '      tr a-z', '      node "$GATE_CLIENT" upper $$$$\n      tr a-z');
  const running = ws.start([]);
  const visit = await ws.arrival(running, 'upper');
  assert.is((await ws.evalmake(['clean'])).code, 6);
  assert.ok(ws.exists('norm.txt'));
  assert.is((await ws.evalmake(['clean', '-n'])).code, 0);
  visit.pass();
  assert.is((await running.done).code, 0);
});

scenario(
  'After clean all targets run again, and a folder of the author with other files stays.',
  async (ws) => {
    writeChain(ws);
    mkdirSync(ws.path('out'));
    ws.write('out/README', 'kept by hand\n');
    await step(ws);
    assert.equal(removed(await clean(ws)), ['norm.txt', 'out/report.txt', 'upper.txt']);
    assert.ok(ws.exists('out/README'));
    assert.equal((await step(ws)).ran, chainIds);
  },
);

scenario('clean takes no filters, and with --orphans no targets.', async (ws) => {
  writeChain(ws);
  assert.is((await ws.evalmake(['clean', '--only', 'norm'])).code, 2);
  assert.is((await ws.evalmake(['clean', '--orphans', 'norm'])).code, 2);
});

runScenarios();
