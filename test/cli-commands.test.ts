// The surroundings of a command: its shell, folder, PATH, standard input, and what it leaves behind.
import { mkdirSync, symlinkSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason } from './workspace/documents.ts';
import { isAlive } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** One target `show` whose script has these lines; `more` are further keys. */
function writeShow(ws: Workspace, script: readonly string[], more = ''): void {
  const lines = ['echo show >> "$RAN_LOG"', ...script].map((line) => `      ${line}\n`).join('');
  const rest = more === '' ? '' : `    ${more}\n`;
  ws.write(
    'pipeline.yaml',
    `evalmake: 1\nname: test\ntargets:\n  show:\n    run: |\n${lines}    outputs: out/shown.txt\n${rest}`,
  );
}

scenario('A command knows that it runs under evalmake, and reads nothing from the terminal.', async (ws) => {
  writeShow(ws, ['{ echo "$EVALMAKE"; cat; } > ${{ outputs }}']);
  const outcome = await ws.evalmake([], { input: 'typed by a person\n' });
  assert.is(outcome.code, 0, outcome.stderr);
  assert.is(ws.read('out/shown.txt'), '1\n');
});

scenario('A script may be longer than any command line.', async (ws) => {
  const long = 'x'.repeat(1000);
  const body = Array.from({ length: 300 }, () => long);
  writeShow(ws, ['cat > ${{ outputs }} <<END', ...body, 'END']);
  await step(ws);
  assert.is(ws.read('out/shown.txt').length, 300 * 1001);
});

scenario('A thousand inputs reach the command as words, and as a list in a file.', async (ws) => {
  const names = Array.from({ length: 1000 }, (_, index) => `many/file-${String(index).padStart(4, '0')}.txt`);
  for (const name of names) ws.write(name, `${name}\n`);
  writeShow(
    ws,
    ['cat ${{ inputs }} > ${{ outputs }}', 'cmp ${{ inputs.list }} ${{ outputs }}'],
    'inputs: many/*.txt',
  );
  await step(ws);
  assert.equal(ws.read('out/shown.txt').trimEnd().split('\n'), names);
});

scenario('`cwd` moves the command, and every path still leads to its file.', async (ws) => {
  ws.write('sub/deep/local.txt', 'local\n');
  ws.write('in.txt', 'in\n');
  writeShow(ws, ['cat local.txt ${{ inputs }} > ${{ outputs }}'], 'inputs: in.txt\n    cwd: sub/deep');
  await step(ws);
  assert.is(ws.read('out/shown.txt'), 'local\nin\n');
  await assertSettled(ws);
});

scenario('`prelude` runs before strict mode, and counts.', async (ws) => {
  writeShow(
    ws,
    ['echo "$LOADED" > ${{ outputs }}'],
    'prelude: "false; echo $NOT_SET > /dev/null; LOADED=yes"',
  );
  await step(ws);
  assert.is(ws.read('out/shown.txt'), 'yes\n');
  ws.edit('pipeline.yaml', 'LOADED=yes', 'LOADED=no');
  const { plan, ran } = await step(ws);
  assert.equal(ran, ['show']);
  assertReason(plan, 'show', 'command-changed');
});

scenario(
  'Programs in node_modules/.bin are found, and another version of their package is a reason.',
  async (ws) => {
    ws.write('node_modules/teller/package.json', '{"name":"teller","version":"1.0.0","bin":"tell.sh"}\n');
    ws.writeProgram('node_modules/teller/tell.sh', '#!/bin/sh\necho told\n');
    mkdirSync(ws.path('node_modules/.bin'));
    symlinkSync('../teller/tell.sh', ws.path('node_modules/.bin/teller'));
    ws.write(
      'pipeline.yaml',
      'evalmake: 1\nname: test\ntargets:\n  show:\n    run: teller > ${{ outputs }}\n    outputs: shown.txt\n',
    );
    assert.is((await ws.evalmake([])).code, 0);
    assert.is(ws.read('shown.txt'), 'told\n');
    ws.edit('node_modules/teller/package.json', '1.0.0', '1.1.0');
    assertReason(await ws.plan(), 'show', 'tool-changed', { subject: 'teller', was: '1.0.0', now: '1.1.0' });
  },
);

scenario('Programs in .venv/bin are found.', async (ws) => {
  ws.writeProgram('.venv/bin/python-here', '#!/bin/sh\necho from the venv\n');
  writeShow(ws, ['python-here > ${{ outputs }}']);
  await step(ws);
  assert.is(ws.read('out/shown.txt'), 'from the venv\n');
});

scenario('A broken pipe inside a command is a failure that is named in words.', async (ws) => {
  writeShow(ws, ['yes | head -n 1 > ${{ outputs }}']);
  const { said } = await step(ws, [], { exit: 1 });
  assert.match(said, '141');
  assert.match(said, /pipe/i);
});

scenario(
  'Megabytes of output, also of bytes that are no text, neither stop nor slow the command.',
  async (ws) => {
    writeShow(ws, [
      'head -c 3000000 /dev/zero | tr "\\0" x',
      'head -c 300000 /dev/zero | tr "\\0" "\\377" >&2',
      'echo 1 > ${{ outputs }}',
    ]);
    await step(ws);
  },
);

scenario(
  'A process that a command leaves behind does not hold up the build, and does not survive it.',
  async (ws) => {
    writeShow(ws, [
      'node "$GATE_CLIENT" behind $$ &',
      'node "$GATE_CLIENT" front $$',
      'echo 1 > ${{ outputs }}',
    ]);
    await ws.gate();
    const running = ws.start([]);
    const behind = await ws.arrival(running, 'behind');
    (await ws.arrival(running, 'front')).pass();
    assert.is((await running.done).code, 0);
    assert.not.ok(isAlive(behind.pid));
  },
);

scenario('Nothing is published when one of two outputs cannot take its place.', async (ws) => {
  ws.write('in.txt', 'one\n');
  ws.pipeline(`
    targets:
      two:
        run: |
          echo two >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs.a }}
          cat \${{ inputs }} > \${{ outputs.b }}
        inputs: in.txt
        outputs: { a: a.txt, b: b.txt }
  `);
  await step(ws);
  ws.remove('b.txt');
  ws.write('b.txt/precious.txt', 'kept\n');
  ws.write('in.txt', 'two\n');
  const outcome = await ws.evalmake([]);
  assert.is(outcome.code, 1, outcome.stderr);
  assert.match(outcome.stderr, 'b.txt');
  assert.is(ws.read('b.txt/precious.txt'), 'kept\n');
  assert.is(ws.read('a.txt'), 'one\n');
});

runScenarios();
