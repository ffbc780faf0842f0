// Pieces of the page by values: what is folded comes back, bars show all that is there, numbers are written for people.

import { fold, unfold } from 'evalmake/dist/page/folded.js';
import { count, duration, moment, number, size, usd } from 'evalmake/dist/page/format.js';
import { html, textOf, visible } from 'evalmake/dist/page/html.js';
import { renderPage } from 'evalmake/dist/page/page.js';
import { provenance } from 'evalmake/dist/page/provenance.js';
import { type Counts, shares, verdicts } from 'evalmake/dist/page/state.js';
import { timelineOf } from 'evalmake/dist/page/timeline.js';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sizes, studyReport } from './doubles/report-models.ts';

test('what is folded comes back, whatever the texts are', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('~', '~~', '~1', '~12abc', 'a long text', 'another long text'),
  );
  const tree = fc.letrec((tie) => ({
    value: fc.oneof(
      word,
      fc.integer(),
      fc.boolean(),
      fc.array(tie('value')),
      fc.dictionary(word, tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(tree, (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      assert.equal(unfold(JSON.parse(JSON.stringify(fold(plain)))), plain);
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('a bar shows every state that is there, and is exactly full', () => {
  const counts = fc.dictionary(fc.constantFrom(...verdicts), fc.integer({ min: 1, max: 100_000 }), {
    minKeys: 1,
  });
  fc.assert(
    fc.property(counts, (some) => {
      const parts = shares(some as Counts, 200, 3);
      assert.is(parts.length, Object.keys(some).length);
      for (const { w } of parts) assert.ok(w >= 2.9, `${w}`);
      const sum = parts.reduce((all, { w }) => all + w, 0);
      assert.ok(Math.abs(sum - 200) < 0.6, `${sum}`);
    }),
    { numRuns: 300, seed: 7 },
  );
});

test('numbers are written for people', () => {
  assert.equal([0, 999, 1000, 1_234_567].map(number), ['0', '999', '1,000', '1,234,567']);
  assert.equal(
    [1, 1200].map((n) => count(n, 'task')),
    ['1 task', '1,200 tasks'],
  );
  assert.equal([0, 340, 999, 1000, 59_949, 59_950, 245_000, 7_800_000, 360_000_000].map(duration), [
    '0ms',
    '340ms',
    '999ms',
    '1.0s',
    '59.9s',
    '1m00s',
    '4m05s',
    '2h10m',
    '100h00m',
  ]);
  assert.equal([0, 999, 1000, 999_499, 999_500, 4_500_000].map(size), [
    '0 B',
    '999 B',
    '1.00 kB',
    '999 kB',
    '1.00 MB',
    '4.50 MB',
  ]);
  assert.equal([0, 0.0004, 84.1, 12_345.5].map(usd), ['$0', '$0.0004', '$84.10', '$12,345.50']);
  assert.equal(['2026-11-20T11:42:05.000Z', 'yesterday'].map(moment), ['20 Nov 2026, 11:42', 'yesterday']);
});

test('what cannot be seen is written out, and markup is made by templates only', () => {
  assert.is(visible('a\u0000\u202eb\ud800\u2028é👩‍🔬\n'), 'a\\x00\\u202eb\\ud800\\u2028é👩‍🔬\n');
  const piece = html`<b>${'<i>'}</b>`;
  assert.is(textOf(html`${piece}${['&', piece]}${undefined}${0}`), '<b>&lt;i&gt;</b>&amp;<b>&lt;i&gt;</b>0');
  assert.not.match(textOf(JSON.parse('{"text":"<i>"}')), '<i>');
});

test('how a result was made is a text with all digests in full', () => {
  const report = studyReport({ kind: 'fresh', models: 1, datasets: 1, shards: 2 });
  const task = report.tasks.find(({ id }) => id === 'score@m0,ds0[1]');
  const text = provenance(report, task as (typeof report.tasks)[number]);
  const [output] = task?.last?.outputs ?? [];
  assert.match(
    text,
    `${output?.path}
    `,
  );
  assert.match(text, `sha256 ${output?.sha256}`);
  assert.match(text, 'config\n  judge.temperature = 0.0\n');
  assert.match(text, 'input\n  out/parse/m0,ds0/0001.jsonl\n    sha256 ');
  assert.match(text, 'check rows == 500: passed');
});

test('a timeline of 100,000 tasks is small, and keeps what failed', () => {
  const tasks = Array.from({ length: 100_000 }, (_, i) => ({
    task: `score[${i}]`,
    outcome: i === 777 ? ('failed' as const) : ('ran' as const),
    from: Math.floor(i / 8) * 100,
    to: Math.floor(i / 8) * 100 + 90,
    slot: i % 8,
    why: [],
  }));
  const text = textOf(timelineOf({ run: 1, at: '2026-11-20T11:42:05.000Z', tasks }));
  assert.ok(text.length < 60_000, `${text.length}`);
  assert.match(text, 'score[777]: failed, 90ms');
});

test('a log is shown without colours, and the theme can be chosen', async () => {
  const report = studyReport(sizes.failed);
  const runs = report.runs.map((run) => ({
    ...run,
    ...(run.tasks === undefined
      ? {}
      : {
          tasks: run.tasks.map((did) =>
            did.tail === undefined ? did : { ...did, tail: ['\u001b[31mred\u001b[0m \u001b]8;;x\u0007end'] },
          ),
        }),
  }));
  const page = await renderPage({ ...report, runs }, { theme: 'dark' });
  assert.match(page, '>red end</pre>');
  assert.match(page, '<html lang="en" data-theme="dark">');
});

test.run();
