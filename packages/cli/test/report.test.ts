// Reports of hostile names: text of data never becomes markup or terminal control, and every form tells the same state.
import { readFileSync } from 'node:fs';
import type { BuildReport } from '@evalmake/core';
import { dotOf } from 'evalmake/dist/report/dot.js';
import { renderMarkdown } from 'evalmake/dist/report/markdown.js';
import { mermaidOf } from 'evalmake/dist/report/mermaid.js';
import { renderText } from 'evalmake/dist/report/text.js';
import { traceOf } from 'evalmake/dist/report/trace.js';
import { paint } from 'evalmake/dist/style.js';
import { version } from 'evalmake/dist/version.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const digest = 'a'.repeat(64);

/** A model of one stale target of two shards, one that failed, every text of which is `hostile`. */
function model(hostile: string): BuildReport {
  const verdicts = { fresh: 1, run: 1 };
  const output = { path: hostile, bytes: 1_234_567, rows: 3, sha256: digest, found: 'changed' as const };
  const last = {
    run: 7,
    at: '2026-11-27T10:00:00.000Z',
    ms: 61_000,
    costUsd: 0.25,
    checks: [],
    parts: { command: hostile },
  };
  const cause = { text: hostile, tasks: [0], downstream: 1, advice: [hostile], where: hostile };
  return {
    format: 'evalmake.report',
    version: 2,
    tool: '0.1.0',
    pipeline: hostile,
    file: 'pipeline.yaml',
    summary: {
      tasks: 2,
      verdicts,
      forecast: { run: 1, maybe: 0, keep: 1, ms: 5000, jobs: 2, unknown: 0 },
      spentUsd: 0.35,
      keptUsd: 0.25,
      checks: { passed: 1, failed: 1 },
    },
    causes: [
      { ...cause, code: 'config-changed', was: hostile, now: hostile },
      {
        ...cause,
        code: 'previous-run-failed',
        diff: [
          { kind: 'same', text: hostile },
          { kind: 'gone', text: hostile },
        ],
      },
    ],
    targets: [
      {
        name: hostile,
        desc: hostile,
        families: [0],
        command: hostile,
        paid: true,
        spentUsd: 0.1,
        verdicts,
        ms: 61_000,
        costUsd: 0.25,
      },
      {
        name: 'off',
        offBy: hostile,
        families: [1],
        paid: false,
        spentUsd: 0,
        verdicts: { off: 1 },
        ms: 0,
        costUsd: 0,
      },
    ],
    families: [
      { name: hostile, target: 0, tasks: [0, 1], verdicts, ms: 61_000, costUsd: 0.25 },
      { name: 'off', target: 1, tasks: [], verdicts: { off: 1 }, ms: 0, costUsd: 0 },
    ],
    tasks: [
      {
        id: hostile,
        family: 0,
        verdict: 'run',
        causes: [0, 1],
        follows: [hostile],
        last: { ...last, outputs: [output] },
      },
      {
        id: `${hostile}2`,
        family: 0,
        verdict: 'fresh',
        causes: [],
        follows: [],
        last: { ...last, adopted: hostile, outputs: [{ ...output, found: 'same' }] },
      },
    ],
    edges: { targets: [[1, 0, 'gather']], families: [[1, 0, 'gather']] },
    runs: [
      {
        run: 7,
        at: '2026-11-27T10:00:00.000Z',
        ms: 5,
        exit: 1,
        tasks: [
          {
            task: hostile,
            outcome: 'failed',
            from: 0,
            to: 5,
            slot: 0,
            why: [hostile],
            message: hostile,
            tail: [hostile],
          },
        ],
      },
    ],
    costs: [{ run: 7, target: hostile, usd: 0.1, tokensIn: 1, tokensOut: 2 }],
    files: { count: 2, bytes: 9, orphans: [{ path: hostile, bytes: 1, why: 'task-gone' }] },
    config: { file: 'config.yaml', keys: [{ key: hostile, value: hostile, usedBy: [hostile] }] },
    omitted: [hostile],
  };
}

