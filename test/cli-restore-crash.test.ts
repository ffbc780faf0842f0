// Restoring through crashes: a build that dies while a former result is put back loses neither that nor what stands there.
// test-timeout: 180
import * as assert from 'uvu/assert';
import { changesOf, crashAt } from './workspace/crash.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

function writeKinds(ws: Workspace, kind: 'staged' | 'fixed', more = ''): void {
  const set = kind === 'staged' ? '${{ outputs.set.dir }}' : 'set';
  const file = kind === 'staged' ? '${{ outputs.file }}' : 'file.txt';
  ws.pipeline(`
    targets:
      kinds:
        run: |
          echo kinds >> "$RAN_LOG"
          text=$(cat in.txt)
          mkdir -p ${set}
          for name in $text same; do echo "$text" > ${set}/$name.txt; done
          echo "$text" > ${file}
        inputs: in.txt
        outputs: { file: file.txt, set: set/*.txt }
        manifest: manifest.json
        ${more}
  `);
}
const present = (ws: Workspace): string[] =>
  [...ws.tree()]
    .filter(([p, w]) => /^(file|set)/.test(p) && w !== 'folder')
    .map(([p]) => p)
    .sort();
const whole = (ws: Workspace, text: string, when: string): void => {
  assert.equal(present(ws), ['file.txt', `set/${text}.txt`, 'set/same.txt'].sort(), when);
  for (const path of present(ws)) assert.is(ws.read(path), `${text}\n`, `${path} ${when}`);
};
async function both(ws: Workspace): Promise<void> {
  for (const text of ['old', 'new']) {
    ws.write('in.txt', `${text}\n`);
    assert.is((await ws.evalmake([])).code, 0);
  }
  ws.ran();
  ws.write('in.txt', 'old\n');
}

for (const kind of ['staged', 'fixed'] as const)
  scenario(`kill -9 in a restore, some instants: ${kind}`, async (base) => {
    writeKinds(base, kind);
    await both(base);
    const counted = base.copy();
    assert.is((await counted.evalmake([], { env: crashAt(counted, 0) })).code, 0);
    assert.equal(counted.ran(), []);
    const changes = changesOf(counted);
    await counted.dispose();
    for (let at = 3; at <= changes; at += 9) {
      const ws = base.copy();
      await ws.evalmake([], { env: crashAt(ws, at) });
      const outcome = await ws.evalmake([]);
      assert.is(outcome.code, 0, `${at} ${outcome.stderr}`);
      whole(ws, 'old', `crash ${at}`);
      assert.equal(ws.ran(), [], `nothing runs after a crash at ${at}`);
      await ws.dispose();
    }
  });

for (const kind of ['staged', 'fixed'] as const)
  for (const more of ['', 'paid: { usd: 0 }'])
    scenario(`power cut in a restore: the staged files are lost: ${kind} ${more}`, async (base) => {
      writeKinds(base, kind, more);
      await both(base);
      let tried = 0;
      for (let at = 1; at < 80; at++) {
        const ws = base.copy();
        await ws.evalmake([], { env: crashAt(ws, at) });
        const last = ws.read('.evalmake/journal.jsonl').trimEnd().split('\n').at(-1) ?? '';
        const out = '.evalmake/attempt/kinds/out';
        if (/^\S+ \S+ publishing /.test(last) && ws.exists(out) && ws.exists(`${out}/file.txt`)) {
          tried++;
          ws.remove(out);
          ws.remove('.evalmake/store');
          ws.write('in.txt', 'new\n');
          const before = present(ws).filter((p) => ws.read(p) === 'new\n');
          const b = await ws.evalmake([]);
          const after = present(ws).filter((p) => ws.read(p) === 'new\n');
          assert.is(b.code, 0, `at ${at}: ${b.stderr}`);
          assert.equal(after, before, `good files stay, at ${at}\n${b.stderr}`);
          assert.equal(ws.ran(), before.length === 3 ? [] : ['kinds'], `at ${at}\n${b.stderr}`);
          await ws.dispose();
          break;
        }
        await ws.dispose();
      }
      assert.is(tried, 1);
    });

scenario('a lost output that the store holds comes back', async (ws) => {
  writeKinds(ws, 'staged');
  await both(ws);
  assert.is((await ws.build()).code, 0);
  ws.remove('file.txt');
  assert.is((await ws.build()).code, 0);
  assert.equal(ws.ran(), []);
  whole(ws, 'old', 'after');
});

runScenarios();
