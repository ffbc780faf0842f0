// Adopting: a person vouches for outputs as they lie there. Nothing runs, nothing unproven is hidden, nothing is forgotten.
import * as assert from 'uvu/assert';
import { adopt, because, said, state, writeScore } from './workspace/adopting.ts';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { writeChain, writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees } from './workspace/tree.ts';

scenario(
  'With all state lost, adopting in one call settles a chain, and everything is fresh.',
  async (ws) => {
    writeChain(ws);
    await step(ws);
    ws.remove('.evalmake');
    const document = await adopt(ws, ['report', 'norm', 'upper']);
    assert.equal(said(document), ['adopted norm', 'adopted upper', 'adopted report'], 'producers first');
    for (const task of document.tasks)
      assert.equal(
        task.unproven.map((r) => r.code),
        ['record-lost'],
      );
    await assertSettled(ws);
    const text = await ws.evalmake(['why', 'norm']);
    assert.match(text.stdout, 'no record: nothing says which inputs and command made these');
  },
);

scenario('A change of code is adopted with old and new; a later input change makes it stale.', async (ws) => {
  writeScore(ws);
  await step(ws);
  ws.edit('score.sh', 'wc', '# counts lines\nwc');
  const document = await adopt(ws, ['score']);
  const [reason] = document.tasks[0]?.unproven ?? [];
  assert.is(reason?.code, 'script-changed');
  assert.is(reason?.subject, 'script:score.sh');
  assert.match(String(reason?.was), /^sha256:/);
  assert.match(String(reason?.now), /^sha256:/);
  assert.is.not(reason?.was, reason?.now);
  await assertSettled(ws);
  ws.write('in.txt', 'a\n');
  const { plan, ran } = await step(ws);
  assertReason(plan, 'score', 'input-changed');
  assert.equal(
    taskOf(plan, 'score').reasons.map((r) => r.code),
    ['input-changed'],
    'the change of code is vouched for, the change of the input is not',
  );
  assert.equal(ran, ['score']);
});

scenario(
  'A code change made after the state was lost is named as not proven, also afterwards.',
  async (ws) => {
    writeScore(ws);
    await step(ws);
    ws.remove('.evalmake');
    ws.edit('score.sh', 'wc', '# counts lines\nwc');
    const text = await ws.evalmake(['adopt', 'score', ...because]);
    assert.match(text.stdout, /not proven: script score\.sh changed: [0-9a-f]{8} -> [0-9a-f]{8}/);
    await assertSettled(ws);
    assert.match((await ws.evalmake(['why', 'score'])).stdout, 'not proven: script:score.sh');
    ws.remove('.evalmake', 'manifest.json');
    assert.equal((await adopt(ws, ['score'])).tasks[0]?.unproven[0]?.code, 'record-lost');
    assert.match((await ws.evalmake(['why', 'score'])).stdout, 'no record: nothing says which inputs');
  },
);

scenario('It shows as adopted everywhere until the next real run, and then no more.', async (ws) => {
  writeScore(ws);
  await step(ws);
  ws.edit('score.sh', 'wc', '# counts lines\nwc');
  await adopt(ws, ['score']);
  const shown = async (): Promise<string[]> => {
    const texts = [['status'], ['why', 'score'], ['report', '--no-build']].map(
      async (args) => (await ws.evalmake(args)).stdout,
    );
    const files = ['report.md', 'report.json'].map(async (file) => {
      await ws.evalmake(['report', '--no-build', '-o', file]);
      return ws.read(file);
    });
    return [...(await Promise.all(texts)), ...(await Promise.all(files)), ws.read('manifest.json')];
  };
  const [status, why, report, md, json, manifest] = (await shown()) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  assert.match(status, 'fresh (1 adopted)');
  assert.match(why, /adopted on \d{4}-.* because "checked by hand"/);
  assert.match(report, 'fresh (1 adopted)');
  assert.match(report, 'because "checked by hand"; not proven: script:score.sh');
  assert.match(md, '## Adopted');
  assert.match(md, '| score |');
  const { last } = JSON.parse(json).tasks[0];
  assert.is(last.adopted, 'checked by hand');
  assert.equal(last.unproven, ['script:score.sh']);
  assert.is(JSON.parse(manifest).stage_status.score.adopted, 'checked by hand');
  ws.write('in.txt', 'a\n');
  assert.match((await ws.evalmake(['status'])).stdout, 'run (1 adopted)', 'stale, and still adopted');
  await step(ws);
  for (const text of await shown()) assert.not.match(text, 'adopted on');
  assert.not.match(ws.read('manifest.json'), '"adopted"');
  assert.not.match((await ws.evalmake(['status'])).stdout, 'adopted');
});

scenario('An adoption survives the loss of .evalmake through the manifest, and still shows.', async (ws) => {
  writeScore(ws);
  await step(ws);
  ws.edit('score.sh', 'wc', '# counts lines\nwc');
  await adopt(ws, ['score']);
  ws.remove('.evalmake');
  await assertSettled(ws);
  assert.match((await ws.evalmake(['status'])).stdout, 'fresh (1 adopted)');
  const document = JSON.parse((await ws.evalmake(['why', 'score', '--json'])).stdout);
  assert.is(document.tasks[0].adopted.reason, 'checked by hand');
  assert.equal(document.tasks[0].adopted.unproven, ['script:score.sh']);
});

