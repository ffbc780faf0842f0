// Scenarios of our own, X9 to X18: edits in the middle of a build, builds in builds, links, and records without files.
import { linkSync, symlinkSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { evalmakeFile } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Starts a build that stands at the gate in `slow`, makes an edit, and lets it go on. */
async function editDuring(ws: Workspace, edit: () => void): Promise<void> {
  const running = ws.start(['-j1']);
  const visit = await ws.arrival(running, 'slow');
  edit();
  visit.pass();
  await running.done;
  ws.ran();
}

const atGate = 'node "$GATE_CLIENT" slow $$';

scenario(
  'X9. A pipeline or config edited while it builds: records tell what ran, not what is written now.',
  async (ws) => {
    ws.write('config.yaml', 'title: old\n');
    writeTargets(
      ws,
      [
        target('slow', { body: `${atGate}\necho \${{ config.title }} v1 > \${{ outputs }}` }),
        target('waits', {
          inputs: '{ from: slow }',
          body: 'cat ${{ inputs }} > ${{ outputs }}; echo ${{ config.title }} v1 >> ${{ outputs }}',
        }),
      ],
      'config: config.yaml\n',
    );
    await ws.gate();
    await editDuring(ws, () => {
      ws.edit('pipeline.yaml', 'v1', 'v2');
      ws.edit('config.yaml', 'old', 'new');
    });
    const plan = await ws.plan();
    for (const id of ['slow', 'waits']) {
      if (ws.exists(`${id}.txt`) && /old|v1/.test(ws.read(`${id}.txt`)))
        assert.is.not(taskOf(plan, id).verdict, 'fresh', `${id} holds ${ws.read(`${id}.txt`)}`);
    }
    ws.edit('pipeline.yaml', atGate, ':');
    await step(ws);
    assert.is(ws.read('waits.txt'), 'new v2\nnew v2\n');
    await assertSettled(ws);
  },
);

scenario(
  'X10. A file that joins a glob or a folder while its reader runs is not taken for read.',
  async (ws) => {
    ws.write('raw/a.txt', 'a\n');
    ws.write('folder/a.txt', 'a\n');
    writeTargets(ws, [
      target('globbed', { inputs: 'raw/*.txt', body: `cat \${{ inputs }} > \${{ outputs }}\n${atGate}` }),
    ]);
    await ws.gate();
    await editDuring(ws, () => ws.write('raw/b.txt', 'b\n'));
    assert.is.not(taskOf(await ws.plan(), 'globbed').verdict, 'fresh');
    writeTargets(ws, [
      target('listed', { inputs: 'folder/', body: `cat folder/* > \${{ outputs }}\n${atGate}` }),
    ]);
    await editDuring(ws, () => ws.write('folder/b.txt', 'b\n'));
    assert.is.not(taskOf(await ws.plan(), 'listed').verdict, 'fresh');
  },
);

scenario(
  'X11. A command that replaces its own input by the same bytes, or removes it, fails and is told so.',
  async (ws) => {
    for (const name of ['same', 'gone']) ws.write(`${name}-in.txt`, 'in\n');
    writeTargets(ws, [
      target('same', {
        inputs: 'same-in.txt',
        body: 'cat ${{ inputs }} > ${{ outputs }}; cp same-in.txt copy; mv copy same-in.txt',
      }),
      target('gone', { inputs: 'gone-in.txt', body: 'cat ${{ inputs }} > ${{ outputs }}; rm gone-in.txt' }),
    ]);
    const { said } = await step(ws, ['-k'], { exit: 1 });
    assert.match(said, /gone-in\.txt.*changed while the command ran/);
    assert.not.ok(ws.exists('gone.txt'), 'nothing of it is published');
    const plan = await ws.plan();
    assert.is(taskOf(plan, 'gone').verdict, 'blocked');
    if (taskOf(plan, 'same').verdict === 'fresh') assert.is(ws.read('same.txt'), 'in\n');
  },
);

scenario(
  'X12. A command that runs evalmake: another workspace is built, its own is refused at once.',
  async (ws) => {
    ws.write(
      'inner/pipeline.yaml',
      'evalmake: 1\ntargets:\n  deep: { run: "echo deep > deep.txt", outputs: deep.txt }\n',
    );
    const run = `node ${evalmakeFile}`;
    writeTargets(ws, [
      target('nested', { body: `${run} -C inner\ncp inner/deep.txt \${{ outputs }}` }),
      target('own', { body: `code=0; ${run} nested || code=$?; echo $code > \${{ outputs }}` }),
    ]);
    await step(ws);
    assert.is(ws.read('nested.txt'), 'deep\n');
    assert.is(ws.read('own.txt'), '6\n');
    await assertSettled(ws);
  },
);

scenario(
  'X13. Line ends of Windows in pipeline and config change neither the work nor its record.',
  async (ws) => {
    ws.write('config.yaml', 'a: 1\nb: |\n  two\n  lines\n');
    writeTargets(
      ws,
      [
        target('show', {
          body: 'printf %s "${{ config.a }}" > ${{ outputs }}\nif true; then\n  echo ${{ config.b }} >> ${{ outputs }}\nfi',
        }),
      ],
      'config: config.yaml\n',
    );
    await step(ws);
    for (const name of ['pipeline.yaml', 'config.yaml'])
      ws.write(name, ws.read(name).replaceAll('\n', '\r\n'));
    await assertSettled(ws);
    await step(ws, ['--force']);
    assert.not.match(ws.read('show.txt'), '\r');
    ws.edit('pipeline.yaml', 'outputs: show.txt', 'outptus: show.txt');
    assert.match((await ws.evalmake([])).stderr, /pipeline\.yaml:12:5: error: .*outptus/);
  },
);

scenario('X14. A chain of three thousand targets is planned without running out of stack.', async (ws) => {
  ws.write('in.txt', 'in\n');
  const name = (n: number): string => `t${n}`;
  writeTargets(
    ws,
    Array.from(
      { length: 3000 },
      (_, n) =>
        `  ${name(n)}: { run: "true", inputs: ${n === 2999 ? 'in.txt' : `{ from: ${name(n + 1)} }`}, outputs: o/${n} }\n`,
    ),
  );
  const plan = await ws.plan();
  assert.is(plan.tasks.length, 3000);
  assert.is(plan.counts['run'], 3000);
});

scenario(
  'X15. A parameter there and back: equal outputs stay fresh, different ones come back from the store.',
  async (ws) => {
    ws.write('config.yaml', 'level: 1\n');
    writeTargets(
      ws,
      [
        target('flat', { body: 'echo ${{ config.level }} > /dev/null; echo flat > ${{ outputs }}' }),
        target('steep', { body: 'echo ${{ config.level }} > ${{ outputs }}' }),
      ],
      'config: config.yaml\n',
    );
    await step(ws);
    ws.edit('config.yaml', '1', '2');
    assert.equal((await step(ws)).ran, ['flat', 'steep']);
    ws.edit('config.yaml', '2', '1');
    const back = await step(ws);
    assert.equal(back.ran, []);
    assert.is(taskOf(back.plan, 'steep').verdict, 'restore');
    assert.is(ws.read('steep.txt'), '1\n');
    await assertSettled(ws);
  },
);

scenario('X16. Manifests whose artifacts are gone or belong to another state prove nothing.', async (ws) => {
  ws.write('in.txt', '1\n');
  const more = ['manifest: manifest.json'];
  writeTargets(ws, [
    target('one', { inputs: 'in.txt', more }),
    target('two', { inputs: '{ from: one }', more }),
  ]);
  await step(ws);
  const first = ws.read('manifest.json');
  ws.write('in.txt', '2\n');
  await step(ws);
  ws.remove('.evalmake');
  ws.write('manifest.json', first);
  assert.equal(idsWith(await ws.plan(), 'fresh'), [], 'the manifest of the other state');
  ws.write('in.txt', '1\n');
  assert.equal(idsWith(await ws.plan(), 'fresh'), [], 'and its input beside the newer artifacts');
  ws.remove('one.txt', 'two.txt');
  const { ran, plan } = await step(ws);
  assert.equal(ran, ['one', 'two']);
  assertReason(plan, 'one', 'output-missing');
});

scenario(
  'X17. An output that shares its bytes with the input by a hard link is seen when either changes.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    writeTargets(ws, [
      target('linked', { inputs: 'in.txt', body: 'ln -f in.txt linked.txt' }),
      target('end', { inputs: '{ from: linked }' }),
    ]);
    await ws.evalmake([]);
    await ws.evalmake([]);
    ws.ran();
    ws.write('in.txt', 'changed\n');
    const plan = await ws.plan();
    assert.is.not(taskOf(plan, 'linked').verdict, 'fresh');
    ws.remove('linked.txt');
    linkSync(ws.path('in.txt'), ws.path('linked.txt'));
    await ws.evalmake([]);
    if (taskOf(await ws.plan(), 'end').verdict === 'fresh') assert.is(ws.read('end.txt'), 'changed\n');
  },
);

scenario(
  'X18. A failing command that writes through a link leaves the good bytes under the output’s name.',
  async (ws) => {
    ws.write('in.txt', 'good\n');
    ws.write('store/real.txt', '');
    symlinkSync('store/real.txt', ws.path('out.txt'));
    writeTargets(ws, [
      target('through', {
        inputs: 'in.txt',
        outputs: 'out.txt',
        body: 'echo PARTIAL > out.txt\ngrep -q good in.txt\ncat in.txt > out.txt',
      }),
    ]);
    await step(ws);
    assert.is(ws.read('out.txt'), 'good\n');
    ws.write('in.txt', 'bad\n');
    await step(ws, [], { exit: 1 });
    assert.is(ws.read('out.txt'), 'good\n');
    ws.write('in.txt', 'good\n');
    await step(ws);
    assert.is(ws.read('out.txt'), 'good\n');
  },
);

runScenarios();
