// A differential test: random projects and random edits, each build held against an oracle and a clean build.
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertBuildAgrees, assertLooksAgree } from './workspace/agree.ts';
import { type BuildEvent, idsWith } from './workspace/documents.ts';
import { cleanBuild, Oracle, type OracleTask } from './workspace/oracle.ts';
import { shardTargets, writeShards } from './workspace/pipelines.ts';
import { anyBuild, applyEdit, type Bench, type RandomBuild } from './workspace/random-edit.ts';
import {
  anyProject,
  closureOf,
  configOf,
  pipelineOf,
  type RandomProject,
  tasksOf,
} from './workspace/random-project.ts';
import {
  anyLines,
  anyShardEdits,
  applyShardEdit,
  type ShardBench,
  type ShardEdit,
  shardTasks,
  writeLines,
} from './workspace/random-shards.ts';
import { step } from './workspace/step.ts';
import { compareTrees } from './workspace/tree.ts';
import { Workspace } from './workspace/workspace.ts';

// The same seed in every run, so that a failure in one place is a failure in all; EVALMAKE_FUZZ_SEED tries another.
const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 20_240_229);
const numRuns = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 8);
// Shrinking repeats a failing case many times; ask for it when a failure is to be understood.
const endOnFailure = process.env['EVALMAKE_FUZZ_SHRINK'] === undefined;

function openBench(project: RandomProject): Bench {
  const ws = new Workspace();
  const copy = {
    sources: new Map(project.sources),
    config: [...project.config],
    targets: project.targets.map((t) => ({ ...t })),
  };
  const bench = { ws, project: copy, oracle: new Oracle(), origin: project.sources, story: [] };
  ws.write('pipeline.yaml', pipelineOf(copy));
  ws.write('config.yaml', configOf(copy));
  for (const [path, text] of copy.sources) {
    ws.write(path, text);
    bench.oracle.disk.set(path, text);
  }
  return bench;
}

function wantedOf(bench: Bench, build: RandomBuild): string[] {
  const { targets } = bench.project;
  return [...new Set(build.wanted.map((pick) => targets[pick % targets.length]?.name ?? 't0'))];
}

/** Every output that was asked for is what a clean build makes. */
function assertOutputs(bench: Bench, tasks: readonly OracleTask[], made: ReadonlyMap<string, string>): void {
  for (const path of tasks.flatMap((task) => task.outputs)) {
    const expected = made.get(path);
    if (expected === undefined) throw new Error(`${path}: the build succeeded, a clean one fails`);
    assert.is(bench.ws.read(path), expected, path);
  }
}

/** What lies under the names of outputs is what the oracle says, also after failures: nothing partial, nothing lost. */
function assertDisk(bench: Bench): void {
  for (const path of tasksOf(bench.project).flatMap((task) => task.outputs)) {
    const found = bench.ws.exists(path) ? bench.ws.read(path) : undefined;
    assert.is(found, bench.oracle.disk.get(path), `${path} after the build`);
  }
}

/** Ids of tasks whose former results were brought back. */
function restoredIn(events: readonly BuildEvent[]): Set<string> {
  return new Set(
    events.flatMap(({ event, task }) => (event === 'restored' && task !== undefined ? [task] : [])),
  );
}

/** Plans, builds, and holds both against the oracle. */
async function buildOnce(bench: Bench, build: RandomBuild): Promise<void> {
  const { ws, project, oracle, story } = bench;
  const wanted = wantedOf(bench, build);
  const args = [...wanted, `-j${build.jobs}`, ...(build.keepGoing ? ['-k'] : [])];
  story.push(`evalmake ${args.join(' ')}`);
  const everything = tasksOf(project);
  const tasks = wanted.length === 0 ? everything : closureOf(everything, wanted);
  const before = ws.tree();
  const options = build.later ? { env: ws.anHourLater() } : {};
  const plan = await ws.plan(args, options);
  if (wanted.length === 0) await assertLooksAgree(ws, plan, options);
  assert.equal(compareTrees(before, ws.tree()), [], 'the dry run changes nothing');
  const { code, stdout, stderr, events } = await ws.build(args, options);
  assertBuildAgrees(plan, events);
  const ran = ws.ran();
  story.push(`  ran ${ran.join(' ')} and ended with ${code}`);
  assert.is(new Set(ran).size, ran.length, 'no task ran twice');
  const fates = oracle.follow(tasks, { ran: new Set(ran), restored: restoredIn(events) }, !build.keepGoing);
  const failed = [...fates.values()].includes('failed');
  assert.is(code, failed ? 1 : 0, `exit code\n${stdout}${stderr}`);
  assert.equal(
    ran.filter((id) => !fates.has(id)),
    [],
    'nothing ran that was not asked for',
  );
  const may = idsWith(plan, 'run', 'maybe');
  assert.equal(
    ran.filter((id) => !may.includes(id)),
    [],
    'everything that ran was planned as run or maybe',
  );
  assertDisk(bench);
  if (failed) return;
  assert.equal(
    idsWith(plan, 'run').filter((id) => !ran.includes(id)),
    [],
    'everything that was planned as run, ran',
  );
  const restored = restoredIn(events);
  assert.equal(
    idsWith(plan, 'restore').filter((id) => !restored.has(id)),
    [],
    'everything that was planned as restore, was restored',
  );
  assertOutputs(bench, tasks, cleanBuild(everything, project.sources));
  assert.is((await ws.build(args, options)).code, 0);
  assert.equal(ws.ran(), [], 'a further build runs nothing');
}

