// Scenarios of our own, X1 to X8: what evalmake prints to, what it is told by files, and what moves under it.
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { idsWith, taskOf } from './workspace/documents.ts';
import { evalmakeFile } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Runs a shell line in the workspace, in which `"$@"` is evalmake; gives what it printed, which ends with exit codes. */
async function shell(ws: Workspace, line: string): Promise<string> {
  const env = { ...process.env, RAN_LOG: ws.beside('ran.log'), NO_COLOR: '1' };
  const args = ['-c', line, 'bash', process.execPath, evalmakeFile];
  return (await promisify(execFile)('bash', args, { cwd: ws.root, env })).stdout;
}

scenario('X1. A reader that goes away ends no build, and the exit code stays true.', async (ws) => {
  writeTargets(ws, [
    target('quick', {
      outputs: 'out/${{ n }}.txt',
      body: 'echo ${{ n }} > ${{ outputs }}',
      more: ['each: { n: [1, 2, 3, 4] }'],
    }),
    target('bad', { body: 'exit 3' }),
  ]);
  assert.match(await shell(ws, '"$@" --json -k -j1 | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"'), /^1\n/);
  assert.is(ws.ran().length, 5, 'everything was built all the same');
  assert.is(ws.exists('.evalmake/lock'), false);
  assert.match(
    await shell(ws, '"$@" --force=quick quick -j1 2>&1 | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"'),
    /^0\n/,
  );
  assert.is(ws.ran().length, 4);
  await assertSettled(ws, ['quick']);
});

scenario(
  'X2. A disk without room for standard output costs the output, not the build, and is no success.',
  async (ws) => {
    writeTargets(ws, [
      target('one', { body: 'echo 1 > ${{ outputs }}' }),
      target('two', { inputs: '{ from: one }' }),
    ]);
    assert.match(
      await shell(ws, '"$@" --json 2>&1 >/dev/full; echo "exit $?"'),
      /standard output cannot be written.*exit 1\n/s,
    );
    assert.equal(ws.ran(), ['one', 'two']);
    await assertSettled(ws);
    assert.match(await shell(ws, '"$@" -n 2>/dev/null >/dev/full; echo "exit $?"'), /exit 1/);
  },
);

scenario('X3. A manifest that names files of others has none of them removed.', async (ws) => {
  ws.write('in.txt', '1\n');
  ws.write('precious.txt', 'precious\n');
  ws.write('../outside.txt', 'outside\n');
  writeTargets(ws, [
    target('set', {
      inputs: 'in.txt',
      outputs: '{ set: set/*.txt }',
      body: 'cp ${{ inputs }} ${{ outputs.set.dir }}/$(cat in.txt).txt',
      more: ['manifest: manifest.json'],
    }),
  ]);
  await step(ws);
  const manifest = JSON.parse(ws.read('manifest.json'));
  const { files } = manifest.stage_status.set.artifacts.set;
  files.push({ ...files[0], path: 'precious.txt' }, { ...files[0], path: '../outside.txt' });
  const forged = JSON.stringify(manifest);
  for (const escaping of [true, false]) {
    if (!escaping) files.pop();
    ws.write('manifest.json', escaping ? forged : JSON.stringify(manifest));
    ws.remove('.evalmake');
    ws.write('in.txt', escaping ? '1\n' : '2\n');
    assert.is.not(taskOf(await ws.plan(), 'set').verdict, 'fresh');
    await ws.evalmake([]);
    assert.is(ws.read('precious.txt'), 'precious\n');
    assert.is(ws.read('../outside.txt'), 'outside\n');
  }
  assert.equal([ws.exists('set/1.txt'), ws.exists('set/2.txt')], [false, true], 'its own old member goes');
});

