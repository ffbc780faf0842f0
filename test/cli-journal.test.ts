// The journal through the real command: torn, damaged, of an older or a newer version, and what is told of it.
import { createHash } from 'node:crypto';
import { readdirSync, truncateSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { idsWith, taskOf } from './workspace/documents.ts';
import { chainIds, writeChain } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

const journal = '.evalmake/journal.jsonl';
const sum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
const evidence = (ws: Workspace): string[] =>
  readdirSync(ws.path('.evalmake')).filter((name) => name.startsWith('journal.jsonl.corrupt-'));
const warnings = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => line.includes('the journal'));

scenario(
  'After a torn tail one target is built, its record survives a restart, and the third start is silent.',
  async (ws) => {
    writeChain(ws);
    await step(ws);
    const whole = ws.read(journal);
    const last = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (const length of [last + 1, last + 16, last + 40, whole.length - 1]) {
      ws.write(journal, whole);
      truncateSync(ws.path(journal), length);
      const before = ws.tree();
      const looked = await ws.evalmake(['--dry-run']);
      assert.equal(compareTrees(before, ws.tree()), [], 'who only looks writes nothing');
      assert.is(warnings(looked.stderr).length, 1, looked.stderr);
      ws.edit('in.txt', 'beta', `beta${length}`);
      const first = await ws.evalmake(['norm']);
      assert.is(first.code, 0, first.stderr);
      assert.is(warnings(first.stderr).length, 1, first.stderr);
      assert.match(
        first.stderr,
        /ended in the middle of a line.*written anew.*\.evalmake\/journal\.jsonl\.corrupt-[0-9a-f]{12}/,
      );
      assert.equal(ws.ran(), ['norm']);
      const second = await ws.evalmake(['norm']);
      assert.equal([second.code, ws.ran(), warnings(second.stderr)], [0, [], []], 'its record survived');
      ws.edit('in.txt', `beta${length}`, 'beta');
      assert.is((await ws.evalmake([])).code, 0);
      ws.ran();
    }
    assert.is(evidence(ws).length, 3, 'three damaged journals are kept');
    await assertSettled(ws);
  },
);

scenario('A build that finds nothing to do heals a damaged journal too.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.write(journal, `${ws.read(journal)}torn`);
  const first = await ws.evalmake([]);
  assert.equal([first.code, warnings(first.stderr).length, evidence(ws).length], [0, 1, 1], first.stderr);
  const second = await ws.evalmake([]);
  assert.equal([second.code, warnings(second.stderr)], [0, []]);
  assert.equal(ws.ran(), []);
});

scenario('A flipped digit in the first line is damage: nothing is refused, nothing is lost.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.edit(journal, 'evalmake-journal 2', 'evalmake-journal 7');
  const { ran, said } = await step(ws);
  assert.equal(ran, []);
  assert.match(said, /the journal is damaged in line 1;/);
  await assertSettled(ws);
});

scenario('A journal of a newer version is refused, named, and left as it is.', async (ws) => {
  writeChain(ws);
  await step(ws);
  const head = 'evalmake-journal 3';
  const text = ws.read(journal).replace(/^.*/, `${head} ${sum(head)}`);
  ws.write(journal, text);
  const refused = await ws.evalmake([]);
  assert.is.not(refused.code, 0);
  assert.match(refused.stderr, /newer evalmake \(evalmake-journal 3\)/);
  assert.is(ws.read(journal), text);
  assert.equal(ws.ran(), []);
});

scenario(
  'A journal of version 1 is read as it is, and written anew by the next build that writes.',
  async (ws) => {
    writeChain(ws);
    await step(ws);
    const lines = ws.read(journal).split('\n').slice(1, -1);
    const old = lines.map((line) => line.replace(/^\w{16} \d+ /, '')).map((rest) => `${sum(rest)} ${rest}\n`);
    ws.write(journal, `evalmake-journal 1\n${old.join('')}`);
    await assertSettled(ws);
    assert.match(ws.read(journal), /^evalmake-journal 1\n/);
    ws.edit('config.yaml', 'Results', 'Findings');
    assert.equal((await step(ws)).ran, ['report']);
    assert.match(ws.read(journal), /^evalmake-journal 2 [0-9a-f]{16}\n/);
    assert.equal(evidence(ws), []);
    await assertSettled(ws);
  },
);

scenario('A lost revocation does not bring back a record that fails its check.', async (ws) => {
  ws.write('in.txt', 'some\n');
  ws.pipeline(`
    targets:
      one:
        run: |
          echo one >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: out.txt
  `);
  await step(ws);
  ws.write(
    'pipeline.yaml',
    `${ws.read('pipeline.yaml')}    checks: { command: "grep -q more \${{ outputs }}" }\n`,
  );
  assert.is((await ws.evalmake([])).code, 1);
  const lines = ws.read(journal).split('\n').slice(0, -1);
  const revoked = lines.findIndex((line) => line.includes(' revoked one '));
  assert.ok(revoked > 0, 'there is a revocation');
  const damages = [
    lines.toSpliced(revoked, 1),
    lines.slice(0, revoked),
    lines.with(revoked, (lines[revoked] as string).replace(' one ', ' two ')),
    lines.with(revoked, (lines[revoked] as string).replace('revoked', 'revokes')),
  ];
  for (const [i, damaged] of damages.entries()) {
    ws.write(journal, `${damaged.join('\n')}\n`);
    assert.is.not(taskOf(await ws.plan(), 'one').verdict, 'fresh', `damage ${i}`);
    assert.is((await ws.evalmake([])).code, 1, `damage ${i}`);
    assert.is.not(taskOf(await ws.plan(), 'one').verdict, 'fresh', `damage ${i}, built`);
  }
});

scenario(
  'A task name that becomes that of another in a damaged line costs the other nothing.',
  async (ws) => {
    ws.write('in.txt', '1\n');
    const one = (name: string): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: ${name}.txt`;
    ws.pipeline(`
    targets:${['t1', 't2', 't3'].map(one).join('')}
  `);
    await step(ws);
    ws.edit(journal, ' finished t1 ', ' finished t3 ');
    ws.edit(journal, ' publishing t1 ', ' publishing t3 ');
    const plan = await ws.plan();
    assert.equal([idsWith(plan, 'run'), idsWith(plan, 'fresh')], [['t1'], ['t2', 't3']]);
    assert.equal((await step(ws)).ran, ['t1']);
    await assertSettled(ws);
  },
);

scenario('The records of all tasks survive when the whole journal is copied behind itself.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.write(journal, ws.read(journal).repeat(2));
  assert.equal(idsWith(await ws.plan(), 'fresh'), chainIds);
  await step(ws);
  await assertSettled(ws);
});

runScenarios();
