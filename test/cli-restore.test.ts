// Restore: a fingerprint that returns brings its files back without running anything, and what is damaged is a miss.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, type Step, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** make (config n) -> count; `more` is said of make. */
function writeMade(
  ws: Workspace,
  more = '',
  command = `echo "n is \${{ config.n }}" > \${{ outputs }}`,
): void {
  ws.pipeline(`
    config: config.yaml
    targets:
      make:
        run: |
          echo make >> "$RAN_LOG"
          ${command}
        outputs: made.txt
        ${more}
      count:
        run: |
          echo count >> "$RAN_LOG"
          wc -c < made.txt > count.txt
        inputs: { from: make }
        outputs: count.txt
  `);
}

const set = (ws: Workspace, n: number): void => ws.write('config.yaml', `n: ${n}\n`);

const restored = ({ events }: Step): string[] =>
  events.flatMap(({ event, task }) => (event === 'restored' && task !== undefined ? [task] : []));

/** Full paths of all blobs of the store. */
function blobs(ws: Workspace): string[] {
  const folder = ws.path('.evalmake/store/cas');
  return readdirSync(folder).flatMap((two) =>
    readdirSync(`${folder}/${two}`).map((b) => `${folder}/${two}/${b}`),
  );
}

/** Builds with one value of `n` after another. */
async function built(ws: Workspace, ...values: number[]): Promise<void> {
  for (const n of values) {
    set(ws, n);
    await step(ws);
  }
}

scenario('A config value there and back: nothing runs, and the bytes are those of before.', async (ws) => {
  writeMade(ws);
  set(ws, 1);
  await step(ws);
  await assertSettled(ws);
  assert.not.ok(ws.exists('.evalmake/store'), 'a first build and a no-op keep nothing');
  const before = ws.read('made.txt');
  set(ws, 22);
  const away = await step(ws);
  assert.equal(away.ran, ['count', 'make']);
  set(ws, 1);
  const back = await step(ws);
  assert.equal(idsWith(back.plan, 'restore'), ['make']);
  assert.is(taskOf(back.plan, 'count').verdict, 'maybe');
  assertReason(back.plan, 'make', 'config-changed', { subject: 'config:n' });
  assert.equal(back.ran, []);
  assert.equal(restored(back), ['make', 'count']);
  assert.is(ws.read('made.txt'), before);
  assert.is(ws.read('count.txt').trim(), String(before.length));
  await assertSettled(ws);
  set(ws, 22);
  const again = await step(ws);
  assert.equal(again.ran, [], 'what was restored over is kept as well');
  assert.is(ws.read('made.txt'), 'n is 22\n');
  await assertSettled(ws);
});

scenario('The closing line and `why` say that something was restored.', async (ws) => {
  writeMade(ws);
  await built(ws, 1, 2);
  set(ws, 1);
  assert.match((await ws.evalmake(['-n'])).stdout, /restore make/);
  assert.match((await ws.evalmake(['why', 'make'])).stdout, 'make: restore');
  const { stderr, stdout } = await ws.evalmake([]);
  assert.match(`${stdout}${stderr}`, /1 restored/);
});

for (const [how, damage] of [
  ['changed', (path: string) => writeFileSync(path, 'X is 1\n')],
  ['cut', (path: string) => writeFileSync(path, 'n')],
  ['removed', (path: string) => rmSync(path)],
] as const) {
  scenario(`A blob that is ${how} is a miss: the command runs.`, async (ws) => {
    writeMade(ws);
    await built(ws, 1, 2);
    for (const path of blobs(ws)) damage(path);
    set(ws, 1);
    const { ran } = await step(ws, [], { damaged: ['make', 'count'] });
    assert.ok(ran.includes('make'));
    assert.is(ws.read('made.txt'), 'n is 1\n');
    assert.is(ws.read('count.txt').trim(), '7');
    await assertSettled(ws);
  });
}

scenario('An entry that is torn is a miss.', async (ws) => {
  writeMade(ws);
  await built(ws, 1, 2);
  for (const path of ws.tree().keys()) {
    if (!/^\.evalmake\/store\/ac\/.*\.json$/.test(path)) continue;
    ws.write(path, ws.read(path).replace('"bytes":7', '"bytes":8'));
  }
  set(ws, 1);
  const { plan, ran } = await step(ws);
  assert.is(taskOf(plan, 'make').verdict, 'run');
  assert.equal(ran.includes('make'), true);
});

