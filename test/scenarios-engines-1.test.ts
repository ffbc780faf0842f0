// Scenarios from build engines, S1 to S8: what counts as a change, and what does not.
import { execFileSync } from 'node:child_process';
import { renameSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

scenario('S1. A no-op touches nothing: no byte and no time of any file, state included.', async (ws) => {
  ws.write('in.txt', 'one\ntwo\n');
  writeTargets(ws, [
    target('split', {
      inputs: 'in.txt',
      outputs: '{ parts: parts/*.txt }',
      body: 'while read -r line; do echo "$line" > ${{ outputs.parts.dir }}/$line.txt; done < ${{ inputs }}',
      more: ['manifest: manifest.json'],
    }),
    target('pack', {
      inputs: '{ from: split }',
      outputs: 'packed/',
      body: 'mkdir -p ${{ outputs }}; cp ${{ inputs }} ${{ outputs }}/',
    }),
    target('fixed', {
      inputs: '{ from: pack }',
      outputs: 'deep/fixed.txt',
      body: 'ls packed > deep/fixed.txt',
    }),
  ]);
  await step(ws);
  await assertSettled(ws);
  const began = performance.now();
  for (;;) {
    const before = ws.tree();
    const outcome = await ws.evalmake([]);
    assert.is(outcome.code, 0, outcome.stderr);
    assert.is(outcome.stdout, '');
    assert.equal(ws.ran(), []);
    const touched = compareTrees(before, ws.tree());
    // Files that were written moments ago are no proof of what they hold: once they are older, digests of them are kept.
    const remembers = touched.length === 1 && touched[0]?.includes('.evalmake/filestate') === true;
    if (remembers && performance.now() - began < 10_000) continue;
    assert.equal(touched, []);
    return;
  }
});

/** norm (drops what follows #) -> final, and beside them `twin`, which reads norm and a file of its own. */
function writeNormalised(ws: Workspace): void {
  ws.write('in.txt', 'x 1 # remark\n');
  ws.write('own.txt', 'own\n');
  writeTargets(ws, [
    target('norm', { inputs: 'in.txt', body: "sed 's/ *#.*//' ${{ inputs }} > ${{ outputs }}" }),
    target('final', { inputs: '{ from: norm }' }),
    target('twin', { inputs: '{ n: { from: norm }, own: own.txt }' }),
  ]);
}

scenario('S2. Early cutoff: what is downstream of equal bytes is cut off, and says so.', async (ws) => {
  writeNormalised(ws);
  await step(ws);
  ws.edit('in.txt', 'remark', 'another remark');
  const { plan, ran, events } = await step(ws);
  assert.equal(idsWith(plan, 'maybe'), ['final', 'twin']);
  assert.equal(ran, ['norm']);
  const cut = events.filter((event) => event.event === 'cut-off').map((event) => event.task);
  assert.equal(cut.sort(), ['final', 'twin']);
  assert.is(events.at(-1)?.counts?.['cutOff'], 2);
  await assertSettled(ws);
  ws.edit('in.txt', 'another', 'third');
  ws.write('own.txt', 'changed\n');
  const mixed = await step(ws);
  assert.is(taskOf(mixed.plan, 'twin').verdict, 'run', 'it has a reason of its own');
  assert.equal(mixed.ran, ['norm', 'twin']);
  ws.edit('in.txt', 'x 1', 'x 2');
  assert.equal((await step(ws)).ran, ['final', 'norm', 'twin']);
});

scenario('S3. Cutoff per output: of several outputs only the reader of the changed one runs.', async (ws) => {
  ws.write('in.txt', '1 2 3\n');
  writeTargets(ws, [
    target('many', {
      inputs: 'in.txt',
      outputs: '{ a: out/a.txt, b: out/b.txt, c: out/c/ }',
      body: 'read -r a b c < in.txt\necho $a > out/a.txt\necho $b > ${{ outputs.b }}\nmkdir -p ${{ outputs.c }}/deep; echo $c > ${{ outputs.c }}/deep/c.txt',
    }),
    target('use_a', { inputs: 'out/a.txt' }),
    target('use_b', { inputs: '{ from: many.b }' }),
    target('use_c', { inputs: '{ from: many.c }', body: 'cat ${{ inputs }}/deep/c.txt > ${{ outputs }}' }),
  ]);
  await step(ws);
  ws.write('in.txt', '1 2 33\n');
  assert.equal((await step(ws)).ran, ['many', 'use_c']);
  ws.write('in.txt', '11 2 33\n');
  assert.equal((await step(ws)).ran, ['many', 'use_a']);
  await assertSettled(ws);
});

scenario('S5. A time is not content: touch, rewrite, an old date, a checkout away and back.', async (ws) => {
  const options = { env: ws.anHourLater() };
  ws.write('data/in.txt', 'alpha\n');
  writeTargets(ws, [
    target('file', { inputs: 'data/in.txt' }),
    target('folder', {
      inputs: 'data/',
      body: 'ls ${{ inputs }} > ${{ outputs }}; cat ${{ inputs }}/* >> ${{ outputs }}',
    }),
  ]);
  const git = (...args: string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: ws.root,
      stdio: 'pipe',
    });
  git('init', '-q');
  git('add', 'data');
  git('commit', '-qm', 'one');
  git('checkout', '-qb', 'other');
  ws.write('data/in.txt', 'gamma\n');
  git('commit', '-qam', 'two');
  git('checkout', '-q', '-');
  await step(ws, [], options);
  ws.touch('data/in.txt');
  await assertSettled(ws, [], options);
  ws.write('data/in.txt', 'alpha\n');
  git('checkout', '-q', 'other');
  assert.is(ws.read('data/in.txt'), 'gamma\n');
  assert.equal(idsWith(await ws.plan([], options), 'run'), ['file', 'folder']);
  git('checkout', '-q', '-');
  await assertSettled(ws, [], options);
  ws.write('data/in.txt', 'omega\n');
  ws.setMtime('data/in.txt', new Date('2001-01-01T00:00:00Z'));
  assert.equal((await step(ws, [], options)).ran, ['file', 'folder']);
  assert.is(ws.read('file.txt'), 'omega\n');
});

