// kill -9 from outside, at whatever instant it meets: the next build goes on, and the end is what a clean build makes.
import * as assert from 'uvu/assert';
import { Random } from './simulation/random.ts';
import { writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 1);
const rounds = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 8);
const jobs = 3;

const isOutput = (path: string): boolean => /^(parts|answers|scores)\/|^total\.txt$/.test(path);

function outputsOf(ws: Workspace): Map<string, string> {
  const files = [...ws.tree().keys()].filter(isOutput);
  return new Map(files.map((path) => [path, ws.read(path)]));
}

/** Starts a build and kills it when it has told of some events; gives whether it still ran. */
async function killAfter(ws: Workspace, events: number): Promise<boolean> {
  const running = ws.start(['--json', `-j${jobs}`]);
  const ended = running.exited.then(() => false);
  const reached = running
    .line(() => true, events)
    .then(
      () => true,
      () => false,
    );
  const met = await Promise.race([reached, ended]);
  running.kill('SIGKILL');
  await running.exited;
  return met;
}

/** The outputs of a build that starts from nothing but the sources. */
async function cleanOutputs(ws: Workspace): Promise<Map<string, string>> {
  const clean = ws.copy(
    (path) => !isOutput(path) && !/^(\.evalmake|manifest\.json|parts|answers|scores)/.test(path),
  );
  try {
    assert.is((await clean.evalmake([])).code, 0);
    return outputsOf(clean);
  } finally {
    await clean.dispose();
  }
}

scenario('Builds that are killed from outside again and again end as a clean build does.', async (ws) => {
  console.log(`seed ${seed}, ${rounds} rounds`);
  const random = new Random(seed);
  let all = 0;
  writeShards(ws);
  for (let round = 1; round <= rounds; round++) {
    const shards = random.between(2, 5);
    const lines = Array.from({ length: 2 * shards }, () => `${random.pick(['a', 'b', 'c'])}${random.int(3)}`);
    ws.write('lines.txt', `${lines.join('\n')}\n`);
    let kills = 0;
    for (let n = random.between(1, 3); n > 0; n--) {
      if (await killAfter(ws, random.between(1, 4 * shards + 3))) kills++;
    }
    all += kills;
    const when = `in round ${round} of seed ${seed}, after ${kills} kills`;
    const outcome = await ws.evalmake([`-j${jobs}`]);
    assert.is(outcome.code, 0, `${when}\n${outcome.stderr}`);
    const ran = ws.ran();
    assert.ok(ran.length <= 2 + 2 * shards + jobs * kills, `${ran.length} commands ran ${when}: ${ran}`);
    const made = outputsOf(ws);
    const clean = await cleanOutputs(ws);
    assert.equal(
      [...clean].filter(([path, text]) => made.get(path) !== text),
      [],
      when,
    );
    assert.is((await ws.evalmake([])).code, 0);
    assert.equal(ws.ran(), [], `a further build runs nothing ${when}`);
    assert.is((await ws.evalmake(['verify'])).code, 0, when);
  }
  console.log(`${all} builds were killed`);
  assert.ok(all >= rounds / 2, `${all} builds were killed`);
});

runScenarios();
