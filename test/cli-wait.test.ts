// Waiting: a command that is not done yet frees its slot, is looked at again, survives restarts, and can be left.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { questions, writeQuestions } from './workspace/asker.ts';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** A job that is done at its third look; each look stands in the log. */
function writeJob(ws: Workspace, more = ''): void {
  ws.write('in.txt', 'x\n');
  ws.pipeline(`
    targets:
      job:
        run: |
          echo job >> "$RAN_LOG"
          echo look >> \${{ state }}/looks
          echo "evalmake:job provider=somebody id=job-1"
          if [ "$(wc -l < \${{ state }}/looks)" -lt 3 ]; then echo "evalmake:wait 0 queued"; exit 75; fi
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: out.txt
        manifest: m.json
        ${more}
      after:
        run: |
          echo after >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: job }
        outputs: after.txt
      side:
        run: |
          echo side >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: side.txt
  `);
}

interface Told {
  readonly jobs?: Record<string, { provider: string; id: string }>;
  readonly job_status?: Record<string, string>;
  readonly stage_status: Record<string, { status: string }>;
}

const manifest = (ws: Workspace): Told => JSON.parse(ws.read('m.json')) as Told;

scenario(
  'A command that is not done is looked at again until it is, and then what needs it runs.',
  async (ws) => {
    writeJob(ws);
    const { code, events } = await ws.build(['-j1']);
    assert.is(code, 0);
    assert.equal(
      ws.ran().filter((id) => id !== 'side'),
      ['job', 'job', 'job', 'after'],
    );
    const waits = events.filter((e) => e.event === 'waiting');
    assert.is(waits.length, 2);
    assert.equal(manifest(ws).job_status, { job: 'completed' });
    await assertSettled(ws);
  },
);

scenario('--detach looks once and leaves; the job is shown, and a later build goes on.', async (ws) => {
  writeJob(ws);
  const first = await ws.build(['--detach']);
  assert.is(first.code, 75, first.stderr);
  assert.equal(ws.ran().sort(), ['job', 'side']);
  assert.is(first.events.at(-1)?.counts?.['waiting'], 1);
  const plan = await ws.plan();
  assert.is(taskOf(plan, 'job').verdict, 'waiting');
  assertReason(plan, 'job', 'job-waits', { subject: 'queued, somebody job-1' });
  assert.is(manifest(ws).stage_status['job']?.status, 'in_progress');
  assert.is(manifest(ws).jobs?.['job']?.id, 'job-1');
  assert.is(manifest(ws).job_status?.['job'], 'in_progress');
  const status = await ws.evalmake(['status']);
  assert.match(status.stdout, /job .*waiting/);
  assert.is((await ws.evalmake(['--detach'])).code, 75);
  assert.is((await ws.evalmake(['--detach'])).code, 0);
  assert.equal(ws.ran(), ['job', 'job', 'after']);
  await assertSettled(ws);
});

scenario('Exit 75 without a word on how long to wait is a failure.', async (ws) => {
  writeJob(ws);
  ws.edit('pipeline.yaml', 'echo "evalmake:wait 0 queued"; ', '');
  const { code } = await ws.build();
  assert.is(code, 1);
});

scenario('Ctrl-C while everything sleeps ends at once; the job is gone on with.', async (ws) => {
  writeJob(ws);
  ws.edit('pipeline.yaml', 'evalmake:wait 0 queued', 'evalmake:wait 500 queued');
  const running = ws.start(['--json']);
  await running.line((line) => line.includes('"event":"waiting"'));
  running.kill('SIGINT');
  const { code } = await running.done;
  assert.is(code, 130);
  assert.is(taskOf(await ws.plan(), 'job').verdict, 'waiting');
  ws.edit('pipeline.yaml', 'evalmake:wait 500 queued', 'evalmake:wait 0 queued');
});

scenario(
  'evalmake killed while a task waits: nothing is lost, and the same job is gone on with.',
  async (ws) => {
    writeJob(ws);
    ws.edit('pipeline.yaml', 'evalmake:wait 0 queued', 'evalmake:wait 500 queued');
    const running = ws.start(['--json']);
    await running.line((line) => line.includes('"event":"waiting"'));
    running.kill('SIGKILL');
    await running.done;
    assert.is((await ws.evalmake(['--detach'])).code, 75);
    assert.is((await ws.evalmake(['--detach'])).code, 0);
    assert.equal(ws.ran().filter((id) => id === 'job').length, 3);
  },
);

/** Rows that a batch answers when the file `$SIDE/open` is there; each submission is noted in `$SIDE/submitted`. */
function writeBatch(ws: Workspace): void {
  ws.write(
    'batch.mjs',
    `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const [todo, prompt, state, done] = process.argv.slice(2);
const job = state + '/job.json';
const side = process.env.SIDE;
appendFileSync(process.env.RAN_LOG, 'ask\\n');
if (!existsSync(job)) {
  const rows = readFileSync(todo, 'utf8').split('\\n').filter((l) => l !== '').map((l) => JSON.parse(l));
  writeFileSync(job, JSON.stringify({ rows, said: readFileSync(prompt, 'utf8').trim() }));
  for (const row of rows) appendFileSync(side + '/submitted', row.id + '\\n');
}
console.log('evalmake:job provider=somebody id=batch-' + readFileSync(job, 'utf8').length);
if (!existsSync(side + '/open')) {
  console.log('evalmake:wait 500 validating');
  process.exit(75);
}
const { rows, said } = JSON.parse(readFileSync(job, 'utf8'));
writeFileSync(done, rows.map((r) => JSON.stringify({ id: r.id, answer: said + ': ' + r.q }) + '\\n').join(''));
`,
  );
  ws.write('prompt.md', 'old\n');
  ws.pipeline(`
    targets:
      ask:
        run: node batch.mjs \${{ rows.todo }} \${{ inputs.prompt }} \${{ state }} \${{ rows.done }}
        inputs: { rows: in.jsonl, prompt: prompt.md }
        outputs: out.jsonl
        manifest: m.json
        rows: { from: rows, id: id, by: [q] }
        paid: { usd_per_mtok: { in: 1, out: 1 }, tokens_per_row: [100, 10] }
    budget: { usd: 1 }
  `);
}

