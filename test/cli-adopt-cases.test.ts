// Adopting in its corners: dry runs, wrong calls, sets, frozen targets, checks alone, old manifests, the run log, the lock.
import * as assert from 'uvu/assert';
import { adopt, because, said, writeScore } from './workspace/adopting.ts';
import { idsWith, taskOf } from './workspace/documents.ts';
import { writeChain, writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees } from './workspace/tree.ts';

scenario('A dry run says the same and writes nothing.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.remove('.evalmake');
  const before = ws.tree();
  const dry = await adopt(ws, ['-n', 'norm', 'upper', 'report']);
  assert.equal(compareTrees(before, ws.tree()), []);
  assert.is(dry.dryRun, true);
  const real = await adopt(ws, ['norm', 'upper', 'report']);
  assert.equal(real.tasks, dry.tasks);
});

scenario('A dry run starts no command of a check and says so; adopting starts it.', async (ws) => {
  writeScore(ws, 'checks: { command: "echo +looked >> \\"$RAN_LOG\\"; grep -q 2 ${{ outputs }}" }');
  await step(ws);
  ws.remove('.evalmake', 'manifest.json');
  const [dry] = (await adopt(ws, ['-n', 'score'])).tasks;
  assert.equal(ws.notes(), []);
  assert.is(dry?.outcome, 'adopted');
  assert.is(dry?.notRun.length, 1);
  const real = await ws.evalmake(['accept', 'score', ...because]);
  assert.is(real.code, 0, real.stderr);
  assert.equal(ws.ran(), []);
  assert.equal(ws.notes(), ['looked']);
  await assertSettled(ws);
  ws.remove('.evalmake', 'manifest.json');
  ws.write('score.txt', '7\n');
  const refused = await ws.evalmake(['accept', 'score', ...because]);
  assert.is(refused.code, 1, refused.stdout);
});

scenario(
  'Without a target, without a reason, or with a secret in it: exit 2 and nothing is written.',
  async (ws) => {
    writeScore(ws, 'secrets: [TOKEN]');
    const env = { TOKEN: 'hunter2hunter2' };
    await step(ws, [], { env });
    ws.edit('score.sh', 'wc', '# counts lines\nwc');
    const before = ws.tree();
    const wrong: [readonly string[], RegExp][] = [
      [['adopt', ...because], /needs a target/],
      [['adopt', 'score'], /needs --reason/],
      [['adopt', 'score', '--reason', '  '], /needs --reason/],
      [['adopt', 'score', '--reason', '', '--all'], /needs --reason/],
      [['adopt', 'score', '--reason', 'x'.repeat(501)], /501 characters/],
      [['adopt', 'score', '--reason', 'the key is hunter2hunter2'], /secret TOKEN/],
      [['adopt', 'score', '--skip', 'score', ...because], /--skip/],
      [['adopt', 'nothing', ...because], /no target is named "nothing"/],
    ];
    for (const [args, text] of wrong) {
      const outcome = await ws.evalmake(args, { env });
      assert.is(outcome.code, 2, args.join(' '));
      assert.match(outcome.stderr, text);
      assert.equal(compareTrees(before, ws.tree()), [], args.join(' '));
    }
    const accepted = await ws.evalmake(['accept', 'score', ...because]);
    assert.is(accepted.code, 0, 'nothing runs, so the secret is not needed');
  },
);

scenario(
  'A set is what lies there now; a member that the record knows and that is gone is missing.',
  async (ws) => {
    writeShards(ws);
    await step(ws, [], { dynamic: ['infer', 'score'] });
    ws.write('parts/part-0009.txt', 'mine\n');
    const document = await adopt(ws, ['split']);
    assert.equal(
      document.tasks[0]?.unproven.map((r) => `${r.code} ${r.subject}`),
      ['output-unrecorded parts/part-0009.txt'],
    );
    assert.ok((await ws.plan()).tasks.some((task) => task.id === 'infer@part-0009'));
    ws.remove('parts/part-0001.txt');
    ws.edit('split.sh', 'set -euo', 'set -uoe');
    assert.equal(said(await adopt(ws, ['split'], 1)), ['refused split output-missing parts/part-0001.txt']);
  },
);

