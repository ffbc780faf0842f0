// The scenarios next in line, N1 to N9: cycles, strangers' writes, pools, two builds, compaction, names, time, watching.
import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { changesOf, crashAt } from './workspace/crash.ts';
import { assertReason, idsWith, parseProblems } from './workspace/documents.ts';
import type { Visit } from './workspace/gate.ts';
import { isAlive, type Running } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import type { Workspace } from './workspace/workspace.ts';

scenario(
  'N1. A cycle is told with its whole path, a path made twice with both owners; readers refuse too.',
  async (ws) => {
    writeTargets(ws, [
      target('first', { inputs: '{ from: fourth }' }),
      target('second', { inputs: 'first.txt' }),
      target('third', { inputs: '[{ from: second }]' }),
      target('fourth', { inputs: '{ x: third.txt }' }),
      target('owner', { outputs: 'results/', body: ':' }),
      target('thief', { outputs: '{ set: results/part-*.txt }', body: ':' }),
      target('reader', { inputs: '{ from: first }' }),
    ]);
    for (const args of [
      ['--json'],
      ['graph', '--json'],
      ['why', 'reader', '--json'],
      ['-n', '--json', 'owner'],
    ]) {
      const outcome = await ws.evalmake(args);
      assert.is(outcome.code, 2, args.join(' '));
      const said = parseProblems(outcome.stdout).map(({ message }) => message);
      assert.is(said.length, 2, said.join('\n'));
      const cycle = said.find((message) => message.includes('circle')) ?? '';
      assert.ok(
        'first -> fourth -> third -> second -> first -> fourth -> third -> second'.includes(
          cycle.replace(/^.*?: /, '').slice(0, 30),
        ),
        cycle,
      );
      for (const name of ['first', 'second', 'third', 'fourth']) assert.match(cycle, name);
      assert.not.match(cycle, 'reader', 'what only needs the cycle is not on it');
      assert.match(said.find((message) => message !== cycle) ?? '', /owner.*thief|thief.*owner/);
    }
  },
);

scenario('N3. A pool is never exceeded, also when its tasks fail.', async (ws) => {
  const names = ['a', 'b', 'c', 'd'];
  writeTargets(
    ws,
    names.map((name) =>
      target(name, { body: `node "$GATE_CLIENT" ${name} $$\necho 1 > \${{ outputs }}`, more: ['pool: two'] }),
    ),
    'pools: { two: 2 }\n',
  );
  await ws.gate();
  const running = ws.start(['-k', '-j4']);
  const open = new Map<string, Promise<Visit>>(names.map((name) => [name, ws.arrival(running, name)]));
  for (const arrival of open.values()) arrival.catch(() => {});
  const inside: Visit[] = [];
  for (let gone = 0; gone < names.length; gone += 1) {
    while (inside.length < Math.min(2, names.length - gone)) {
      const visit = await Promise.race(open.values());
      open.delete(visit.name);
      inside.push(visit);
    }
    assert.is(ws.ran().length, gone === 0 ? 2 : gone <= 2 ? 1 : 0, `after ${gone} have ended`);
    inside.shift()?.pass(gone % 2);
  }
  assert.is((await running.done).code, 1);
  assert.equal(names.filter((name) => ws.exists(`${name}.txt`)).length, 2);
});

scenario(
  'N4. A second build from another folder and for another target is refused, then works.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    ws.write('sub/other.txt', 'other\n');
    writeTargets(ws, [
      target('slow', {
        inputs: 'in.txt',
        body: 'node "$GATE_CLIENT" slow $$\ncat ${{ inputs }} > ${{ outputs }}',
      }),
      target('other', { inputs: 'sub/other.txt' }),
    ]);
    await ws.gate();
    const running = ws.start(['slow']);
    const visit = await ws.arrival(running, 'slow');
    const second = await ws.evalmake(['other', '--json'], { from: 'sub' });
    assert.is(second.code, 6);
    assert.match(second.stderr, String(running.pid));
    assert.equal(ws.ran(), ['slow']);
    visit.pass();
    assert.is((await running.done).code, 0);
    assert.is((await ws.evalmake(['other'], { from: 'sub' })).code, 0);
    assert.equal(ws.ran(), ['other']);
    await assertSettled(ws);
  },
);

