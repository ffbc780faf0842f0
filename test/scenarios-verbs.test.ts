// Scenarios that need more than a build: state that is lost, records made anew, and a command on foreign ground.
import * as assert from 'uvu/assert';
import { idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import type { Workspace } from './workspace/workspace.ts';

scenario(
  'N2. A command that writes over the output of another target is found out, also through a link.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    writeTargets(ws, [
      target('owner', {
        inputs: 'in.txt',
        outputs: 'owned-${{ n }}.txt',
        body: 'echo ${{ n }} > ${{ outputs }}',
        more: ['each: { n: [1, 2] }'],
      }),
      target('guest', {
        inputs: '{ in: in.txt, first: { from: owner, order_only: true } }',
        body: 'ln -sf owned-2.txt alias; echo guest > alias; rm alias\ncat in.txt > ${{ outputs }}',
      }),
      target('reader', {
        inputs: '{ own: { from: owner }, guest: { from: guest } }',
        body: 'cat ${{ inputs.own }} > ${{ outputs }}',
      }),
    ]);
    const outcome = await ws.evalmake(['-k']);
    assert.is(outcome.code, 1, outcome.stderr);
    assert.match(outcome.stderr, /owner@2.*owned-2\.txt.*guest/);
    assert.equal(
      ws.ran().filter((id) => id === 'reader'),
      [],
      'nobody reads what it wrote',
    );
    assert.equal(idsWith(await ws.plan(), 'run'), ['owner@2', 'reader']);
    ws.edit('pipeline.yaml', '; echo guest > alias', '');
    await ws.evalmake([]);
    assert.is(ws.read('reader.txt'), '1\n2\n');
    await assertSettled(ws);
  },
);

/** Two targets with a manifest each, built. */
async function writeRecorded(ws: Workspace): Promise<void> {
  ws.write('in.txt', 'in\n');
  writeTargets(ws, [
    target('one', { inputs: 'in.txt', outputs: 'a/one.txt', more: ['manifest: a/manifest.json'] }),
    target('two', { inputs: '{ from: one }', outputs: 'b/two.txt', more: ['manifest: b/manifest.json'] }),
  ]);
  await step(ws);
}

scenario(
  'X19. Repair makes manifests anew from what is proven, and what is not proven stays unproven.',
  async (ws) => {
    await writeRecorded(ws);
    ws.remove('a/manifest.json');
    ws.write('b/manifest.json', '<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n');
    ws.write('b/two.txt', 'by hand\n');
    const dry = await ws.evalmake(['repair', '-n']);
    assert.not.ok(ws.exists('a/manifest.json'), 'a dry run writes nothing');
    assert.match(`${dry.stdout}${dry.stderr}`, /conflict/);
    await ws.evalmake(['repair']);
    assert.equal(ws.ran(), [], 'no command runs');
    ws.remove('.evalmake');
    const plan = await ws.plan();
    assert.is(taskOf(plan, 'one').verdict, 'fresh', 'the repaired manifest proves it');
    assert.is(taskOf(plan, 'two').verdict, 'run', 'and does not prove what was edited by hand');
    assert.is(ws.read('b/two.txt'), 'by hand\n');
  },
);

runScenarios();
