// Failed attempts: the last good outputs stay, nothing half written is published.
import * as assert from 'uvu/assert';
import { assertReason, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** One target with a staged and one with a fixed output path; both fail on BAD after writing a part. */
function writeFailing(ws: Workspace): void {
  ws.write('in.txt', 'good\n');
  ws.pipeline(`
    targets:
      staged:
        run: |
          echo staged >> "$RAN_LOG"
          echo PARTIAL > \${{ outputs }}
          if grep -q BAD \${{ inputs }}; then exit 3; fi
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: out/staged.txt
      fixed:
        run: |
          echo fixed >> "$RAN_LOG"
          mkdir -p out
          echo PARTIAL > out/fixed.txt
          if grep -q BAD in.txt; then exit 3; fi
          cat in.txt > out/fixed.txt
        inputs: in.txt
        outputs: out/fixed.txt
      reader:
        run: |
          echo reader >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: [{ from: staged }, { from: fixed }]
        outputs: out/reader.txt
  `);
}

scenario(
  'A failing command leaves the last good outputs byte for byte; the next plan says it failed.',
  async (ws) => {
    writeFailing(ws);
    await step(ws);
    ws.write('in.txt', 'BAD\n');
    const failed = await step(ws, ['-k'], { exit: 1 });
    assert.equal(failed.ran, ['fixed', 'staged']);
    assert.match(failed.said, /exit(ed)?( with)?( code| status)? 3/);
    for (const name of ['staged', 'fixed']) assert.is(ws.read(`out/${name}.txt`), 'good\n', name);
    assert.is(ws.read('out/reader.txt'), 'good\ngood\n');
    const { plan, ran } = await step(ws, ['-k'], { exit: 1 });
    assertReason(plan, 'staged', 'previous-run-failed');
    assertReason(plan, 'fixed', 'previous-run-failed');
    assert.equal(ran, ['fixed', 'staged'], 'a failure is tried again');
  },
);

scenario(
  'After a failure, taking the bad input back makes the kept good outputs fresh again.',
  async (ws) => {
    writeFailing(ws);
    await step(ws);
    ws.write('in.txt', 'BAD\n');
    await step(ws, ['-k'], { exit: 1 });
    ws.write('in.txt', 'good\n');
    await assertSettled(ws);
    assert.is(ws.read('out/fixed.txt'), 'good\n');
  },
);

scenario('After a failure, a good input builds everything.', async (ws) => {
  writeFailing(ws);
  await step(ws);
  ws.write('in.txt', 'BAD\n');
  await step(ws, ['-k'], { exit: 1 });
  ws.write('in.txt', 'better\n');
  assert.equal((await step(ws)).ran, ['fixed', 'reader', 'staged']);
  assert.is(ws.read('out/reader.txt'), 'better\nbetter\n');
  await assertSettled(ws);
});

scenario('A first attempt that fails leaves no output under its final name.', async (ws) => {
  writeFailing(ws);
  ws.write('in.txt', 'BAD\n');
  await step(ws, ['-k'], { exit: 1 });
  assert.not.ok(ws.exists('out/staged.txt'));
  assert.not.ok(ws.exists('out/fixed.txt'));
});

scenario('A declared output that the command does not produce is a failure that names it.', async (ws) => {
  ws.pipeline(`
    targets:
      two:
        run: |
          echo two >> "$RAN_LOG"
          echo 1 > \${{ outputs.first }}
        outputs: { first: first.txt, second: second.txt }
      reader:
        run: |
          echo reader >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: two.first }
        outputs: reader.txt
  `);
  const { ran, said } = await step(ws, [], { exit: 1 });
  assert.equal(ran, ['two'], 'the reader does not start');
  assert.match(said, 'second.txt');
  assert.match(said, 'two');
  assert.not.ok(ws.exists('first.txt'), 'nothing of a failed attempt is published');
  assertReason(await ws.plan(), 'two', 'previous-run-failed');
});

scenario('A command that changes its own input is an error that names the file.', async (ws) => {
  ws.write('data/in.txt', 'one\n');
  ws.pipeline(`
    targets:
      greedy:
        run: |
          echo greedy >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
          echo more >> data/in.txt
        inputs: data/in.txt
        outputs: out.txt
  `);
  const { said } = await step(ws, [], { exit: 1 });
  assert.match(said, 'data/in.txt');
  assert.is.not(taskOf(await ws.plan(), 'greedy').verdict, 'fresh');
});

runScenarios();
