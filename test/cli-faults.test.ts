// A disk that is full, read-only or broken: a clear error, nothing lost, and a build that goes on once it is mended.
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { type Fault, faultAt } from './workspace/faults.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Two targets with staged and fixed outputs of every kind and a shared manifest; in.txt says what is in them. */
function writeKinds(ws: Workspace): void {
  ws.pipeline(`
    targets:
      staged:
        run: |
          echo staged >> "$RAN_LOG"
          mkdir -p \${{ outputs.set.dir }} \${{ outputs.folder }}
          for name in $(cat in.txt) same; do cat in.txt > \${{ outputs.set.dir }}/$name.txt; done
          cat in.txt > \${{ outputs.folder }}/member.txt
          cat in.txt > \${{ outputs.file }}
        inputs: in.txt
        outputs: { file: a/file.txt, set: a/set/*.txt, folder: a/folder/ }
        manifest: manifest.json
      fixed:
        run: |
          echo fixed >> "$RAN_LOG"
          mkdir -p b/set b/folder
          for name in $(cat in.txt) same; do cat in.txt > b/set/$name.txt; done
          cat in.txt > b/folder/member.txt
          cat in.txt > b/file.txt
        inputs: { in: in.txt, first: { from: staged.file, order_only: true } }
        outputs: { file: b/file.txt, set: b/set/*.txt, folder: b/folder/ }
        manifest: manifest.json
  `);
  ws.write('in.txt', 'old\n');
}

/** Fails unless the outputs below a folder are wholly those of one text. */
function assertWhole(ws: Workspace, dir: string, texts: readonly string[], when: string): void {
  const found = [...ws.tree()].filter(([path, what]) => path.startsWith(`${dir}/`) && what !== 'folder');
  const paths = found.map(([path]) => path).sort();
  const text = ws.read(`${dir}/file.txt`).trim();
  assert.ok(texts.includes(text), `${dir}/file.txt holds "${text}" ${when}`);
  const expected = ['file.txt', 'folder/member.txt', `set/${text}.txt`, 'set/same.txt'].map(
    (p) => `${dir}/${p}`,
  );
  assert.equal(paths, expected.sort(), when);
  for (const path of paths) assert.is(ws.read(path), `${text}\n`, `${path} ${when}`);
}

/** Builds with a fault, then without, and holds both against what must be. Gives whether the fault was met. */
async function assertSurvives(base: Workspace, fault: Fault): Promise<boolean> {
  const ws = base.copy();
  const when = `with ${fault.code} at ${fault.at}`;
  try {
    ws.write('in.txt', 'new\n');
    const failed = await ws.evalmake(['-k'], { env: faultAt(ws, fault) });
    const met = failed.code !== 0;
    if (met) {
      assert.ok(failed.code === 1 || failed.code === 6, `exit ${failed.code} ${when}\n${failed.stderr}`);
      assert.match(failed.stderr, fault.code, when);
      assert.not.match(failed.stderr, /\n {4}at |mistake in evalmake/, when);
    }
    const fresh = idsWith(await ws.plan(), 'fresh');
    if (fresh.includes('staged')) assertWhole(ws, 'a', ['new'], `called fresh ${when}`);
    if (fresh.includes('fixed')) assertWhole(ws, 'b', ['new'], `called fresh ${when}`);
    const healed = await ws.evalmake([]);
    assert.is(healed.code, 0, `${when}, after it was mended\n${healed.stderr}`);
    assertWhole(ws, 'a', ['new'], when);
    assertWhole(ws, 'b', ['new'], when);
    await assertSettled(ws);
    return met;
  } finally {
    await ws.dispose();
  }
}

// Some of the calls are tried; with more budget for random tests, each one.
const every = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 8) >= 28;

for (const [code, stride] of [
  ['ENOSPC', 6],
  ['EIO', 9],
  ['EROFS', 13],
] as const) {
  scenario(
    `${code} from any change of the disk on is a clear error, and costs at most one more run.`,
    async (base) => {
      writeKinds(base);
      assert.is((await base.evalmake([])).code, 0);
      let met = 0;
      for (let at = 1; ; at += every ? 1 : stride) {
        if (!(await assertSurvives(base, { at, code }))) break;
        met++;
      }
      assert.ok(met > 2, `${met} faults were met`);
    },
  );
}

scenario('One failed call in a build that goes on is no harm either.', async (base) => {
  writeKinds(base);
  assert.is((await base.evalmake([])).code, 0);
  for (let at = 1; at < 80; at += every ? 1 : 17) await assertSurvives(base, { at, times: 1, code: 'EIO' });
});

scenario('A full disk keeps the last good outputs, also while their command fails.', async (ws) => {
  writeKinds(ws);
  assert.is((await ws.evalmake([])).code, 0);
  ws.write('in.txt', 'new\n');
  for (const at of [1, 9, 17, 25, 33]) {
    await ws.evalmake([], { env: faultAt(ws, { at, code: 'ENOSPC' }) });
    assertWhole(ws, 'a', ['old', 'new'], `a full disk at ${at}`);
    if (ws.read('a/file.txt') === 'old\n') assertWhole(ws, 'b', ['old'], `a full disk at ${at}`);
  }
});

runScenarios();
