// Files that move while a build runs: whatever happens, nothing is called fresh that is not.
import * as assert from 'uvu/assert';
import { assertReason, type PlanDocument, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Fails when a task is called fresh although a file is not what its inputs make. */
function assertHonest(ws: Workspace, plan: PlanDocument, id: string, expected: Record<string, string>): void {
  if (taskOf(plan, id).verdict !== 'fresh') return;
  for (const [path, text] of Object.entries(expected))
    assert.is(ws.read(path), text, `${id} is called fresh`);
}

scenario('An input that moves while its reader runs leaves the reader stale.', async (ws) => {
  ws.write('in.txt', 'before\n');
  ws.pipeline(`
    targets:
      slow:
        run: |
          echo slow >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
          node "$GATE_CLIENT" slow $$
        inputs: in.txt
        outputs: out.txt
  `);
  await ws.gate();
  const first = ws.start([]);
  const visit = await ws.arrival(first, 'slow');
  ws.write('in.txt', 'after\n');
  visit.pass();
  await first.done;
  const plan = await ws.plan();
  assert.is(taskOf(plan, 'slow').verdict, 'run');
  assertReason(plan, 'slow', 'input-changed-during-run', { subject: 'in.txt' });
  const second = ws.start([]);
  (await ws.arrival(second, 'slow')).pass();
  assert.is((await second.done).code, 0);
  assert.is(ws.read('out.txt'), 'after\n');
  await assertSettled(ws);
});

scenario(
  'An input that moves while its reader runs, and moves back afterwards, is not fresh either.',
  async (ws) => {
    ws.write('in.txt', 'before\n');
    ws.pipeline(`
    targets:
      slow:
        run: |
          node "$GATE_CLIENT" slow $$
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: out.txt
  `);
    await ws.gate();
    const first = ws.start([]);
    const visit = await ws.arrival(first, 'slow');
    ws.write('in.txt', 'after\n');
    visit.pass();
    await first.done;
    ws.write('in.txt', 'before\n');
    assert.is(
      taskOf(await ws.plan(), 'slow').verdict,
      'run',
      'whatever lies at out.txt was made from "after"',
    );
  },
);

scenario('An input that moves away and back while its reader runs is not fresh either.', async (ws) => {
  ws.write('in.txt', 'before\n');
  ws.pipeline(`
    targets:
      slow:
        run: |
          node "$GATE_CLIENT" begin $$
          cat \${{ inputs }} > \${{ outputs }}
          node "$GATE_CLIENT" end $$
        inputs: in.txt
        outputs: out.txt
  `);
  await ws.gate();
  const running = ws.start([]);
  const begin = await ws.arrival(running, 'begin');
  ws.write('in.txt', 'after\n');
  begin.pass();
  const end = await ws.arrival(running, 'end');
  ws.write('in.txt', 'before\n');
  end.pass();
  await running.done;
  assertHonest(ws, await ws.plan(), 'slow', { 'out.txt': 'before\n' });
});

/** `first` stops at the gate; `second` comes after it and reads late.txt through a script. */
function writeLate(ws: Workspace): void {
  ws.write('late.txt', 'late\n');
  ws.write('show.sh', 'cat "$1"\n');
  ws.pipeline(`
    targets:
      first:
        run: |
          echo first >> "$RAN_LOG"
          node "$GATE_CLIENT" first $$
          echo 1 > \${{ outputs }}
        outputs: first.txt
      second:
        run: |
          echo second >> "$RAN_LOG"
          bash show.sh \${{ inputs.late }} > \${{ outputs }}
        inputs: { first: { from: first }, late: late.txt }
        outputs: second.txt
  `);
}

scenario(
  'A source edited after the plan and before its reader starts never ends in a wrong "fresh".',
  async (ws) => {
    writeLate(ws);
    await ws.gate();
    const running = ws.start([]);
    const visit = await ws.arrival(running, 'first');
    ws.write('late.txt', 'edited\n');
    visit.pass();
    await running.done;
    assertHonest(ws, await ws.plan(), 'second', { 'second.txt': 'edited\n' });
    ws.write('late.txt', 'late\n');
    assertHonest(ws, await ws.plan(), 'second', { 'second.txt': 'late\n' });
    assert.is((await ws.evalmake([])).code, 0);
    assert.is(ws.read('second.txt'), 'late\n');
    await assertSettled(ws);
  },
);

scenario(
  'A script edited after the plan and before it is used never ends in a wrong "fresh".',
  async (ws) => {
    writeLate(ws);
    await ws.gate();
    const running = ws.start([]);
    const visit = await ws.arrival(running, 'first');
    ws.write('show.sh', 'echo edited\n');
    visit.pass();
    await running.done;
    assertHonest(ws, await ws.plan(), 'second', { 'second.txt': 'edited\n' });
    ws.write('show.sh', 'cat "$1"\n');
    assertHonest(ws, await ws.plan(), 'second', { 'second.txt': 'late\n' });
    assert.is((await ws.evalmake([])).code, 0);
    assert.is(ws.read('second.txt'), 'late\n');
    await assertSettled(ws);
  },
);

scenario('An output of an upstream that somebody edits while its reader waits is noticed.', async (ws) => {
  ws.write('in.txt', 'good\n');
  ws.pipeline(`
    targets:
      one:
        run: |
          echo one >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: one.txt
      slow:
        run: |
          echo slow >> "$RAN_LOG"
          node "$GATE_CLIENT" slow $$
          echo slow > \${{ outputs }}
        outputs: slow.txt
      both:
        run: |
          echo both >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: [{ from: one }, { from: slow }]
        outputs: both.txt
  `);
  await ws.gate();
  const running = ws.start(['--json', '-j2']);
  const visit = await ws.arrival(running, 'slow');
  await running.line((line) => line.includes('"finished"') && line.includes('"one"'));
  ws.write('one.txt', 'tampered\n');
  visit.pass();
  await running.done;
  ws.ran();
  assert.is((await ws.evalmake([])).code, 0);
  assert.is(ws.read('one.txt'), 'good\n');
  assert.is(ws.read('both.txt'), 'good\nslow\n');
});

runScenarios();
