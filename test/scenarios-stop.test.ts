// A scenario of stopping, X23: a build that is asked to drain finishes what runs and starts nothing.
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';

scenario(
  'X23. Stop lets what runs come to its end and be kept, starts nothing, and the rest is done later.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    const gated = (name: string, inputs: string): string =>
      target(name, { inputs, body: `node "$GATE_CLIENT" ${name} $$\ncat \${{ inputs }} > \${{ outputs }}` });
    writeTargets(ws, [
      gated('one', 'in.txt'),
      gated('two', 'in.txt'),
      gated('after', '[{ from: one }, { from: two }]'),
    ]);
    await ws.gate();
    const running = ws.start(['-j2', '--json']);
    const visits = [await ws.arrival(running, 'one'), await ws.arrival(running, 'two')];
    const asked = await ws.evalmake(['stop']);
    assert.is(asked.code, 0, asked.stderr);
    assert.match(`${asked.stdout}${asked.stderr}`, String(running.pid));
    await running.line((line) => /stop/.test(line));
    for (const visit of visits) visit.pass();
    const outcome = await running.done;
    assert.is(outcome.code, 143, outcome.stderr);
    assert.equal(ws.ran().sort(), ['one', 'two']);
    assert.equal(idsWith(await ws.plan(), 'run', 'maybe'), ['after']);
    assert.is((await ws.evalmake(['stop'])).code, 0, 'no build is running, and that is said');
    const next = ws.start([]);
    (await ws.arrival(next, 'after')).pass();
    assert.is((await next.done).code, 0);
    assert.equal(ws.ran(), ['after']);
    await assertSettled(ws);
  },
);

runScenarios();