const corpus = [
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'a | b || c',
  '`rm` ``` ````',
  '# head\n- list\n::error::x',
  '@everyone https://example.org [x](y) *b* _i_ ~~s~~',
  '\u001b[31mred\u001b]8;;x\u0007 \u202eabc \u2028 \u0085',
  'quote " and \\ and \'',
  'x'.repeat(5000),
];
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

test('no form lets data control a terminal', () => {
  for (const hostile of corpus) {
    const report = model(hostile);
    const text = renderText(report, { paint: paint(false), columns: 80 });
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    for (const made of [text, renderMarkdown(report), dotOf(report), mermaidOf(report)])
      assert.not.match(made, control, JSON.stringify(hostile));
  }
});

test('Markdown makes no element, mention, link, row or fence of data', () => {
  for (const hostile of corpus) {
    const text = renderMarkdown(model(hostile));
    const outside = text.replace(/^(`{3,})(?:mermaid)?\n[\s\S]*?\n\1$/gm, '');
    assert.not.match(outside.replace(/<\/?(details|summary|br\/?)>/g, ''), /<[a-z/!]/i, hostile);
    assert.not.match(outside, /(?<!\\)`|@everyone|https:\/\/|^::|^# head/m, hostile);
    for (const table of outside.split('\n\n').filter((part) => part.startsWith('| '))) {
      const cells = table.split('\n').map((row) => row.replaceAll('\\|', '').split('|').length);
      assert.is(new Set(cells).size, 1, table);
    }
  }
});

test('Mermaid and DOT have the nodes and edges of the model, whatever they are called', () => {
  for (const hostile of corpus) {
    const mermaid = mermaidOf(model(hostile));
    assert.is(mermaid.match(/^ {2}t\d+\["[^"]*"\]:::\w+$/gm)?.length, 2, mermaid);
    assert.equal(mermaid.match(/-->.*/g), ['--> t0']);
    const dot = dotOf(model(hostile));
    assert.is(
      dot.match(/^ {2}f\d+ \[label="(?:[^"\\]|\\.)*", color="#\w+", style="[\w,]+"\];$/gm)?.length,
      2,
      dot,
    );
  }
});

test('a report too long for a comment leaves whole sections out, and says so', () => {
  const report = model('x'.repeat(5000));
  const text = renderMarkdown(report);
  assert.ok(text.length < 65_536, String(text.length));
  assert.match(text, /sections? left out/);
});

test('a trace has one event per task that ran, in microseconds', () => {
  const { traceEvents } = JSON.parse(traceOf(model('score'))) as { traceEvents: Record<string, unknown>[] };
  assert.equal(
    traceEvents.filter((e) => e.ph === 'X').map(({ name, ts, dur, tid }) => [name, ts, dur, tid]),
    [['score', 0, 5000, 1]],
  );
});

test('the terminal tells state, causes, costs and what lies there', () => {
  const text = renderText(model('score'), { paint: paint(false), columns: 120 });
  for (const part of [
    'score · 1 of 2 need work, 1 failed · run 7, 2026-11-27 10:00 UTC',
    '1 fresh  ↻ 1 run',
    'score: score -> score (score), 1 after',
    '1 run, 1 fresh (1 adopted), 1 min 01 s, $0.25, $0.10 paid by the last build',
    'score (3 rows, 1.23 MB) changed',
    'failed in run 7',
    'spent $0.35 in all, $0.25 of results kept',
    'would run 1 task, at most about 5 s',
  ])
    assert.ok(
      text.includes(part) || text.includes(part.replace('1 fresh  ↻ 1 run', '↻ 1 run  ✓ 1 fresh')),
      `${part}\n${text}`,
    );
});

test('a report is word for word what the golden files say', () => {
  const report = model('score');
  const golden = (name: string) =>
    readFileSync(new URL(`../../../packages/cli/test/golden/${name}`, import.meta.url), 'utf8');
  assert.is(renderText(report, { paint: paint(false), columns: 100 }), golden('report.txt'));
  assert.is(renderMarkdown(report), golden('report.md'));
});

test('the version is that of the package', () => {
  const path = new URL('../../../packages/cli/package.json', import.meta.url);
  assert.is(JSON.parse(readFileSync(path, 'utf8')).version, version);
});

test.run();
