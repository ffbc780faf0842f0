// Scenarios from build engines, S9 to S17: failures, what they leave, and what stops before anything runs.
import { utimesSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import { compareTrees, partOfTree } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

/** A directory and a set at fixed paths, of which a failing attempt spoils one member, removes one and adds one. */
function writeSpoiling(ws: Workspace): void {
  ws.write('in.txt', 'good\n');
  writeTargets(ws, [
    target('make', {
      inputs: 'in.txt',
      outputs: '{ set: set/*.txt, folder: folder/ }',
      body: [
        'mkdir -p set folder',
        'if grep -q bad in.txt; then',
        '  for at in set folder; do echo PARTIAL > $at/a.txt; rm -f $at/b.txt; echo PARTIAL > $at/new.txt; done',
        '  exit 1',
        'fi',
        'for at in set folder; do for name in a b; do cp in.txt $at/$name.txt; done; done',
      ].join('\n'),
    }),
    target('use', { inputs: '{ from: make.set }' }),
  ]);
}

const outputs = (path: string): boolean => /^(set|folder|use\.txt)/.test(path);

scenario(
  'S9. Fail halfway, then take the bad input back: the good outputs stand and nothing runs.',
  async (ws) => {
    writeSpoiling(ws);
    ws.setMtime('in.txt', new Date('2024-01-01T00:00:00Z'));
    await step(ws);
    const good = partOfTree(ws.tree(), outputs);
    ws.write('in.txt', 'bad\n');
    assert.equal((await step(ws, [], { exit: 1 })).ran, ['make']);
    assert.equal(
      compareTrees(good, partOfTree(ws.tree(), outputs)).filter((line) => !line.includes('mtime')),
      [],
      'nothing partial, nothing lost',
    );
    ws.write('in.txt', 'good\n');
    utimesSync(ws.path('in.txt'), new Date('2024-01-01T00:00:00Z'), new Date('2024-01-01T00:00:00Z'));
    await assertSettled(ws);
    assert.is(ws.read('folder/b.txt'), 'good\n');
  },
);

scenario(
  'S10. A failure is tried again, with its reason, also when it left the outputs as they were.',
  async (ws) => {
    writeSpoiling(ws);
    ws.write('in.txt', 'bad\n');
    await step(ws, [], { exit: 1 });
    assert.equal(
      [...ws.tree().keys()].filter(outputs).filter((path) => path.endsWith('.txt')),
      [],
    );
    const again = await step(ws, [], { exit: 1 });
    assert.equal(again.ran, ['make']);
    assertReason(again.plan, 'make', 'previous-run-failed');
    assert.is(taskOf(again.plan, 'use').verdict, 'run');
    ws.write('in.txt', 'better\n');
    assert.equal((await step(ws)).ran, ['make', 'use']);
    await assertSettled(ws);
  },
);

scenario(
  'S12. An output that is declared and not produced fails the target: no record, no reader.',
  async (ws) => {
    ws.write('in.txt', 'both\n');
    writeTargets(ws, [
      target('two', {
        inputs: 'in.txt',
        outputs: '{ first: first.txt, second: deep/second.txt }',
        body: 'cp in.txt first.txt\nif grep -q both in.txt; then cp in.txt deep/second.txt; fi',
      }),
      target('read_first', { inputs: '{ from: two.first }' }),
      target('aside', { inputs: 'in.txt' }),
    ]);
    await step(ws);
    ws.write('in.txt', 'first only\n');
    const { ran, said } = await step(ws, ['-k'], { exit: 1 });
    assert.equal(ran, ['aside', 'two'], 'the reader of the output that is there does not run either');
    assert.match(said, /two.*deep\/second\.txt/s);
    assert.is(ws.read('first.txt'), 'both\n');
    assert.is(ws.read('deep/second.txt'), 'both\n', 'the last good one is not lost');
    assert.equal(idsWith(await ws.plan(), 'run'), ['two']);
  },
);

scenario('S13. An output deleted or tampered with is made again; a kept one stops and asks.', async (ws) => {
  ws.write('in.txt', 'in\n');
  writeTargets(ws, [
    target('pair', {
      inputs: 'in.txt',
      outputs: '{ a: a.txt, b: b.txt }',
      body: 'cp ${{ inputs }} ${{ outputs.a }}\ncp ${{ inputs }} ${{ outputs.b }}',
    }),
    target('kept', { inputs: '{ from: pair.a }', more: ['keep: true'] }),
    target('last', { inputs: '[{ from: kept }, { from: pair.b }]' }),
  ]);
  await step(ws);
  ws.remove('a.txt');
  const deleted = await step(ws);
  assert.equal(deleted.ran, ['pair']);
  assertReason(deleted.plan, 'pair', 'output-missing', { subject: 'a.txt' });
  ws.write('b.txt', 'by hand\n');
  const edited = await step(ws);
  assert.equal(edited.ran, ['pair']);
  assertReason(edited.plan, 'pair', 'output-modified', { subject: 'b.txt' });
  assert.is(ws.read('b.txt'), 'in\n');
  ws.write('kept.txt', 'by hand\n');
  const held = await step(ws, [], { exit: 5 });
  assert.is(taskOf(held.plan, 'kept').verdict, 'ask');
  assert.equal(held.ran, []);
  assert.is(ws.read('kept.txt'), 'by hand\n', 'it is neither accepted nor overwritten');
  assert.equal((await step(ws, ['--force=kept'])).ran, ['kept']);
  await assertSettled(ws);
});

scenario(
  'S14. A missing source stops before any command, with file and reader; a wrong name is put right.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    writeTargets(ws, [
      target('ready', { inputs: 'in.txt' }),
      target('needs_folder', { inputs: 'corpus/', body: 'ls ${{ inputs }} > ${{ outputs }}' }),
      target('needs_file', { inputs: '[{ from: ready }, raw/absent.jsonl]' }),
    ]);
    const { plan, ran, said } = await step(ws, [], { exit: 1 });
    assert.equal(ran, [], 'what is ready does not run either');
    assert.equal(idsWith(plan, 'blocked'), ['needs_file', 'needs_folder']);
    for (const text of ['raw/absent.jsonl', 'needs_file', 'corpus', 'needs_folder']) assert.match(said, text);
    const wrong = await ws.evalmake(['raedy']);
    assert.is(wrong.code, 2);
    assert.match(wrong.stderr, /raedy.*did you mean.*ready/is);
    assert.equal((await step(ws, ['-k'], { exit: 1 })).ran, ['ready']);
  },
);

