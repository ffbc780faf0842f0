// Slurm, through the door that users use: arrays, builds that die and come back, jobs that are left, cancelled and lost.
// test-timeout: 240
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios } from './workspace/scenario.ts';
import { onSlurm, until } from './workspace/scripted-slurm.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Five tasks of one target, and one that needs them all; a task waits for a file when there is one named `wait`. */
function writeFan(ws: Workspace, more = ''): void {
  ws.write('in.txt', '1\n');
  ws.pipeline(`
    defaults: { executor: slurm }
    targets:
      part:
        each: { n: [1, 2, 3, 4, 5] }
        run: |
          echo "part$EVALMAKE_TASK" >> "$RAN_LOG"
          while [ -e wait ]; do sleep 0.05; done
          cat \${{ inputs }} > \${{ outputs }}
          echo \${{ n }} >> \${{ outputs }}
        inputs: in.txt
        outputs: out/\${{ n }}.txt
        ${more}
      whole:
        run: |
          echo whole >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: part }
        outputs: whole.txt
  `);
}

const whole = (first: string): string => [1, 2, 3, 4, 5].map((n) => `${first}\n${n}\n`).join('');
const parts = (ran: readonly string[]): string[] => ran.filter((id) => id !== 'whole').sort();
const five = [1, 2, 3, 4, 5].map((n) => `partpart@${n}`);

onSlurm('Tasks of one target go out as one array; where it ran makes nothing stale.', async (ws, slurm) => {
  writeFan(ws);
  const { code, stderr } = await ws.build([], { env: slurm.env });
  assert.is(code, 0, stderr);
  assert.is(ws.read('whole.txt'), whole('1'));
  assert.is(slurm.calls('sbatch').length, 2);
  assert.match(slurm.calls('sbatch')[0] ?? '', /--array=0-4 /);
  assert.equal(idsWith(await ws.plan([], { env: slurm.env }), 'run', 'maybe', 'waiting'), []);
  assert.equal(idsWith(await ws.plan(['--executor', 'local']), 'run', 'maybe'), []);
});

onSlurm('--executor chooses for all targets, and both write the same bytes.', async (ws, slurm) => {
  writeFan(ws);
  assert.is((await ws.build(['--executor', 'local'])).code, 0);
  assert.is(slurm.jobs().length, 0);
  const local = ws.read('whole.txt');
  assert.is((await ws.build(['--force'], { env: slurm.env })).code, 0);
  assert.is(slurm.jobs().length, 6);
  assert.is(ws.read('whole.txt'), local);
});

onSlurm('What a job asks for is rendered for each task, and goes out apart.', async (ws, slurm) => {
  writeFan(ws, 'slurm: { gres: "gpu:${{ n }}", partition: main, array_limit: 2 }');
  assert.is((await ws.build(['part@1', 'part@2'], { env: slurm.env })).code, 0);
  const calls = slurm.calls('sbatch').join('\n');
  assert.match(calls, /--partition=main .*--gres=gpu:1/);
  assert.match(calls, /--gres=gpu:2/);
  assert.match(calls, /--array=0-0%2 /);
  const plan = ws.read('pipeline.yaml');
  ws.write('pipeline.yaml', plan.replace('partition: main', 'partition: other'));
  assert.equal(idsWith(await ws.plan(['part@1', 'part@2'], { env: slurm.env }), 'run'), []);
});

onSlurm(
  'kill -9 while jobs run: the next build collects them, and nothing runs twice.',
  async (ws, slurm) => {
    writeFan(ws);
    ws.write('wait', '');
    const first = ws.start(['--json'], { env: slurm.env });
    let ran: string[] = [];
    await until(() => {
      ran = [...ran, ...ws.ran()];
      return ran.length === 5;
    });
    first.kill('SIGKILL');
    await first.exited;
    const plan = await ws.plan([], { env: slurm.env });
    assert.equal(idsWith(plan, 'waiting').length, 5);
    assertReason(plan, 'part@1', 'job-waits');
    const next = ws.start(['--json'], { env: slurm.env });
    await next.line((line) => line.includes('"started"'));
    ws.remove('wait');
    const { code, stderr } = await next.done;
    assert.is(code, 0, stderr);
    assert.equal(parts([...ran, ...ws.ran()]), five);
    assert.is(slurm.calls('sbatch').length, 2);
    assert.is(ws.read('whole.txt'), whole('1'));
  },
);

