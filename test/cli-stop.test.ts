// `evalmake stop`: what runs is finished and counts, nothing more is started, and nobody else is meant.
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { deadPid, livingOwner } from './workspace/owner.ts';
import type { Running } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

const request = '.evalmake/stop';

/** `first` stops at the gate and ends as the test says; `second` needs it, `beside` needs nothing. */
function writeThree(ws: Workspace, more = ''): void {
  ws.write('in.txt', '1\n');
  ws.pipeline(`
    targets:
      first:
        run: |
          echo first >> "$RAN_LOG"
          node "$GATE_CLIENT" first $$
          cat in.txt > \${{ outputs }}
        inputs: in.txt
        outputs: first.txt
        manifest: manifest.json${more}
      second:
        run: |
          echo second >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: first }
        outputs: second.txt
        manifest: manifest.json
      beside:
        run: |
          echo beside >> "$RAN_LOG"
          cat in.txt > \${{ outputs }}
        inputs: in.txt
        outputs: beside.txt
  `);
}

const told = (line: string): boolean => line.includes('asked to stop');

/** A build that stands at the gate with `first`, and has noticed that it is asked to stop. */
async function stopping(ws: Workspace, args: readonly string[] = []) {
  await ws.gate();
  const running = ws.start(['--json', '-j1', ...args]);
  const visit = await ws.arrival(running, 'first');
  const said = await ws.evalmake(['stop']);
  assert.is(said.code, 0, said.stderr);
  await running.line(told);
  return { running, visit, said };
}

async function ended(
  running: Running,
): Promise<{ code: number | null; last: Record<string, unknown>; said: string }> {
  const { code, stdout, stderr } = await running.done;
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  assert.equal([last.event, last.exit], ['ended', code]);
  return { code, last, said: stdout + stderr };
}

scenario(
  'What runs is finished and recorded, nothing more starts, and the build ends with 143.',
  async (ws) => {
    writeThree(ws);
    const { running, visit, said } = await stopping(ws);
    assert.match(said.stdout, `process ${running.pid} `);
    assert.ok(ws.exists(request));
    visit.pass();
    const end = await ended(running);
    assert.is(end.code, 143);
    assert.match(end.said, 'stopped on request: 2 not started');
    assert.equal([(end.last.counts as Record<string, number>).failed, ws.ran()], [0, ['first']]);
    assert.is(ws.read('first.txt'), '1\n');
    assert.not.ok(ws.exists(request), 'the request is removed');
    assert.not.ok(ws.exists('.evalmake/lock'));
    assert.not.match(ws.read('.evalmake/journal.jsonl'), / failed /);
    const { stage_status } = JSON.parse(ws.read('manifest.json')) as {
      stage_status: Record<string, { status: string }>;
    };
    assert.equal(
      [stage_status.first?.status, stage_status.second?.status ?? 'pending'],
      ['completed', 'pending'],
    );
    const plan = await ws.plan();
    assert.equal(idsWith(plan, 'fresh'), ['first']);
    assert.is((await ws.evalmake([])).code, 0);
    assert.equal(ws.ran().sort(), ['beside', 'second']);
    await assertSettled(ws);
  },
);

scenario('A build that had nothing more to start ends as it would have ended.', async (ws) => {
  writeThree(ws);
  const { running, visit } = await stopping(ws, ['--only', 'first']);
  visit.pass();
  const end = await ended(running);
  assert.is(end.code, 0);
  assert.not.match(end.said, 'not started');
});

scenario('A command that fails after the request has failed, and is not tried again.', async (ws) => {
  writeThree(ws, '\n        retries: 3');
  const { running, visit } = await stopping(ws, ['--only', 'first']);
  visit.pass(9);
  const end = await ended(running);
  assert.equal([end.code, ws.ran()], [1, ['first']]);
  assert.is((end.last.counts as Record<string, number>).failed, 1);
});

scenario('A signal after the request ends what runs.', async (ws) => {
  writeThree(ws);
  const { running, visit } = await stopping(ws);
  running.kill('SIGINT');
  assert.is((await ended(running)).code, 130);
  await visit.gone;
  assert.not.ok(ws.exists(request));
});

scenario('Without a build nobody is asked; a lock that a dead build left is none.', async (ws) => {
  writeThree(ws);
  const alone = await ws.evalmake(['stop']);
  assert.equal([alone.code, alone.stdout], [0, 'no build is running\n']);
  assert.not.ok(ws.exists('.evalmake'));
  ws.write('.evalmake/lock', JSON.stringify(livingOwner({ pid: deadPid(), started: '1' })));
  const dead = await ws.evalmake(['stop', '--json']);
  assert.equal(JSON.parse(dead.stdout), { format: 'evalmake.stop', version: 1, asked: null });
  assert.not.ok(ws.exists(request));
});

scenario('The owner of another machine is asked too; the document names whom.', async (ws) => {
  writeThree(ws);
  const owner = livingOwner({ host: 'another-host' });
  ws.write('.evalmake/lock', JSON.stringify(owner));
  const outcome = await ws.evalmake(['stop', '--json']);
  assert.is(outcome.code, 0);
  assert.equal(JSON.parse(outcome.stdout).asked, owner);
  const { pid, host, started, since } = owner;
  assert.equal(JSON.parse(ws.read(request)), { pid, host, started, since });
});

scenario('A request for a build that is over, or no request at all, stops no later build.', async (ws) => {
  writeThree(ws);
  await ws.gate();
  const { space: _, command: __, ...former } = livingOwner();
  for (const text of [JSON.stringify(former), '', '{}', 'null', 'garbage']) {
    ws.write('in.txt', `${JSON.stringify(text)}\n`);
    ws.write(request, text);
    const running = ws.start(['-j1']);
    (await ws.arrival(running, 'first')).pass();
    assert.is((await running.done).code, 0);
    assert.equal(ws.ran().sort(), ['beside', 'first', 'second'], text);
    assert.not.ok(ws.exists(request), 'and is gone afterwards');
  }
});

scenario('A watch that is building ends with that build.', async (ws) => {
  writeThree(ws);
  const { running, visit } = await stopping(ws, ['--watch']);
  visit.pass();
  const end = await ended(running);
  assert.equal([end.code, ws.ran()], [143, ['first']]);
});

scenario('evalmake stop works where the pipeline is broken, and takes no targets.', async (ws) => {
  writeThree(ws);
  const wrong = await ws.evalmake(['stop', 'first']);
  assert.is(wrong.code, 2);
  assert.match(wrong.stderr, 'no targets');
  const { running, visit } = await (async () => {
    await ws.gate();
    const running = ws.start(['--json', '-j1']);
    return { running, visit: await ws.arrival(running, 'first') };
  })();
  ws.write('pipeline.yaml', 'evalmake: {');
  assert.is((await ws.evalmake(['stop'], { from: '.evalmake' })).code, 0);
  await running.line(told);
  visit.pass();
  assert.is((await running.done).code, 143);
});

runScenarios();