scenario(
  'S7. A command and a parameter count; description, pool, retries, order and comments do not.',
  async (ws) => {
    ws.write('config.yaml', 'stats:\n  alpha: 0.05\n');
    writeTargets(
      ws,
      [
        target('test', {
          body: 'echo ${{ config.stats.alpha }} > ${{ outputs }}',
          more: ['desc: old', 'pool: cpu'],
        }),
        target('other', { body: 'echo other > ${{ outputs }}' }),
      ],
      'config: config.yaml\npools: { cpu: 2, gpu: 1 }\n',
    );
    await step(ws);
    ws.edit('config.yaml', '0.05', '0.01');
    const value = await step(ws);
    assert.equal(value.ran, ['test']);
    assertReason(value.plan, 'test', 'config-changed', { subject: 'stats.alpha', was: '0.05', now: '0.01' });
    ws.edit('pipeline.yaml', 'echo other', 'printf other');
    const command = await step(ws);
    assert.equal(command.ran, ['other']);
    assertReason(command.plan, 'other', 'command-changed', { was: 'echo other', now: 'printf other' });
    ws.edit(
      'pipeline.yaml',
      'desc: old\n    pool: cpu',
      'pool: gpu # smaller\n    retries: 3\n    timeout: 5m\n    desc: new',
    );
    ws.write('config.yaml', '# a comment\nunused: 1\nstats: { alpha: 0.01 }\n');
    await assertSettled(ws);
  },
);

scenario(
  'S8. The list of inputs counts: added, removed, matched by a glob, deleted, renamed.',
  async (ws) => {
    for (const name of ['a', 'b']) ws.write(`set/${name}.csv`, `${name}\n`);
    ws.write('extra.txt', 'e\n');
    writeTargets(ws, [
      target('silent', { inputs: '[set/a.csv, extra.txt]', body: 'echo constant > ${{ outputs }}' }),
      target('glob', { inputs: 'set/*.csv' }),
    ]);
    await step(ws);
    ws.edit('pipeline.yaml', '[set/a.csv, extra.txt]', '[set/a.csv]');
    const removed = await step(ws);
    assert.equal(removed.ran, ['silent'], 'also when the command line does not mention it');
    assertReason(removed.plan, 'silent', 'input-removed', { subject: 'extra.txt' });
    ws.edit('pipeline.yaml', '[set/a.csv]', '[set/a.csv, set/b.csv]');
    assertReason((await step(ws)).plan, 'silent', 'input-added', { subject: 'set/b.csv' });
    ws.write('set/c.csv', 'c\n');
    const added = await step(ws);
    assert.equal(added.ran, ['glob']);
    assertReason(added.plan, 'glob', 'input-added', { subject: 'set/c.csv' });
    renameSync(ws.path('set/c.csv'), ws.path('set/0.csv'));
    const renamed = await step(ws);
    assertReason(renamed.plan, 'glob', 'input-removed', { subject: 'set/c.csv' });
    assertReason(renamed.plan, 'glob', 'input-added', { subject: 'set/0.csv' });
    assert.is(ws.read('glob.txt'), 'c\na\nb\n');
    ws.remove('set/0.csv');
    assertReason((await step(ws)).plan, 'glob', 'input-removed', { subject: 'set/0.csv' });
    await assertSettled(ws);
  },
);

runScenarios();