onSlurm(
  'kill -9, and the jobs end while nobody looks: they are collected, whatever Slurm forgot.',
  async (ws, slurm) => {
    writeFan(ws);
    ws.write('wait', '');
    const first = ws.start(['--json', 'part'], { env: slurm.env });
    let ran: string[] = [];
    await until(() => {
      ran = [...ran, ...ws.ran()];
      return ran.length === 5;
    });
    first.kill('SIGKILL');
    await first.exited;
    ws.remove('wait');
    await until(() => slurm.jobs().every((job) => slurm.of(job, 'state') === 'COMPLETED'));
    for (const job of slurm.jobs()) slurm.write(job, 'name', 'somebody-else');
    const { code, stderr } = await ws.build(['part'], { env: slurm.env });
    assert.is(code, 0, stderr);
    assert.equal(ws.ran(), []);
    assert.is(slurm.calls('sbatch').length, 1);
  },
);

onSlurm('A job for inputs that have changed since is given up, and never published.', async (ws, slurm) => {
  writeFan(ws);
  ws.write('wait', '');
  const first = ws.start(['--json', 'part@1'], { env: slurm.env });
  await until(() => ws.ran().length === 1);
  first.kill('SIGKILL');
  await first.exited;
  ws.write('in.txt', '2\n');
  ws.write('wait', '');
  const next = ws.start(['--json', 'part@1'], { env: slurm.env });
  await until(() => ws.ran().length === 1);
  assert.is(slurm.of(slurm.jobs()[0] ?? '', 'state'), 'CANCELLED');
  ws.remove('wait');
  assert.is((await next.done).code, 0);
  assert.is(ws.read('out/1.txt'), '2\n1\n');
});

onSlurm('--detach leaves jobs with 75, and the next build collects them.', async (ws, slurm) => {
  writeFan(ws);
  ws.write('wait', '');
  const left = await ws.build(['--detach'], { env: slurm.env });
  assert.is(left.code, 75, left.stderr);
  assert.is((await ws.build(['--detach'], { env: slurm.env })).code, 75);
  assert.is(taskOf(await ws.plan([], { env: slurm.env }), 'part@1').verdict, 'waiting');
  ws.remove('wait');
  const { code, stderr } = await ws.build([], { env: slurm.env });
  assert.is(code, 0, stderr);
  assert.equal(parts(ws.ran()), five);
});

onSlurm('Ctrl-C cancels what runs and what waits, and nothing is left of it.', async (ws, slurm) => {
  writeFan(ws);
  ws.write('wait', '');
  const running = ws.start(['--json'], { env: slurm.env });
  let ran = 0;
  await until(() => {
    ran += ws.ran().length;
    return ran === 5;
  });
  running.kill('SIGINT');
  const outcome = await running.done;
  assert.is(outcome.code, 130, outcome.stderr);
  assert.equal([...new Set(slurm.jobs().map((job) => slurm.of(job, 'state')))], ['CANCELLED']);
  ws.remove('wait');
  assert.is((await ws.build([], { env: slurm.env })).code, 0);
  assert.is(ws.read('whole.txt'), whole('1'));
});

