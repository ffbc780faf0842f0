// test-timeout: 240
// A crash at each step: builds are killed in front of every change of the disk, torn in writes, and lose their power.
import * as node from 'node:fs';
import { test } from 'uvu';
import { CrashPoints, noCrashSum } from './crash-points.ts';

const only = process.env['EVALMAKE_FUZZ_SEED'];
const count = only === undefined ? Number(process.env['EVALMAKE_CRASH_RUNS'] ?? 4) : 1;
const first = Number(only ?? 1);

test('A build that is killed in front of any change of the disk loses nothing and lies about nothing.', async () => {
  const sum = noCrashSum();
  for (let seed = first; seed < first + count; seed++) {
    const points = new CrashPoints(seed, sum);
    try {
      await points.run();
    } catch (error) {
      const { story } = points.trial.bench.scene;
      throw new Error(
        `seed ${seed}: ${(error as Error).message}\n${story.join('\n')}\n${points.trial.pipeline}`,
      );
    } finally {
      points.trial.bench.scene.dispose(node);
    }
  }
  console.log(`seeds ${first} to ${first + count - 1}: ${JSON.stringify(sum)}`);
});

test.run();
