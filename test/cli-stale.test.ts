// What makes a target stale, what the reason is, and that nothing else runs.
import { execFileSync } from 'node:child_process';
import { linkSync, renameSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { chainIds, writeChain } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

async function builtChain(ws: Workspace): Promise<void> {
  writeChain(ws);
  assert.equal((await step(ws)).ran, chainIds);
}

scenario(
  'A changed input re-runs its reader at once, and the rest of the chain depends on what comes out.',
  async (ws) => {
    await builtChain(ws);
    ws.write('in.txt', 'gamma\n');
    const { plan, executions } = await step(ws);
    assert.equal(idsWith(plan, 'run'), ['norm']);
    assert.equal(idsWith(plan, 'maybe'), ['report', 'upper']);
    assertReason(plan, 'norm', 'input-changed', { subject: 'in.txt' });
    assertReason(plan, 'upper', 'upstream-runs');
    assert.ok(taskOf(plan, 'norm').reasons.every((reason) => reason.root));
    assert.ok(taskOf(plan, 'upper').reasons.every((reason) => !reason.root));
    assert.equal(executions, ['norm', 'upper', 'report']);
    assert.is(ws.read('out/report.txt'), 'Results\nGAMMA\n');
    await assertSettled(ws);
  },
);

scenario('New content with the old size and the old modification time is seen.', async (ws) => {
  const options = { env: ws.anHourLater() };
  writeChain(ws);
  await step(ws, [], options);
  await assertSettled(ws, [], options);
  assert.match(
    ws.read('.evalmake/filestate'),
    'in.txt',
    'the digest was kept, so that it could be used wrongly',
  );
  ws.sneak('in.txt', '# a comment\nalphA\nbeta\n');
  const { plan, ran } = await step(ws, [], options);
  assertReason(plan, 'norm', 'input-changed', { subject: 'in.txt' });
  assert.ok(ran.includes('norm'));
  assert.match(ws.read('norm.txt'), 'alphA');
  await assertSettled(ws, [], options);
  linkSync(ws.path('in.txt'), ws.path('old.txt'));
  ws.write('other.txt', '# a comment\nalphB\nbeta\n');
  execFileSync('touch', ['-r', ws.path('old.txt'), ws.path('other.txt')]);
  renameSync(ws.path('other.txt'), ws.path('in.txt'));
  assert.ok(
    (await step(ws, [], options)).ran.includes('norm'),
    'replaced by another file of the same size and time',
  );
});

scenario('Older content with an older modification time is seen.', async (ws) => {
  await builtChain(ws);
  ws.write('in.txt', 'older\n');
  ws.setMtime('in.txt', new Date('2001-01-01T00:00:00Z'));
  assert.equal((await step(ws)).ran, chainIds);
});

scenario('A changed command re-runs its target, with the reason command-changed.', async (ws) => {
  await builtChain(ws);
  ws.edit('pipeline.yaml', 'tr a-z A-Z', 'tr a-y A-Y');
  const { plan, ran } = await step(ws);
  assertReason(plan, 'upper', 'command-changed');
  assert.equal(ran, ['upper']);
  assert.equal(idsWith(plan, 'maybe'), ['report']);
  await assertSettled(ws);
});

scenario('A target with a reason of its own is "run" although its upstream runs too.', async (ws) => {
  await builtChain(ws);
  ws.edit('in.txt', '# a comment', '# another');
  ws.edit('config.yaml', 'Results', 'Findings');
  const { plan, ran } = await step(ws);
  assert.equal(idsWith(plan, 'run'), ['norm', 'report']);
  assert.equal(ran, ['norm', 'report']);
});

scenario(
  'A script named in `run` is code: changing it re-runs the target, with the reason script-changed.',
  async (ws) => {
    ws.write('tools/make.sh', 'echo one > "$1"\n');
    ws.write('tools/other.sh', 'echo no\n');
    ws.pipeline(`
    targets:
      first:
        run: |
          echo first >> "$RAN_LOG"
          bash tools/make.sh \${{ outputs }}
        outputs: first.txt
      second:
        run: [tools/run.sh, "\${{ outputs }}"]
        outputs: second.txt
  `);
    ws.write('tools/run.sh', '#!/bin/sh\necho second >> "$RAN_LOG"\necho two > "$1"\n');
    const { chmodSync } = await import('node:fs');
    chmodSync(ws.path('tools/run.sh'), 0o755);
    assert.equal((await step(ws)).ran, ['first', 'second']);
    ws.write('tools/other.sh', 'echo still no\n');
    await assertSettled(ws);
    ws.write('tools/make.sh', 'echo uno > "$1"\n');
    const edited = await step(ws);
    assert.equal(edited.ran, ['first']);
    assertReason(edited.plan, 'first', 'script-changed', { subject: 'tools/make.sh' });
    ws.edit('tools/run.sh', 'echo two', 'echo due');
    const again = await step(ws);
    assert.equal(again.ran, ['second']);
    assertReason(again.plan, 'second', 'script-changed', { subject: 'tools/run.sh' });
  },
);

scenario(
  'Files matched by `code:` count for the target, those of `defaults` for every target.',
  async (ws) => {
    writeChain(ws);
    ws.write('lib/a.py', 'A = 1\n');
    ws.write('uv.lock', 'lock 1\n');
    ws.edit('pipeline.yaml', 'config: config.yaml\n', 'config: config.yaml\ndefaults: { code: [uv.lock] }\n');
    ws.edit('pipeline.yaml', '    outputs: upper.txt\n', '    outputs: upper.txt\n    code: lib/**/*.py\n');
    await step(ws);
    ws.write('lib/a.py', 'A = 2\n');
    const edited = await step(ws);
    assert.equal(edited.ran, ['upper']);
    assertReason(edited.plan, 'upper', 'script-changed', { subject: 'lib/a.py' });
    ws.write('lib/deep/b.py', 'B = 1\n');
    assert.equal((await step(ws)).ran, ['upper'], 'a new file that matches counts too');
    ws.write('uv.lock', 'lock 2\n');
    assert.equal((await step(ws)).ran, chainIds);
  },
);

scenario('An input added to the list, and one removed, are reasons with their name.', async (ws) => {
  ws.write('a.txt', 'a\n');
  ws.write('b.txt', 'b\n');
  ws.pipeline(`
    targets:
      count:
        run: |
          echo count >> "$RAN_LOG"
          echo \${{ inputs }} > \${{ outputs }}
        inputs: [a.txt]
        outputs: count.txt
  `);
  await step(ws);
  ws.edit('pipeline.yaml', '[a.txt]', '[a.txt, b.txt]');
  const added = await step(ws);
  assert.equal(added.ran, ['count']);
  assertReason(added.plan, 'count', 'input-added', { subject: 'b.txt' });
  ws.edit('pipeline.yaml', '[a.txt, b.txt]', '[a.txt]');
  const removed = await step(ws);
  assert.equal(removed.ran, [], 'what it was before comes back');
  assertReason(removed.plan, 'count', 'input-removed', { subject: 'b.txt' });
});

scenario(
  'A file that appears in a glob, vanishes from it, or is renamed makes the reader stale.',
  async (ws) => {
    for (const name of ['a', 'b']) ws.write(`raw/${name}.txt`, `${name}\n`);
    ws.pipeline(`
    targets:
      join:
        run: |
          echo join >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: raw/*.txt
        outputs: joined.txt
  `);
    await step(ws);
    assert.is(ws.read('joined.txt'), 'a\nb\n');
    ws.write('raw/c.txt', 'c\n');
    ws.write('raw/c.md', 'not matched\n');
    const added = await step(ws);
    assertReason(added.plan, 'join', 'input-added', { subject: 'raw/c.txt' });
    assert.is(ws.read('joined.txt'), 'a\nb\nc\n');
    ws.remove('raw/a.txt');
    const removed = await step(ws);
    assertReason(removed.plan, 'join', 'input-removed', { subject: 'raw/a.txt' });
    assert.is(ws.read('joined.txt'), 'b\nc\n');
    ws.remove('raw/b.txt');
    ws.write('raw/z.txt', 'b\n');
    const renamed = await step(ws);
    assertReason(renamed.plan, 'join', 'input-removed', { subject: 'raw/b.txt' });
    assertReason(renamed.plan, 'join', 'input-added', { subject: 'raw/z.txt' });
    assert.is(ws.read('joined.txt'), 'c\nb\n');
    await assertSettled(ws);
  },
);

scenario('A directory input counts by names and content, not by times.', async (ws) => {
  ws.write('corpus/one.txt', '1\n');
  ws.write('corpus/deep/two.txt', '2\n');
  ws.pipeline(`
    targets:
      list:
        run: |
          echo list >> "$RAN_LOG"
          (cd \${{ inputs }} && find . -type f | sort) > \${{ outputs }}
        inputs: corpus/
        outputs: list.txt
  `);
  await step(ws);
  ws.touch('corpus/deep/two.txt');
  await assertSettled(ws);
  for (const edit of [
    () => ws.write('corpus/deep/three.txt', '3\n'),
    () => ws.write('corpus/deep/two.txt', '2!\n'),
    () => ws.remove('corpus/one.txt'),
  ]) {
    edit();
    const { plan, ran } = await step(ws);
    assert.equal(ran, ['list']);
    assertReason(plan, 'list', 'input-changed', { subject: 'corpus' });
  }
});

scenario('A changed value in `env:` re-runs its target, and so does `version:`.', async (ws) => {
  ws.pipeline(`
    targets:
      show:
        run: |
          echo show >> "$RAN_LOG"
          echo "$MODE" > \${{ outputs }}
        env: { MODE: fast }
        outputs: shown.txt
  `);
  await step(ws);
  assert.is(ws.read('shown.txt'), 'fast\n');
  ws.edit('pipeline.yaml', 'MODE: fast', 'MODE: slow');
  const { plan, ran } = await step(ws);
  assert.equal(ran, ['show']);
  assertReason(plan, 'show', 'env-changed', { subject: 'MODE', was: 'fast', now: 'slow' });
  assert.is(ws.read('shown.txt'), 'slow\n');
  ws.edit('pipeline.yaml', '    outputs:', '    version: 2\n    outputs:');
  assert.equal((await step(ws)).ran, ['show']);
  await assertSettled(ws);
});

scenario('All reasons are told, never only the first.', async (ws) => {
  await builtChain(ws);
  ws.write('upper.txt', 'tampered\n');
  ws.edit('config.yaml', 'Results', 'Findings');
  ws.edit('pipeline.yaml', 'cat ${{ inputs }}', 'cat -u ${{ inputs }}');
  ws.remove('out/report.txt');
  const plan = await ws.plan();
  const codes = taskOf(plan, 'report').reasons.map((reason) => reason.code);
  for (const code of ['command-changed', 'config-changed', 'output-missing', 'upstream-runs']) {
    assert.ok(codes.includes(code), `${code} is among ${codes}`);
  }
});

runScenarios();