/** A real clean build elsewhere makes what the function of the oracle makes. */
async function assertCleanBuild(bench: Bench): Promise<void> {
  const clean = bench.ws.copy((path) => !/^(\.evalmake|out)(\/|$)/.test(path));
  try {
    await clean.build(['-k', '-j2']);
    const made = cleanBuild(tasksOf(bench.project), bench.project.sources);
    for (const path of tasksOf(bench.project).flatMap((task) => task.outputs)) {
      assert.is(
        clean.exists(path) ? clean.read(path) : undefined,
        made.get(path),
        `${path} of a clean build`,
      );
    }
  } finally {
    await clean.dispose();
  }
}

async function assertCase(project: RandomProject, builds: readonly RandomBuild[]): Promise<void> {
  const bench = openBench(project);
  try {
    await buildOnce(bench, { edits: [], wanted: [], jobs: 2, keepGoing: true, later: true });
    for (const build of builds) {
      for (const edit of build.edits) applyEdit(bench, edit);
      await buildOnce(bench, build);
    }
    await assertCleanBuild(bench);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new Error(`${what}\n\n${pipelineOf(project)}\n${configOf(project)}\n${bench.story.join('\n')}`);
  } finally {
    await bench.ws.dispose();
  }
}

/** Runs a property; a failure is told with what happened, not only with the random values. */
async function assertProperty<T>(property: fc.IAsyncProperty<T>, runs: number): Promise<void> {
  console.log(`seed ${seed}, ${runs} runs`);
  const report = await fc.check(property, { seed, numRuns: runs, endOnFailure });
  if (!report.failed) return;
  const cause = report.errorInstance instanceof Error ? report.errorInstance.message : '';
  throw new Error(`seed ${seed}, path ${report.counterexamplePath}\n${cause}`);
}

test('Whatever is edited, a build makes what a clean build makes, and runs only what it must.', async () => {
  const builds = fc.array(anyBuild, { minLength: 3, maxLength: 5 });
  await assertProperty(fc.asyncProperty(anyProject, builds, assertCase), numRuns);
});

/** Builds the shards and holds the build against the oracle. */
async function buildShards(bench: ShardBench): Promise<void> {
  const { ws, oracle } = bench;
  const tasks = shardTasks(bench.lines);
  const { ran, executions, events } = await step(ws, ['-j2'], { dynamic: shardTargets });
  assert.is(executions.length, ran.length, `no task ran twice: ${executions}`);
  oracle.follow(tasks, { ran: new Set(ran), restored: restoredIn(events) }, false);
  const parts = [...ws.tree().keys()].filter((path) => path.startsWith('parts/')).sort();
  assert.equal(parts, tasks[0]?.outputs, 'the shards are those of the last run');
  for (const path of oracle.disk.keys()) assert.is(ws.read(path), oracle.disk.get(path), path);
  assert.is((await ws.build()).code, 0);
  assert.equal(ws.ran(), [], 'a further build runs nothing');
}

async function assertShards(lines: readonly string[], rounds: readonly ShardEdit[][]): Promise<void> {
  const ws = new Workspace();
  const bench: ShardBench = { ws, oracle: new Oracle(), origin: lines, lines: [...lines] };
  const story = [`lines ${lines.join(' ')}`];
  try {
    writeShards(ws);
    writeLines(bench);
    await buildShards(bench);
    for (const edits of rounds) {
      for (const edit of edits) story.push(applyShardEdit(bench, edit));
      await buildShards(bench);
      story.push('built');
    }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${story.join('\n')}`);
  } finally {
    await ws.dispose();
  }
}

test('Whatever happens to shards, only the chains of those that changed run.', async () => {
  const rounds = fc.array(anyShardEdits, { minLength: 2, maxLength: 4 });
  await assertProperty(fc.asyncProperty(anyLines, rounds, assertShards), Math.ceil(numRuns / 3));
});

test.run();
