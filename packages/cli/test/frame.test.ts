// The live area as lines: it fits its terminal whatever it is given, and shows what matters when there is little room.
import type { Event } from '@evalmake/core';
import { paint } from 'evalmake/dist/style.js';
import { type BuildState, newBuildState, takeEvent } from 'evalmake/dist/terminal/build-state.js';
import { cutEnd, cutMiddle, displayWidth } from 'evalmake/dist/terminal/display-width.js';
import { type FrameView, frame } from 'evalmake/dist/terminal/frame.js';
import { asciiGlyphs, unicodeGlyphs } from 'evalmake/dist/terminal/glyphs.js';
import { leftText, shortTime } from 'evalmake/dist/terminal/time-text.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const at = '2026-11-20T12:00:00.000Z';
const view = (columns: number, rows: number, nowMs: number, more: Partial<FrameView> = {}): FrameView => ({
  columns,
  rows,
  nowMs,
  paint: paint(false),
  glyphs: unicodeGlyphs,
  foldAbove: 12,
  ...more,
});

/** A build of these tasks, none of which has started. */
function planned(...ids: string[]): BuildState {
  const state = newBuildState();
  const tasks = ids.map((id) => ({
    id,
    target: id.split('@')[0] as string,
    verdict: 'run' as const,
    reasons: [],
  }));
  takeEvent(
    state,
    {
      event: 'planned',
      version: 1,
      run: 1,
      at,
      pipeline: 'study',
      counts: { run: ids.length, fresh: 3 },
      tasks,
    },
    0,
  );
  return state;
}

const starts = (task: string, attempt = 1): Event => ({ event: 'started', at, task, reasons: [], attempt });
const tells = (task: string, done: number, of: number, text: string): Event => ({
  event: 'progress',
  at,
  task,
  done,
  of,
  text,
});
const ends = (task: string): Event => ({ event: 'finished', at, task, ms: 1000, changed: true });
const waits = (task: string): Event => ({
  event: 'waiting',
  at,
  task,
  until: '2026-11-20T12:10:00.000Z',
  text: 'batch 3 of 4',
  jobs: [{ provider: 'openai', id: 'batch_abc', at }],
});

const shards = Array.from({ length: 40 }, (_, i) => `score@${i}`);

/** A family of forty, two tasks by themselves, and one that waits. */
function busy(): BuildState {
  const state = planned('download@17', 'fit', 'submit', ...shards);
  takeEvent(state, starts('submit'), 0);
  takeEvent(state, waits('submit'), 10_000);
  for (const task of shards.slice(0, 25)) {
    takeEvent(state, starts(task), 300_000);
    takeEvent(state, ends(task), 301_000);
  }
  for (const task of shards.slice(25, 28)) takeEvent(state, starts(task), 330_000);
  takeEvent(state, starts('download@17'), 320_000);
  takeEvent(state, tells('download@17', 212, 500, 'rows'), 380_000);
  takeEvent(state, starts('fit', 2), 100_000);
  takeEvent(
    state,
    { event: 'cost', at, task: 'submit', usd: 28.94, tokensIn: 0, tokensOut: 0, spentUsd: 28.94 },
    0,
  );
  return state;
}

test('24 x 80: what waits, what runs, longest first, and the sums', () => {
  const eta = { ms: 600_000, certain: true };
  assert.equal(frame(busy(), view(80, 24, 384_000, { eta })), [
    '◌ submit                                6m14s  openai batch_abc · batch 3 of 4…',
    '▸ fit                                   4m44s  attempt 2',
    '▸ score       ██████████░░░░░░   25/40  1m24s  3 at a time',
    '▸   score@25                              54s',
    '▸   score@26                              54s',
    '▸   score@27                              54s',
    '▸ download@17 ██████░░░░░░░░░░ 212/500  1m04s  rows',
    '[25/43] 5 running · 1 waiting · 0 failed · $28.94 · 6m24s · about 10m left',
  ]);
});

test('8 x 40: five lines and the sums, of which the least goes first', () => {
  const eta = { ms: 65_000, certain: false };
  assert.equal(frame(busy(), view(40, 8, 384_000, { eta })), [
    '◌ submit               6m14s  openai b…',
    '▸ fit                  4m44s  attempt 2',
    '▸ score         25/40  1m24s  3 at a t…',
    '▸   score@25             54s',
    '▸ download@17 212/500  1m04s  rows',
    '[25/43] 6m24s · perhaps 65s left',
  ]);
});

