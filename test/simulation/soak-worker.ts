// A worker of `npm run soak`: lives through the histories and crash points it is handed, and answers with the sum.
import * as node from 'node:fs';
import { CrashPoints, noCrashSum } from './crash-points.ts';
import { noRowsCrashSum, RowsCrashPoints } from './rows-crash-points.ts';
import { noSum, runHistory, shrink, tellBroken } from './run-histories.ts';
import { runRowsHistories } from './run-rows-histories.ts';

interface Batch {
  readonly first: number;
  readonly count: number;
  /** Seed of a build to crash at every point of. */
  readonly crash: number | undefined;
  /** Whether all of it is about rows. */
  readonly rows: boolean;
}

/** How often the recovery from a crash of rows is crashed as well: at one of so many points. */
const nestedEvery = 40;

async function workRows({ first, count, crash }: Batch): Promise<object> {
  const { sum, broken } = await runRowsHistories(first, count);
  const crashes = noRowsCrashSum();
  const failures: { kind: string; says: string }[] = broken.map(({ kind, says }) => ({ kind, says }));
  if (crash !== undefined) {
    const points = new RowsCrashPoints(crash, crashes);
    try {
      await points.run(nestedEvery);
    } catch (error) {
      const kind = (error as { kind?: string }).kind ?? 'threw';
      const replay = `replay: EVALMAKE_FUZZ_SEED=${crash} node build/test/all/simulation/rows-crash-points.test.js`;
      failures.push({ kind, says: `${(error as Error).message}\n${points.trial.story}\n${replay}` });
    }
  }
  return { histories: sum, crashes, failures };
}

async function workAll({ first, count, crash }: Batch): Promise<object> {
  const sum = noSum();
  const crashes = noCrashSum();
  const failures: { kind: string; says: string }[] = [];
  for (let seed = first; seed < first + count; seed++) await runHistory(seed, sum);
  for (const broken of sum.broken)
    failures.push({ kind: broken.kind, says: tellBroken(await shrink(broken)) });
  if (crash !== undefined) {
    const points = new CrashPoints(crash, crashes);
    try {
      await points.run();
    } catch (error) {
      const { story } = points.trial.bench.scene;
      const kind = (error as { kind?: string }).kind ?? 'threw';
      const replay = `replay: EVALMAKE_FUZZ_SEED=${crash} node build/test/all/simulation/crash-points.test.js`;
      const says = [`crash point: ${(error as Error).message}`, ...story, points.trial.pipeline, replay];
      failures.push({ kind, says: says.join('\n') });
    } finally {
      points.trial.bench.scene.dispose(node);
    }
  }
  const { broken: _, ...histories } = sum;
  return { histories, crashes, failures };
}

process.on('message', (batch: Batch) => {
  (batch.rows ? workRows(batch) : workAll(batch)).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
      process.disconnect();
    },
  );
});
