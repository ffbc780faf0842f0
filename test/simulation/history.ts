// A History is one random project and what happens to it: rounds of edits, builds and accidents.
import { writeBoth } from './bench.ts';
import { edit, editSource } from './edit.ts';
import type { Call } from './evalmake.ts';
import { anyProject, anyText, isOff } from './project.ts';
import { Random } from './random.ts';
import { type Accidents, Trial } from './trial.ts';

/** What a history is made from. */
export interface HistoryOptions {
  readonly seed: number;
  readonly targets: number;
  readonly rounds: number;
  /** Rounds to leave out, when a failure is made smaller. */
  readonly without?: ReadonlySet<number>;
}

/** Any request: mostly for everything. */
export function anyCall({ bench: { project } }: Trial, random: Random): Call {
  const on = project.targets.filter((t) => !isOff(project, t)).map((t) => t.name);
  return {
    wanted: random.chance(0.3) ? random.some(on, random.between(1, 3)) : [],
    jobs: random.between(1, 8),
    keepGoing: random.chance(0.6),
  };
}

/** Something that happens while a build runs: mostly it is killed. */
function anyAccidents(trial: Trial, random: Random): Accidents {
  const dice = random.next();
  if (dice < 0.65) {
    const killAt = 1 + random.int(random.pick([20, 60, 200]));
    const powerCut = random.chance(0.15);
    return { killAt, powerCut, ...(random.chance(0.5) ? { torn: random.int(120) } : {}) };
  }
  if (dice < 0.8)
    return { interruptAt: random.int(40), ...(random.chance(0.4) ? { interruptAgain: random.int(10) } : {}) };
  const meddleAt = random.int(40);
  if (dice < 0.9) return { meddleAt, meddle: () => trial.meddle() };
  if (random.chance(0.5)) return { meddleAt, meddleAgain: 1 + random.int(12), ...writtenBack(trial, random) };
  return {
    meddleAt,
    loose: true,
    meddle: () => trial.tell(`    meanwhile ${editSource(trial.bench, random)}`),
  };
}

/** A source is another for a while: what is read meanwhile must not count as read from what it is before and after. */
function writtenBack({ bench }: Trial, random: Random): Accidents {
  const path = random.pick([...bench.project.sources].filter((p) => bench.oracle.files.has(p)));
  const before = bench.oracle.files.get(path) ?? '';
  const texts = [`${anyText(random)}${before}`, before];
  return { loose: true, meddle: () => writeBoth(bench, path, texts.shift() ?? before) };
}

export class History {
  readonly trial: Trial;

  constructor(private readonly options: HistoryOptions) {
    const random = new Random(options.seed);
    this.trial = new Trial(anyProject(random, options.targets), random);
  }

  /** What happened so far, for people. */
  get story(): string {
    return `${this.trial.bench.scene.story.join('\n')}\n${this.trial.pipeline}`;
  }

  /** Lives through all rounds. @throws Violation when a promise is broken */
  async run(): Promise<void> {
    const seeds = new Random(this.options.seed ^ 0x5eed);
    for (let round = 0; round <= this.options.rounds; round++) {
      const random = seeds.fork();
      if (!this.options.without?.has(round)) await this.#round(random, round);
    }
  }

  async #round(random: Random, round: number): Promise<void> {
    const { trial } = this;
    const { scene } = trial.bench;
    scene.random = random.fork();
    trial.tell(`round ${round}`);
    if (round > 0)
      for (let i = random.between(1, 3); i > 0; i--) trial.tell(`  ${edit(trial.bench, random)}`);
    if (random.chance(0.5)) scene.pass(random.int(5000));
    if (random.chance(0.3)) scene.asUser(() => scene.disk.sync());
    const call = anyCall(trial, random);
    scene.failing = random.chance(0.3) ? 0.15 : 0;
    for (let tries = 0; tries < 4; tries++) {
      const accidents = tries < 3 && random.chance(0.4) ? anyAccidents(trial, random) : {};
      const unseen = random.chance(0.4);
      if ((await trial.build(call, { ...accidents, unseen })) !== undefined) break;
    }
    scene.failing = 0;
    if (random.chance(0.5)) await trial.settled(call);
  }
}
