// Scenarios from experiment pipelines, P1 to P13: damaged state, locks, readers beside a writer, cutoff.
import { truncateSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import { compareTrees } from './workspace/tree.ts';
import type { RunOptions, Workspace } from './workspace/workspace.ts';

const journal = '.evalmake/journal.jsonl';

scenario(
  'P1. A corrupt record costs its own task, is named by its line, and never hides a change.',
  async (ws) => {
    ws.write('config.yaml', 'model: { control: 1, treated: 1, placebo: 1 }\n');
    writeTargets(
      ws,
      ['control', 'placebo', 'treated'].map((name) =>
        target(name, { body: `echo \${{ config.model.${name} }} > \${{ outputs }}` }),
      ),
      'config: config.yaml\n',
    );
    await step(ws, ['-j1']);
    const lines = ws.read(journal).split('\n');
    const middle = lines.findIndex((line) => line.includes(' finished placebo '));
    lines[middle] = `${lines[middle]?.slice(0, 40)}@@ garbage @@`;
    ws.write(journal, lines.join('\n'));
    ws.edit('config.yaml', 'placebo: 1', 'placebo: 2');
    const outcome = await ws.evalmake(['-n', '--exit-code']);
    assert.is(outcome.code, 3);
    assert.match(outcome.stderr, new RegExp(`journal.*line ${middle + 1}\\b`));
    const { plan, ran } = await step(ws);
    assert.equal(idsWith(plan, 'run', 'maybe'), ['placebo'], 'recovery may find its publication whole');
    assert.equal(idsWith(plan, 'fresh'), ['control', 'treated']);
    assert.equal(ran, ['placebo']);
    assert.is(ws.read('placebo.txt'), '2\n');
    await assertSettled(ws);
  },
);

scenario(
  'P3. A torn tail, cut anywhere in its last record: at most the last task runs, one warning.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    writeTargets(ws, [
      target('first', { inputs: 'in.txt' }),
      target('last', { inputs: '{ from: first }', body: 'cat first.txt > last.txt' }),
    ]);
    await step(ws);
    const whole = ws.read(journal);
    const from = whole.lastIndexOf('\n', whole.length - 2) + 1;
    assert.match(whole.slice(from), / finished last /);
    for (const length of [
      from,
      from + 1,
      from + 16,
      from + 17,
      from + 30,
      whole.length - 3,
      whole.length - 1,
    ]) {
      ws.write(journal, whole);
      truncateSync(ws.path(journal), length);
      const { code, stderr } = await ws.evalmake([]);
      assert.is(code, 0, stderr);
      assert.equal(ws.ran(), ['last'], `cut to ${length - from} bytes of the last record`);
      assert.is(stderr.split('in the middle of a line').length - 1, length === from ? 0 : 1, stderr);
    }
    await assertSettled(ws);
  },
);

scenario('P4. An empty manifest is like the first run, with a note, and is written anew.', async (ws) => {
  ws.write('in.txt', 'in\n');
  const more = ['manifest: records/manifest.json'];
  writeTargets(ws, [
    target('one', { inputs: 'in.txt', more }),
    target('two', { inputs: '{ from: one }', more }),
  ]);
  await step(ws);
  ws.remove('.evalmake');
  await assertSettled(ws);
  ws.remove('.evalmake');
  ws.write('records/manifest.json', '');
  const { ran, said, plan } = await step(ws);
  assert.equal(ran, ['one', 'two']);
  assertReason(plan, 'one', 'record-lost');
  assert.match(said, 'records/manifest.json');
  assert.is(JSON.parse(ws.read('records/manifest.json')).stage_status.two.status, 'completed');
  ws.remove('.evalmake');
  await assertSettled(ws);
});

/** A target at the gate, and the lock that its build holds. */
async function writeHeld(ws: Workspace) {
  ws.write('in.txt', '1\n');
  writeTargets(ws, [
    target('quick', { inputs: 'in.txt' }),
    target('slow', {
      inputs: '{ from: quick }',
      body: 'node "$GATE_CLIENT" slow $$\ncat ${{ inputs }} > ${{ outputs }}',
    }),
    target('end', { inputs: '{ from: slow }' }),
  ]);
  await ws.gate();
  const running = ws.start(['-j2']);
  return { running, visit: await ws.arrival(running, 'slow') };
}

scenario(
  'P7. A stale lock is known by pid, start time and host: dead and reused are taken over.',
  async (ws) => {
    const { running, visit } = await writeHeld(ws);
    const owner = JSON.parse(ws.read('.evalmake/lock')) as Record<string, unknown>;
    assert.is(owner['pid'], running.pid);
    visit.pass();
    assert.is((await running.done).code, 0);
    const attempt = (change: Record<string, unknown>, options: RunOptions = {}) => {
      writeFileSync(ws.path('.evalmake/lock'), `${JSON.stringify({ ...owner, ...change })}\n`);
      return ws.evalmake(['--force=quick'], options);
    };
    ws.ran();
    const reused = await attempt({ pid: process.pid, started: '1' });
    assert.is(reused.code, 0, reused.stderr);
    assert.match(reused.stderr, /lock/i);
    assert.equal(ws.ran(), ['quick'], 'the number belongs to another process now');
    const alive = await attempt({
      pid: process.pid,
      started: '',
      command: 'evalmake --some',
      since: '2024-05-06T07:08:09Z',
    });
    assert.is(alive.code, 6);
    for (const text of [String(process.pid), 'evalmake --some', '2024-05-06'])
      assert.match(alive.stderr, text);
    const elsewhere = await attempt({ host: 'another-machine', pid: 999_999_999 });
    assert.is(elsewhere.code, 6, 'nobody here can tell whether it lives');
    assert.match(elsewhere.stderr, 'another-machine');
    assert.equal(ws.ran(), []);
    writeFileSync(ws.path('.evalmake/lock'), `${JSON.stringify({ ...owner, host: 'another-machine' })}\n`);
    const broken = await ws.evalmake(['--force=quick', '--break-lock']);
    assert.is(broken.code, 0, broken.stderr);
    assert.equal(ws.ran(), ['quick'], 'somebody knows that it is dead');
  },
);

