// Scenarios from build engines, S18 to S24: signals, crashes, torn state, filters, and dry runs that tell the truth.

import { truncateSync } from 'node:fs';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { cleanBuild, Oracle } from './workspace/oracle.ts';
import { isAlive } from './workspace/program.ts';
import { anyEdit, applyEdit, type Bench } from './workspace/random-edit.ts';
import { anyProject, configOf, pipelineOf, tasksOf } from './workspace/random-project.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Three quick targets and one that leaves the process group and waits there, with half of its output written. */
function writeEscaping(ws: Workspace): void {
  ws.write('in.txt', 'in\n');
  ws.write('salt.txt', '1\n');
  writeTargets(ws, [
    ...['a', 'b', 'c'].map((name) => target(name, { inputs: 'in.txt' })),
    target('last', {
      inputs: '[a.txt, b.txt, c.txt, salt.txt]',
      body: 'echo PARTIAL > last.txt\nsetsid node "$GATE_CLIENT" last $$ stubborn & wait $!\ncat salt.txt > last.txt',
    }),
  ]);
}

/** Builds all, then changes what only `last` reads, and starts again up to the gate. */
async function atTheGate(ws: Workspace) {
  writeEscaping(ws);
  await ws.gate();
  const first = ws.start([]);
  (await ws.arrival(first, 'last')).pass();
  const outcome = await first.done;
  assert.is(outcome.code, 0, outcome.stderr);
  ws.write('salt.txt', '2\n');
  ws.ran();
  const running = ws.start([]);
  return { running, visit: await ws.arrival(running, 'last') };
}

/** The next build runs just `last`, after every process of the old attempt is gone. */
async function assertResumes(ws: Workspace, old: { pid: number; shell: number }): Promise<void> {
  const plan = await ws.plan();
  assert.equal(idsWith(plan, 'run', 'maybe'), ['last']);
  assertReason(plan, 'last', 'previous-run-interrupted');
  ws.ran();
  const next = ws.start([]);
  const visit = await ws.arrival(next, 'last');
  assert.not.ok(isAlive(old.pid), 'the process that left the group is gone');
  assert.not.ok(isAlive(old.shell), 'the shell is gone');
  visit.pass();
  const outcome = await next.done;
  assert.is(outcome.code, 0, outcome.stderr);
  assert.equal(ws.ran(), ['last']);
  assert.is(ws.read('last.txt'), '2\n');
  await assertSettled(ws);
}

scenario(
  'S18. SIGHUP ends with 129, leaves no process, and the next build does just what was open.',
  async (ws) => {
    const { running, visit } = await atTheGate(ws);
    running.kill('SIGHUP');
    running.kill('SIGHUP');
    const outcome = await running.done;
    assert.is(outcome.code, 129, outcome.stderr);
    assert.not.ok(isAlive(visit.shell));
    assert.is(ws.read('last.txt'), '1\n', 'the last good output stands');
    assert.not.ok(ws.exists('.evalmake/lock'));
    await assertResumes(ws, visit);
  },
);

scenario('S19. kill -9 with an orphan in a session of its own: it is found and never raced.', async (ws) => {
  const { running, visit } = await atTheGate(ws);
  running.kill('SIGKILL');
  await running.exited;
  assert.ok(isAlive(visit.pid), 'the orphan lives on');
  await assertResumes(ws, visit);
});

const journal = '.evalmake/journal.jsonl';
// Each length in turn with twice the budget of the random tests, else one in so many.
const stride = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 14) < 28 ? 149 : 1;

scenario(
  'S21. State cut at any length: no crash, no wrong skip, and only what was cut runs again.',
  async (ws) => {
    ws.write('in.txt', 'old\n');
    const names = ['a', 'b', 'c'];
    writeTargets(
      ws,
      names.map((name) => target(name, { inputs: 'in.txt' })),
    );
    await step(ws, ['-j1']);
    const whole = ws.read(journal);
    /** Tasks whose record is complete within the first `length` bytes. */
    const recorded = (length: number): string[] =>
      whole
        .slice(0, length)
        .split('\n')
        .slice(0, -1)
        .flatMap((line) => / finished (\w+) /.exec(line)?.[1] ?? []);
    for (let length = 0; length < whole.length; length += stride) {
      ws.write(journal, whole);
      truncateSync(ws.path(journal), length);
      const fresh = idsWith(await ws.plan(), 'fresh');
      const sure = recorded(length);
      assert.ok(
        sure.every((id) => fresh.includes(id)),
        `${length}: ${sure} are recorded, ${fresh} are fresh`,
      );
      assert.ok(
        fresh.length <= recorded(length + 1).length,
        `${length}: ${fresh} are fresh, ${sure} are recorded`,
      );
    }
    ws.write(journal, whole);
    truncateSync(ws.path(journal), whole.lastIndexOf(' publishing c ') + 12);
    const build = await ws.build(['c']);
    assert.equal(ws.ran(), ['c']);
    assert.match(build.stderr, 'journal');
    assert.is((await ws.evalmake([])).stderr.includes('journal'), false, 'the next start is silent');
    await assertSettled(ws);
  },
);

