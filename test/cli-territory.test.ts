// A command that writes, replaces or removes a file of another target is an error that names the file and its owner.
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** `owner` writes every kind of output; `guest` runs after it and does `deed` first. */
function writeTwo(ws: Workspace, deed: string): void {
  ws.pipeline(`
    targets:
      owner:
        run: |
          echo owner >> "$RAN_LOG"
          mkdir -p \${{ outputs.folder }} \${{ outputs.set.dir }}
          echo file > \${{ outputs.file }}
          echo member > \${{ outputs.folder }}/member.txt
          echo one > \${{ outputs.set.dir }}/one.txt
        outputs: { file: file.txt, folder: folder/, set: set/*.txt }
      guest:
        run: |
          echo guest >> "$RAN_LOG"
          ${deed}
          cat in.txt > \${{ outputs }}
        inputs: { own: in.txt, first: { from: owner.file, order_only: true } }
        outputs: guest.txt
  `);
  ws.write('in.txt', 'in\n');
}

const deeds: readonly [string, string, RegExp][] = [
  [
    'writes into a file',
    'echo guest > file.txt',
    /owner.*: its output "file\.txt" was written by the command of "guest"/,
  ],
  ['removes a file', 'rm file.txt', /owner.*: its output "file\.txt" was removed by the command of "guest"/],
  [
    'writes into a folder',
    'echo x > folder/member.txt',
    /owner.*: its output "folder\/member\.txt" was written/,
  ],
  [
    'replaces a member of a set',
    'echo x > set/new; mv set/new set/one.txt',
    /owner.*: its output "set\/one\.txt"/,
  ],
];

for (const [what, deed, expected] of deeds) {
  scenario(
    `A command that ${what} of another target is an error, whenever it runs; what it made itself is kept.`,
    async (ws) => {
      writeTwo(ws, deed);
      const build = await ws.evalmake([]);
      assert.is(build.code, 1, build.stderr);
      assert.match(build.stderr, expected);
      assert.equal(ws.ran(), ['owner', 'guest']);
      assert.is(ws.read('guest.txt'), 'in\n');
      const plan = await ws.plan();
      assert.equal(idsWith(plan, 'run'), ['owner']);
      assert.is((await ws.evalmake([])).code, 0, 'nobody wrote elsewhere this time');
      assert.is((await ws.evalmake(['--force=guest'])).code, 1);
      assert.equal(ws.ran(), ['owner', 'guest']);
      ws.edit('pipeline.yaml', deed, 'true');
      assert.is((await ws.evalmake([])).code, 0);
      assert.is(ws.read('file.txt'), 'file\n');
      assert.is(ws.read('folder/member.txt'), 'member\n');
      assert.is(ws.read('set/one.txt'), 'one\n');
      await assertSettled(ws);
    },
  );
}

scenario('What needs the overwritten output does not read it in this build.', async (ws) => {
  writeTwo(ws, 'echo x > file.txt');
  ws.edit(
    'pipeline.yaml',
    'outputs: guest.txt',
    `outputs: guest.txt
  reader:
    run: 'echo reader >> "$RAN_LOG"; cat \${{ inputs.file }} > \${{ outputs }}'
    inputs: { file: { from: owner.file }, guest: { from: guest } }
    outputs: reader.txt`,
  );
  const build = await ws.evalmake(['-k']);
  assert.is(build.code, 1);
  assert.equal(ws.ran(), ['owner', 'guest']);
  assert.not.ok(ws.exists('reader.txt'));
  assert.is((await ws.evalmake([])).code, 0);
  assert.is(ws.read('reader.txt'), 'file\n');
});

scenario('Touching a file of another target, or writing the same bytes, is no harm.', async (ws) => {
  writeTwo(ws, 'touch file.txt; echo member > folder/member.txt');
  assert.is((await ws.evalmake([])).code, 0);
  await assertSettled(ws);
});

scenario('When two commands ran, both are named.', async (ws) => {
  writeTwo(ws, 'true');
  assert.is((await ws.evalmake([])).code, 0);
  ws.pipeline(`
    targets:
      owner: { run: 'echo owner >> "$RAN_LOG"; echo file > \${{ outputs }}', outputs: file.txt }
      left:
        run: 'node "$GATE_CLIENT" left $$; echo left > \${{ outputs }}'
        inputs: { first: { from: owner, order_only: true } }
        outputs: left.txt
      right:
        run: 'echo x > file.txt; node "$GATE_CLIENT" right $$; echo right > \${{ outputs }}'
        inputs: { first: { from: owner, order_only: true } }
        outputs: right.txt
  `);
  await ws.gate();
  const build = ws.start(['-j2', '-k']);
  const left = await ws.arrival(build, 'left');
  const right = await ws.arrival(build, 'right');
  left.pass();
  right.pass();
  const { code, stderr } = await build.done;
  assert.is(code, 1, stderr);
  assert.match(stderr, /its output "file\.txt" was written by a command of "left", "right" \(with -j1/);
  assert.is(ws.read('left.txt'), 'left\n');
});

runScenarios();
