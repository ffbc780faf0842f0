// Whose lock counts: owners that live, died, wait to be reaped, booted away, or cannot be seen from here; and a lock lost.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { HeldLock, LockLost } from '@evalmake/engine/held-lock';
import { type LockResult, lifeOf, takeLock } from '@evalmake/engine/lock';
import { type LockOwner, lockText } from '@evalmake/engine/lock-file';
import { localProcesses } from '@evalmake/engine/processes';
import { clearStop, requestStop, stopRequested } from '@evalmake/engine/stop-request';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Population, space } from './doubles/machines.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('lock-owner');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const since = '2024-01-01T00:00:00.000Z';
const one: LockOwner = { pid: 1, host: 'host-1', space, started: 'start-1', command: 'evalmake 1', since };

const cases: readonly [string, Partial<LockOwner>, { lives: boolean; life: string; breakable: boolean }][] = [
  ['one that lives', {}, { lives: true, life: 'alive', breakable: false }],
  ['one that is gone', {}, { lives: false, life: 'dead', breakable: true }],
  ['its number, started later', { started: 'start-0' }, { lives: true, life: 'dead', breakable: true }],
  ['one on another host', { host: 'host-2' }, { lives: false, life: 'unknown', breakable: true }],
  [
    'one before this machine booted',
    { space: { ...space, boot: 'boot-0' } },
    { lives: true, life: 'dead', breakable: true },
  ],
  [
    'one of another boot, perhaps of another machine',
    { space: { ...space, boot: 'boot-0', machine: 'machine-2' } },
    { lives: false, life: 'unknown', breakable: true },
  ],
  [
    'one in another container',
    { space: { ...space, numbers: 'pid:[2]' } },
    { lives: false, life: 'unknown', breakable: true },
  ],
];

for (const [what, more, { lives, life, breakable }] of cases) {
  test(`${what} is ${life}`, ({ folder }) => {
    const people = new Population();
    const processes = people.seenBy(7);
    if (lives) people.living.add(1);
    const owner = { ...one, ...more };
    assert.is(lifeOf(owner, processes), life);
    const path = folder.path('lock');
    const request = { command: 'evalmake', since, processes };
    for (const breakLock of [false, true]) {
      folder.write({ lock: lockText(owner) });
      const taken = takeLock(path, { ...request, breakLock });
      const wanted = breakLock ? breakable : life === 'dead';
      assert.is(taken.held, wanted, `break: ${breakLock}`);
      if (taken.held) assert.equal(taken.tookOver, owner);
      else assert.equal([taken.owner, taken.life], [owner, life]);
    }
  });
}

test('an unknown machine that has booted is not taken for this one', () => {
  const unknown = { ...space, machine: '' };
  const processes = new Population().seenBy(7, { space: unknown });
  assert.is(lifeOf({ ...one, space: { ...unknown, boot: 'boot-0' } }, processes), 'unknown');
});

test('a lock of an older version, which says nothing of boots, goes by number and start', () => {
  const people = new Population();
  const processes = people.seenBy(7);
  const { space: _, ...older } = one;
  assert.is(lifeOf(older, processes), 'dead');
  people.living.add(1);
  assert.is(lifeOf(older, processes), 'alive');
});

test('a process that only waits to be reaped is dead, and so is a group of such', async () => {
  // The shell becomes a program that never asks how its child ended; the child waits for that.
  const script = '(until [[ $(</proc/$$/comm) == sleep ]]; do :; done) & echo $!; exec sleep 60';
  const parent = spawn('bash', ['-c', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  try {
    const [said] = (await once(parent.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const child = Number(said.toString());
    const started = localProcesses.startTime(child);
    assert.is.not(started, '');
    while (localProcesses.isAlive(child, started)) localProcesses.pause(5);
    assert.is.not(localProcesses.startTime(child), '', 'it is still an entry in the table');
    assert.is(localProcesses.signalGroup(parent.pid as number, 0), true);
  } finally {
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  }
  assert.is(localProcesses.signalGroup(parent.pid as number, 0), false);
});

function held(folder: TemporaryFolder, command = 'evalmake'): HeldLock {
  const taken: LockResult = takeLock(folder.path('.evalmake/lock'), { command, since });
  if (!(taken instanceof HeldLock)) throw new Error('it is free');
  return taken;
}

test('a lock that was replaced, damaged or removed is lost, and it is said to whom', ({ folder }) => {
  const lock = held(folder);
  lock.check();
  const cases: readonly [string, RegExp][] = [
    [lockText(one), /broken: process 1 on host-1 has it since 2024.*"evalmake 1"/],
    [lockText({ ...lock.owner, since: '2024-01-01T00:00:00.001Z' }), /process/],
    ['', /holds something else/],
  ];
  for (const [text, said] of cases) {
    folder.write({ '.evalmake/lock': text });
    assert.throws(() => lock.check(), said);
    assert.not.ok(lock.ours);
    lock.release();
    assert.is(folder.read('.evalmake/lock'), text, 'what is not ours is left alone');
  }
  rmSync(folder.path('.evalmake/lock'));
  try {
    lock.check();
    assert.unreachable();
  } catch (error) {
    assert.instance(error, LockLost);
    assert.match((error as Error).message, /gone/);
  }
});

test('a request to stop means the owner of the lock and nobody else', ({ folder }) => {
  assert.is(requestStop(folder.root, localProcesses), undefined, 'without a lock nobody is asked');
  const lock = held(folder, 'evalmake all');
  assert.not.ok(stopRequested(folder.root, lock.owner));
  assert.equal(requestStop(folder.root, localProcesses), lock.owner);
  assert.ok(stopRequested(folder.root, lock.owner));
  for (const other of [{ pid: 1 }, { host: 'x' }, { started: '1' }, { since: '2025' }])
    assert.not.ok(stopRequested(folder.root, { ...lock.owner, ...other }), JSON.stringify(other));
  folder.write({ '.evalmake/stop': 'garbage' });
  assert.not.ok(stopRequested(folder.root, lock.owner));
  clearStop(folder.root);
  assert.equal(Object.keys(folder.tree()), ['.evalmake/lock']);
  lock.release();
  folder.write({ '.evalmake/lock': lockText({ ...lock.owner, started: '1' }) });
  assert.is(requestStop(folder.root, localProcesses), undefined, 'a dead owner is not asked');
  folder.write({ '.evalmake/lock': lockText({ ...lock.owner, host: 'elsewhere' }) });
  assert.is(requestStop(folder.root, localProcesses)?.host, 'elsewhere');
});

test.run();
