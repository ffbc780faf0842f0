// Signals, crashes and locks: nobody survives, nothing is lost, nothing is half written.
import { copyFileSync, existsSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import type { Visit } from './workspace/gate.ts';
import { isAlive, type Running } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Three quick targets, then `last`, which stops at the gate after it has written a part of its output. */
function writeGated(ws: Workspace, manner = ''): void {
  const quick = (name: string): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: ${name}.txt`;
  ws.write('in.txt', 'in\n');
  ws.write('salt.txt', '1\n');
  ws.pipeline(`
    targets:${['a', 'b', 'c'].map(quick).join('')}
      last:
        run: |
          echo last >> "$RAN_LOG"
          echo PARTIAL > \${{ outputs.staged }}
          echo PARTIAL > fixed.txt
          ${manner === '' ? ':' : "trap '' INT TERM HUP"}
          node "$GATE_CLIENT" last $$ ${manner}
          cat \${{ inputs }} > \${{ outputs.staged }}
          cat salt.txt > fixed.txt
        inputs: [a.txt, b.txt, c.txt, salt.txt]
        outputs: { staged: last.txt, fixed: fixed.txt }
  `);
}

async function atTheGate(
  ws: Workspace,
  args: readonly string[] = [],
): Promise<{ running: Running; visit: Visit }> {
  const running = ws.start(args);
  return { running, visit: await ws.arrival(running, 'last') };
}

/** Builds once completely, then changes what only `last` reads. */
async function builtAndStale(ws: Workspace, manner = ''): Promise<void> {
  writeGated(ws, manner);
  await ws.gate();
  const { running, visit } = await atTheGate(ws);
  visit.pass();
  const outcome = await running.done;
  assert.is(outcome.code, 0, outcome.stderr);
  ws.write('salt.txt', '2\n');
  ws.ran();
}

/** Asserts that nobody of an interrupted attempt is left, and that the old outputs stand. */
async function assertCleanEnd(ws: Workspace, visit: Visit): Promise<void> {
  await visit.gone;
  assert.not.ok(isAlive(visit.pid), 'no surviving grandchild');
  assert.not.ok(isAlive(visit.shell), 'no surviving child');
  assert.is(ws.read('last.txt'), 'in\nin\nin\n1\n', 'the staged output is the last good one');
  assert.is(ws.read('fixed.txt'), '1\n', 'the output with a fixed path is the last good one');
}

/** Asserts that the next build does just the interrupted task and then everything is fresh. */
async function assertResumes(ws: Workspace, reason: string): Promise<void> {
  ws.ran();
  const plan = await ws.plan();
  assert.equal(idsWith(plan, 'run', 'maybe'), ['last']);
  assertReason(plan, 'last', reason);
  const { running, visit } = await atTheGate(ws);
  visit.pass();
  const outcome = await running.done;
  assert.is(outcome.code, 0, outcome.stderr);
  assert.equal(ws.ran(), ['last']);
  assert.is(ws.read('last.txt'), 'in\nin\nin\n2\n');
  assert.is(ws.read('fixed.txt'), '2\n');
  await assertSettled(ws);
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  scenario(
    `${signal} ends with ${code}, leaves no process and the last good outputs; the next build resumes.`,
    async (ws) => {
      await builtAndStale(ws);
      const { running, visit } = await atTheGate(ws);
      running.kill(signal);
      const outcome = await running.done;
      assert.is(outcome.code, code, outcome.stderr);
      await assertCleanEnd(ws, visit);
      assert.not.ok(existsSync(ws.path('.evalmake/lock')), 'the lock is released');
      await assertResumes(ws, 'previous-run-interrupted');
    },
  );
}

scenario('SIGINT in the middle of the first build keeps what was finished.', async (ws) => {
  writeGated(ws);
  await ws.gate();
  const { running, visit } = await atTheGate(ws);
  running.kill('SIGINT');
  assert.is((await running.done).code, 130);
  await visit.gone;
  assert.equal(ws.ran().sort(), ['a', 'b', 'c', 'last']);
  assert.not.ok(ws.exists('last.txt'));
  assert.not.ok(ws.exists('fixed.txt'), 'no partial output stands under its final name');
  await assertResumesFirst(ws);
});

async function assertResumesFirst(ws: Workspace): Promise<void> {
  const plan = await ws.plan();
  assert.equal(idsWith(plan, 'fresh'), ['a', 'b', 'c']);
  assertReason(plan, 'last', 'previous-run-interrupted');
}

scenario('A command that ignores the signal is killed all the same.', async (ws) => {
  await builtAndStale(ws, 'stubborn');
  const { running, visit } = await atTheGate(ws);
  running.kill('SIGINT');
  running.kill('SIGINT');
  assert.is((await running.done).code, 130);
  await assertCleanEnd(ws, visit);
});

scenario('With --json an interrupted build still ends its stream with the event "ended".', async (ws) => {
  await builtAndStale(ws);
  const { running } = await atTheGate(ws, ['--json']);
  running.kill('SIGINT');
  const outcome = await running.done;
  const last = outcome.stdout.trimEnd().split('\n').at(-1) ?? '';
  assert.is(JSON.parse(last).event, 'ended');
  assert.is(JSON.parse(last).exit, 130);
});

scenario(
  'kill -9: the next build needs no cleanup, never races the orphan, and does just the interrupted task.',
  async (ws) => {
    await builtAndStale(ws);
    const { running, visit } = await atTheGate(ws);
    running.kill('SIGKILL');
    await running.exited;
    const plan = await ws.plan();
    assert.equal(idsWith(plan, 'run', 'maybe'), ['last'], 'a plan needs no lock');
    const next = ws.start([]);
    const second = await ws.arrival(next, 'last');
    assert.not.ok(isAlive(visit.pid), 'the orphan of the killed build is gone before its successor starts');
    assert.not.ok(isAlive(visit.shell));
    second.pass();
    const outcome = await next.done;
    assert.is(outcome.code, 0, outcome.stderr);
    assert.equal(ws.ran(), ['last', 'last'], 'a, b and c did not run again');
    assert.is(ws.read('last.txt'), 'in\nin\nin\n2\n');
    assert.is(ws.read('fixed.txt'), '2\n');
    await assertSettled(ws);
  },
);

scenario(
  'kill -9: the reason is previous-run-interrupted, and a partial output is never taken for a good one.',
  async (ws) => {
    await builtAndStale(ws);
    const { running } = await atTheGate(ws);
    running.kill('SIGKILL');
    await running.exited;
    assertReason(await ws.plan(), 'last', 'previous-run-interrupted');
    assert.is(ws.read('last.txt'), 'in\nin\nin\n1\n');
    ws.write('salt.txt', '1\n');
    const reverted = taskOf(await ws.plan(), 'last');
    if (ws.read('fixed.txt') !== '1\n') assert.is(reverted.verdict, 'maybe', 'what is put back may be good');
  },
);

scenario(
  'A second build in one workspace exits 6 at once and names the owner; readers work meanwhile.',
  async (ws) => {
    await builtAndStale(ws);
    const { running, visit } = await atTheGate(ws);
    const second = await ws.evalmake([]);
    assert.is(second.code, 6);
    assert.match(second.stderr, String(running.pid));
    assert.is(taskOf(await ws.plan(), 'last').verdict, 'run');
    assert.is((await ws.evalmake(['status'])).code, 0);
    assert.is((await ws.evalmake(['why', 'last'])).code, 0);
    assert.is((await ws.evalmake(['--dry-run'])).code, 0);
    visit.pass();
    assert.is((await running.done).code, 0);
    assert.equal(ws.ran(), ['last']);
    await assertSettled(ws);
  },
);

scenario('Of two builds started together one wins and one exits 6; the work is done once.', async (ws) => {
  writeGated(ws);
  await ws.gate();
  const pair = [ws.start([]), ws.start([])];
  const loser = await Promise.race(pair.map(async (running) => ({ running, outcome: await running.done })));
  assert.is(loser.outcome.code, 6, loser.outcome.stderr);
  const winner = pair.find((running) => running !== loser.running) as Running;
  (await ws.arrival(winner, 'last')).pass();
  assert.is((await winner.done).code, 0);
  assert.equal(ws.ran().sort(), ['a', 'b', 'c', 'last']);
});

scenario('The lock of a dead process is taken over with a note.', async (ws) => {
  await builtAndStale(ws);
  const { running, visit } = await atTheGate(ws);
  copyFileSync(ws.path('.evalmake/lock'), ws.beside('lock'));
  visit.pass();
  await running.done;
  copyFileSync(ws.beside('lock'), ws.path('.evalmake/lock'));
  ws.write('in.txt', 'in\n\n');
  const next = ws.start([]);
  (await ws.arrival(next, 'last')).pass();
  const outcome = await next.done;
  assert.is(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stderr, String(running.pid));
  assert.match(outcome.stderr, /lock/i);
});

scenario('A lock file that holds nothing or garbage does not stop a build for ever.', async (ws) => {
  await builtAndStale(ws);
  for (const [text, salt] of [
    ['', '3'],
    ['garbage\u0000{', '4'],
  ] as const) {
    ws.write('.evalmake/lock', text);
    ws.write('salt.txt', `${salt}\n`);
    const next = ws.start([]);
    (await ws.arrival(next, 'last')).pass();
    assert.is((await next.done).code, 0);
  }
});

runScenarios();