scenario('P8. Readers beside a running build all succeed, agree, and change nothing.', async (ws) => {
  const { running, visit } = await writeHeld(ws);
  const before = ws.tree();
  const plans = await Promise.all(Array.from({ length: 6 }, () => ws.plan()));
  for (const plan of plans) {
    assert.is(taskOf(plan, 'quick').verdict, 'fresh', 'what is done already is seen');
    assert.equal(plan, plans[0]);
  }
  const others = [['status'], ['why', 'end'], ['graph'], ['report', '--no-build']];
  for (const outcome of await Promise.all(others.map((args) => ws.evalmake(args))))
    assert.is(outcome.code, 0, outcome.stderr);
  assert.equal(compareTrees(before, ws.tree()), []);
  visit.pass();
  assert.is((await running.done).code, 0);
  assert.equal(ws.ran(), ['quick', 'slow', 'end']);
});

/** Notes every file of the workspace that evalmake opens or reads whole. */
function watchReads(ws: Workspace): { env: Record<string, string>; read: () => string[] } {
  const script = `
    const fs = require('node:fs');
    for (const name of ['openSync', 'readFileSync', 'createReadStream']) {
      const call = fs[name];
      fs[name] = (...args) => {
        if (typeof args[0] === 'string') fs.appendFileSync(process.env.READS, args[0] + '\\n');
        return call(...args);
      };
    }
    const now = Date.now;
    Date.now = () => now() + 7200000;`;
  writeFileSync(ws.beside('reads.cjs'), script);
  const read = (): string[] => {
    const lines = ws.read('../reads').split('\n');
    writeFileSync(ws.beside('reads'), '');
    const paths = lines.map((line) => line.replace(`${ws.root}/`, ''));
    return [...new Set(paths)].filter((path) => /^[^/.][^.]*\.txt$/.test(path)).sort();
  };
  return { env: { NODE_OPTIONS: `--require=${ws.beside('reads.cjs')}`, READS: ws.beside('reads') }, read };
}

scenario(
  'P11. Touching every file makes nothing stale, and the time after that nothing is read.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    writeTargets(ws, [
      target('one', { inputs: 'in.txt' }),
      target('two', {
        inputs: '{ from: one }',
        outputs: '{ set: set/*.txt }',
        body: 'cp ${{ inputs }} ${{ outputs.set.dir }}/a.txt',
      }),
    ]);
    const { env, read } = watchReads(ws);
    await step(ws, [], { env });
    for (const name of ['in.txt', 'one.txt', 'set/a.txt']) ws.touch(name);
    read();
    await assertSettled(ws, [], { env });
    assert.equal(read(), ['in.txt', 'one.txt', 'set/a.txt'], 'a time is a reason to look');
    await assertSettled(ws, [], { env });
    assert.equal(read(), [], 'and digests are kept');
  },
);

scenario('P12. A run that changes no byte is told with how many tasks it spared.', async (ws) => {
  ws.write('in.txt', 'b\na\n');
  writeTargets(ws, [
    target('sort', { inputs: 'in.txt', body: 'sort ${{ inputs }} > ${{ outputs }}' }),
    target('shard', {
      inputs: '{ from: sort }',
      outputs: 'shard-${{ n }}.txt',
      body: 'sed -n ${{ n }}p ${{ inputs }} > ${{ outputs }}',
      more: ['each: { n: [1, 2] }'],
    }),
    target('join', { inputs: '{ from: shard }' }),
  ]);
  await step(ws);
  ws.write('in.txt', 'a\nb\n');
  const plan = await ws.plan();
  assert.equal(idsWith(plan, 'maybe'), ['join', 'shard@1', 'shard@2']);
  const outcome = await ws.evalmake([]);
  assert.match(outcome.stderr, '1 ran, 3 cut off');
  assert.match(outcome.stderr, /sort.*same content/);
  ws.ran();
  ws.write('in.txt', 'a\nc\n');
  assert.equal((await step(ws)).ran, ['join', 'shard@1', 'shard@2', 'sort']);
});

scenario(
  'P13. A deleted intermediate is made again, with what it needs, and its reader does not run.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    writeTargets(ws, [
      target('one', {
        inputs: 'in.txt',
        outputs: 'mid/one/',
        body: 'mkdir -p ${{ outputs }}; cp ${{ inputs }} ${{ outputs }}/x',
      }),
      target('two', {
        inputs: '{ from: one }',
        outputs: 'mid/two.txt',
        body: 'cat ${{ inputs }}/x > ${{ outputs }}',
      }),
      target('end', { inputs: '{ from: two }' }),
    ]);
    await step(ws);
    ws.remove('mid/two.txt');
    assert.equal((await step(ws)).ran, ['two']);
    ws.remove('mid');
    const both = await step(ws);
    assert.equal(both.executions, ['one', 'two']);
    assert.is(taskOf(both.plan, 'end').verdict, 'maybe');
    await assertSettled(ws);
  },
);

runScenarios();