scenario('A second adoption of the same changes no byte; one over another says so.', async (ws) => {
  writeScore(ws);
  await step(ws);
  ws.edit('score.sh', 'wc', '# one\nwc');
  await adopt(ws, ['score']);
  const before = ws.tree();
  assert.equal(said(await adopt(ws, ['score'])), ['fresh score']);
  assert.equal(compareTrees(before, ws.tree()), []);
  ws.edit('score.sh', '# one', '# two');
  const [task] = (await adopt(ws, ['score'])).tasks;
  assert.is(task?.outcome, 'adopted');
  assert.is(task?.over?.reason, 'checked by hand');
});

scenario(
  'Below something that is not settled it is refused; adopted together, both are taken.',
  async (ws) => {
    writeChain(ws);
    await step(ws);
    ws.edit('pipeline.yaml', "'/^#/d'", '"/^#/d"');
    ws.edit('pipeline.yaml', 'tr a-z A-Z', 'tr  a-z A-Z');
    const before = state(ws);
    const refused = await adopt(ws, ['upper'], 1);
    assert.equal(said(refused), ['refused upper upstream-runs norm']);
    assert.equal(compareTrees(before, state(ws)), [], 'a refusal writes nothing');
    assert.equal(said(await adopt(ws, ['upper', 'norm'])), ['adopted norm', 'adopted upper']);
    await assertSettled(ws);
  },
);

scenario(
  'A missing input, a missing output and a failing check are refused by name; the rest is adopted.',
  async (ws) => {
    const one = (name: string, more = ''): string => `
      ${name}:
        run: |
          echo ${name} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs.a }}
          cat \${{ inputs }} > \${{ outputs.b }}
        inputs: ${name}.in
        outputs: { a: ${name}.a, b: ${name}.b }
        ${more}`;
    const names = ['fine', 'noin', 'noout', 'bad'];
    for (const name of names) ws.write(`${name}.in`, 'x\n');
    ws.pipeline(`\n    targets:${names.map((name) => one(name)).join('')}\n  `);
    await step(ws);
    ws.remove('.evalmake', 'noin.in', 'noout.b');
    const checks = `checks: { a: { min_rows: 2, sha256: ${'ab'.repeat(32)} }, b: { min_rows: 1 } }`;
    ws.pipeline(`\n    targets:${names.map((name) => one(name, name === 'bad' ? checks : '')).join('')}\n  `);
    const before = ['fine', 'noout', 'bad'].map((name) => ws.read(`${name}.a`));
    const document = await adopt(ws, names, 1);
    const lines = said(document);
    assert.equal(lines.slice(0, 3), [
      'adopted fine',
      'refused noin input-missing noin.in',
      'refused noout output-missing noout.b',
    ]);
    assert.match(lines[3] ?? '', /^refused bad check-failed a\.min_rows: .* check-failed a\.sha256: /);
    assert.equal(
      ['fine', 'noout', 'bad'].map((name) => ws.read(`${name}.a`)),
      before,
    );
    assert.equal(idsWith(await ws.plan(['fine', 'bad']), 'fresh'), ['fine']);
  },
);

scenario(
  'Instances: all of a target, or one; a set that becomes known is adopted in the same call.',
  async (ws) => {
    writeShards(ws);
    await step(ws, [], { dynamic: ['infer', 'score'] });
    ws.remove('.evalmake', 'manifest.json');
    const one = await adopt(ws, ['split', 'infer@part-0002']);
    assert.equal(said(one), ['adopted split', 'adopted infer@part-0002']);
    const rest = await adopt(ws, ['infer', 'score', 'total']);
    assert.is(rest.counts.adopted, 6);
    assert.is(rest.counts.fresh, 1);
    await assertSettled(ws);
    assert.match((await ws.evalmake(['status'])).stdout, '3 fresh (3 adopted)');
    ws.remove('.evalmake', 'manifest.json');
    ws.remove('answers/part-0003.txt');
    const partial = await adopt(ws, ['split', 'infer', 'score', 'total'], 1);
    assert.ok(said(partial).includes('refused infer@part-0003 output-missing answers/part-0003.txt'));
    assert.ok(said(partial).includes('adopted infer@part-0001'));
    assert.ok(said(partial).some((line) => line.startsWith('refused total upstream-runs score@part-0003')));
  },
);

scenario('keep and nondeterministic outputs that ask are fresh when they are adopted.', async (ws) => {
  for (const more of ['keep: true', 'nondeterministic: true']) {
    writeScore(ws, more);
    await step(ws, ['--force']);
    ws.remove('.evalmake', 'manifest.json');
    assert.equal(idsWith((await step(ws, [], { exit: 5 })).plan, 'ask'), ['score']);
    assert.equal(said(await adopt(ws, ['score'])), ['adopted score']);
    await assertSettled(ws);
  }
});

runScenarios();
