// The lock: one holder at a time, named; a dead or damaged one is taken over, a living one never.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { takeLock } from '@evalmake/engine/lock';
import { type LockOwner, readOwner } from '@evalmake/engine/lock-file';
import { localProcesses } from '@evalmake/engine/processes';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder; path: string }>('lock');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
  context.path = context.folder.path('state/lock');
});
test.after.each(({ folder }) => folder.remove());

const { isAlive, signalGroup, startTime } = localProcesses;
const since = '2024-01-01T00:00:00.000Z';

/** The number of a process that has ended. */
function deadPid(): number {
  return Number(execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }));
}

function owner(more: Partial<LockOwner>): string {
  return JSON.stringify({
    pid: process.pid,
    host: hostname(),
    started: startTime(process.pid),
    command: 'evalmake x',
    since,
    ...more,
  });
}

test('it is taken, names its holder, and is gone when released', ({ path, folder }) => {
  const taken = takeLock(path, { command: 'evalmake all', since });
  assert.ok(taken.held);
  assert.is(taken.tookOver, undefined);
  assert.equal(readOwner(path), {
    pid: process.pid,
    host: hostname(),
    space: localProcesses.space,
    started: startTime(process.pid),
    command: 'evalmake all',
    since,
  });
  taken.release();
  assert.equal(readdirSync(folder.path('state')), []);
  assert.is(readOwner(path), undefined);
});

test('a living holder keeps it, and is named at once', ({ path }) => {
  const first = takeLock(path, { command: 'evalmake one', since });
  const second = takeLock(path, { command: 'evalmake two', since });
  assert.ok(first.held && !second.held);
  assert.is(second.owner.command, 'evalmake one');
  first.release();
  const third = takeLock(path, { command: 'evalmake three', since });
  assert.ok(third.held);
  first.release();
  third.release();
  assert.not.ok(existsSync(path));
});

test('a holder that has died is taken over, and told', ({ path, folder }) => {
  folder.write({ 'state/lock': owner({ pid: deadPid(), started: '1' }) });
  const taken = takeLock(path, { command: 'evalmake', since });
  assert.ok(taken.held);
  assert.is(taken.tookOver?.command, 'evalmake x');
  assert.is((readOwner(path) as LockOwner).pid, process.pid);
  taken.release();
});

test('a process that got the number of the dead holder does not hold it', ({ path, folder }) => {
  folder.write({ 'state/lock': owner({ started: '1' }) });
  const taken = takeLock(path, { command: 'evalmake', since });
  assert.ok(taken.held);
  taken.release();
});

test('a holder on another host cannot be asked, so it is believed', ({ path, folder }) => {
  folder.write({ 'state/lock': owner({ pid: deadPid(), host: 'another-host', started: '1' }) });
  const taken = takeLock(path, { command: 'evalmake', since });
  assert.ok(!taken.held);
  assert.is(taken.owner.host, 'another-host');
});

test('a damaged lock holds nobody back', ({ path, folder }) => {
  for (const content of ['', '{', 'null', '{"pid": "x"}', '[]', '\0\0\0']) {
    folder.write({ 'state/lock': content });
    const taken = takeLock(path, { command: 'evalmake', since });
    assert.ok(taken.held, JSON.stringify(content));
    assert.is(taken.tookOver, undefined);
    taken.release();
  }
});

test('releasing never removes the lock of another', ({ path, folder }) => {
  const taken = takeLock(path, { command: 'evalmake', since });
  assert.ok(taken.held);
  const other = owner({ pid: 1, started: '1' });
  folder.write({ 'state/lock': other });
  taken.release();
  assert.is(folder.read('state/lock'), other);
});

const contender = `
import { takeLock } from '@evalmake/engine/lock';
process.stdout.write('ready');
process.stdin.once('data', () => {
  const held = process.argv.slice(1).map((path) => takeLock(path, { command: 'contender', since: String(process.pid) }).held);
  process.stdout.write(held.map((h) => (h ? '1' : '0')).join(''));
});
process.stdin.once('end', () => process.exit(0));
`;

/** What a child says next. */
function says(child: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((done) => child.stdout?.once('data', (data: Buffer) => done(String(data))));
}

test('of many that come at once after a death, exactly one gets it', async ({ folder }) => {
  const dead = owner({ pid: deadPid(), started: '1' });
  const names = Array.from({ length: 40 }, (_, i) => `state/lock${i}`);
  folder.write(Object.fromEntries(names.map((name) => [name, dead])));
  const paths = names.map((name) => folder.path(name));
  const many = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', contender, ...paths], {
      cwd: import.meta.dirname,
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
  );
  await Promise.all(many.map(says));
  const answers = many.map(says);
  for (const child of many) child.stdin?.write('go');
  const held = await Promise.all(answers);
  for (const child of many) child.stdin?.end();
  for (const i of names.keys())
    assert.is(held.filter((h) => h[i] === '1').length, 1, `lock ${i}: ${held.map((h) => h[i])}`);
});

test('a process is known by its number and its start', () => {
  assert.is(isAlive(process.pid, startTime(process.pid)), true);
  assert.is(isAlive(process.pid, ''), true);
  assert.is(isAlive(deadPid(), ''), false);
  assert.is(startTime(deadPid()), '');
  assert.is(signalGroup(deadPid(), 0), false);
  if (startTime(process.pid) !== '') assert.is(isAlive(process.pid, '1'), false);
});

test.run();
