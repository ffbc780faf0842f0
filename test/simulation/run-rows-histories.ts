// Runs histories of rows one after the other, and tells of each that broke a promise.

import { RowsHistory } from './rows-history.ts';
import { noRowsTally, type RowsTally } from './rows-trial.ts';
import type { Broken } from './run-histories.ts';

/** Lives through the histories of some seeds. */
export async function runRowsHistories(
  first: number,
  count: number,
): Promise<{ sum: RowsTally; broken: Broken[] }> {
  const sum = noRowsTally();
  const broken: Broken[] = [];
  for (let seed = first; seed < first + count && broken.length < 40; seed++) {
    const history = new RowsHistory(seed, sum);
    try {
      await history.run();
    } catch (error) {
      const { message, stack, kind = 'threw' } = error as Error & { kind?: string };
      const replay = `replay: EVALMAKE_FUZZ_SEED=${seed} node build/test/all/simulation/rows.test.js`;
      const says = `seed ${seed}: ${kind === 'threw' ? stack : message}\n${history.trial.story}\n${replay}`;
      broken.push({ seed, kind, says });
    }
  }
  return { sum, broken };
}
