// How long the HTML report takes and how large it is, for made-up studies; a budget that is passed ends it with 1.
// Usage: node bench/report.mjs [--runs N]      (after `npm run build`)
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { sizes, studyReport } from '../build/test/cli/doubles/report-models.js';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const runs = Number(values.runs);

// The bundle, as the program loads it: its first page also pays for loading it and for starting Graphviz.
const started = performance.now();
const { renderPage } = createRequire(import.meta.url)('../packages/cli/dist/libraries/page.cjs');
const loadMs = performance.now() - started;

/** Most kB and milliseconds of a page. */
const budgets = {
  stale: { kB: 400, ms: 1000 },
  failed: { kB: 400, ms: 1000 },
  neverBuilt: { kB: 400, ms: 1000 },
  thousandShards: { kB: 2000, ms: 4000 },
  tenThousand: { kB: 2000, ms: 4000 },
};

let passed = true;
console.log(`loading the writer: ${loadMs.toFixed(0)} ms`);
for (const [name, { kB, ms }] of Object.entries(budgets)) {
  const report = studyReport(sizes[name]);
  const times = [];
  let page = '';
  for (let i = 0; i < runs; i += 1) {
    const from = performance.now();
    page = await renderPage(report);
    times.push(performance.now() - from);
  }
  const bytes = Buffer.byteLength(page);
  const first = times[0];
  const median = times.sort((a, b) => a - b)[Math.floor(runs / 2)];
  const kept = bytes <= kB * 1000 && first + loadMs <= ms;
  passed &&= kept;
  console.log(
    `${kept ? 'ok  ' : 'OVER'} ${name.padEnd(15)} ${String(report.tasks.length).padStart(6)} tasks  ${(bytes / 1000).toFixed(0).padStart(5)} kB (${kB}), ${(gzipSync(page).length / 1000).toFixed(0)} zipped  first ${first.toFixed(0)} ms, median ${median.toFixed(0)} ms (${ms})`,
  );
}
process.exitCode = passed ? 0 : 1;