onSlurm(
  'A job that is cancelled by hand fails its task by that name, and only it is submitted again.',
  async (ws, slurm) => {
    writeFan(ws);
    ws.write('wait', '');
    const running = ws.start(['--json', '-k', 'part'], { env: slurm.env });
    let ran = 0;
    await until(() => {
      ran += ws.ran().length;
      return ran === 5;
    });
    slurm.write(slurm.jobs()[2] ?? '', 'state', 'CANCELLED');
    await running.line((line) => line.includes('"failed"'));
    ws.remove('wait');
    const outcome = await running.done;
    assert.is(outcome.code, 1);
    assert.match(outcome.stdout, /"reason":"cancelled","message":"the job was cancelled \(job 101_2/);
    assert.is((await ws.build(['part'], { env: slurm.env })).code, 0);
    assert.match(slurm.calls('sbatch')[1] ?? '', /--array=0-0 /);
    assert.equal(ws.ran(), ['partpart@3']);
  },
);

onSlurm('A node that fails costs one more attempt, though nobody asked for retries.', async (ws, slurm) => {
  writeFan(ws);
  ws.write('wait', '');
  const running = ws.start(['--json', 'part@1'], { env: slurm.env });
  await until(() => ws.ran().length === 1);
  slurm.write(slurm.jobs()[0] ?? '', 'state', 'NODE_FAIL');
  await until(() => ws.ran().length === 1);
  ws.remove('wait');
  const outcome = await running.done;
  assert.is(outcome.code, 0, outcome.stderr);
  assert.match(outcome.stdout, /"reason":"node-fail".*"retry":true/);
  assert.is(ws.read('out/1.txt'), '1\n1\n');
});

onSlurm('Rows that are being answered when the build dies are not asked again.', async (ws, slurm) => {
  ws.write('in.jsonl', '{"id":"a","q":1}\n{"id":"b","q":2}\n');
  ws.pipeline(`
    targets:
      ask:
        executor: slurm
        run: |
          echo ask >> "$RAN_LOG"
          echo "evalmake:cost usd=0.01 in=1 out=1"
          while [ -e wait ]; do sleep 0.05; done
          sed 's/"q"/"answer"/' \${{ rows.todo }} > \${{ rows.done }}
        inputs: { rows: in.jsonl }
        outputs: { answers: out.jsonl }
        rows: { from: rows, to: answers, id: id, by: [q] }
        paid: { usd_per_call: 0.01 }
        manifest: m.json
  `);
  ws.edit(
    'pipeline.yaml',
    'paid: { usd_per_call: 0.01 }',
    'paid: { usd_per_mtok: { in: 1, out: 1 }, tokens_per_row: [1, 1] }',
  );
  ws.write('wait', '');
  const first = ws.start(['--json', '--yes'], { env: slurm.env });
  await until(() => ws.ran().length === 1);
  first.kill('SIGKILL');
  await first.exited;
  const next = ws.start(['--json', '--yes'], { env: slurm.env });
  await next.line((line) => line.includes('"started"'));
  ws.remove('wait');
  const { code, stderr, stdout } = await next.done;
  assert.is(code, 0, `${stderr}\n${stdout}`);
  assert.equal(ws.ran(), []);
  assert.is(ws.read('out.jsonl'), '{"id":"a","answer":1}\n{"id":"b","answer":2}\n');
  const costs = ws
    .read('.evalmake/costs.jsonl')
    .split('\n')
    .filter((line) => line.includes('"usd":0.01'));
  assert.is(costs.filter((line) => line.includes('"paid"')).length, 1, costs.join('\n'));
});

onSlurm(
  'A command that knows its places itself is refused before anything runs, with its line.',
  async (ws, slurm) => {
    ws.pipeline(`
    targets:
      fixed:
        run: echo x > fixed.txt
        outputs: fixed.txt
  `);
    const { code, stderr } = await ws.evalmake(['--executor', 'slurm'], { env: slurm.env });
    assert.is(code, 2);
    assert.match(stderr, /pipeline\.yaml:\d+:\d+: .*must be told where to write "fixed\.txt"/);
    assert.is((await ws.evalmake([])).code, 0);
  },
);

runScenarios();