scenario('N5. A crash at any instant of rewriting a long journal loses no record.', async (base) => {
  base.write('in.txt', 'in\n');
  base.write('salt.txt', '1\n');
  const names = ['a', 'b', 'c'];
  writeTargets(base, [
    ...names.map((name) => target(name, { inputs: 'in.txt' })),
    target('last', { inputs: 'salt.txt' }),
  ]);
  await step(base);
  const [head, ...lines] = base.read('.evalmake/journal.jsonl').split('\n').slice(0, -1);
  const many = Array.from({ length: 100 }, () => lines).flat();
  base.write('.evalmake/journal.jsonl', `${[head, ...many].join('\n')}\n`);
  base.write('salt.txt', '2\n');
  const counted = base.copy();
  assert.is((await counted.evalmake([], { env: crashAt(counted, 0) })).code, 0);
  assert.ok(counted.read('.evalmake/journal.jsonl').split('\n').length < 30, 'it was rewritten');
  const total = Math.min(changesOf(counted), 16);
  await counted.dispose();
  for (let at = 2; at <= total; at += 2) {
    const ws = base.copy();
    await ws.evalmake([], { env: crashAt(ws, at) });
    assert.equal(
      idsWith(await ws.plan(), 'fresh').filter((id) => id !== 'last'),
      names,
      `crash at change ${at}`,
    );
    ws.ran();
    assert.is((await ws.evalmake([])).code, 0);
    assert.equal(
      ws.ran().filter((id) => id !== 'last'),
      [],
    );
    await ws.dispose();
  }
});

const long = `${'x'.repeat(180)}é漢`;
const odd = [
  'plain',
  'with space',
  'ünï-漢字-🦊',
  '-n',
  '.hidden',
  'two\nlines',
  long,
  "quo'te",
  '$(touch pwned)',
];

scenario(
  'N6. Values and names of any kind: spaces, Unicode, newline, leading dash and dot, very long.',
  async (ws) => {
    for (const name of odd) ws.write(`raw/${name}`, `${odd.indexOf(name)}\n`);
    ws.write('config.yaml', JSON.stringify({ names: odd }));
    writeTargets(
      ws,
      [
        target('copy', {
          inputs: 'raw/${{ name }}',
          outputs: 'out/${{ name }}.out',
          more: ['each: { name: "${{ config.names }}" }', 'manifest: out-manifest.json'],
        }),
        target('join', { inputs: '{ from: copy }' }),
      ],
      'config: config.yaml\n',
    );
    assert.is((await step(ws)).ran.length, odd.length + 1);
    assert.equal(
      ws.read('join.txt').split('\n').slice(0, -1).map(Number).sort(),
      odd.map((_, index) => index),
    );
    for (const name of odd) assert.is(ws.read(`out/${name}.out`), `${odd.indexOf(name)}\n`);
    assert.not.ok(ws.exists('pwned'));
    await assertSettled(ws);
    ws.write('raw/two\nlines', 'changed\n');
    const { plan, ran } = await step(ws);
    assert.equal(idsWith(plan, 'run').length, 1);
    assert.is(ran.length, 2);
    ws.remove('.evalmake');
    assert.equal(idsWith(await ws.plan(), 'run'), ['join'], 'the manifest knows all of them');
  },
);

scenario('N6. Paths through links and `..` count by what they lead to.', async (ws) => {
  ws.write('store/v1/data.txt', 'one\n');
  ws.write('store/v2/data.txt', 'two\n');
  mkdirSync(ws.path('links'));
  symlinkSync('../store/v1', ws.path('links/current'));
  symlinkSync('data.txt', ws.path('store/v1/alias.txt'));
  writeTargets(ws, [
    target('through', { inputs: 'links/current/data.txt' }),
    target('alias', { inputs: 'store/v1/alias.txt' }),
    target('dotted', { inputs: '{ path: ../outside.txt, external: true }' }),
  ]);
  ws.write('../outside.txt', 'out\n');
  await step(ws);
  ws.write('../outside.txt', 'out!\n');
  assert.equal((await step(ws)).ran, ['dotted']);
  ws.write('store/v1/data.txt', 'one!\n');
  assert.equal((await step(ws)).ran, ['alias', 'through']);
  ws.remove('links/current');
  symlinkSync('../store/v2', ws.path('links/current'));
  assert.equal((await step(ws)).ran, ['through']);
  assert.is(ws.read('through.txt'), 'two\n');
  ws.remove('store/v1/alias.txt');
  symlinkSync('alias.txt', ws.path('store/v1/alias.txt'));
  const { plan } = await step(ws, [], { exit: 1 });
  assertReason(plan, 'alias', 'input-missing', { subject: 'alias.txt' });
  ws.edit('pipeline.yaml', '{ path: ../outside.txt, external: true }', 'links/../store/v1/data.txt');
  assert.match((await ws.evalmake([])).stderr, 'write the path without it');
});

