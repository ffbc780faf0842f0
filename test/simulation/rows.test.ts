// Rows in simulated histories: whatever is killed where, no row is paid for twice, and all answers are right in the end.
// test-timeout: 300
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { noRowsTally, RowsHistory, type RowsTally } from './rows-history.ts';

const histories = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 1) * 600;
const first = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 1);

test(`${histories} histories of rows pay for nothing twice`, async () => {
  const sum = noRowsTally();
  const broken: string[] = [];
  for (let seed = first; seed < first + histories && broken.length < 3; seed++) {
    const history = new RowsHistory(seed);
    try {
      await history.run();
    } catch (error) {
      broken.push(`seed ${seed}: ${(error as Error).stack ?? String(error)}\n${history.story}`);
    }
    for (const key of Object.keys(sum) as (keyof RowsTally)[]) sum[key] += history.tally[key];
  }
  if (broken.length > 0) console.log(broken[0]);
  console.log(JSON.stringify(sum));
  assert.is(broken.length, 0, `${broken.length} histories broke a promise`);
  assert.ok(sum.kills > histories / 4, 'many were killed');
});

test.run();
