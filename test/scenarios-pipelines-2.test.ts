// Scenarios from experiment pipelines, P14 to P25: shards, predicates, failures, config keys, static errors, scale.
import * as assert from 'uvu/assert';
import { assertReason, idsWith, parseProblems, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import type { Workspace } from './workspace/workspace.ts';

const shards = 12;

scenario(
  'P14. One missing shard of many: one chain runs, and the aggregate only when its content changed.',
  async (ws) => {
    ws.write('salt.txt', '1\n');
    const more = [`each: { n: { range: [1, ${shards}] } }`];
    writeTargets(ws, [
      target('submit', { outputs: 'jobs/${{ n }}.txt', body: 'echo job ${{ n }} > ${{ outputs }}', more }),
      target('download', {
        inputs: '{ job: { from: submit }, salt: { path: salt.txt, order_only: true } }',
        outputs: 'raw/${{ n }}.txt',
        body: 'cat jobs/${{ n }}.txt salt.txt > ${{ outputs }}',
        more,
      }),
      target('parse', { inputs: '{ from: download }', outputs: 'parsed/${{ n }}.txt', more }),
      target('total', { inputs: '{ from: parse }', body: 'cat ${{ inputs }} | wc -l > ${{ outputs }}' }),
    ]);
    assert.is((await step(ws)).ran.length, 3 * shards + 1);
    ws.remove('raw/7.txt');
    const same = await step(ws);
    assert.equal(same.ran, ['download@7'], 'the same answer again goes no further');
    ws.remove('raw/7.txt');
    ws.write('salt.txt', '2\n');
    const other = await step(ws);
    assert.equal(other.ran, ['download@7', 'parse@7', 'total'], 'another answer goes down one chain');
    await assertSettled(ws);
  },
);

const rows = (count: number): string => Array.from({ length: count }, (_, n) => `{"id":${n}}\n`).join('');

scenario(
  'P16. A row added in the middle reaches only the shard it is in; a row given twice is refused.',
  async (ws) => {
    ws.write('rows.csv', 'q1\nq2\nq3\n');
    writeTargets(ws, [
      target('split', {
        inputs: 'rows.csv',
        outputs: '{ rows: rows/*.txt }',
        body: 'while read -r id text; do echo "$text" > ${{ outputs.rows.dir }}/$id.txt; done < ${{ inputs }}',
      }),
      target('ask', {
        inputs: '${{ row.path }}',
        outputs: 'out/${{ row.stem }}.txt',
        more: ['each: { row: { from: split.rows } }'],
      }),
      target('ids', {
        inputs: 'rows.csv',
        outputs: 'ids.jsonl',
        body: 'while read -r id _; do echo "{\\"id\\":\\"$id\\"}"; done < ${{ inputs }} > ${{ outputs }}',
        more: ['checks: { unique: id }'],
      }),
    ]);
    const dynamic = { dynamic: ['ask'] };
    await step(ws, [], dynamic);
    ws.write('rows.csv', 'q1\nq1b\nq2\nq3\n');
    assert.equal((await step(ws, [], dynamic)).ran, ['ask@q1b', 'ids', 'split'], 'ids are stable');
    ws.write('rows.csv', 'q1\nq1b\nq2\nq3\nq2\n');
    const { said } = await step(ws, ['ids'], { exit: 1 });
    assert.match(said, 'q2');
    assert.is(ws.read('ids.jsonl').split('\n').length, 5, 'the last good one stands');
  },
);

scenario(
  'P17. A predicate that is tightened makes an old artifact stale by itself; loosened, nothing runs.',
  async (ws) => {
    ws.write('rows.jsonl', rows(950));
    const write = (least: number): void =>
      writeTargets(ws, [
        target('scores', {
          inputs: 'rows.jsonl',
          outputs: 'scores.jsonl',
          more: [`checks: { min_rows: ${least} }`],
        }),
        target('paper', { inputs: '{ from: scores }' }),
      ]);
    write(900);
    await step(ws);
    write(1000);
    const plan = await ws.plan();
    assert.equal(idsWith(plan, 'run'), ['scores']);
    assertReason(plan, 'scores', 'check-failed', { subject: 'min_rows' });
    assert.match((await ws.evalmake(['-n'])).stdout, /rows 950 < 1000/);
    assert.is(
      taskOf(plan, 'scores').reasons.filter((reason) => reason.root).length,
      1,
      'nothing else has changed',
    );
    write(800);
    await assertSettled(ws);
  },
);

scenario('P19. A failure keeps the old bytes, is told, and never counts as complete.', async (ws) => {
  ws.write('in.txt', 'good\n');
  const more = ['manifest: out/manifest.json'];
  writeTargets(ws, [
    target('make', {
      inputs: 'in.txt',
      outputs: '{ data: out/data.txt, log: out/log.txt }',
      body: 'echo half > ${{ outputs.data }}\ngrep good in.txt > out/log.txt\ncp in.txt ${{ outputs.data }}',
      more,
    }),
  ]);
  await step(ws);
  ws.write('in.txt', 'broken\n');
  await step(ws, [], { exit: 1 });
  assert.equal([ws.read('out/data.txt'), ws.read('out/log.txt')], ['good\n', 'good\n']);
  assert.match((await ws.evalmake(['-n'])).stdout, /last attempt failed/);
  const { make } = JSON.parse(ws.read('out/manifest.json')).stage_status;
  assert.is.not(make.status, 'completed');
  ws.remove('.evalmake');
  assert.is(taskOf(await ws.plan(), 'make').verdict, 'run', 'also when the manifest is all that is left');
  ws.write('in.txt', 'good\n');
  const back = taskOf(await ws.plan(), 'make').verdict;
  assert.ok(back === 'fresh' || back === 'run', back);
  await step(ws);
  await assertSettled(ws);
});

/** Fifty keys, of which `one` uses a nested one, `two` a list, and `three` the whole of a branch. */
function writeKeys(ws: Workspace): void {
  const unused = Array.from({ length: 46 }, (_, n) => `key${n}: ${n}\n`).join('');
  ws.write(
    'config.yaml',
    `${unused}a: { b: { c: 1, d: x } }\nlist: [1, 2]\nbranch: { x: 1, y: [2, { z: 3 }] }\n`,
  );
  writeTargets(
    ws,
    [
      target('one', { body: 'echo ${{ config.a.b.c }} > ${{ outputs }}' }),
      target('two', { body: 'echo ${{ config.list }} > ${{ outputs }}' }),
      target('three', { body: 'cat ${{ config }} > ${{ outputs }}', more: ['config: [branch]'] }),
    ],
    'config: config.yaml\n',
  );
}

scenario(
  'P20. Only used keys count, by value: unused, order, comments and 1.0 do not; "1" does.',
  async (ws) => {
    writeKeys(ws);
    await step(ws);
    ws.edit('config.yaml', 'key7: 7', 'key7: 8 # changed');
    ws.edit('config.yaml', '{ x: 1, y: [2, { z: 3 }] }', '{ y: [2, { z: 3 }], x: 1 }');
    ws.edit('config.yaml', 'd: x', 'd: y');
    await assertSettled(ws);
    ws.edit('config.yaml', 'c: 1', 'c: 1.0');
    await assertSettled(ws);
    ws.edit('config.yaml', 'c: 1.0', 'c: "1"');
    const text = await step(ws);
    assert.equal(text.ran, ['one']);
    assertReason(text.plan, 'one', 'config-changed', { subject: 'a.b.c', was: '1', now: '"1"' });
    ws.edit('config.yaml', 'z: 3', 'z: 4');
    const nested = await step(ws);
    assert.equal(nested.ran, ['three']);
    assertReason(nested.plan, 'three', 'config-changed', { subject: 'branch.y', was: '3', now: '4' });
    ws.edit('config.yaml', '[1, 2]', '[2, 1]');
    assert.equal((await step(ws)).ran, ['two'], 'the order of a list counts');
    await assertSettled(ws);
  },
);

scenario(
  'P23. Of ten shards two fail: eight are kept, the aggregate names both, the rest is done next time.',
  async (ws) => {
    ws.write('bad.txt', '3 8\n');
    writeTargets(ws, [
      target('shard', {
        outputs: 'shards/${{ n }}.txt',
        body: 'if grep -qw ${{ n }} bad.txt; then echo "shard ${{ n }} broke" >&2; exit 1; fi\necho ${{ n }} > ${{ outputs }}',
        more: ['each: { n: { range: [1, 10] } }', 'manifest: shards/manifest.json'],
      }),
      target('total', { inputs: '{ from: shard }' }),
    ]);
    const first = await step(ws, ['-k', '-j2'], { exit: 1 });
    assert.is(first.ran.length, 10);
    for (const text of ['shard 3 broke', 'shard 8 broke']) assert.match(first.said, text);
    const blocked = first.events.find((event) => event.event === 'blocked');
    assert.match(JSON.stringify(blocked), /"total".*shard@[38]/);
    const next = await ws.plan();
    for (const subject of ['shard@3', 'shard@8']) {
      assertReason(next, subject, 'previous-run-failed');
      assertReason(next, 'total', 'upstream-runs', { subject });
    }
    const stage = JSON.parse(ws.read('shards/manifest.json')).stage_status.shard;
    assert.is(stage.counts.completed, 8);
    ws.write('bad.txt', 'none\n');
    assert.equal((await step(ws, ['-k'])).executions.slice(-1), ['total']);
    assert.is(ws.read('total.txt').split('\n').length, 11);
    await assertSettled(ws);
    assert.equal(idsWith(first.plan, 'run').length, 11);
  },
);

scenario(
  'P24. Static errors of six kinds are told in one pass with their places, and nothing runs.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    const body = ':';
    writeTargets(ws, [
      target('grow', { inputs: '[in.txt, c.txt]', outputs: 'a.txt' }),
      target('turn', { inputs: 'a.txt', outputs: 'b.txt' }),
      target('back', { inputs: '{ from: turn }', outputs: 'c.txt' }),
      target('many', {
        body,
        outputs: 'dup/${{ n }}.txt',
        more: ['each: { n: [1, 2] }'],
      }),
      target('single', { body, outputs: 'dup/2.txt' }),
      target('model', { body, outputs: 'model/' }),
      target('inside', { body, outputs: 'model/deep/weights.bin' }),
      target('reader', { inputs: '{ from: modle }' }),
      target('escape', { body, outputs: 'x/../../away.txt' }),
      target('upper', { body, outputs: 'out/Table.csv' }),
      target('lower', { body, outputs: 'out/table.csv' }),
    ]);
    const outcome = await ws.evalmake(['--json']);
    assert.is(outcome.code, 2);
    const problems = parseProblems(outcome.stdout);
    const said = problems.map(({ message, hint = '' }) => `${message} ${hint}`).join('\n');
    assert.match(
      said,
      /grow.*turn.*back|turn.*back.*grow|back.*grow.*turn|grow.*back.*turn|back.*turn.*grow|turn.*grow.*back/,
    );
    for (const words of [
      ['dup/2.txt', 'many', 'single'],
      ['model/deep/weights.bin', 'inside', 'model'],
      ['modle', 'did you mean', 'model'],
      ['away.txt'],
      ['Table.csv', 'table.csv'],
    ])
      assert.ok(
        said.split('\n').some((line) => words.every((word) => line.includes(word))),
        `one problem says ${words.join(', ')}:\n${said}`,
      );
    assert.is(problems.length, 6, said);
    for (const { file, line, column } of problems)
      assert.ok(file === 'pipeline.yaml' && line > 2 && column > 0);
    assert.equal(ws.ran(), []);
  },
);

scenario(
  'P25. Ten thousand tasks: the plan is complete, what is printed is short, and one task is explained.',
  async (ws) => {
    const more = ['each: { n: { range: [1, 5000] } }'];
    writeTargets(ws, [
      target('make', { outputs: 'a/${{ n }}.txt', body: 'echo ${{ n }} > ${{ outputs }}', more }),
      target('read', { inputs: '{ from: make }', outputs: 'b/${{ n }}.txt', more }),
      target('join', { inputs: '{ from: read }' }),
    ]);
    const plan = await ws.plan();
    assert.is(plan.tasks.length, 10_001);
    const text = await ws.evalmake(['-n']);
    assert.match(text.stdout, '10001 run');
    assert.ok(text.stdout.split('\n').length < 100, `${text.stdout.split('\n').length} lines`);
    const why = await ws.evalmake(['why', 'read@4711']);
    assert.is(why.code, 0, why.stderr);
    assert.match(why.stdout, /make@4711 -> read@4711/);
    assert.ok(why.stdout.split('\n').length < 40, why.stdout);
  },
);

runScenarios();
