// A build on a real pseudo-terminal: it stays in its rows, survives a change of size, and says what it says in a log.
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { OnGate, Workspace } from './workspace/workspace.ts';

const family = 14;

/** Many quick tasks, one that fails, what it blocks, and three that stop at the gate and tell of their progress. */
function writeBuild(ws: Workspace): void {
  ws.write('in.txt', '1\n');
  ws.pipeline(`
    targets:
      quick:
        each: { i: { range: [1, ${family}] } }
        run: cat in.txt > \${{ outputs }}
        inputs: in.txt
        outputs: quick-\${{ i }}.txt
      gate:
        each: { i: [a, b, "長い名前の課題"] }
        run: |
          echo "evalmake:progress 3/8 \${{ i }} 途中"
          node "$GATE_CLIENT" "\${{ i }}" $$
          cat in.txt > \${{ outputs }}
        inputs: in.txt
        outputs: \${{ i.slug }}.txt
      bad:
        run: |
          printf 'Traceback\\n\\033[31mKeyError\\033[0m \\033]0;title\\007\\n'
          exit 3
        inputs: { from: quick }
        outputs: bad.txt
      after:
        run: cat bad.txt > \${{ outputs }}
        inputs: { from: bad }
        outputs: after.txt
  `);
}

const names = ['a', 'b', '長い名前の課題'];

/** Lets the tasks at the gate go on, one after the other. */
async function passGate(ws: Workspace, running: OnGate): Promise<void> {
  for (const name of names) (await ws.arrival(running, name)).pass();
}

/** The last lines, from the first failure on, with what changes from run to run left out. */
const endOf = (lines: readonly string[]): string[] =>
  lines
    .slice(lines.findIndex((line) => line.startsWith('FAILED')))
    .filter((line) => line !== '')
    .map((line) => line.replace(/in [\d.]+ (?:ms|s)\b.*/, 'in …').replace(/runs\/\d+/, 'runs/…'));

const sizes = [
  { rows: 8, columns: 40, after: { rows: 24, columns: 80 } },
  { rows: 24, columns: 80, after: { rows: 8, columns: 40 } },
];

for (const { rows, columns, after } of sizes) {
  scenario(
    `On ${rows} rows of ${columns} columns, and then others: each line once, and the same end.`,
    async (ws) => {
      writeBuild(ws);
      await ws.gate();
      const piped = ws.start(['-k', '-j4', '--progress', 'plain']);
      await passGate(ws, piped);
      const plain = await piped.done;
      assert.is(plain.code, 1);
      assert.not.match(plain.stderr, '\x1b', 'nothing but text where nobody looks');
      ws.remove('.evalmake');
      for (const name of ['a', 'b']) ws.remove(`${name}.txt`);
      for (let i = 1; i <= family; i++) ws.remove(`quick-${i}.txt`);

      const pty = ws.onScreen(['-k', '-j4', '--force', '--color', 'never'], { rows, columns });
      const visits = await Promise.all(names.map((name) => ws.arrival(pty, name)));
      await pty.until(({ lines }) => lines.some((line) => /^✗ bad/.test(line)));
      await pty.until(({ seen }) => seen.some((line) => line.includes(' 3 running')));
      await pty.resize(after.rows, after.columns);
      assert.ok(
        pty.screen.seen.some((line) => line.includes('3/8')),
        pty.screen.seen.join('\n'),
      );
      for (const visit of visits) visit.pass();
      assert.is(await pty.done, 1);

      const { lines } = pty.screen;
      const once = (start: RegExp): void =>
        assert.is(lines.filter((line) => start.test(line)).length, 1, `${start} in\n${lines.join('\n')}`);
      once(/^evalmake: test, 19 tasks, /);
      once(new RegExp(`^✓ quick +${family}/${family} `));
      once(/^✗ bad +exit code 3$/);
      once(/^– after +blocked: bad failed/);
      for (const name of names) once(new RegExp(`^✓ gate@\\S*${name}`));
      for (const gone of [/running/, /^▸/, /█/])
        assert.not.ok(
          lines.some((line) => gone.test(line)),
          `${gone} is gone`,
        );
      assert.ok(pty.screen.atLineStart, 'the prompt begins on a line of its own');
      const expected = endOf(plain.stderr.split('\n'));
      assert.is(expected.at(-1), `evalmake: not done (1 failed, 1 blocked, ${family + 3} ran) in …`);
      assert.equal(
        endOf(lines).filter((line) => !line.includes('why it ran')),
        expected.filter((line) => !line.includes('why it ran')),
      );
    },
  );
}

scenario('Ctrl-C leaves the terminal as it was: no live area, no progress on the task bar.', async (ws) => {
  writeBuild(ws);
  await ws.gate();
  const env = { WT_SESSION: '1' };
  const pty = ws.onScreen(['gate', '-j3', '--color', 'never'], { rows: 8, columns: 60, env });
  await Promise.all(names.map((name) => ws.arrival(pty, name)));
  await pty.until(({ seen }) => seen.some((line) => line.includes(' 3 running')));
  assert.is(pty.screen.messages.at(-1), '9;4;1;0');
  pty.type('\x03');
  assert.is(await pty.done, 130);
  assert.is(pty.screen.messages.at(-1), '9;4;0;0');
  const { lines } = pty.screen;
  assert.ok(lines.some((line) => line.startsWith('evalmake: SIGINT: stopping, 3 running get it too')));
  assert.match(
    lines.at(-2) as string,
    /^evalmake: stopped \(3 not started\) in .*; to go on: evalmake build gate$/,
  );
  assert.not.ok(
    lines.some((line) => /^▸|\[0\/3\]/.test(line)),
    lines.join('\n'),
  );
  assert.ok(pty.screen.atLineStart);
});

scenario(
  'In CI a terminal gets a log, without a single control sequence; nothing to do is one line.',
  async (ws) => {
    ws.write('in.txt', '1\n');
    ws.pipeline('targets: { one: { run: "cat in.txt > one.txt", inputs: in.txt, outputs: one.txt } }');
    const ci = ws.onScreen([], { rows: 8, columns: 40, env: { CI: 'true' } });
    assert.is(await ci.done, 0);
    assert.match(ci.output, /^\[1\/1\] done one [\d.]+ m?s\r\nevalmake: done \(1 ran\) in .*\r\n$/);
    const again = ws.onScreen([], { rows: 8, columns: 40 });
    assert.is(await again.done, 0);
    assert.match(again.output, /^evalmake: everything is fresh, nothing ran \(1 fresh\) in .*\r\n$/);
  },
);

scenario('In GitHub Actions a failure is an error of the run, and its page has a summary.', async (ws) => {
  ws.write('in.txt', '1\n');
  ws.pipeline('targets: { one: { run: "echo ::error::forged; exit 4", inputs: in.txt, outputs: one.txt } }');
  const summary = ws.beside('summary.md');
  const env = { CI: 'true', GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
  const { code, stderr } = await ws.evalmake([], { env });
  assert.is(code, 1);
  const token = /^::stop-commands::([\da-f-]{36})$/m.exec(stderr)?.[1] ?? 'none';
  assert.match(stderr, `\n::stop-commands::${token}\n::error::forged\n::${token}::\n::endgroup::\n`);
  assert.match(stderr, /\n::error title=one::exit code 4\nevalmake: not done \(1 failed\) in .*\n$/);
  const text = readFileSync(summary, 'utf8');
  assert.match(text, /^\*\*evalmake: not done \(1 failed\) in .*\*\*\n\n\| failed \|/);
  assert.match(text, '| one | exit code 4 | .evalmake/runs/1/logs/one.log |');
});

runScenarios();
