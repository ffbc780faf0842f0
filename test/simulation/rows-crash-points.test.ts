// A crash at each step of asking rows: a build is killed in front of every change of the disk, and no row is paid for twice.
// test-timeout: 300
import { test } from 'uvu';
import { noRowsCrashSum, RowsCrashPoints } from './rows-crash-points.ts';

const only = process.env['EVALMAKE_FUZZ_SEED'];
const count = only === undefined ? Number(process.env['EVALMAKE_CRASH_RUNS'] ?? 1) : 1;
const first = Number(only ?? 1);
/** Of so many points, the recovery from one is crashed as well. */
const nestedEvery = Number(process.env['EVALMAKE_CRASH_NESTED'] ?? 40);

test('A build of rows that is killed in front of any change of the disk pays for nothing twice.', async () => {
  const sum = noRowsCrashSum();
  for (let seed = first; seed < first + count; seed++) {
    const points = new RowsCrashPoints(seed, sum);
    try {
      await points.run(nestedEvery);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}\n${points.trial.story}`);
    }
  }
  console.log(`seeds ${first} to ${first + count - 1}: ${JSON.stringify(sum)}`);
});

test.run();
