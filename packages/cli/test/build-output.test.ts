// What a build says: lines for a log, annotations for GitHub, and on a terminal a live area below lines that scroll away.
import type { EndCounts, Event } from '@evalmake/core';
import { summarise } from '@evalmake/core';
import { paint } from 'evalmake/dist/style.js';
import { BuildOutput, type BuildOutputOptions } from 'evalmake/dist/terminal/build-output.js';
import { fileLink } from 'evalmake/dist/terminal/control.js';
import { harmless } from 'evalmake/dist/terminal/github-actions.js';
import { fittingSummary, stepSummary } from 'evalmake/dist/terminal/step-summary.js';
import { terminalKind } from 'evalmake/dist/terminal/terminal-kind.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const at = '2026-11-20T12:00:00.000Z';

/** A clock that stands still until the test moves it, and calls back what was due. */
class Hands {
  nowMs = 0;
  #due: { atMs: number; call: () => void }[] = [];
  readonly clock = {
    nowMs: (): number => this.nowMs,
    after: (ms: number, call: () => void): (() => void) => {
      const one = { atMs: this.nowMs + ms, call };
      this.#due.push(one);
      return () => {
        this.#due = this.#due.filter((other) => other !== one);
      };
    },
  };

  move(ms: number): void {
    const until = this.nowMs + ms;
    for (;;) {
      const next = this.#due.filter((one) => one.atMs <= until).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((one) => one !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.call();
    }
    this.nowMs = until;
  }
}

/** Shows events and gives what was written. */
function shown(
  events: readonly Event[],
  more: Partial<BuildOutputOptions> & { env?: Record<string, string> } = {},
): string {
  const { hands, output, written } = open(more);
  for (const event of events) {
    hands.move(10);
    output.show(event);
  }
  output.close();
  return written.join('');
}

function open({ env = {}, ...more }: Partial<BuildOutputOptions> & { env?: Record<string, string> } = {}) {
  const hands = new Hands();
  const written: string[] = [];
  const output = new BuildOutput({
    kind: terminalKind({ env: { LANG: 'C.UTF-8', ...env }, isTty: false, progress: 'auto' }),
    paint: paint(false),
    write: (text) => void written.push(text),
    columns: () => 60,
    rows: () => 10,
    quiet: false,
    verbose: false,
    clock: hands.clock,
    eta: () => undefined,
    where: () => '',
    again: (task) => `evalmake build${task === undefined ? '' : ` ${task}`}`,
    link: (path) => path,
    token: () => 'secret-word',
    ...more,
  });
  return { hands, output, written };
}

