// Crash points of rows: a build that asks rows is killed in front of each change of the disk it makes, and recovered from.
import type { Call } from './evalmake.ts';
import { Random } from './random.ts';
import { noRowsTally, type RowsAccidents, type RowsTally, RowsTrial } from './rows-trial.ts';

/** What enumerating came to: points, recoveries that were killed too, and what the builds came to. */
export interface RowsCrashSum extends RowsTally {
  points: number;
  nested: number;
}

export const noRowsCrashSum = (): RowsCrashSum => ({ ...noRowsTally(), points: 0, nested: 0 });

const everything: Call = { wanted: [], jobs: 2, keepGoing: true };

/**
 * Builds a small project and kills the build in front of each of its changes: by SIGKILL, in the middle of a write, and by
 * a power cut. After each everything gets its answers, and nothing is paid for twice.
 */
export class RowsCrashPoints {
  readonly trial: RowsTrial;
  readonly #random: Random;

  constructor(
    seed: number,
    private readonly sum: RowsCrashSum,
  ) {
    this.#random = new Random(seed ^ 0xc0a5);
    this.trial = new RowsTrial(this.#random, sum);
  }

  /**
   * @param nestedEvery of so many points, the build that recovers from one is killed in front of each change as well, by a
   *   power cut; 0 for none
   * @throws Violation when a promise is broken
   */
  async run(nestedEvery: number): Promise<void> {
    const { trial, sum } = this;
    const random = this.#random;
    try {
      // Some answers are there before, some rows are new, and some have changed.
      if (random.chance(0.5)) {
        await trial.settled();
        for (let i = random.between(1, 3); i > 0; i--) trial.tell(trial.project.edit());
        trial.write();
      }
      const schedule = random.int(2 ** 31);
      const back = trial.keep();
      const again = async (accidents: RowsAccidents): Promise<number> => {
        back();
        trial.scene.random = new Random(schedule);
        return await trial.build(everything, accidents);
      };
      await again({});
      const { changes } = trial.scene;
      for (let killAt = 1; killAt <= changes; killAt++) {
        for (const how of [{}, { torn: 1 + random.int(60) }, { powerCut: true }]) {
          sum.points++;
          await again({ killAt, ...how });
          await trial.settled();
        }
        if (nestedEvery > 0 && killAt % nestedEvery === 0) await this.#killRecovery(() => again({ killAt }));
      }
    } finally {
      trial.tally.histories++;
      trial.end();
    }
  }

  /** The power goes in front of each change of the build that recovers from a kill. */
  async #killRecovery(crash: () => Promise<number>): Promise<void> {
    for (let killAt = 1; ; killAt++) {
      await crash();
      if ((await this.trial.build(everything, { killAt, powerCut: true })) !== -1) return;
      this.sum.nested++;
      await this.trial.settled();
    }
  }
}