const failing = (code: number): string =>
  `grep -q mended in.txt || { echo "cause ${code}" >&2; exit ${code}; }\ncat \${{ inputs }} > \${{ outputs }}`;

/** Two tasks of one target that fail, one that does not, what needs each, and a good leaf. */
function writeHalfBad(ws: Workspace): void {
  ws.write('in.txt', 'in\n');
  writeTargets(ws, [
    target('leaf', {
      inputs: 'in.txt',
      outputs: 'leaf-${{ code }}.txt',
      body: 'if [ ${{ code }} != 0 ] && ! grep -q mended in.txt; then echo cause ${{ code }} >&2; exit ${{ code }}; fi\ncat in.txt > ${{ outputs }}',
      more: ['each: { code: [0, 7, 9] }'],
    }),
    target('after', { inputs: '{ from: leaf, where: { code: 7 } }' }),
    target('good', { inputs: '{ from: leaf, where: { code: 0 } }' }),
  ]);
}

scenario(
  'S17. Keep going: with -k all that can be built is, both errors are told, and counts are right.',
  async (ws) => {
    writeHalfBad(ws);
    const { ran, said, events } = await step(ws, ['-k'], { exit: 1 });
    assert.equal(ran, ['good', 'leaf@0', 'leaf@7', 'leaf@9']);
    for (const text of ['cause 7', 'cause 9', 'after']) assert.match(said, text);
    const blocked = events.filter((event) => event.event === 'blocked').map((event) => event.task);
    assert.equal(blocked, ['after']);
    const counts = events.at(-1)?.counts ?? {};
    assert.equal([counts['ran'], counts['failed'], counts['blocked']], [2, 2, 1]);
    ws.write('in.txt', 'in\n');
    assert.equal((await step(ws, ['-k'], { exit: 1 })).ran, ['leaf@7', 'leaf@9']);
  },
);

scenario('S17. Without -k nothing new starts after a failure.', async (ws) => {
  ws.write('in.txt', 'in\n');
  const names = ['a', 'b', 'c', 'd'];
  writeTargets(
    ws,
    names.map((name) => target(name, { inputs: 'in.txt', body: failing(3) })),
  );
  const { executions, events } = await step(ws, ['-j1'], { exit: 1 });
  assert.is(executions.length, 1);
  assert.is(events.at(-1)?.counts?.['failed'], 1);
  assert.is(events.at(-1)?.counts?.['notStarted'], 3);
  ws.write('in.txt', 'mended\n');
  assert.equal((await step(ws, ['-j1'])).ran, names);
});

runScenarios();
