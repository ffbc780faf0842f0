// The harness itself: what the black-box suites lean on must notice what they say it notices.
import { spawn } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertReason, parseEvents, parsePlan } from './documents.ts';
import { Oracle, type OracleTask } from './oracle.ts';
import { isAlive } from './program.ts';
import { compareTrees } from './tree.ts';
import { dedent, Workspace } from './workspace.ts';

test('A tree notices content, new files, vanished files, and a rewrite of equal bytes.', async () => {
  const ws = new Workspace();
  ws.write('a/one.txt', '1');
  ws.write('two.txt', '2');
  ws.setMtime('two.txt', new Date(0));
  const before = ws.tree();
  assert.equal(compareTrees(before, ws.tree()), []);
  ws.write('two.txt', '2');
  ws.write('three.txt', '3');
  ws.remove('a/one.txt');
  const lines = compareTrees(before, ws.tree()).map((line) => line.split(': ').slice(0, 2).join(' '));
  assert.equal(lines, ['vanished a/one.txt', 'appeared three.txt', 'changed two.txt']);
  await ws.dispose();
});

test('A pipeline text loses the indentation that its lines share, and nothing else.', () => {
  assert.is(dedent('\n    a:\n      b: 1\n\n    c: 2\n  '), 'a:\n  b: 1\n\nc: 2\n');
});

test('An edit of text that is not there is an error.', async () => {
  const ws = new Workspace();
  ws.write('a.txt', 'one');
  assert.throws(() => ws.edit('a.txt', 'two', 'three'), /does not hold/);
  await ws.dispose();
});

test('The side log tells tasks and remarks apart, each once.', async () => {
  const ws = new Workspace();
  ws.write('../ran.log', 'a\n+note\nb\n');
  assert.equal(ws.ran(), ['a', 'b']);
  assert.equal(ws.ran(), []);
  assert.equal([ws.notes(), ws.notes()], [['note'], []]);
  await ws.dispose();
});

test('A process that ended and was not collected is not alive.', async () => {
  const child = spawn('true');
  const pid = child.pid ?? 0;
  await new Promise((resolve) => child.on('exit', resolve));
  assert.ok(isAlive(process.pid));
  assert.not.ok(isAlive(pid));
});

/** Whether an action throws; `assert.throws` lets failed assertions through. */
function isRefused(action: () => void): boolean {
  try {
    action();
    return false;
  } catch {
    return true;
  }
}

const plan = {
  format: 'evalmake.plan',
  version: 1,
  tasks: [
    {
      id: 'a@1',
      target: 'a',
      verdict: 'run',
      reasons: [{ code: 'config-changed', root: true, was: 1, now: 2 }],
    },
  ],
  counts: { run: 1 },
};

test('A plan is refused when its counts, ids or verdicts do not fit.', () => {
  const read = (change: object): void => void parsePlan(JSON.stringify({ ...plan, ...change }));
  read({});
  const [task] = plan.tasks;
  for (const change of [
    { version: 2 },
    { counts: { run: 2 } },
    { tasks: [{ ...task, verdict: 'stale' }] },
    { tasks: [{ ...task, id: 'b' }] },
    { tasks: [task, task], counts: { run: 2 } },
  ]) {
    assert.ok(
      isRefused(() => read(change)),
      JSON.stringify(change),
    );
  }
});

test('A reason is found by its code and what it says.', () => {
  const document = parsePlan(JSON.stringify(plan));
  assertReason(document, 'a@1', 'config-changed', { was: '1', now: '2' });
  assert.ok(isRefused(() => assertReason(document, 'a@1', 'config-changed', { now: '3' })));
  assert.ok(isRefused(() => assertReason(document, 'a@1', 'input-changed')));
});

test('A stream of events must end with "ended", and hold nothing but JSON.', () => {
  assert.is(parseEvents('{"event":"started"}\n{"event":"ended"}\n').length, 2);
  assert.ok(isRefused(() => parseEvents('{"event":"started"}\n')));
  assert.ok(isRefused(() => parseEvents('building…\n{"event":"ended"}\n')));
});

const double: OracleTask = {
  id: 'double',
  inputs: ['in'],
  outputs: ['out'],
  command: 'v1',
  compute: ([text = '']) => (text === 'BAD' ? undefined : [text + text]),
};
const reader: OracleTask = {
  ...double,
  id: 'reader',
  inputs: ['out'],
  outputs: ['end'],
  compute: () => ['same'],
};

const seen = (ids: readonly string[]) => ({ ran: new Set(ids), restored: new Set<string>() });

test('The oracle refuses a task too many and a task too few.', () => {
  const oracle = new Oracle();
  oracle.disk.set('in', 'x');
  assert.throws(() => oracle.follow([double, reader], seen(['double']), false), /reader is stale/);
  oracle.follow([double, reader], seen(['reader']), false);
  assert.throws(
    () => oracle.follow([double, reader], seen(['reader']), false),
    /reader ran although it is fresh/,
  );
  oracle.disk.set('in', 'y');
  assert.throws(() => oracle.follow([double, reader], seen([]), true), /did not run/);
  oracle.follow([double, reader], seen(['double', 'reader']), false);
  oracle.disk.set('in', 'BAD');
  const fates = oracle.follow([double, reader], seen(['double']), false);
  assert.equal([...fates.values()], ['failed', 'stopped']);
  assert.is(oracle.disk.get('out'), 'yy', 'a failure leaves the last good output');
});

test.run();
