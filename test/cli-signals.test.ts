// Signals at any moment, survivors wherever they hide, and a terminal left as it was.
import * as assert from 'uvu/assert';
import { crashAt } from './workspace/crash.ts';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { isAlive, type Outcome } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { Screen } from './workspace/screen.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

const journal = '.evalmake/journal.jsonl';

/** Two tasks, one after the other, with a manifest: enough that a signal can come between, before and after anything. */
function writeTwo(ws: Workspace): void {
  ws.write('in.txt', '1\n');
  const one = (name: string, input: string, script: string): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          ${script}
        inputs: ${input}
        outputs: ${name}.txt
        manifest: manifest.json`;
  ws.pipeline(`
    targets:${one('a', 'in.txt', 'cat ${{ inputs }} > ${{ outputs }}')}${one('b', 'a.txt', 'cat a.txt a.txt > b.txt')}
  `);
}

/** Asserts what must be so however a build was interrupted, and that the next one sets everything right. */
async function assertHealthy(ws: Workspace, outcome: Outcome, what: string): Promise<void> {
  assert.not.ok(ws.exists('.evalmake/lock'), `${what}: the lock is released`);
  const plan = await ws.evalmake(['-n']);
  assert.equal([plan.code, plan.stderr], [0, ''], `${what}: the state is whole`);
  const manifest = ws.exists('manifest.json') ? JSON.parse(ws.read('manifest.json')) : {};
  const done = outcome.stderr.match(/\] done (\w+)/g)?.map((line) => line.slice(-1)) ?? [];
  for (const id of done) assert.is(manifest.stage_status?.[id]?.status, 'completed', `${what}: ${id}`);
  for (const id of done) assert.match(ws.read(journal), ` finished ${id} `, what);
}

scenario(
  'SIGINT in front of any change that a build makes to the disk: 130, and all is well.',
  async (ws) => {
    writeTwo(ws);
    let ends = 0;
    for (let at = 1; ; at += 4) {
      ws.write('in.txt', `${at}\n`);
      const outcome = await ws.evalmake([], { env: crashAt(ws, at, 'SIGINT') });
      await assertHealthy(ws, outcome, `change ${at}`);
      if (outcome.code === 0) break;
      assert.is(outcome.code, 130, `change ${at}: ${outcome.stderr}`);
      ends += 1;
    }
    assert.ok(ends > 6, `${ends} times interrupted`);
    assert.is((await ws.evalmake([])).code, 0);
    await assertSettled(ws);
  },
);

scenario('SIGTERM during recovery is heard when that is over: nothing runs, and all is well.', async (ws) => {
  writeTwo(ws);
  for (const at of [1, 4, 7]) {
    ws.write('in.txt', `${at}\n`);
    const killed = await ws.evalmake([], { env: crashAt(ws, 30) });
    assert.is(killed.signal, 'SIGKILL');
    const starts = (): number => ws.read(journal).split(' started ').length;
    const before = starts();
    const outcome = await ws.evalmake([], { env: crashAt(ws, at, 'SIGTERM') });
    assert.equal([outcome.code, starts()], [143, before], outcome.stderr);
    await assertHealthy(ws, outcome, `change ${at}`);
  }
  assert.is((await ws.evalmake([])).code, 0);
  await assertSettled(ws);
});

/** A task whose check stops at the gate. */
function writeChecked(ws: Workspace, manner = ''): void {
  ws.write('in.txt', '1\n');
  ws.pipeline(`
    targets:
      one:
        run: |
          echo one >> "$RAN_LOG"
          cat in.txt > one.txt
        inputs: in.txt
        outputs: one.txt
        checks: { command: 'node "$GATE_CLIENT" check $$ ${manner}' }
  `);
}

scenario(
  'A signal ends the command of a check; the task was stopped, its check has not failed.',
  async (ws) => {
    writeChecked(ws);
    await ws.gate();
    const first = ws.start([]);
    (await ws.arrival(first, 'check')).pass();
    assert.is((await first.done).code, 0);
    ws.write('in.txt', '2\n');
    const running = ws.start([]);
    const visit = await ws.arrival(running, 'check');
    running.kill('SIGINT');
    const outcome = await running.done;
    assert.is(outcome.code, 130, outcome.stderr);
    await visit.gone;
    assert.not.ok(isAlive(visit.shell));
    assert.not.match(outcome.stderr, /check/);
    assert.is(ws.read('one.txt'), '1\n');
    assertReason(await ws.plan(), 'one', 'previous-run-interrupted');
  },
);

scenario(
  'A check that ignores signals is killed by the second one; what it looked at again stays.',
  async (ws) => {
    writeChecked(ws);
    ws.edit('pipeline.yaml', 'checks: {', '# checks: {');
    assert.is((await ws.evalmake([])).code, 0);
    writeChecked(ws, 'stubborn');
    await ws.gate();
    assert.is(taskOf(await ws.plan(), 'one').verdict, 'recheck');
    const running = ws.start([]);
    const visit = await ws.arrival(running, 'check');
    running.kill('SIGTERM');
    running.kill('SIGTERM');
    assert.is((await running.done).code, 143);
    await visit.gone;
    assert.is(taskOf(await ws.plan(), 'one').verdict, 'recheck', 'nothing is known of the check');
    const next = ws.start([]);
    (await ws.arrival(next, 'check')).pass();
    assert.is((await next.done).code, 0);
    assert.equal(ws.ran(), ['one']);
  },
);

/** A task that leaves a process of a session of its own behind, and waits for it. */
function writeDaemon(ws: Workspace, more = ''): void {
  ws.write('in.txt', '1\n');
  ws.pipeline(`
    targets:
      one:
        run: |
          echo one >> "$RAN_LOG"
          setsid bash -c 'trap "" INT TERM; node "$GATE_CLIENT" away $$ stubborn' >/dev/null 2>&1 &
          wait
          cat in.txt > \${{ outputs }}
        inputs: in.txt
        outputs: one.txt${more}
  `);
}

scenario('A grandchild with a session of its own does not survive a signal.', async (ws) => {
  writeDaemon(ws);
  await ws.gate();
  const running = ws.start([]);
  const visit = await ws.arrival(running, 'away');
  running.kill('SIGINT');
  assert.is((await running.done).code, 130);
  assert.not.ok(isAlive(visit.pid), 'when evalmake has ended, it is gone');
  assert.not.ok(isAlive(visit.shell));
});

scenario('A grandchild with a session of its own does not survive a timeout.', async (ws) => {
  writeDaemon(ws, '\n        timeout: 1s');
  await ws.gate();
  const running = ws.start([]);
  const visit = await ws.arrival(running, 'away');
  const outcome = await running.done;
  assert.is(outcome.code, 1);
  assert.match(outcome.stderr, 'timeout of 1 s');
  assert.not.ok(isAlive(visit.pid));
});

for (const [what, forget] of [
  ['', () => {}],
  [
    ' and whose number was never written down',
    (ws) => {
      const lines = ws.read(journal).split('\n');
      const kept = lines.filter((line) => !line.includes(' spawned '));
      assert.is(kept.length, lines.length - 1);
      ws.write(journal, kept.join('\n'));
    },
  ],
] as const satisfies readonly (readonly [string, (ws: Workspace) => void])[]) {
  scenario(
    `After kill -9 a survivor with a session of its own${what} is ended before anything starts.`,
    async (ws) => {
      writeDaemon(ws);
      await ws.gate();
      const running = ws.start([]);
      const visit = await ws.arrival(running, 'away');
      running.kill('SIGKILL');
      await running.exited;
      assert.ok(isAlive(visit.pid));
      forget(ws);
      const next = ws.start([]);
      const second = await ws.arrival(next, 'away');
      assert.not.ok(isAlive(visit.pid));
      assert.not.ok(isAlive(visit.shell));
      second.pass();
      const outcome = await next.done;
      assert.is(outcome.code, 0, outcome.stderr);
      assert.match(outcome.stderr, 'outlived the last build');
      assert.equal(idsWith(await ws.plan(), 'run', 'maybe'), []);
    },
  );
}

scenario('A signal in live progress leaves no status line and a visible cursor.', async (ws) => {
  writeChecked(ws);
  await ws.gate();
  const running = ws.start(['--progress', 'live']);
  await ws.arrival(running, 'check');
  running.kill('SIGINT');
  const { code, stderr } = await running.done;
  assert.is(code, 130);
  assert.match(stderr, '[0/1]', 'there was a live area');
  const screen = new Screen(24, 80);
  screen.take(stderr.replaceAll('\n', '\r\n'));
  const shown = screen.lines;
  assert.not.ok(
    shown.some((line) => line.includes('[0/1]') || line.startsWith('▸')),
    'the live area is gone',
  );
  assert.ok(screen.atLineStart, 'the prompt begins on a line of its own');
  assert.ok(shown.some((line) => line.startsWith('evalmake: SIGINT: stopping')));
  assert.equal(idsWith(await ws.plan(), 'run'), ['one']);
});

runScenarios();