scenario('A frozen target that is stale is adopted like any other, and warns no more.', async (ws) => {
  writeScore(ws);
  await step(ws);
  writeScore(ws, 'frozen: true');
  ws.edit('score.sh', 'wc', '# counts lines\nwc');
  assert.match((await ws.evalmake([])).stderr, 'is frozen and stale');
  assert.equal(said(await adopt(ws, ['score'])), ['adopted score']);
  assert.not.match((await ws.evalmake([])).stderr, 'frozen');
});

scenario(
  'Only checks to be looked at again: they are, and nobody needs to vouch for anything.',
  async (ws) => {
    writeScore(ws);
    await step(ws);
    writeScore(ws, 'checks: { unique: x }');
    ws.edit('pipeline.yaml', 'checks: { unique: x }', 'checks: { command: "true" }');
    assert.equal(idsWith(await ws.plan(), 'recheck'), ['score']);
    assert.equal(said(await adopt(ws, ['score'])), ['fresh score']);
    await assertSettled(ws);
    assert.not.match((await ws.evalmake(['status'])).stdout, 'adopted');
  },
);

scenario(
  'The command of a check is given its files: in an attempt, in a recheck and in an adoption.',
  async (ws) => {
    ws.write('in.txt', 'a\n');
    ws.write('config.yaml', 'least: 1\n');
    ws.pipeline(`
    config: config.yaml
    targets:
      a:
        run: |
          echo a >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: a.txt
        config: least
        checks:
          command: grep -q least \${{ config }} && grep -q in.txt \${{ inputs.list }} && test -s \${{ task }}
  `);
    await step(ws);
    ws.edit('pipeline.yaml', 'grep -q least', 'grep  -q least');
    const { plan, ran } = await step(ws);
    assert.is(taskOf(plan, 'a').verdict, 'recheck');
    assert.equal(ran, []);
    ws.remove('.evalmake');
    assert.equal(said(await adopt(ws, ['a'])), ['adopted a']);
    await assertSettled(ws);
  },
);

scenario('What changes while it is looked at is not adopted.', async (ws) => {
  for (const [file, code] of [
    ['in.txt', 'input-changed input:in.txt'],
    ['score.txt', 'output-modified score.txt'],
  ] as const) {
    writeScore(ws);
    await step(ws, ['--force']);
    ws.remove('.evalmake', 'manifest.json');
    writeScore(ws, `checks: { command: echo more >> ${file} }`);
    assert.equal(said(await adopt(ws, ['score'], 1)), [`refused score ${code}`]);
  }
});

scenario(
  'A manifest of version 1 that lists the same sha256 is mentioned, and proves nothing.',
  async (ws) => {
    writeScore(ws);
    await step(ws);
    const [artifact] = Object.values(JSON.parse(ws.read('manifest.json')).stage_status.score.artifacts);
    const { sha256 } = artifact as { sha256: string };
    ws.remove('.evalmake');
    ws.write('manifest.json', JSON.stringify({ schema_version: 1, files: { 'score.txt': { sha256 } } }));
    assert.is(taskOf(await ws.plan(), 'score').verdict, 'run');
    const [task] = (await adopt(ws, ['score'])).tasks;
    assert.is(task?.mentionedIn, 'manifest.json');
    assert.equal(
      task?.unproven.map((r) => r.code),
      ['record-lost'],
    );
    assert.is(JSON.parse(ws.read('manifest.json')).schema_version, 2);
  },
);

scenario('The run log tells of the adoption: the plan first, the end last.', async (ws) => {
  writeScore(ws);
  await step(ws);
  ws.edit('score.sh', 'wc', '# counts lines\nwc');
  await adopt(ws, ['score']);
  const lines = ws.read('.evalmake/runs/2/events.jsonl').trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line));
  assert.equal(
    events.map((event) => event.event),
    ['planned', 'adopted', 'ended'],
  );
  assert.is(events[1].reason, 'checked by hand');
  assert.is(events[1].unproven[0].subject, 'script:score.sh');
  assert.is(events[2].counts.adopted, 1);
});

scenario('While a build holds the lock, adopting exits with 6 and names it.', async (ws) => {
  writeScore(ws);
  ws.write('.evalmake/lock', '');
  await ws.gate();
  ws.write('score.sh', 'node "$GATE_CLIENT" score $$\nwc -l < "$1"\n');
  const building = ws.start([]);
  const visit = await ws.arrival(building, 'score');
  const outcome = await ws.evalmake(['adopt', 'score', ...because]);
  assert.is(outcome.code, 6, `${outcome.stdout}${outcome.stderr}`);
  visit.pass();
  assert.is((await building.done).code, 0);
});

runScenarios();
