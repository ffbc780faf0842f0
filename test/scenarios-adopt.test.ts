// Scenarios of adopting, P2 and X20: outputs that a person vouches for, with what nobody can prove.
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import type { Workspace } from './workspace/workspace.ts';

/** A score per model by a script, and what needs them; without manifests, so that lost state is lost. */
function writeScores(ws: Workspace): void {
  ws.write('in.txt', 'a b c\n');
  ws.write('score.sh', 'wc -w < "$1"\n');
  writeTargets(ws, [
    target('score', {
      inputs: 'in.txt',
      outputs: 'scores/${{ model }}.txt',
      body: 'bash score.sh ${{ inputs }} > ${{ outputs }}',
      more: ['each: { model: [big, small] }', 'checks: { non_empty: true }'],
    }),
    target('paper', { inputs: '{ from: score }' }),
  ]);
}

const because = ['--reason', 'the state was lost'];

scenario(
  'P2. With all state lost nothing is fresh; adopting runs nothing and says what it cannot prove.',
  async (ws) => {
    writeScores(ws);
    await step(ws);
    ws.remove('.evalmake');
    ws.edit('score.sh', 'wc -w', 'wc -c');
    const lost = await ws.plan();
    assert.equal(idsWith(lost, 'fresh'), []);
    for (const id of ['score@big', 'score@small']) assertReason(lost, id, 'record-lost');
    const outcome = await ws.evalmake(['adopt', 'score', 'paper', ...because]);
    assert.is(outcome.code, 0, outcome.stderr);
    assert.equal(ws.ran(), []);
    assert.match(
      `${outcome.stdout}${outcome.stderr}`,
      /score@big[\s\S]*no record/,
      'nobody can know that the script was another',
    );
    await assertSettled(ws);
    assert.match((await ws.evalmake(['status'])).stdout, /adopted/);
    ws.write('in.txt', 'a b\n');
    assert.equal((await step(ws)).ran, ['paper', 'score@big', 'score@small'], 'adopted is not frozen');
    assert.not.match((await ws.evalmake(['status'])).stdout, /adopted/, 'a real run ends it');
  },
);

scenario(
  'X20. Adopting refuses what its checks refuse, what is missing and what reads the unsettled, by name.',
  async (ws) => {
    writeScores(ws);
    await step(ws);
    ws.remove('.evalmake', 'scores/small.txt');
    ws.write('scores/big.txt', '');
    const outcome = await ws.evalmake(['adopt', 'score', 'paper', ...because]);
    assert.is(outcome.code, 1, outcome.stdout);
    for (const text of ['score@big', 'non_empty', 'score@small', 'paper'])
      assert.match(`${outcome.stdout}${outcome.stderr}`, text);
    assert.equal(idsWith(await ws.plan(), 'fresh'), []);
    assert.is((await ws.evalmake(['adopt', 'score'])).code, 2, 'nobody vouches without a reason');
    ws.write('scores/big.txt', '99\n');
    assert.is((await ws.evalmake(['adopt', 'score@big', ...because])).code, 0);
    assert.is(taskOf(await ws.plan(), 'score@big').verdict, 'fresh');
    ws.write('scores/big.txt', '98\n');
    assertReason(await ws.plan(), 'score@big', 'output-modified');
  },
);

runScenarios();
