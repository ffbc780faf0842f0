// The guard over inputs: what moves between the decision and the end of a command is named, what only looks new is not.
import { chmodSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { InputGuard } from '@evalmake/engine/input-guard';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';
import { planned, workspaceOf } from './doubles/workspace-on-disk.ts';

const test = suite<{ folder: TemporaryFolder }>('input-guard');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const text = `
targets:
  t:
    run: python run.py \${{ inputs }} \${{ outputs }}
    inputs: { f: [src, tree/, "d/*"], o: { path: order, order_only: true }, big: { path: big, digest: listing } }
    outputs: out
`;
const files = {
  'pipeline.yaml': text,
  'run.py': 'code',
  src: '1',
  order: '1',
  big: '1',
  'tree/a': '1',
  'd/x': '1',
  'd/y': '1',
};

/** What the guard says when this happens while the command runs. */
async function during(folder: TemporaryFolder, happens: () => void): Promise<string> {
  const workspace = await workspaceOf(folder, files);
  const guard = new InputGuard(planned(workspace, 't').decision, workspace);
  happens();
  try {
    guard.verify();
  } catch (error) {
    return (error as Error).message.replace(/ changed while the command ran.*/, '');
  }
  return 'nothing moved';
}

/** Writes so that the modification time moves, as any two real writes would. */
function rewrite(path: string, content: string): void {
  const before = statSync(path, { bigint: true }).mtimeNs;
  do writeFileSync(path, content);
  while (statSync(path, { bigint: true }).mtimeNs === before);
}

test('nothing happened', async ({ folder }) => {
  assert.is(await during(folder, () => {}), 'nothing moved');
});

test('an input, a member of a glob, the code, a file in a folder: each is named', async ({ folder }) => {
  for (const path of ['src', 'd/y', 'run.py'])
    assert.is(await during(folder, () => rewrite(folder.path(path), 'new')), `"${path}"`, path);
  assert.is(await during(folder, () => rewrite(folder.path('tree/a'), 'new')), '"tree/"');
  assert.is(await during(folder, () => folder.write({ 'tree/b': '' })), '"tree/"');
});

test('several are named together', async ({ folder }) => {
  const all = () => {
    for (const path of ['src', 'd/x']) rewrite(folder.path(path), 'new');
  };
  assert.is(await during(folder, all), '"src", "d/x"');
});

test('written back to what it was has moved all the same', async ({ folder }) => {
  const happens = () => {
    rewrite(folder.path('src'), '2');
    rewrite(folder.path('src'), '1');
  };
  assert.is(await during(folder, happens), '"src"');
});

test('new content with the old size and the old modification time has moved', async ({ folder }) => {
  folder.write(files);
  const { atime, mtime } = statSync(folder.path('src'));
  utimesSync(folder.path('src'), atime, mtime);
  const happens = () => {
    rewrite(folder.path('src'), '2');
    utimesSync(folder.path('src'), atime, mtime);
  };
  assert.is(await during(folder, happens), '"src"');
});

test('a file that is gone has moved', async ({ folder }) => {
  assert.is(await during(folder, () => renameSync(folder.path('src'), folder.path('elsewhere'))), '"src"');
});

test('a mode that changed, or an input that is only for the order, has not', async ({ folder }) => {
  assert.is(await during(folder, () => chmodSync(folder.path('src'), 0o600)), 'nothing moved');
  assert.is(await during(folder, () => rewrite(folder.path('order'), 'new')), 'nothing moved');
});

test('what moved between the decision and the start is told before anything runs', async ({ folder }) => {
  const workspace = await workspaceOf(folder, files);
  const { decision } = planned(workspace, 't');
  rewrite(folder.path('d/x'), '2');
  assert.throws(
    () => new InputGuard(decision, workspace),
    '"d/x" changed just before the command was to start',
  );
});

test.run();
