// How a build runs: failures and -k, --force, filters, retries, timeouts, pools and slots.
import * as assert from 'uvu/assert';
import { assertReason, taskOf } from './workspace/documents.ts';
import { chainIds, writeChain } from './workspace/pipelines.ts';
import { isAlive } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** A target without a reader, as YAML: `body` is its command. */
const leaf = (name: string, body: string, more = ''): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          ${body}
          echo ok > \${{ outputs }}
        inputs: in.txt
        outputs: ${name}.txt${more === '' ? '' : `\n        ${more}`}`;

const reader = (name: string, from: string): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: ${from} }
        outputs: ${name}.txt`;

function writeLeaves(ws: Workspace, ...targets: string[]): void {
  ws.write('in.txt', 'in\n');
  ws.pipeline(`
    targets:${targets.join('')}
  `);
}

scenario('With -k everything that can be built is built, and both errors are shown.', async (ws) => {
  const bad = (code: number): string => `grep -q fixed in.txt || { echo "cause ${code}" >&2; exit ${code}; }`;
  writeLeaves(
    ws,
    leaf('one', bad(11)),
    leaf('two', bad(12)),
    leaf('good', ':'),
    reader('after_one', 'one'),
    reader('after_good', 'good'),
  );
  const { ran, said, events } = await step(ws, ['-k'], { exit: 1 });
  assert.equal(ran, ['after_good', 'good', 'one', 'two']);
  for (const text of ['one', 'two', 'after_one', 'cause 11', 'cause 12']) assert.match(said, text);
  const failed = events.filter((event) => event.event === 'failed').map((event) => event.task);
  assert.equal(failed.sort(), ['one', 'two']);
  const again = await step(ws, ['-k'], { exit: 1 });
  assert.equal(again.ran, ['one', 'two'], 'only what failed is tried again');
  ws.write('in.txt', 'fixed\n');
  const fixed = await step(ws, ['-k']);
  assert.equal(fixed.ran, ['after_one', 'good', 'one', 'two']);
  await assertSettled(ws);
});

scenario('Without -k nothing new starts after a failure; what runs is finished and kept.', async (ws) => {
  writeLeaves(
    ws,
    leaf('slow', 'node "$GATE_CLIENT" slow $$'),
    leaf('bad', 'node "$GATE_CLIENT" bad $$'),
    reader('after_slow', 'slow'),
  );
  await ws.gate();
  const running = ws.start(['--json', '-j2']);
  const [slow, bad] = [await ws.arrival(running, 'slow'), await ws.arrival(running, 'bad')];
  bad.pass(7);
  await running.line((line) => line.includes('"failed"') && line.includes('"bad"'));
  slow.pass();
  assert.is((await running.done).code, 1);
  assert.equal(ws.ran().sort(), ['bad', 'slow'], 'after_slow did not start');
  assert.ok(ws.exists('slow.txt'));
  assert.is(taskOf(await ws.plan(), 'slow').verdict, 'fresh');
});

scenario(
  'A failure of a task does not run what depends on it, even if an old output is there.',
  async (ws) => {
    writeLeaves(ws, leaf('bad', 'if grep -q BAD in.txt; then exit 1; fi'), reader('after', 'bad'));
    await step(ws);
    ws.write('in.txt', 'BAD\n');
    ws.edit('pipeline.yaml', 'cat ${{ inputs }}', 'cat -u ${{ inputs }}');
    const { ran } = await step(ws, ['-k'], { exit: 1 });
    assert.equal(ran, ['bad']);
  },
);

scenario('--force runs everything that is asked for; --force=PATTERN only what matches.', async (ws) => {
  writeChain(ws);
  await step(ws);
  const all = await step(ws, ['--force']);
  assert.equal(all.ran, chainIds);
  for (const id of chainIds) assertReason(all.plan, id, 'forced');
  const one = await step(ws, ['--force=up*']);
  assert.equal(one.ran, ['upper'], 'what reads it is cut off, its bytes are equal');
  assertReason(one.plan, 'upper', 'forced');
  const short = await step(ws, ['-B']);
  assert.equal(short.ran, chainIds);
  await assertSettled(ws);
});