test('whatever the size and the text: at most rows - 2 lines, each narrower than the terminal', () => {
  const hostile = [
    'x'.repeat(5000),
    '字'.repeat(5000),
    '👩‍👩‍👧‍👦🇩🇪'.repeat(300),
    `e${'\u0301'.repeat(5000)}`,
    'a\u001b[2J\u001b]0;title\u0007\u001b]8;;http://x\u001b\\b\r\n::error::\u202e\u200f\u061c\ufeff',
    'tab\tand\u0000nul',
  ];
  for (const [columns, rows] of [
    [40, 8],
    [80, 24],
    [20, 3],
    [1, 1],
    [300, 100],
  ] as const) {
    for (const text of hostile) {
      const state = planned(...hostile, 'wait');
      for (const task of hostile) takeEvent(state, starts(task), 0);
      takeEvent(state, tells(text, 1e308, Number.POSITIVE_INFINITY, text), 1);
      takeEvent(state, { ...waits('wait'), text } as Event, 1);
      for (const glyphs of [unicodeGlyphs, asciiGlyphs]) {
        const lines = frame(state, view(columns, rows, 99_000, { glyphs }));
        assert.ok(lines.length <= Math.max(1, rows - 2), `${lines.length} lines of ${rows}`);
        for (const line of lines) {
          assert.ok(
            displayWidth(line) < Math.max(4, columns),
            `${displayWidth(line)} of ${columns}: ${line}`,
          );
          assert.not.match(line, /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\ufeff]/);
          assert.ok(line.length < 12_000);
        }
      }
    }
  }
});

test('a terminal that knows only ASCII gets nothing else', () => {
  for (const line of frame(busy(), view(80, 24, 384_000, { glyphs: asciiGlyphs })))
    assert.match(line, /^[\x20-\x7e]+$/);
});

test('who told of progress and is silent for half a minute is said to be', () => {
  const state = planned('a');
  takeEvent(state, starts('a'), 0);
  takeEvent(state, tells('a', 1, 4, ''), 1000);
  assert.not.match(frame(state, view(80, 24, 30_000))[0] as string, 'silent');
  assert.match(frame(state, view(80, 24, 121_000))[0] as string, '(silent 2m00s)');
});

test('before the plan and after the end there is no live area', () => {
  assert.equal(frame(newBuildState(), view(80, 24, 0)), []);
  const state = planned('a');
  assert.is(frame(state, view(80, 24, 0)).length, 1);
  state.going = false;
  assert.equal(frame(state, view(80, 24, 0)), []);
});

test('a task that is found to be spoilt, or starts again, is counted once', () => {
  const state = planned('a', 'b');
  takeEvent(state, starts('a'), 0);
  takeEvent(state, ends('a'), 1);
  takeEvent(
    state,
    { event: 'failed', at, task: 'a', ms: 0, reason: 'wrote-elsewhere', message: 'm', retry: false },
    2,
  );
  assert.equal([state.settled.size, state.failures.size], [1, 1]);
  takeEvent(state, { event: 'replanned', at, tasks: 9, open: 4, because: 'a', families: { c: 3 } }, 3);
  assert.equal([state.total, state.families.get('c')?.size], [5, 3]);
});

test('widths: marks take nothing, wide letters two; cutting splits none of them', () => {
  assert.equal(
    ['abc', '字', 'e\u0301', '✓█', '\u200b', '👍🏽', '▸ 字幕'].map(displayWidth),
    [3, 2, 1, 2, 0, 4, 6],
  );
  assert.is(cutEnd('abcdef', 4, '…'), 'abc…');
  assert.is(cutEnd('abcd', 4, '…'), 'abcd');
  assert.is(cutEnd('字字字', 4, '…'), '字…');
  assert.is(cutEnd('x', 0, '…'), '');
  assert.is(cutMiddle('infer@control,part-0003', 11, '…'), 'infer…-0003');
  assert.is(cutMiddle('字字字字', 5, '…'), '字…字');
  assert.is(cutMiddle('abcd', 4, '…'), 'abcd');
});

test('times: seconds only where they can be known', () => {
  assert.equal([0, 59_999, 64_000, 7_800_000, 273_600_000].map(shortTime), [
    '0s',
    '59s',
    '1m04s',
    '2h10m',
    '3d04h',
  ]);
  const left = (ms: number, certain = true): string => leftText({ ms, certain });
  assert.equal(
    [left(200), left(8_100), left(41_000), left(120_000), left(121_000), left(470_000), left(7_800_000)],
    [
      'about 1s left',
      'about 9s left',
      'about 45s left',
      'about 2m left',
      'about 2m left',
      'about 8m left',
      'about 2h10m left',
    ],
  );
  assert.is(left(470_000, false), 'perhaps 8m left');
  assert.equal([leftText(undefined), left(Number.NaN)], ['', '']);
});

test.run();