scenario(
  'N7. A command that takes too long is ended, the last good output stands, and the time is named.',
  async (ws) => {
    ws.write('in.txt', 'quick\n');
    writeTargets(ws, [
      target('timed', {
        inputs: 'in.txt',
        body: 'echo PARTIAL > timed.txt\nif grep -q slow in.txt; then node "$GATE_CLIENT" slow $$ & wait; fi\ncat in.txt > timed.txt',
        more: ['timeout: 1s'],
      }),
    ]);
    await step(ws);
    ws.write('in.txt', 'slow\n');
    await ws.gate();
    const running = ws.start([]);
    const visit = await ws.arrival(running, 'slow');
    const outcome = await running.done;
    assert.is(outcome.code, 1);
    assert.match(outcome.stderr, /timed.*timeout of 1 s/s);
    assert.not.ok(isAlive(visit.pid) || isAlive(visit.shell));
    assert.is(ws.read('timed.txt'), 'quick\n');
    assertReason(await ws.plan(), 'timed', 'previous-run-failed');
  },
);

scenario('N8. A part first, then all: what the part built does not run again.', async (ws) => {
  ws.write('in.txt', 'in\n');
  writeTargets(ws, [
    target('base', { inputs: 'in.txt' }),
    target('side', {
      inputs: '{ from: base }',
      outputs: 'side-${{ n }}.txt',
      more: ['each: { n: [1, 2, 3] }'],
    }),
    target('end', { inputs: '{ from: side }' }),
  ]);
  assert.equal((await step(ws, ['side@2'])).ran, ['base', 'side@2']);
  assert.equal((await step(ws, ['side-3.txt'])).ran, ['side@3']);
  assert.equal((await step(ws)).ran, ['end', 'side@1']);
  ws.write('in.txt', 'other\n');
  assert.equal((await step(ws, ['side@1'])).ran, ['base', 'side@1']);
  assert.equal((await step(ws)).ran, ['end', 'side@2', 'side@3']);
  await assertSettled(ws);
});

const hasEnded = (line: string): boolean => line.includes('"event":"ended"');

/** Waits until the watching build has made the list this; events are hints, so there may be builds that change nothing. */
async function lists(ws: Workspace, running: Running, expected: string): Promise<void> {
  for (let ended = 1; !ws.exists('list.txt') || ws.read('list.txt') !== expected; ended += 1)
    await running.line(hasEnded, ended);
}

scenario('N9. Watching sees files and folders made, changed, removed, renamed and replaced.', async (ws) => {
  ws.write('corpus/a.txt', 'a\n');
  ws.write('corpus/long/be/fore.txt', 'f\n');
  writeTargets(ws, [
    target('list', {
      inputs: 'corpus/',
      body: '(cd ${{ inputs }} && find . -type f | sort | while read -r f; do echo $f $(cat $f); done) > ${{ outputs }}',
    }),
  ]);
  const running = ws.start(['--watch', '--json']);
  await lists(ws, running, './a.txt a\n./long/be/fore.txt f\n');
  ws.write('corpus/long/be/fore.txt', 'F\n');
  await lists(ws, running, './a.txt a\n./long/be/fore.txt F\n');
  ws.remove('corpus/long');
  await lists(ws, running, './a.txt a\n');
  ws.write('corpus/deep/er/b.txt', 'b\n');
  await lists(ws, running, './a.txt a\n./deep/er/b.txt b\n');
  ws.write('corpus/deep/er/b.txt', 'B\n');
  await lists(ws, running, './a.txt a\n./deep/er/b.txt B\n');
  renameSync(ws.path('corpus/deep'), ws.path('corpus/moved'));
  await lists(ws, running, './a.txt a\n./moved/er/b.txt B\n');
  ws.write('corpus/moved/er/c.txt', 'c\n');
  await lists(ws, running, './a.txt a\n./moved/er/b.txt B\n./moved/er/c.txt c\n');
  ws.remove('corpus/moved');
  await lists(ws, running, './a.txt a\n');
  renameSync(ws.path('corpus/a.txt'), ws.path('corpus/z.txt'));
  await lists(ws, running, './z.txt a\n');
  ws.write('next/z.txt', 'new\n');
  renameSync(ws.path('corpus'), ws.path('old'));
  renameSync(ws.path('next'), ws.path('corpus'));
  await lists(ws, running, './z.txt new\n');
  running.kill('SIGINT');
  const { code } = await running.done;
  assert.ok(code === 0 || code === 130, `exit ${code}`);
  await assertSettled(ws);
});

runScenarios();
