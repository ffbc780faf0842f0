// Locks: whose is respected, whose is taken over, and what a build does that has lost its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, renameSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason } from './workspace/documents.ts';
import type { Visit } from './workspace/gate.ts';
import { deadPid, livingOwner, type Owner, startOf } from './workspace/owner.ts';
import { isAlive, type Outcome, type Running } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

const lock = '.evalmake/lock';

function writeOne(ws: Workspace): void {
  ws.write('in.txt', '1\n');
  ws.pipeline(`
    targets:
      one:
        run: |
          echo one >> "$RAN_LOG"
          cat in.txt > \${{ outputs }}
        inputs: in.txt
        outputs: one.txt
  `);
}

function forge(ws: Workspace, owner: Owner): void {
  ws.write(lock, `${JSON.stringify(owner)}\n`);
}

/** Asserts that a build did not touch a lock, and named its owner. */
function assertRefused(ws: Workspace, outcome: Outcome, owner: Owner): void {
  assert.is(outcome.code, 6, outcome.stderr);
  for (const text of [String(owner.pid), owner.host, owner.command, owner.since])
    assert.ok(outcome.stderr.includes(text), `${text} is named in ${outcome.stderr}`);
  assert.is(ws.read(lock), `${JSON.stringify(owner)}\n`);
  assert.equal(ws.ran(), [], 'nothing ran');
}

/** Asserts that a build took the lock over, told of it unless `silent`, and left no lock file behind. */
function assertTaken(ws: Workspace, outcome: Outcome, silent = false): void {
  assert.is(outcome.code, 0, outcome.stderr);
  assert.is(/lock; taken over/.test(outcome.stderr), !silent, outcome.stderr);
  assert.equal(ws.ran(), ['one']);
  assert.equal(
    readdirSync(ws.path('.evalmake')).filter((name) => name.startsWith('lock')),
    [],
  );
}

const { space } = livingOwner();
const dead: [string, () => Owner][] = [
  ['a process that is gone', () => livingOwner({ pid: deadPid(), started: '1' })],
  ['a number that another process has now', () => livingOwner({ started: '1' })],
  [
    'a dead process in a lock of an older version',
    () => {
      const { space: _, ...older } = livingOwner({ pid: deadPid(), started: '1' });
      return older;
    },
  ],
];
if (space?.machine !== '' && space !== undefined)
  dead.push([
    'a living number of the boot before this one',
    () => livingOwner({ space: { ...space, boot: 'an-earlier-boot' } }),
  ]);

for (const [who, owner] of dead) {
  scenario(`The lock of ${who} is taken over, with a note.`, async (ws) => {
    writeOne(ws);
    forge(ws, owner());
    assertTaken(ws, await ws.evalmake([]));
    await assertSettled(ws);
  });
}

/** A program whose child has ended, and which never asks how. */
const zombie = '(until [[ $(</proc/$$/comm) == sleep ]]; do :; done) & echo $!; exec sleep 60';

scenario('The lock of a process that only waits to be reaped is taken over.', async (ws) => {
  writeOne(ws);
  const parent = spawn('bash', ['-c', zombie], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString());
    while (isAlive(pid)) await new Promise((done) => void setImmediate(done));
    forge(ws, livingOwner({ pid, started: startOf(pid) }));
    assertTaken(ws, await ws.evalmake([]));
  } finally {
    parent.kill('SIGKILL');
  }
});

scenario('A living owner on this machine is respected, also with --break-lock.', async (ws) => {
  writeOne(ws);
  for (const owner of [livingOwner(), { ...livingOwner(), space: undefined } as unknown as Owner]) {
    forge(ws, JSON.parse(JSON.stringify(owner)) as Owner);
    for (const args of [[], ['--break-lock']])
      assertRefused(ws, await ws.evalmake(args), JSON.parse(ws.read(lock)) as Owner);
  }
  const outcome = await ws.evalmake(['--json']);
  const said = JSON.parse(outcome.stdout) as { event: string; owner: Owner };
  assert.equal([outcome.code, said.event, said.owner.pid], [6, 'locked', process.pid]);
});

const elsewhere: readonly [string, Owner][] = [
  ['another host', livingOwner({ host: 'another-host', pid: deadPid() })],
  ['another container', livingOwner({ space: { boot: '', machine: '', ...space, numbers: 'pid:[1]' } })],
  ['another machine of this name', livingOwner({ space: { boot: 'x', numbers: '', machine: 'other' } })],
];
for (const [where, owner] of elsewhere) {
  scenario(`An owner on ${where} is respected, until the user says --break-lock.`, async (ws) => {
    writeOne(ws);
    forge(ws, owner);
    const refused = await ws.evalmake([]);
    assertRefused(ws, refused, owner);
    assert.match(refused.stderr, '--break-lock');
    assertTaken(ws, await ws.evalmake(['--break-lock']));
  });
}