scenario('S23. Force runs exactly what matches; skip runs nothing there and leaves it stale.', async (ws) => {
  ws.write('in.txt', 'a b\n');
  writeTargets(ws, [
    target('sort', { inputs: 'in.txt', body: "tr ' ' '\\n' < ${{ inputs }} | sort > ${{ outputs }}" }),
    target('stats_a', { inputs: '{ from: sort }', body: 'head -n 1 ${{ inputs }} > ${{ outputs }}' }),
    target('stats_b', { inputs: '{ from: sort }', body: 'date +%s%N > ${{ outputs }}' }),
    target('end', { inputs: '[{ from: stats_a }, { from: stats_b }]' }),
  ]);
  await step(ws);
  const forced = await step(ws, ['--force=stats_a']);
  assert.equal(forced.ran, ['stats_a'], 'the same bytes go no further');
  assertReason(forced.plan, 'stats_a', 'forced');
  assert.equal((await step(ws, ['--force=stats_*'])).ran, ['end', 'stats_a', 'stats_b']);
  ws.write('in.txt', 'c d\n');
  const skipped = await step(ws, ['--skip', 'stats_*']);
  assert.equal(
    skipped.ran.filter((id) => id.startsWith('stats')),
    [],
  );
  assert.match(skipped.said, 'stats_a');
  assert.equal(
    (await step(ws)).ran.filter((id) => id.startsWith('stats')),
    ['stats_a', 'stats_b'],
  );
  await assertSettled(ws);
});

/** A random project with its model, both on disk. */
function openBench(ws: Workspace, seed: number): Bench {
  const [made] = fc.sample(anyProject, { seed, numRuns: 40 }).filter(({ targets }) => targets.length === 6);
  if (made === undefined) throw new Error(`seed ${seed} gives no project of six targets`);
  const project = { ...made, sources: new Map(made.sources) };
  const bench = { ws, project, oracle: new Oracle(), origin: made.sources, story: [] as string[] };
  ws.write('pipeline.yaml', pipelineOf(project));
  ws.write('config.yaml', configOf(project));
  for (const [path, text] of made.sources) ws.write(path, text);
  return bench;
}

scenario('S24. Across 50 random edits a dry run changes nothing and says what then happens.', async (ws) => {
  const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 7);
  const bench = openBench(ws, seed);
  const edits = fc.sample(anyEdit, { seed, numRuns: 50 });
  for (let index = -2; index < edits.length; index += 2) {
    for (const edit of edits.slice(Math.max(0, index), index + 2)) applyEdit(bench, edit);
    const made = cleanBuild(tasksOf(bench.project), bench.project.sources);
    const whole = tasksOf(bench.project).every((task) => task.outputs.every((path) => made.has(path)));
    const { plan, events, ran } = await step(ws, ['-k', '-j2'], { exit: whole ? 0 : 1 });
    const told = `seed ${seed}\n${bench.story.join('\n')}`;
    const idsOf = (kind: string): string[] =>
      events.filter(({ event }) => event === kind).map(({ task }) => task ?? '');
    for (const id of idsOf('cut-off'))
      assert.not.ok(
        taskOf(plan, id).reasons.some(({ root }) => root),
        `${id} was cut off\n${told}`,
      );
    for (const id of idsOf('blocked')) assert.is(taskOf(plan, id).verdict !== 'fresh', true, told);
    const counts = events.at(-1)?.counts ?? {};
    assert.is((counts['ran'] ?? 0) + (counts['failed'] ?? 0), ran.length, told);
    assert.is(counts['cutOff'], idsOf('cut-off').length, told);
    assert.is(counts['fresh'], idsWith(plan, 'fresh').length, told);
  }
});

runScenarios();