/** a -> b -> c -> d, all made stale: a and c by an input of their own. */
async function staleChain(ws: Workspace): Promise<void> {
  const link = (name: string, input: string): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: [${input}]
        outputs: ${name}.txt`;
  ws.write('one.txt', '1\n');
  ws.write('two.txt', '2\n');
  ws.pipeline(`
    targets:${link('a', 'one.txt')}${link('b', 'a.txt')}${link('c', 'b.txt, two.txt')}${link('d', 'c.txt')}
  `);
  await step(ws);
  ws.write('one.txt', '11\n');
  ws.write('two.txt', '22\n');
}

scenario(
  '--only builds exactly the named target; what is stale above it stays stale, and is said.',
  async (ws) => {
    await staleChain(ws);
    const { ran, said } = await step(ws, ['--only', 'c']);
    assert.equal(ran, ['c']);
    assert.match(said, /\ba\b/);
    assert.is(ws.read('c.txt'), '1\n22\n');
    assert.equal((await step(ws)).ran, ['a', 'b', 'c', 'd']);
    assert.is(ws.read('d.txt'), '11\n22\n');
    await assertSettled(ws);
  },
);

scenario(
  '--only records what it really read: an upstream that is repaired later makes it stale.',
  async (ws) => {
    await staleChain(ws);
    await step(ws);
    ws.write('b.txt', 'tampered\n');
    ws.write('two.txt', '222\n');
    assert.equal((await step(ws, ['--only', 'c'])).ran, ['c']);
    await step(ws);
    assert.is(ws.read('b.txt'), '11\n');
    assert.is(ws.read('c.txt'), '11\n222\n');
    assert.is(ws.read('d.txt'), '11\n222\n');
    await assertSettled(ws);
  },
);

scenario('--until builds the named target and what it needs.', async (ws) => {
  await staleChain(ws);
  assert.equal((await step(ws, ['--until', 'b'])).ran, ['a', 'b']);
  assert.equal((await step(ws)).ran, ['c', 'd']);
});

scenario('--from builds the named target and what needs it.', async (ws) => {
  await staleChain(ws);
  assert.equal((await step(ws, ['--from', 'c'])).ran, ['c', 'd']);
  assert.is(ws.read('d.txt'), '1\n22\n');
  assert.equal((await step(ws)).ran, ['a', 'b', 'c', 'd']);
});

scenario('--skip leaves a target out, and the next plain build still sees it stale.', async (ws) => {
  await staleChain(ws);
  const { ran } = await step(ws, ['--skip', 'c']);
  assert.not.ok(ran.includes('c'));
  assert.ok((await step(ws)).ran.includes('c'));
  assert.is(ws.read('d.txt'), '11\n22\n');
  await assertSettled(ws);
});

scenario('Retries run a failing command again, and no more often than declared.', async (ws) => {
  const flaky = 'n=$(grep -c flaky "$RAN_LOG"); if [ "$n" -lt 3 ]; then exit 1; fi';
  writeLeaves(ws, leaf('flaky', flaky, 'retries: 2'), leaf('hopeless', 'exit 9', 'retries: 1'));
  const { executions } = await step(ws, ['-k'], { exit: 1 });
  assert.is(executions.filter((id) => id === 'flaky').length, 3);
  assert.is(executions.filter((id) => id === 'hopeless').length, 2);
  assert.ok(ws.exists('flaky.txt'));
});

scenario('A timeout ends the whole process group and fails the task.', async (ws) => {
  writeLeaves(ws, leaf('stuck', 'node "$GATE_CLIENT" stuck $$', 'timeout: 1s'));
  await ws.gate();
  const running = ws.start([]);
  const visit = await ws.arrival(running, 'stuck');
  const outcome = await running.done;
  assert.is(outcome.code, 1);
  await visit.gone;
  assert.not.ok(isAlive(visit.shell), 'the shell is gone');
  assert.not.ok(isAlive(visit.pid), 'its child is gone');
  assert.match(outcome.stderr, /time(d )?-?out/i);
  assert.match(outcome.stderr, 'stuck');
});

scenario('A pool limits how many of its tasks run at once.', async (ws) => {
  const gated = (name: string): string => leaf(name, `node "$GATE_CLIENT" ${name} $$`, 'pool: gpu');
  writeLeaves(ws, gated('p1'), gated('p2'), gated('p3'), leaf('free', 'node "$GATE_CLIENT" free $$'));
  ws.edit('pipeline.yaml', 'targets:', 'pools: { gpu: 1 }\ntargets:');
  await ws.gate();
  const running = ws.start(['-j4']);
  const free = await ws.arrival(running, 'free');
  const waiting = new Set(['p1', 'p2', 'p3']);
  const arrivals = new Map([...waiting].map((name) => [name, ws.arrival(running, name)]));
  for (const visit of arrivals.values()) visit.catch(() => {});
  while (waiting.size > 0) {
    const visit = await Promise.race(
      [...waiting].map((name) => arrivals.get(name) as NonNullable<ReturnType<typeof ws.arrival>>),
    );
    assert.equal(
      ws.ran().filter((id) => id.startsWith('p')).length,
      1,
      'no second task of the pool has started',
    );
    waiting.delete(visit.name);
    visit.pass();
  }
  free.pass();
  assert.is((await running.done).code, 0);
});

scenario('-j1 never runs two commands at once, and -j2 does.', async (ws) => {
  const noted = (name: string): string =>
    leaf(name, `echo "+begin" >> "$RAN_LOG"; cat in.txt; echo "+end" >> "$RAN_LOG"`);
  writeLeaves(ws, ...['a', 'b', 'c', 'd'].map(noted));
  const { notes } = await step(ws, ['-j1']);
  assert.equal(notes, ['begin', 'end', 'begin', 'end', 'begin', 'end', 'begin', 'end']);
  writeLeaves(ws, leaf('x', 'node "$GATE_CLIENT" x $$'), leaf('y', 'node "$GATE_CLIENT" y $$'));
  await ws.gate();
  const running = ws.start(['-j', '2']);
  const both = [await ws.arrival(running, 'x'), await ws.arrival(running, 'y')];
  for (const visit of both) visit.pass();
  assert.is((await running.done).code, 0);
});

scenario('The log of a failed command is shown, with what it printed and how it ended.', async (ws) => {
  writeLeaves(ws, leaf('loud', 'echo to-stdout; echo to-stderr >&2; kill -SEGV $$'));
  const outcome = await ws.evalmake([]);
  assert.is(outcome.code, 1);
  for (const text of ['to-stdout', 'to-stderr', /SIGSEGV|segmentation/i]) assert.match(outcome.stderr, text);
});

scenario(
  'A command runs under strict bash: an unset variable and a failing pipe are failures.',
  async (ws) => {
    writeLeaves(
      ws,
      leaf('unset', 'echo "$NOT_SET_ANYWHERE"'),
      leaf('pipe', 'false | cat'),
      leaf('middle', 'false; true'),
    );
    const { ran } = await step(ws, ['-k'], { exit: 1 });
    assert.equal(ran, ['middle', 'pipe', 'unset']);
    for (const name of ran) assert.not.ok(ws.exists(`${name}.txt`));
  },
);

scenario(
  'A source that is missing stops the build before any command runs, naming file and target.',
  async (ws) => {
    writeLeaves(ws, leaf('first', ':'), leaf('needs', ':'));
    ws.edit(
      'pipeline.yaml',
      'inputs: in.txt\n    outputs: needs.txt',
      'inputs: absent/raw.jsonl\n    outputs: needs.txt',
    );
    const { plan, ran, said } = await step(ws, [], { exit: 1 });
    assert.is(taskOf(plan, 'needs').verdict, 'blocked');
    assert.equal(ran, []);
    assert.match(said, 'absent/raw.jsonl');
    assert.match(said, 'needs');
  },
);

scenario('A glob input that matches nothing stops the build like a missing file.', async (ws) => {
  writeLeaves(ws, leaf('needs', ':'));
  ws.edit('pipeline.yaml', 'inputs: in.txt', 'inputs: raw/*.jsonl');
  const { ran, said } = await step(ws, [], { exit: 1 });
  assert.equal(ran, []);
  assert.match(said, 'raw/*.jsonl');
});

runScenarios();
