// Crash points: one build is killed in front of each change of the disk it makes, and recovered from each time.

import { edit } from './edit.ts';
import type { Call } from './evalmake.ts';
import { anyProject } from './project.ts';
import { Random } from './random.ts';
import { type Accidents, Trial } from './trial.ts';

/** What enumerating came to. */
export interface CrashSum {
  builds: number;
  /** Builds whose every change was a point of a crash. */
  enumerated: number;
  points: number;
  /** Kills in a write of which a part had got to the disk, power cuts, and kills in the recovery from a kill. */
  torn: number;
  cuts: number;
  nested: number;
}

export const noCrashSum = (): CrashSum => ({
  builds: 0,
  enumerated: 0,
  points: 0,
  torn: 0,
  cuts: 0,
  nested: 0,
});

const everything: Call = { wanted: [], jobs: 3, keepGoing: true };

/**
 * Builds a project once, edits it, and kills the build that follows in front of each of its changes: by SIGKILL, in the
 * middle of a write, and by a power cut. After each the promises hold, and everything can be built.
 */
export class CrashPoints {
  readonly trial: Trial;
  readonly #random: Random;

  constructor(
    seed: number,
    private readonly sum: CrashSum,
  ) {
    this.#random = new Random(seed);
    this.trial = new Trial(anyProject(this.#random, this.#random.between(1, 4)), this.#random);
  }

  /** @throws Violation when a promise is broken */
  async run(): Promise<void> {
    const { trial } = this;
    const { scene } = trial.bench;
    if (this.#random.chance(0.7)) {
      await trial.build(everything, {});
      // Once more when the files are old enough for their digests to be kept.
      scene.pass(3000);
      await trial.build(everything, {});
    }
    for (let i = this.#random.between(1, 4); i > 0; i--) trial.tell(`  ${edit(trial.bench, this.#random)}`);
    const schedule = this.#random.int(2 ** 31);
    const kept = trial.keep();
    const from = scene.story.length;
    /** Everything up to the end of one more build, from the same state and with the same choices. */
    const again = async (accidents: Accidents): Promise<boolean> => {
      trial.restore(kept);
      scene.story.length = from;
      scene.random = new Random(schedule);
      this.sum.builds++;
      return (await trial.build(everything, accidents)) === undefined;
    };
    await again({});
    const changes = scene.changes;
    for (let killAt = 1; killAt <= changes; killAt++) {
      this.sum.points++;
      await again({ killAt });
      await this.#recover();
      this.sum.torn++;
      await again({ killAt, torn: 1 + this.#random.int(60) });
      await this.#recover();
      this.sum.cuts++;
      await again({ killAt, powerCut: true });
      await this.#recover();
      if (killAt % 16 === schedule % 16) await this.#killRecovery(() => again({ killAt }));
    }
    this.sum.enumerated++;
  }

  async #recover(): Promise<void> {
    this.sum.builds += 2;
    await this.trial.settled(everything);
  }

  /** Kills the build that recovers, too, in front of each of its first changes. */
  async #killRecovery(crash: () => Promise<boolean>): Promise<void> {
    for (let killAt = 1; killAt <= 24; killAt++) {
      if (!(await crash())) return;
      this.sum.nested++;
      if ((await this.trial.build(everything, { killAt })) !== undefined) return;
      await this.#recover();
    }
  }
}
