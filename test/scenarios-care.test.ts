// Scenarios of looking after a workspace, X21 and X22: what verify finds, and what clean leaves alone.
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import { compareTrees, partOfTree } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

/** A set, a folder and a file, with a manifest. */
async function writeKinds(ws: Workspace, options = {}): Promise<void> {
  ws.write('in.txt', 'in\n');
  writeTargets(ws, [
    target('set', {
      inputs: 'in.txt',
      outputs: '{ s: set/*.txt }',
      body: 'for n in 1 2; do echo $n > ${{ outputs.s.dir }}/$n.txt; done',
    }),
    target('folder', {
      inputs: '{ from: set }',
      outputs: 'folder/',
      body: 'mkdir -p ${{ outputs }}; cat ${{ inputs }} > ${{ outputs }}/all.txt',
    }),
    target('file', {
      inputs: '{ from: folder }',
      body: 'cat ${{ inputs }}/all.txt > ${{ outputs }}',
      more: ['manifest: manifest.json'],
    }),
  ]);
  await step(ws, [], options);
}

scenario('X21. Verify believes no kept digest, names each mismatch, and changes nothing.', async (ws) => {
  const options = { env: ws.anHourLater() };
  await writeKinds(ws, options);
  await assertSettled(ws, [], options);
  assert.is((await ws.evalmake(['verify'], options)).code, 0);
  const kept = ws.read('.evalmake/filestate');
  ws.write('set/2.txt', '3\n');
  ws.write('folder/all.txt', 'other\n');
  const before = ws.tree();
  const outcome = await ws.evalmake(['verify'], options);
  assert.is(outcome.code, 4, outcome.stdout);
  for (const path of ['set/2.txt', 'folder/']) assert.match(outcome.stdout, path);
  assert.not.match(outcome.stdout, 'set/1.txt');
  assert.equal(compareTrees(before, ws.tree()), []);
  assert.is(ws.read('.evalmake/filestate'), kept);
  assert.is((await step(ws, [], options)).ran.includes('set'), true);
  assert.is((await ws.evalmake(['verify'])).code, 0);
});

scenario(
  'X22. Clean removes what was built and is as it was built, and nothing of anybody else.',
  async (ws) => {
    await writeKinds(ws);
    ws.write('set/notes.md', 'mine\n');
    ws.write('set/1.txt', 'edited by hand\n');
    const before = ws.tree();
    const listed = await ws.evalmake(['clean', '-n']);
    assert.match(listed.stdout, 'set/2.txt');
    assert.equal(compareTrees(before, ws.tree()), [], 'a dry run removes nothing');
    await ws.evalmake(['clean']);
    const left = [...partOfTree(ws.tree(), (path) => /^(set|folder|file)/.test(path))]
      .filter(([, what]) => what !== 'folder')
      .map(([path]) => path);
    assert.equal(left, ['set/1.txt', 'set/notes.md']);
    for (const name of ['in.txt', 'pipeline.yaml', 'manifest.json']) assert.ok(ws.exists(name), name);
  },
);

runScenarios();
