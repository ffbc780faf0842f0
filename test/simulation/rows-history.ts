// A history of rows: edits, builds, kills and power cuts, after which every row was paid for once and every answer is right.
import type { Call } from './evalmake.ts';
import { Random } from './random.ts';
import { type RowsAccidents, type RowsTally, RowsTrial } from './rows-trial.ts';

export class RowsHistory {
  readonly trial: RowsTrial;
  readonly #random: Random;

  constructor(seed: number, tally: RowsTally) {
    this.#random = new Random(seed ^ 0x70e5);
    this.trial = new RowsTrial(this.#random, tally);
  }

  /** Lives through it. @throws Violation when a promise is broken */
  async run(): Promise<void> {
    const random = this.#random;
    try {
      for (let round = random.between(1, 4); round > 0; round--) {
        for (let tries = random.between(0, 4); tries > 0; tries--) {
          await this.#roughBuild();
          if (random.chance(0.3)) this.#edit();
        }
        await this.trial.settled();
        this.#edit();
      }
      await this.trial.settled();
    } finally {
      this.trial.tally.histories++;
      this.trial.end();
    }
  }

  /** A build in which anything may happen: mostly it is killed. */
  async #roughBuild(): Promise<void> {
    const { trial } = this;
    const random = this.#random;
    trial.provider.unlucky = random.pick([0, 0.15, 0.3]);
    trial.scene.failing = random.chance(0.3) ? 0.15 : 0;
    if (random.chance(0.3)) trial.scene.pass(random.int(5000));
    const names = trial.project.targets.map(({ name }) => name);
    const call: Call = {
      wanted: random.chance(0.2) ? [random.pick(names)] : [],
      jobs: random.between(1, 4),
      keepGoing: random.chance(0.5),
    };
    await trial.build(call, this.#accidents());
    trial.scene.failing = 0;
  }

  #accidents(): RowsAccidents {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.7) {
      const killAt = random.between(1, random.pick([30, 80, 200]));
      const torn = random.chance(0.3) ? { torn: random.int(60) } : {};
      return { killAt, powerCut: random.chance(0.3), ...torn };
    }
    if (dice < 0.85)
      return {
        interruptAt: random.int(40),
        ...(random.chance(0.4) ? { interruptAgain: random.int(10) } : {}),
      };
    return {};
  }

  /** The user changes or loses something. */
  #edit(): void {
    const { trial } = this;
    const random = this.#random;
    for (let n = random.between(1, 2); n > 0; n--)
      trial.tell(random.chance(0.7) ? trial.project.edit() : this.#lose());
    trial.write();
  }

  /** Deletes something that evalmake wrote. Says what. */
  #lose(): string {
    const { trial } = this;
    const random = this.#random;
    const { scene, project } = trial;
    const { output } = random.pick(project.tasks);
    const choice = random.int(4);
    const what =
      choice === 0
        ? [output]
        : choice === 1
          ? [`${output}.keys.jsonl`]
          : choice === 2
            ? ['m.json', ...(project.paidStore === undefined ? [] : [output, `${output}.keys.jsonl`])]
            : this.#mayForget()
              ? ['.evalmake']
              : [];
    for (const path of what) scene.remove(path);
    trial.forgive();
    return `lost ${what.join(', ')}`;
  }

  /** Whether all state can go: not while anything is in flight. */
  #mayForget(): boolean {
    const { scene, killed, project } = this.trial;
    const open = [...scene.tree().keys()].some((path) => path.endsWith('.attempt/attempt.json'));
    // After a kill an output may be new and its keys old: nothing vouches for its answers then but the store.
    return !open && scene.machine.living.length === 0 && (!killed || project.paidStore !== undefined);
  }
}
