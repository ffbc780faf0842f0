// deps_file: inputs that a command lists itself count from then on.
import * as assert from 'uvu/assert';
import { assertReason } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

function writeIncluding(ws: Workspace, list: string): void {
  ws.write('main.txt', 'main\n');
  ws.write('part one.txt', 'one\n');
  ws.write('other.txt', 'other\n');
  ws.pipeline(`
    targets:
      join:
        run: |
          echo join >> "$RAN_LOG"
          cat \${{ inputs }} 'part one.txt' > \${{ outputs.text }}
          ${list}
        inputs: main.txt
        outputs: { text: out/joined.txt, deps: out/joined.d }
        deps_file: \${{ outputs.deps }}
        manifest: out/manifest.json
  `);
}

for (const [form, list] of [
  ['one path a line', `printf 'part one.txt\\n' > \${{ outputs.deps }}`],
  [
    'a Makefile rule',
    `printf 'out/joined.txt: main.txt \\\\\\n  part\\\\ one.txt\\n' > \${{ outputs.deps }}`,
  ],
] as const) {
  scenario(
    `A file named in a deps_file (${form}) is an input from then on, also when only the manifest is left.`,
    async (ws) => {
      writeIncluding(ws, list);
      await step(ws);
      await assertSettled(ws);
      ws.write('other.txt', 'changed\n');
      await assertSettled(ws);
      ws.write('part one.txt', 'two\n');
      const { plan, ran } = await step(ws);
      assert.equal(ran, ['join']);
      assertReason(plan, 'join', 'input-changed', { subject: 'part one.txt' });
      assert.is(ws.read('out/joined.txt'), 'main\ntwo\n');
      ws.remove('.evalmake');
      await assertSettled(ws);
      ws.write('part one.txt', 'three\n');
      assert.equal((await step(ws)).ran, ['join']);
    },
  );
}

scenario(
  'A deps_file that is not written, or names what is not there, is a failure that says so.',
  async (ws) => {
    writeIncluding(ws, `printf 'gone.txt\\n' > \${{ outputs.deps }}`);
    const { said } = await step(ws, [], { exit: 1 });
    assert.match(said, 'gone.txt');
  },
);

runScenarios();
