// The explanation of a plan: bounded, with old -> new, and safe for a terminal.
import type { PlannedTask, Reason } from '@evalmake/core';
import { explainTask, planSummary, reasonLine, shownValue } from 'evalmake/dist/explain.js';
import { durationText, oneLine, paint, printable, uncoloured, useColor } from 'evalmake/dist/style.js';
import { closingLine } from 'evalmake/dist/terminal/closing-line.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const plain = paint(false);
const task = (id: string, verdict: PlannedTask['verdict'], reasons: Reason[] = []): PlannedTask => ({
  id,
  target: id.split('@')[0] as string,
  verdict,
  reasons,
});

test('every reason stands with what it was and is', () => {
  const reasons: Reason[] = [
    { code: 'config-changed', root: true, subject: 'config:model.name', was: '"small"', now: '"large"' },
    {
      code: 'input-changed',
      root: true,
      subject: 'input:a.txt',
      was: `sha256:${'0'.repeat(64)}`,
      now: `sha256:${'f'.repeat(64)}`,
    },
  ];
  assert.equal(explainTask(task('score', 'run', reasons), plain), [
    'run     score',
    '          config model.name: "small" -> "large"',
    '          input a.txt changed: 00000000 -> ffffffff',
  ]);
});

test('what follows from many tasks of one target is said once', () => {
  const reasons = Array.from(
    { length: 22 },
    (_, i): Reason => ({ code: 'upstream-runs', root: false, subject: `infer@${i}` }),
  );
  assert.equal(explainTask(task('parse', 'maybe', reasons), plain), [
    'maybe   parse',
    '          · decided when infer (22 tasks) is done',
  ]);
});

test('ask says what to type', () => {
  const lines = explainTask(task('buy', 'ask', [{ code: 'keep', root: true }]), plain);
  assert.match(lines.join('\n'), 'evalmake --force=buy');
});

test('values from data never control the terminal', () => {
  const hostile = 'a\u001b[2Jb\u0007\u202ec\u009b31m\u200e\u200f\u061c\ufeff\u001b]52;c;AAAA\u0007';
  for (const text of [
    printable(hostile),
    shownValue(hostile),
    reasonLine({ code: 'output-missing', root: true, subject: hostile }),
    oneLine(`${hostile}\n\t`),
    uncoloured(`${hostile}\u001b[31mred\u001b[0m`),
  ]) {
    assert.not.match(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\ufeff]/);
  }
  assert.is(oneLine('a\nb\tc\r'), 'a\\nb c\\x0d');
  assert.is(uncoloured(' 10%\r 20%\r 30%\r'), ' 30%\\x0d');
  assert.is(uncoloured('\u001b[1;31mred\u001b[0m \u001b[2J'), 'red \\x1b[2J');
});

test('the summary and the closing line count everything that is not nothing', () => {
  assert.is(planSummary({ fresh: 3, run: 2, off: 1 }), '2 run, 3 fresh, 1 off');
  assert.is(planSummary({}), 'nothing to do: no tasks');
  const none = {
    ran: 0,
    fresh: 0,
    cutOff: 0,
    rechecked: 0,
    failed: 0,
    blocked: 0,
    ask: 0,
    off: 0,
    notStarted: 0,
  };
  assert.is(
    closingLine({ ...none, fresh: 31 }, 115),
    'evalmake: everything is fresh, nothing ran (31 fresh) in 115 ms',
  );
  assert.is(closingLine({ ...none, ran: 2, cutOff: 1 }, 2500), 'evalmake: done (2 ran, 1 cut off) in 2.5 s');
  assert.is(
    closingLine({ ...none, failed: 1, blocked: 2 }, 10),
    'evalmake: not done (1 failed, 2 blocked) in 10 ms',
  );
  assert.is(closingLine({ ...none, notStarted: 1 }, 10), 'evalmake: stopped (1 not started) in 10 ms');
});

test('durations read well at every size', () => {
  const shown = [0, 999, 1000, 59_900, 60_000, 3_599_000, 3_600_000, 90_000_000].map(durationText);
  assert.equal(shown, [
    '0 ms',
    '999 ms',
    '1.0 s',
    '59.9 s',
    '1 min 00 s',
    '59 min 59 s',
    '1 h 00 min',
    '25 h 00 min',
  ]);
});

test('colour is decided once: --color, NO_COLOR when not empty, FORCE_COLOR, TERM and CI, the terminal', () => {
  const on = (when: string, env: Record<string, string>, isTty: boolean) => useColor({ when, env, isTty });
  assert.is(on('always', { NO_COLOR: '1' }, false), true);
  assert.is(on('never', { FORCE_COLOR: '1' }, true), false);
  assert.is(on('auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, true), false);
  assert.is(on('auto', { FORCE_COLOR: '1' }, false), true);
  assert.is(on('auto', { CLICOLOR_FORCE: '1', CI: 'true' }, false), true);
  assert.is(on('auto', { CLICOLOR_FORCE: '0' }, false), false);
  assert.is(on('auto', { CI: 'true' }, true), false);
  assert.is(on('auto', { CI: 'false' }, true), true);
  assert.is(on('auto', { FORCE_COLOR: '0' }, true), false);
  assert.is(on('auto', { NO_COLOR: '1' }, true), false);
  assert.is(on('auto', { NO_COLOR: '' }, true), true);
  assert.is(on('auto', { TERM: 'dumb' }, true), false);
  assert.is(on('auto', {}, false), false);
  assert.is(on('auto', {}, true), true);
});

test.run();
