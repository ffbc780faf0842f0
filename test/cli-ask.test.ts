// The verdict `ask`: outputs that may be replaced only when a person says so are not touched before.
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { step } from './workspace/step.ts';
import { compareTrees, partOfTree } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

/** in.txt -> sample (declared as told) -> count -> total; and `side`, which has nothing to do with them. */
function writeSample(ws: Workspace, more: string): void {
  ws.write('in.txt', 'a\nb\n');
  ws.pipeline(`
    targets:
      sample:
        run: |
          echo sample >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
          wc -l < "$RAN_LOG" >> \${{ outputs }}
        inputs: in.txt
        outputs: sample.txt
        ${more}
      count:
        run: |
          echo count >> "$RAN_LOG"
          wc -l < \${{ inputs }} > \${{ outputs }}
        inputs: { from: sample }
        outputs: count.txt
      total:
        run: |
          echo total >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: count }
        outputs: total.txt
      side:
        run: |
          echo side >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: side.txt
  `);
}

const artifacts = (path: string): boolean => /^(sample|count|total)\.txt$/.test(path);

for (const more of ['keep: true', 'nondeterministic: true']) {
  const word = more.slice(0, -6);
  scenario(`${word}: with all state lost it asks, nothing touches it, and --force runs it.`, async (ws) => {
    writeSample(ws, more);
    await step(ws);
    ws.remove('.evalmake');
    const before = partOfTree(ws.tree(), artifacts);
    const { plan, ran, said } = await step(ws, [], { exit: 5 });
    assert.equal(idsWith(plan, 'ask'), ['sample']);
    assertReason(plan, 'sample', word);
    assertReason(plan, 'sample', 'record-lost');
    assert.equal(idsWith(plan, 'blocked'), ['count', 'total']);
    assertReason(plan, 'count', 'upstream-asks', { subject: 'sample' });
    assertReason(plan, 'total', 'upstream-asks', { subject: 'count' });
    assert.equal(ran, ['side'], 'a free target without a record simply runs');
    assert.match(said, '"exit":5');
    assert.equal(compareTrees(before, partOfTree(ws.tree(), artifacts)), []);
    const forced = await step(ws, ['--force=sample']);
    assert.equal(forced.ran, ['count', 'sample', 'total']);
  });
}

scenario('What to type is said: adopt or --force, by the name of the task.', async (ws) => {
  writeSample(ws, 'keep: true');
  await step(ws);
  ws.remove('.evalmake');
  const dry = await ws.evalmake(['-n']);
  assert.match(dry.stdout, 'evalmake adopt sample --reason');
  assert.match(dry.stdout, 'evalmake --force=sample');
  const built = await ws.evalmake([]);
  assert.is(built.code, 5);
  assert.match(built.stderr, 'evalmake adopt sample --reason');
  assert.match(built.stderr, 'evalmake --force=sample');
});

scenario('nondeterministic: a fingerprint never met before runs; keep asks even then.', async (ws) => {
  writeSample(ws, 'nondeterministic: true');
  await step(ws);
  ws.write('in.txt', 'a\nb\nc\n');
  assert.equal((await step(ws)).ran, ['count', 'sample', 'side', 'total']);
  ws.edit('pipeline.yaml', 'nondeterministic: true', 'keep: true');
  ws.write('in.txt', 'a\n');
  const kept = ws.read('sample.txt');
  const { plan, ran } = await step(ws, [], { exit: 5 });
  assertReason(plan, 'sample', 'keep');
  assertReason(plan, 'sample', 'input-changed');
  assert.equal(ran, ['side']);
  assert.is(ws.read('sample.txt'), kept);
});

scenario(
  'nondeterministic: back at a former fingerprint, its first result is not bought again.',
  async (ws) => {
    writeSample(ws, 'nondeterministic: true');
    await step(ws);
    ws.write('in.txt', 'other\n');
    await step(ws);
    ws.write('in.txt', 'a\nb\n');
    const back = await step(ws);
    assert.equal(idsWith(back.plan, 'restore'), ['sample', 'side']);
    assert.equal(back.ran, [], 'it comes back from the store');
    ws.write('in.txt', 'other\n');
    ws.remove('.evalmake/store');
    const { plan } = await step(ws, [], { exit: 5 });
    assertReason(plan, 'sample', 'nondeterministic');
    assertReason(plan, 'sample', 'input-changed');
  },
);

scenario(
  'nondeterministic: what upstream builds may still make it new work, so it is not asked yet.',
  async (ws) => {
    ws.write('in.txt', 'a\n');
    ws.pipeline(`
    targets:
      first:
        run: |
          echo first >> "$RAN_LOG"
          grep -v '^#' \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: first.txt
      sample:
        run: |
          echo sample >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: first }
        outputs: sample.txt
        nondeterministic: true
  `);
    await step(ws);
    ws.write('sample.txt', 'by hand\n');
    ws.write('in.txt', 'b\n');
    const changed = await step(ws);
    assert.is(taskOf(changed.plan, 'sample').verdict, 'maybe');
    assert.equal(changed.ran, ['first', 'sample']);
    ws.write('sample.txt', 'by hand\n');
    ws.write('in.txt', 'b\n# a comment\n');
    const same = await step(ws, [], { exit: 5 });
    assert.is(taskOf(same.plan, 'sample').verdict, 'maybe');
    assert.equal(same.ran, ['first']);
    const told = same.events.find((event) => event.event === 'blocked' && event.task === 'sample');
    assert.is((told as { verdict?: string }).verdict, 'ask');
    assert.is(ws.read('sample.txt'), 'by hand\n');
  },
);

scenario('A check that fails on outputs that are kept asks; its command does not run.', async (ws) => {
  for (const more of ['keep: true', 'nondeterministic: true']) {
    writeSample(ws, more);
    await step(ws, ['--force=sample']);
    writeSample(ws, `${more}\n        checks: { min_rows: 9 }`);
    const kept = ws.read('sample.txt');
    assert.is(taskOf(await ws.plan(), 'sample').verdict, 'recheck', more);
    const looked = await step(ws, [], { exit: 5 });
    assert.equal(looked.ran, [], more);
    const { plan, ran } = await step(ws, [], { exit: 5 });
    assert.equal(ran, []);
    assert.is(taskOf(plan, 'sample').verdict, 'ask');
    assertReason(plan, 'sample', 'check-failed', { subject: 'min_rows' });
    assertReason(plan, 'count', 'upstream-asks');
    const dry = await ws.evalmake(['-n']);
    assert.not.match(dry.stdout, 'evalmake adopt', 'what fails its check cannot be adopted');
    writeSample(ws, `${more}\n        checks: { min_rows: 2 }`);
    assert.equal((await step(ws)).ran, [], 'a check that holds makes it fresh again');
    assert.is(ws.read('sample.txt'), kept);
  }
});

scenario('A missing secret does not hide that a person must decide.', async (ws) => {
  writeSample(ws, 'keep: true\n        secrets: [TOKEN]');
  await step(ws, [], { env: { TOKEN: 'abcdef' } });
  ws.remove('.evalmake');
  const { plan } = await step(ws, [], { exit: 5 });
  assert.is(taskOf(plan, 'sample').verdict, 'ask');
});

runScenarios();
