// Reports and graphs of hostile names: text of data never becomes markup.

import { readFileSync } from 'node:fs';
import type { Report } from '@evalmake/core';
import { renderMarkdown, renderText } from 'evalmake/dist/render-report.js';
import { paint } from 'evalmake/dist/style.js';
import { version } from 'evalmake/dist/version.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const report: Report = {
  pipeline: 'a | b <script>',
  targets: [
    {
      target: 'score',
      desc: undefined,
      verdicts: { fresh: 1, run: 2 },
      ms: 61_000,
      costUsd: 0.25,
      spentUsd: 0.1,
      adopted: [],
      outputs: Array.from({ length: 9 }, (_, i) => ({ path: `out/<b>${i}|x`, bytes: 1_234_567, rows: i })),
    },
  ],
  run: 7,
  tasks: [
    {
      task: 'score',
      outcome: 'failed',
      ms: 5,
      reasons: [],
      message: 'exit code 3 `rm` | <img>\nsecond line',
    },
  ],
  counts: undefined,
  ms: undefined,
  money: undefined,
};

test('Markdown escapes what is data, and stays short', () => {
  const text = renderMarkdown(report);
  assert.not.match(text, /<(script|b|img)>/);
  assert.match(text, '&lt;script&gt;');
  assert.match(text, 'and 5 more');
  const cells = text.split('\n').filter((l) => l.startsWith('| score'));
  assert.equal(
    cells.map((line) => line.replaceAll('\\|', '').split('|').length),
    [7, 6],
    'with a column of costs, where anything cost money',
  );
  const { targets } = report;
  const free = renderMarkdown({
    ...report,
    targets: targets.map((t) => ({ ...t, costUsd: 0, spentUsd: 0 })),
  });
  assert.not.match(free, 'cost');
});

test('the terminal shows the same targets, sizes and failures', () => {
  const text = renderText(report, paint(false));
  assert.match(text, 'run 7');
  assert.match(text, '1 fresh, 2 run, 1 min 01 s, $0.25, $0.10 paid by the last build');
  assert.match(text, '1.23 MB');
  assert.match(text, /failed score exit code 3/);
});

test('the version is that of the package', () => {
  const path = new URL('../../../packages/cli/package.json', import.meta.url);
  assert.is(JSON.parse(readFileSync(path, 'utf8')).version, version);
});

test.run();