scenario('A set comes back with the members it had, and without those of the other.', async (ws) => {
  const command = `for i in $(seq \${{ config.n }}); do echo $i of \${{ config.n }} > parts/$i.txt; done`;
  ws.pipeline(`
    config: config.yaml
    targets:
      make:
        run: |
          echo make >> "$RAN_LOG"
          mkdir -p parts
          ${command}
        outputs: parts/*.txt
  `);
  set(ws, 2);
  await step(ws);
  set(ws, 3);
  await step(ws);
  assert.ok(ws.exists('parts/3.txt'));
  set(ws, 2);
  const back = await step(ws);
  assert.equal(back.ran, []);
  assert.not.ok(ws.exists('parts/3.txt'), 'it is no member of this result');
  assert.is(ws.read('parts/1.txt'), '1 of 2\n');
  await assertSettled(ws);
  ws.write('parts/mine.txt', 'mine\n');
  set(ws, 3);
  const blocked = await step(ws, [], { exit: 1 });
  assert.is(taskOf(blocked.plan, 'make').verdict, 'blocked');
  assert.is(ws.read('parts/mine.txt'), 'mine\n', 'what somebody put there stays');
});

scenario(
  'nondeterministic: a fingerprint that returns gets its first result, and nobody is asked.',
  async (ws) => {
    writeMade(ws, 'nondeterministic: true', `echo \${{ config.n }} $RANDOM $$ > \${{ outputs }}`);
    set(ws, 1);
    await step(ws);
    const first = ws.read('made.txt');
    set(ws, 2);
    await step(ws);
    assert.is.not(ws.read('made.txt'), first);
    set(ws, 1);
    const back = await step(ws);
    assert.equal(back.ran, []);
    assert.is(ws.read('made.txt'), first);
    const forced = await step(ws, ['--force=make']);
    assert.equal(forced.ran.includes('make'), true);
    const second = ws.read('made.txt');
    ws.remove('made.txt');
    const gone = await step(ws);
    assert.ok(gone.ran.includes('make'), 'what was replaced on request does not come back');
    assert.is.not(ws.read('made.txt'), first);
    assert.is.not(second, first);
  },
);

scenario('keep asks all the same.', async (ws) => {
  writeMade(ws, 'keep: true');
  set(ws, 1);
  await step(ws);
  set(ws, 2);
  await step(ws, ['--force=make']);
  set(ws, 1);
  const { plan } = await step(ws, [], { exit: 5 });
  assert.is(taskOf(plan, 'make').verdict, 'ask');
  assert.is(ws.read('made.txt'), 'n is 2\n');
});

scenario('--force runs what could be restored.', async (ws) => {
  writeMade(ws);
  await built(ws, 1, 2);
  set(ws, 1);
  const { ran } = await step(ws, ['--force=make']);
  assert.equal(ran.includes('make'), true);
});

scenario(
  'A check that changed meanwhile is judged on what comes back; when it fails, the command runs.',
  async (ws) => {
    const checks = (word: string): string => `checks: { command: "grep -q ${word} \${{ outputs }}" }`;
    writeMade(ws, checks('is'));
    await built(ws, 1, 2);
    set(ws, 1);
    writeMade(ws, checks('n'));
    const back = await step(ws);
    assert.equal(back.ran, []);
    assert.equal(restored(back), ['make']);
    await assertSettled(ws);
    set(ws, 2);
    writeMade(ws, checks('3'));
    const failing = await step(ws, [], { exit: 1, damaged: ['make', 'count'] });
    assert.equal(failing.ran, ['make']);
    assert.is(ws.read('made.txt'), 'n is 1\n', 'what fails its checks takes no place');
  },
);

scenario('A command may write at the place itself: what stood there is kept from aside.', async (ws) => {
  ws.pipeline(`
    config: config.yaml
    targets:
      make:
        run: |
          echo make >> "$RAN_LOG"
          echo \${{ config.n }} > tool
          chmod +x tool
        outputs: tool
  `);
  await built(ws, 1, 2);
  set(ws, 1);
  const { ran } = await step(ws);
  assert.equal(ran, []);
  assert.is(ws.read('tool'), '1\n');
  await assertSettled(ws);
});

scenario('gc removes files of the store that belong to no result, and keeps the others.', async (ws) => {
  writeMade(ws);
  await built(ws, 1, 2);
  ws.write('.evalmake/store/cas/00/left', 'over');
  const dry = await ws.evalmake(['gc', '-n']);
  assert.match(dry.stdout, '.evalmake/store/cas/00/left');
  assert.ok(ws.exists('.evalmake/store/cas/00/left'));
  const before = blobs(ws).length;
  await ws.evalmake(['gc']);
  assert.is(blobs(ws).length, before - 1);
  set(ws, 1);
  const { ran } = await step(ws);
  assert.equal(ran, []);
});

runScenarios();
