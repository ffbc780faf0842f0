// kill -9 at any instant: in front of each change of the disk, the next build finds everything it needs.
import * as assert from 'uvu/assert';
import { changesOf, crashAt } from './workspace/crash.ts';
import { idsWith } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

// Every fourth instant is tried; with more budget for random tests, each one. On a simulated disk each one is, always.
const stride = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 8) < 28 ? 4 : 1;

/** One target with every kind of output, staged or at fixed paths, and a manifest; in.txt says what is in them. */
function writeKinds(ws: Workspace, kind: 'staged' | 'fixed'): void {
  const place = (output: string, path: string): string =>
    kind === 'staged' ? `\${{ outputs.${output} }}` : path;
  const set = kind === 'staged' ? '${{ outputs.set.dir }}' : 'set';
  ws.pipeline(`
    targets:
      kinds:
        run: |
          echo kinds >> "$RAN_LOG"
          text=$(cat in.txt)
          mkdir -p ${set} ${place('folder', 'folder')}
          for name in $text same; do echo "$text" > ${set}/$name.txt; done
          for name in $text same; do echo "$text" > ${place('folder', 'folder')}/$name.txt; done
          echo "$text" > ${place('file', 'file.txt')}
        inputs: in.txt
        outputs: { file: file.txt, set: set/*.txt, folder: folder/ }
        manifest: manifest.json
  `);
  ws.write('in.txt', 'old\n');
}

/** Fails unless all outputs are those of one text, with no member of another. */
function assertWhole(ws: Workspace, text: string, when: string): void {
  const found = [...ws.tree()]
    .filter(([path, what]) => /^(file|set|folder)/.test(path) && what !== 'folder')
    .map(([path]) => path);
  const expected = [
    'file.txt',
    ...['set', 'folder'].flatMap((dir) => [`${dir}/${text}.txt`, `${dir}/same.txt`]),
  ];
  assert.equal(found.sort(), expected.sort(), when);
  for (const path of found) assert.is(ws.read(path), `${text}\n`, `${path} ${when}`);
}

/** A good state that is then to be rebuilt; gives how many changes of the disk the rebuild makes. */
async function countChanges(base: Workspace): Promise<number> {
  assert.is((await base.evalmake([])).code, 0);
  assertWhole(base, 'old', 'after the first build');
  const counted = base.copy();
  try {
    counted.write('in.txt', 'new\n');
    assert.is((await counted.evalmake([], { env: crashAt(counted, 0) })).code, 0);
    assertWhole(counted, 'new', 'after the second build');
    return changesOf(counted);
  } finally {
    await counted.dispose();
  }
}

/** Crashes at one instant of a rebuild, then asserts that going on, or going back, ends in a whole state. */
async function assertSurvives(base: Workspace, at: number, after: 'old' | 'new'): Promise<void> {
  const ws = base.copy();
  try {
    ws.write('in.txt', 'new\n');
    await ws.evalmake([], { env: crashAt(ws, at) });
    ws.write('in.txt', `${after}\n`);
    const when = `after a crash at change ${at}, then "${after}"`;
    if (idsWith(await ws.plan(), 'fresh').length > 0) assertWhole(ws, after, `called fresh ${when}`);
    const outcome = await ws.evalmake([]);
    assert.is(outcome.code, 0, `${when}\n${outcome.stderr}`);
    assertWhole(ws, after, when);
    assert.equal(idsWith(await ws.plan(), 'fresh'), ['kinds'], when);
  } finally {
    await ws.dispose();
  }
}

for (const kind of ['staged', 'fixed'] as const) {
  scenario(`A crash in front of any change of the disk loses nothing: ${kind} outputs.`, async (base) => {
    writeKinds(base, kind);
    const total = await countChanges(base);
    for (let at = 1; at <= total; at += stride) {
      await assertSurvives(base, at, Math.floor(at / stride) % 2 === 0 ? 'old' : 'new');
    }
  });
}

scenario(
  'A crash never loses the last good outputs: a failing rebuild after it still leaves them.',
  async (base) => {
    writeKinds(base, 'fixed');
    base.edit('pipeline.yaml', 'text=$(cat in.txt)', 'text=$(cat in.txt); test "$text" != bad');
    const total = await countChanges(base);
    for (let at = stride; at <= total; at += stride) {
      const ws = base.copy();
      try {
        ws.write('in.txt', 'bad\n');
        await ws.evalmake([], { env: crashAt(ws, at) });
        assert.is((await ws.evalmake([])).code, 1, `crash at ${at}`);
        assertWhole(ws, 'old', `after a crash at change ${at} and a failure`);
      } finally {
        await ws.dispose();
      }
    }
  },
);

runScenarios();
