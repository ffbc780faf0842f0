// The digest cache only ever saves time: no edit hides from it, and losing or damaging it changes no decision.
import { statSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { chainIds, writeChain } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

const cache = '.evalmake/filestate';

/** A clock that stands still, and a disk whose times are so coarse that in.txt always has the same one. */
const coarse = `
const fs = require('node:fs');
const time = Number(process.env.COARSE_TIME);
Date.now = () => time + Number(process.env.COARSE_AGE);
for (const name of ['statSync', 'lstatSync', 'fstatSync']) {
  const call = fs[name];
  fs[name] = (path, options) => {
    const stat = call(path, options);
    if (String(path).endsWith('in.txt') && stat !== undefined && typeof stat.mtimeMs === 'number') {
      stat.mtimeMs = time;
      stat.ctimeMs = time;
    }
    return stat;
  };
}
`;

/** An environment in which in.txt was changed at one time, and it is `age` milliseconds later. */
function coarseTime(ws: Workspace, age: number): Record<string, string> {
  ws.write('../coarse.cjs', coarse);
  return {
    NODE_OPTIONS: `--require=${ws.beside('coarse.cjs')}`,
    COARSE_TIME: String(Date.UTC(2026, 0)),
    COARSE_AGE: String(age),
  };
}

for (const [age, what] of [
  [0, 'at once'],
  [1000, 'a second later'],
  [-3_600_000, 'under a clock that was set back'],
] as const) {
  scenario(
    `An edit that leaves the same size, time and inode is seen when the file had been read ${what}.`,
    async (ws) => {
      writeChain(ws);
      await step(ws, [], { env: coarseTime(ws, age) });
      const { ino } = statSync(ws.path('in.txt'));
      ws.edit('in.txt', 'alpha', 'omega');
      assert.is(statSync(ws.path('in.txt')).ino, ino);
      // By now the file looks old enough: a digest kept too early would be believed.
      const { ran } = await step(ws, [], { env: coarseTime(ws, 60_000) });
      assert.equal(ran, chainIds);
      assert.match(ws.read('norm.txt'), /omega/);
    },
  );
}

scenario('A file that is old enough is read once: the cache does what it is for.', async (ws) => {
  writeChain(ws);
  await step(ws, [], { env: coarseTime(ws, 60_000) });
  ws.edit('in.txt', 'alpha', 'omega');
  const plan = await ws.plan([], { env: coarseTime(ws, 60_000) });
  assert.equal(
    idsWith(plan, 'fresh'),
    chainIds,
    'on this disk nobody could see the edit, as this test shows',
  );
});

scenario('Deleting the cache, or flipping a digit of a digest in it, changes no decision.', async (ws) => {
  writeChain(ws);
  const options = { env: ws.anHourLater() };
  await step(ws, [], options);
  await assertSettled(ws, [], options);
  const good = ws.read(cache);
  assert.match(good, /^evalmake-filestate 2 [0-9a-f]{16}\n/);
  assert.match(good, / in\.txt\n/);
  ws.remove(cache);
  await assertSettled(ws, [], options);
  const digests = [...good.matchAll(/sha256:/g)].map((match) => (match.index as number) + 7);
  assert.ok(digests.length >= 4);
  for (const at of digests) {
    ws.write(cache, `${good.slice(0, at)}${good[at] === '0' ? '1' : '0'}${good.slice(at + 1)}`);
    assert.equal(idsWith(await ws.plan([], options), 'fresh'), chainIds, `byte ${at}`);
  }
  ws.edit('in.txt', 'alpha', 'omega');
  ws.write(cache, good);
  assert.equal((await step(ws, [], options)).ran, chainIds);
});

runScenarios();