const submitted = (ws: Workspace): string[] =>
  existsSync(ws.beside('submitted'))
    ? readFileSync(ws.beside('submitted'), 'utf8').split('\n').slice(0, -1)
    : [];

scenario(
  'The prompt is edited while a batch is in flight: the old batch is collected under its own keys.',
  async (ws) => {
    writeBatch(ws);
    writeQuestions(ws, 'in.jsonl', questions(1, 2, 3));
    assert.is((await ws.evalmake(['--detach'])).code, 75);
    assert.equal(submitted(ws), ['q1', 'q2', 'q3']);
    const shown = await ws.plan();
    assert.is(taskOf(shown, 'ask').verdict, 'waiting');
    assertReason(shown, 'ask', 'attempt-open');

    ws.write('prompt.md', 'new\n');
    writeFileSync(ws.beside('open'), '');
    const { code, stderr } = await ws.evalmake(['-j1']);
    assert.is(code, 0, stderr);
    assert.equal(
      submitted(ws),
      ['q1', 'q2', 'q3', 'q1', 'q2', 'q3'],
      'the new prompt needs all, and the old was not asked again',
    );
    assert.match(ws.read('out.jsonl'), 'new: what is 1?');
    ws.write('prompt.md', 'old\n');
    assert.is((await ws.evalmake([])).code, 0);
    assert.is(submitted(ws).length, 6, 'what the old batch answered was kept');
    assert.match(ws.read('out.jsonl'), 'old: what is 1?');
    await assertSettled(ws);
  },
);

scenario(
  'A question is added while a batch is in flight: the batch is collected, and only the new one is sent.',
  async (ws) => {
    writeBatch(ws);
    writeQuestions(ws, 'in.jsonl', questions(1, 2));
    assert.is((await ws.evalmake(['--detach'])).code, 75);
    writeQuestions(ws, 'in.jsonl', questions(1, 2, 3));
    assert.is((await ws.evalmake(['--detach'])).code, 75, 'the batch comes first');
    assert.equal(submitted(ws), ['q1', 'q2']);
    writeFileSync(ws.beside('open'), '');
    assert.is((await ws.evalmake([])).code, 0);
    assert.equal(submitted(ws), ['q1', 'q2', 'q3']);
    await assertSettled(ws);
  },
);

/** A paid command without rows that ends as \`$SIDE/how\` says. */
function writePaid(ws: Workspace, state = ''): void {
  ws.write('in.txt', 'x\n');
  ws.pipeline(`
    budget: { usd: 5 }
    targets:
      buy:
        run: |
          echo buy >> "$RAN_LOG"
          echo "forced \${EVALMAKE_FORCE:-no}" ${state}
          how=$(cat "$SIDE/how"); if [ "$how" != 0 ]; then echo "nobody knows" >&2; exit "$how"; fi
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: out.txt
        manifest: m.json
        paid: { usd: 1 }
  `);
}

for (const how of ['1', '5']) {
  scenario(
    `A paid command that exits ${how} has an unknown outcome: it asks, and --force buys again.`,
    async (ws) => {
      writePaid(ws);
      writeFileSync(ws.beside('how'), how);
      assert.is((await ws.build()).code, how === '5' ? 5 : 1);
      writeFileSync(ws.beside('how'), '0');
      const plan = await ws.plan();
      assert.equal(idsWith(plan, 'ask'), ['buy']);
      assertReason(plan, 'buy', 'outcome-unknown');
      assert.is((await ws.build()).code, 5);
      assert.equal(ws.ran(), ['buy']);
      assert.is((await ws.build(['--force=buy'])).code, 0);
      assert.equal(ws.ran(), ['buy']);
      await assertSettled(ws);
    },
  );
}

scenario('A paid command with state that failed is run again, and goes on.', async (ws) => {
  writePaid(ws, '> ${{ state }}/x');
  writeFileSync(ws.beside('how'), '1');
  assert.is((await ws.build()).code, 1);
  writeFileSync(ws.beside('how'), '0');
  assert.is((await ws.build()).code, 0);
});

scenario('Paid results that were lost, or of which only the command changed, ask.', async (ws) => {
  writePaid(ws);
  writeFileSync(ws.beside('how'), '0');
  assert.is((await ws.build()).code, 0);
  const before = ws.read('pipeline.yaml');
  ws.edit('pipeline.yaml', 'echo buy', 'echo  buy');
  assertReason(await ws.plan(), 'buy', 'paid');
  ws.write('pipeline.yaml', before);
  ws.remove('out.txt');
  assertReason(await ws.plan(), 'buy', 'paid');
  ws.write('in.txt', 'y\n');
  assert.equal(idsWith(await ws.plan(), 'run'), ['buy'], 'a new input is new work');
});

runScenarios();
