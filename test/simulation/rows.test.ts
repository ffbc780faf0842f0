// Rows in simulated histories: whatever is killed where, no row is paid for twice, and all answers are right in the end.
// test-timeout: 300
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runRowsHistories } from './run-rows-histories.ts';

const only = process.env['EVALMAKE_FUZZ_SEED'];
const count = only === undefined ? Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 200) : 1;

test(`${count} histories of rows pay for nothing twice`, async () => {
  const { sum, broken } = await runRowsHistories(Number(only ?? 1), count);
  console.log(JSON.stringify(sum));
  assert.is(broken.length, 0, `${broken.length} histories broke a promise: ${broken[0]?.says}`);
  assert.ok(count < 100 || sum.kills > count / 2, 'many were killed');
});

test.run();