const counts: EndCounts = {
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
const planned = (ids: readonly string[], fresh = 0): Event => ({
  event: 'planned',
  version: 1,
  run: 1,
  at,
  pipeline: 'study',
  counts: { run: ids.length, fresh },
  tasks: ids.map((id) => ({ id, target: id.split('@')[0] as string, verdict: 'run', reasons: [] })),
});
const started = (task: string): Event => ({
  event: 'started',
  at,
  task,
  attempt: 1,
  reasons: [{ code: 'never-built', root: true }],
});
const finished = (task: string, changed = true): Event => ({
  event: 'finished',
  at,
  task,
  ms: 1200,
  changed,
});
const failed = (task: string, more: Partial<Extract<Event, { event: 'failed' }>> = {}): Event => ({
  event: 'failed',
  at,
  task,
  ms: 5,
  reason: 'exit',
  message: 'exit code 1',
  retry: false,
  ...more,
});
const blocked = (task: string, by: string): Event => ({
  event: 'blocked',
  at,
  task,
  verdict: 'blocked',
  reasons: [{ code: 'upstream-failed', root: false, subject: by }],
});
const ended = (more: Partial<EndCounts>, exit = 0, ms = 2500): Event => ({
  event: 'ended',
  at,
  exit,
  ms,
  counts: { ...counts, ...more },
});

/** Everything that can happen to a task. */
const everything: Event[] = [
  planned(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 26),
  started('a'),
  { event: 'progress', at, task: 'a', done: 1, of: 2, text: 'half' },
  finished('a'),
  started('b'),
  failed('b', { retry: true, message: 'exit code 1; tried again' }),
  started('b'),
  finished('b', false),
  { event: 'cut-off', at, task: 'c' },
  { event: 'restored', at, task: 'd', origin: 'shared-cache' },
  { event: 'rechecked', at, task: 'e', passed: false },
  { event: 'note', at, task: 'f', text: 'two\nlines' },
  { event: 'warn', at, text: 'beware' },
  started('f'),
  failed('f', {
    log: '.evalmake/runs/1/logs/f.log',
    tail: ['Traceback', '\u001b[31mKeyError\u001b[0m \u001b[2J', '::error::forged'],
  }),
  blocked('g', 'f'),
  blocked('h', 'g'),
  ended({ ran: 2, cutOff: 1, restored: 1, failed: 1, blocked: 2, fresh: 26 }, 1),
];

test('a log: one line for each task as it is done, failures whole at the end, one line last', () => {
  assert.equal(shown(everything).split('\n'), [
    '[1/8] done a 1.2 s',
    'retry b: exit code 1; tried again',
    '[2/8] done b 1.2 s, same content',
    '[3/8] same c its inputs came out equal',
    '[4/8] restored d a former result, from the shared cache',
    '[4/8] check failed e',
    'note f: two\\nlines',
    'warning beware',
    '[5/8] FAILED f exit code 1',
    '[6/8] blocked g f failed or is blocked',
    '[7/8] blocked h g failed or is blocked',
    '',
    'FAILED f: exit code 1',
    '    why it ran: never built',
    '    log: .evalmake/runs/1/logs/f.log',
    '    │ Traceback',
    '    │ KeyError \\x1b[2J',
    '    │ ::error::forged',
    '    blocks 2 tasks: g, h',
    '    again: evalmake build f',
    'evalmake: not done (1 failed, 2 blocked, 2 ran, 1 restored, 1 cut off, 26 fresh) in 2.5 s',
    '',
  ]);
});

test('quiet: warnings, failures and the closing line; nothing to do is one line', () => {
  const lines = shown(everything, { quiet: true }).split('\n');
  assert.equal(lines.slice(0, 3), [
    'retry b: exit code 1; tried again',
    'warning beware',
    '[5/8] FAILED f exit code 1',
  ]);
  assert.is(
    shown([planned([], 31), ended({ fresh: 31 }, 0, 115)]),
    'evalmake: everything is fresh, nothing ran (31 fresh) in 115 ms\n',
  );
});

test('verbose: why each starts, and at the end the slowest, before the closing line', () => {
  const lines = shown(
    [planned(['a', 'b']), started('a'), finished('a'), started('b'), finished('b'), ended({ ran: 2 })],
    { verbose: true },
  );
  assert.equal(lines.split('\n').slice(-4), [
    '[2/2] done b 1.2 s',
    'slowest: a 1.2 s, b 1.2 s',
    'evalmake: done (2 ran) in 2.5 s',
    '',
  ]);
  assert.match(lines, 'start a never built');
});

test('a log of a build that says nothing for a minute says that it lives', () => {
  const { hands, output, written } = open();
  output.show(planned(['a', 'b', 'c']));
  for (const task of ['a', 'b']) output.show(started(task));
  hands.move(59_000);
  output.show(finished('a'));
  hands.move(59_000);
  assert.equal(written, ['[1/3] done a 1.2 s\n']);
  hands.move(62_000);
  assert.equal(written.slice(1), [
    '… 1/3 done, 1 running, longest b 1 min 59 s\n',
    '… 1/3 done, 1 running, longest b 2 min 59 s\n',
  ]);
  output.close();
  hands.move(600_000);
  assert.is(written.length, 3, 'and nothing after its end');
});

test('GitHub: groups, stopped commands, at most ten errors, and no line of data is a command', () => {
  const env = { GITHUB_ACTIONS: 'true', CI: 'true' };
  const hostile = failed('x:1,y%\n', {
    message: 'bad\n::set-env::x\n100 % ##[error]',
    tail: ['::error::forged', '##[group]'],
    log: 'l.log',
  });
  const lines = shown([planned(['x']), hostile, ended({ failed: 1 }, 1)], { env }).split('\n');
  assert.equal(lines, [
    '[1/1] FAILED x:1,y%\\n bad\\n::set-env::x\\n100 % ##\\[error]',
    '',
    'FAILED x:1,y%\\n: bad',
    '    \\::set-env::x',
    '    100 % ##\\[error]',
    '    log: l.log',
    '::group::x:1,y%25\\n: the end of its log',
    '::stop-commands::secret-word',
    '::error::forged',
    '##[group]',
    '::secret-word::',
    '::endgroup::',
    '    again: evalmake build x:1,y%\\n',
    '::error title=x%3A1%2Cy%25\\n::bad%0A::set-env::x%0A100 %25 ##[error]',
    'evalmake: not done (1 failed) in 2.5 s',
    '',
  ]);
  const many = Array.from({ length: 12 }, (_, i) => `t${i}`);
  const errors = shown([planned(many), ...many.map((id) => failed(id)), ended({ failed: 12 }, 1)], { env })
    .split('\n')
    .filter((line) => line.startsWith('::error'));
  assert.is(errors.length, 10);
  assert.is(errors.at(-1), '::error title=evalmake::and 3 more failed');
  assert.is(harmless('  ::error::x ##[y]'), '  \\::error::x ##\\[y]');
});

test('the summary of a step: the closing line, a table of failures, cut at a line', () => {
  const text = stepSummary(
    summarise([planned(['a|b']), failed('a|b', { message: '<img> `x`\n# y', log: 'l' })]),
    'evalmake: not done',
  );
  assert.is(
    text,
    '**evalmake: not done**\n\n| failed | why | log |\n| --- | --- | --- |\n| a\\|b | &lt;img&gt; \\`x\\` \\# y | l |\n\n',
  );
  assert.is(fittingSummary(text, 0), text);
  const long = 'äöü\n'.repeat(300_000);
  const cut = fittingSummary(long, 100_000);
  assert.ok(Buffer.byteLength(cut) <= 800_000);
  assert.match(cut, /äöü\n… the rest is left out: a summary may not be longer.\n$/);
  assert.is(fittingSummary(long, 950_000), '');
});

test('very many failures: twenty whole, the others in one line each', () => {
  const many = Array.from({ length: 25 }, (_, i) => `t@${i}`);
  const text = shown([
    planned(many),
    ...many.map((id) => failed(id, { log: `${id}.log` })),
    ended({ failed: 25 }, 1),
  ]);
  assert.is(text.split('again: ').length - 1, 20);
  assert.match(text, /\n\nFAILED t@20: exit code 1 \(log: t@20\.log\)\nFAILED t@21/);
});

test('stopped: what goes on elsewhere, and what to type', () => {
  const text = shown([
    planned(['a', 'b']),
    started('a'),
    {
      event: 'waiting',
      at,
      task: 'a',
      until: at,
      text: 'batch',
      jobs: [{ provider: 'openai', id: 'batch_1', at }],
    },
    ended({ notStarted: 2 }, 130),
  ]);
  assert.match(
    text,
    /\n1 job goes on elsewhere: openai batch_1\nevalmake: stopped \(2 not started\) in 2\.5 s; to go on: evalmake build\n$/,
  );
});

test('what a terminal can is decided from its environment; what is not known is off', () => {
  const on = (env: Record<string, string>, isTty = true, progress = 'auto') => {
    const kind = terminalKind({ env, isTty, progress });
    return Object.entries(kind)
      .flatMap(([name, value]) => (value ? [name] : []))
      .join(' ');
  };
  assert.is(on({ LANG: 'de_DE.UTF-8' }), 'live unicode reflows');
  assert.is(on({ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }), 'live reflows');
  assert.is(on({ XTERM_VERSION: 'XTerm(379)' }), 'live');
  assert.is(on({ TERM: 'dumb' }), 'reflows');
  assert.is(on({ CI: 'true' }), 'reflows');
  assert.is(on({ CI: 'false' }), 'live reflows');
  assert.is(on({ CI: '1', GITHUB_ACTIONS: 'true' }, false), 'unicode reflows github');
  assert.is(on({}, false, 'live'), 'live unicode reflows');
  assert.is(on({}, true, 'plain'), 'reflows');
  assert.is(on({ WT_SESSION: 'x' }), 'live links taskbar reflows');
  assert.is(on({ WT_SESSION: 'x', TMUX: 'x' }), 'live reflows');
  assert.is(on({ VTE_VERSION: '7006' }), 'live links reflows');
  assert.is(on({ VTE_VERSION: '8000' }), 'live links taskbar reflows');
  assert.is(on({ VTE_VERSION: '8000', FORCE_HYPERLINK: '0' }), 'live taskbar reflows');
  assert.is(on({ TERM_PROGRAM: 'iTerm.app' }), 'live links reflows');
  assert.is(on({ FORCE_HYPERLINK: '1' }, false), 'unicode links reflows');
});

test('a link to a log is percent-encoded, and names this machine', () => {
  assert.is(
    fileLink('a b', '/tmp/ä b;\u001b.log', 'box-1'),
    '\u001b]8;;file://box-1/tmp/%C3%A4%20b;%1B.log\u001b\\a b\u001b]8;;\u001b\\',
  );
});

test.run();