scenario('A lock that is no lock holds nobody back.', async (ws) => {
  writeOne(ws);
  for (const text of ['', '{', 'null', '[]', '{"pid":"1"}', '\0\0']) {
    ws.write('in.txt', `${JSON.stringify(text)}\n`);
    ws.write(lock, text);
    assertTaken(ws, await ws.evalmake([]), true);
  }
});

scenario(
  'Of four builds that find a dead lock, one gets it and three exit 6; the work is done once.',
  async (ws) => {
    ws.pipeline(`
    targets:
      one:
        run: |
          echo one >> "$RAN_LOG"
          node "$GATE_CLIENT" one $$
          echo 1 > \${{ outputs }}
        outputs: one.txt
  `);
    await ws.gate();
    forge(ws, livingOwner({ pid: deadPid(), started: '1' }));
    const all = Array.from({ length: 4 }, () => ws.start([]));
    const ends = all.map(async (running) => ({ running, code: (await running.done).code }));
    const losers = new Set<Running>();
    while (losers.size < 3) {
      const rest = ends.filter((_, i) => !losers.has(all[i] as Running));
      const { running, code } = await Promise.race(rest);
      assert.is(code, 6, running.output);
      losers.add(running);
    }
    const winner = all.find((running) => !losers.has(running)) as Running;
    (await ws.arrival(winner, 'one')).pass();
    assert.is((await winner.done).code, 0);
    assert.equal(ws.ran(), ['one']);
  },
);

/** A task with a staged and a fixed output and a manifest stops at the gate, stale, with a part of both written. */
async function atTheGate(ws: Workspace): Promise<{ running: Running; visit: Visit }> {
  ws.write('in.txt', '1\n');
  ws.pipeline(`
    targets:
      last:
        run: |
          echo last >> "$RAN_LOG"
          echo PARTIAL > fixed.txt
          trap '' TERM INT
          node "$GATE_CLIENT" last $$ stubborn
          cat in.txt > fixed.txt
          cat in.txt > \${{ outputs.staged }}
        inputs: in.txt
        outputs: { staged: staged.txt, fixed: fixed.txt }
        manifest: manifest.json
      next:
        run: |
          echo next >> "$RAN_LOG"
          cat fixed.txt > \${{ outputs }}
        inputs: [{ from: last }]
        outputs: next.txt
  `);
  await ws.gate();
  const first = ws.start([]);
  (await ws.arrival(first, 'last')).pass();
  assert.is((await first.done).code, 0);
  ws.write('in.txt', '2\n');
  ws.ran();
  const running = ws.start([]);
  return { running, visit: await ws.arrival(running, 'last') };
}

const thefts: readonly [string, (ws: Workspace) => void][] = [
  [
    'broken from another machine',
    (ws) => {
      const other = livingOwner({ host: 'another-host', command: 'evalmake --break-lock' });
      ws.write('.evalmake/other', `${JSON.stringify(other)}\n`);
      renameSync(ws.path('.evalmake/other'), ws.path(lock));
    },
  ],
  ['removed', (ws) => ws.remove(lock)],
];
for (const [how, steal] of thefts) {
  scenario(
    `A build whose lock is ${how} kills what it runs, records nothing more, and exits 6.`,
    async (ws) => {
      const { running, visit } = await atTheGate(ws);
      const names = ['.evalmake/journal.jsonl', 'manifest.json', 'staged.txt', 'fixed.txt', 'next.txt'];
      const before = names.map((name) => ws.read(name));
      steal(ws);
      const stolen = ws.exists(lock) ? ws.read(lock) : undefined;
      const outcome = await running.done;
      assert.is(outcome.code, 6, outcome.stderr);
      assert.match(outcome.stderr, /lock of this build was broken/);
      await visit.gone;
      assert.not.ok(isAlive(visit.shell));
      assert.equal(
        names.map((name) => ws.read(name)),
        before,
        'what it left is for the new owner to put right',
      );
      assert.is(ws.exists(lock) ? ws.read(lock) : undefined, stolen);
      assert.equal(ws.ran(), ['last']);
      if (stolen !== undefined) ws.remove(lock);
      assertReason(await ws.plan(), 'last', 'previous-run-interrupted');
      const next = ws.start([]);
      (await ws.arrival(next, 'last')).pass();
      assert.is((await next.done).code, 0);
      assert.equal([ws.read('staged.txt'), ws.read('next.txt')], ['2\n', '2\n']);
      await assertSettled(ws);
    },
  );
}

scenario('A command that ends at the moment its build loses the lock is not published.', async (ws) => {
  const { running, visit } = await atTheGate(ws);
  const journal = ws.read('.evalmake/journal.jsonl');
  ws.remove(lock);
  visit.pass();
  assert.is((await running.done).code, 6);
  assert.is(ws.read('.evalmake/journal.jsonl'), journal);
  assert.is(ws.read('staged.txt'), '1\n');
});

runScenarios();
