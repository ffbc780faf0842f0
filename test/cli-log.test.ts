// `evalmake log`: past runs, what one did, and the past of a task with its newest log.
import { appendFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { answer, built, writeHistory } from './workspace/history.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

async function log(ws: Workspace, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ws.evalmake(['log', ...args]);
  assert.is(code, 0, stderr);
  return stdout;
}

/** Three builds: everything; one that fails; one that goes on. */
async function threeRuns(ws: Workspace): Promise<void> {
  writeHistory(ws);
  await built(ws, ['-j1']);
  ws.write('fails', '');
  await built(ws, ['-k', '--set', 'k=2'], 1);
  ws.remove('fails');
  await built(ws, ['--set', 'k=2']);
}

scenario('`log` without words is a table of runs, the newest last.', async (ws) => {
  assert.is((await ws.evalmake(['log'])).code, 2, 'there is no pipeline');
  writeHistory(ws);
  assert.is(await log(ws), 'no build has left a log here yet\n');
  await threeRuns(ws);
  const lines = (await log(ws)).trimEnd().split('\n');
  assert.match(lines[0] ?? '', /^run +when +result +ran +cached +failed +time +paid +call$/);
  assert.match(lines[1] ?? '', /^ +1 {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}done +4 +0 +0 .* evalmake -j1$/);
  assert.match(lines[2] ?? '', /^ +2 .* failed +1 +1 +1 .* evalmake -k --set k=2$/);
  assert.match(lines[3] ?? '', /^ +3 .* done +[12] /);
  const { kept, runs } = await answer<{
    kept: number;
    runs: { run: number; result: string; exit: number }[];
  }>(ws, ['log']);
  assert.is(kept, 3);
  assert.equal(
    runs.map(({ run, result, exit }) => [run, result, exit]),
    [
      [1, 'done', 0],
      [2, 'failed', 1],
      [3, 'done', 0],
    ],
  );
});

scenario('The table shows 20 runs, and all of them with --all.', async (ws) => {
  writeHistory(ws);
  const at = '2026-11-27T20:00:00.000Z';
  for (let run = 1; run <= 25; run++)
    ws.write(
      `.evalmake/runs/${run}/events.jsonl`,
      `${JSON.stringify({ event: 'planned', version: 1, run, at, pipeline: 'p', counts: {}, tasks: [] })}\n`,
    );
  const lines = (await log(ws)).trimEnd().split('\n');
  assert.is(lines.length, 22);
  assert.match(lines[1] ?? '', /^ +6 .* cut off/);
  assert.is(lines.at(-1), '--all shows all 25 runs');
  assert.is((await log(ws, '--all')).trimEnd().split('\n').length, 26);
});

scenario('`log RUN` tells causes, outcomes, failures and their logs, folded by target.', async (ws) => {
  await threeRuns(ws);
  const first = await log(ws, '1');
  assert.match(first, /^run 1: done in /);
  assert.match(first, /^score +2 ran {2}/m);
  assert.match(first, 'never built (2 tasks)');
  const second = await log(ws, '2');
  assert.match(second, /^run 2: failed/);
  assert.match(second, /^ {2}evalmake -k --set k=2$/m);
  assert.match(second, /^score +1 ran, 1 failed/m);
  assert.match(second, 'config k: 1 -> 2 (2 tasks)');
  assert.match(second, /FAILED score@b: exit code 3\n +log: \.evalmake\/runs\/2\/logs\/score@b\.log/);
  assert.match(second, /^sum +1 blocked$/m);
  assert.match(second, '1 task fresh');
  interface Page {
    kind: string;
    targets: { target: string; outcomes: object; troubles: string[] }[];
    tasks: { task: string; outcome: string; failure?: string }[];
  }
  const page = await answer<Page>(ws, ['log', '2']);
  assert.equal(
    [page.kind, page.targets[0]?.outcomes, page.targets[0]?.troubles],
    ['run', { ran: 1, failed: 1 }, ['score@b']],
  );
  assert.is(page.tasks.find((t) => t.task === 'score@b')?.failure, 'exit');
  const unknown = await ws.evalmake(['log', '9']);
  assert.is(unknown.code, 2);
  assert.match(unknown.stderr, 'there is no run 9\n    runs 1 to 3 are kept');
});

scenario('`log TARGET` tells its past and the end of its newest log.', async (ws) => {
  await threeRuns(ws);
  const score = await log(ws, 'score');
  assert.match(score, /^ +1 .* score@a +ran .* told 2, em 0.1 +never built/m);
  assert.match(score, /^ +2 .* score@b +failed .* exit code 3$/m);
  assert.match(score, /\.evalmake\/runs\/3\/logs\/score@b\.log:\n(.*\n)*scoring b\n$/);
  const one = await log(ws, 'score@a');
  assert.not.match(one, 'score@b');
  assert.match(one, /\n\.evalmake\/runs\/2\/logs\/score@a\.log:\n/);
  const { pasts, log: kept } = await answer<{
    pasts: { run: number; task: string; outcome: string; metrics: Record<string, number> }[];
    log: { run: number; path: string; tail: string[]; cut: boolean };
  }>(ws, ['log', 'score@a']);
  assert.equal(
    pasts.map(({ run, outcome, metrics }) => [run, outcome, metrics['em']]),
    [
      [1, 'ran', 0.1],
      [2, 'ran', 0.2],
    ],
  );
  assert.equal([kept.run, kept.tail.at(-1), kept.cut], [2, 'scoring a', false]);
  const { code, stderr } = await ws.evalmake(['log', 'scores']);
  assert.is(code, 2);
  assert.match(stderr, 'did you mean "score"?');
});

scenario('It needs no good pipeline, takes no lock and changes nothing.', async (ws) => {
  await threeRuns(ws);
  ws.write('pipeline.yaml', 'evalmake: [');
  const before = ws.tree();
  for (const args of [['log'], ['log', '2'], ['log', 'score'], ['diff']])
    assert.is((await ws.evalmake(args)).code, 0, args.join(' '));
  assert.equal([...ws.tree()], [...before]);
});

scenario('Torn and damaged lines of a log are left out, with one warning.', async (ws) => {
  await threeRuns(ws);
  const events = ws.path('.evalmake/runs/3/events.jsonl');
  ws.write(
    '.evalmake/runs/3/events.jsonl',
    ws.read('.evalmake/runs/3/events.jsonl').replace(/\{"event":"ended".*/, ''),
  );
  appendFileSync(events, '{"event":"finished"}\nnull\n{"event":"ended","at":"2026');
  const { code, stdout, stderr } = await ws.evalmake(['log', '3']);
  assert.is(code, 0);
  assert.match(stdout, /^run 3: cut off/);
  assert.match(stdout, 'score');
  assert.is(stderr, 'evalmake: warning: 3 damaged lines left out of the log of run 3\n');
});

scenario('While a build runs its run is shown as running.', async (ws) => {
  await ws.gate();
  ws.pipeline(`
    targets:
      slow:
        run: node "$GATE_CLIENT" slow $$; echo x > \${{ outputs }}
        outputs: slow.txt
  `);
  const running = ws.start([]);
  const visit = await ws.arrival(running, 'slow');
  assert.match(await log(ws), /^ +1 .* running /m);
  visit.pass();
  await running.done;
  assert.match(await log(ws), /^ +1 .* done /m);
});

scenario('What a command wrote cannot steer a terminal, whole or in part, piped or not.', async (ws) => {
  ws.pipeline(`
    targets:
      evil:
        run: |
          for i in $(seq 30); do printf 'line %s\\n' $i; done
          printf '\\033]0;owned\\007\\033[2J\\033[31mred\\033[0m \\xc2\\x9b5n ok\\rover\\r\\nlast'
          echo x > \${{ outputs }}
        outputs: evil.txt
  `);
  await built(ws);
  const tail = await log(ws, 'evil');
  assert.not.match(tail, /\x1b|\x07|\r|\u009b/);
  assert.match(tail, '\\x1b]0;owned\\x07\\x1b[2Jred \\x9b5n ok\nover\nlast\n');
  assert.match(tail, '--all shows the whole log');
  assert.not.match(tail, 'line 5\n');
  const whole = await log(ws, 'evil', '--all');
  assert.not.match(whole, /\x1b|\x07|\r|\u009b/);
  for (const text of ['line 1\n', 'line 30\n', 'ok\nover\nlast\n']) assert.match(whole, text);
  assert.match(ws.read('.evalmake/runs/1/logs/evil.log'), '\x1b[31mred', 'the file holds every byte');
});

runScenarios();