scenario('X4. A set that is declared elsewhere leaves the old files where they are.', async (ws) => {
  writeTargets(ws, [
    target('set', { outputs: '{ set: old/*.txt }', body: 'echo 1 > ${{ outputs.set.dir }}/a.txt' }),
  ]);
  await step(ws);
  ws.edit('pipeline.yaml', 'old/*.txt', 'new/*.txt');
  assert.equal((await step(ws)).ran, ['set']);
  assert.equal([ws.read('old/a.txt'), ws.read('new/a.txt')], ['1\n', '1\n']);
  await assertSettled(ws);
});

scenario(
  'X5. A folder with a name that is no text is a message that names it, never a wrong "fresh".',
  async (ws) => {
    ws.write('corpus/good.txt', 'good\n');
    writeFileSync(Buffer.concat([Buffer.from(`${ws.root}/corpus/odd-`), Buffer.from([0xff])]), 'odd\n');
    writeTargets(ws, [target('list', { inputs: 'corpus/', body: 'ls ${{ inputs }} > ${{ outputs }}' })]);
    const outcome = await ws.evalmake([]);
    assert.is(outcome.code, 1, outcome.stderr);
    assert.match(outcome.stderr, /corpus\/odd-.*UTF-8/);
    assert.not.match(outcome.stderr, 'mistake in evalmake');
  },
);

scenario(
  'X6. State that is no folder, or a journal that is none, is a message and loses nothing.',
  async (ws) => {
    writeTargets(ws, [target('one', { body: 'echo 1 > ${{ outputs }}' })]);
    ws.write('.evalmake', 'a file of somebody\n');
    for (const args of [['-n'], [], ['status']]) {
      const outcome = await ws.evalmake(args);
      assert.is(outcome.code, 1, outcome.stderr);
      assert.match(outcome.stderr, /^evalmake: .*\.evalmake/);
    }
    assert.is(ws.read('.evalmake'), 'a file of somebody\n');
    ws.remove('.evalmake');
    mkdirSync(ws.path('.evalmake/journal.jsonl'), { recursive: true });
    assert.is((await ws.evalmake([])).code, 1);
    assert.equal(ws.ran(), []);
  },
);

scenario(
  'X7. An output replaced by a link to the same bytes is never fresh by what is behind it later.',
  async (ws) => {
    ws.write('in.txt', 'in\n');
    ws.write('mine.txt', 'in\n');
    writeTargets(ws, [target('one', { inputs: 'in.txt' }), target('end', { inputs: '{ from: one }' })]);
    await step(ws);
    ws.remove('one.txt');
    symlinkSync('mine.txt', ws.path('one.txt'));
    await step(ws);
    if (!ws.exists('mine.txt')) throw new Error('the file behind the link is gone');
    ws.write('mine.txt', 'mine\n');
    await step(ws);
    assert.equal([ws.read('one.txt'), ws.read('end.txt')], ['in\n', 'in\n']);
    assert.is(ws.read('mine.txt'), 'mine\n', 'the build wrote its own file, not through the link');
    await assertSettled(ws);
  },
);

scenario('X8. Two targets that swap their outputs are both built again, whatever lies there.', async (ws) => {
  writeTargets(ws, [
    target('a', {
      outputs: '{ x: one.txt, d: left/ }',
      body: 'echo A > ${{ outputs.x }}; mkdir -p ${{ outputs.d }}; echo A > ${{ outputs.d }}/f',
    }),
    target('b', {
      outputs: '{ x: two.txt, d: right/ }',
      body: 'echo B > ${{ outputs.x }}; mkdir -p ${{ outputs.d }}; echo B > ${{ outputs.d }}/f',
    }),
  ]);
  await step(ws);
  const text = ws
    .read('pipeline.yaml')
    .replace('one.txt', 'TWO')
    .replace('two.txt', 'one.txt')
    .replace('TWO', 'two.txt');
  ws.write('pipeline.yaml', text);
  const { plan } = await step(ws, ['-j2']);
  assert.equal(idsWith(plan, 'run'), ['a', 'b']);
  assert.equal([ws.read('one.txt'), ws.read('two.txt')], ['B\n', 'A\n']);
  await assertSettled(ws);
});

runScenarios();
