// A RowsTrial is one project of rows on one machine: each build is held to the bill of its provider and to a clean build.
import * as node from 'node:fs';
import { settle, type Upsets } from './driver.ts';
import { build, type Call, dryRun } from './evalmake.ts';
import { Violation } from './oracle.ts';
import type { Random } from './random.ts';
import { hopeless, RowsProject } from './rows-project.ts';
import { answersIn, RowsProvider } from './rows-provider.ts';
import { root, Scene } from './scene.ts';

/** What trials came to, in numbers. */
export const noRowsTally = () => ({
  histories: 0,
  builds: 0,
  changes: 0,
  kills: 0,
  torn: 0,
  cuts: 0,
  interrupts: 0,
  commands: 0,
  billed: 0,
  reused: 0,
  doubles: 0,
});
export type RowsTally = ReturnType<typeof noRowsTally>;

/** What may happen to a build beside the upsets of the driver. */
export interface RowsAccidents extends Upsets {
  /** When it is killed, the power goes too. */
  readonly powerCut?: boolean;
}

export class RowsTrial {
  readonly project: RowsProject;
  readonly provider: RowsProvider;
  readonly scene: Scene;
  /** Whether the last build was killed. */
  killed = false;

  constructor(
    private readonly random: Random,
    readonly tally: RowsTally,
  ) {
    this.project = new RowsProject(random);
    this.provider = new RowsProvider(random.fork(), hopeless);
    this.scene = new Scene(random.int(2 ** 31), random.pick([1, 4]), (job) =>
      this.provider.client(job, this.scene.disk, root),
    );
    this.write();
  }

  get story(): string {
    return `${this.scene.story.join('\n')}\n${[...this.project.files()].map(([path, text]) => `${path}:\n${text}`).join('')}`;
  }

  tell(text: string): void {
    this.scene.story.push(text);
  }

  /** Writes what people have written, where it is not there. */
  write(): void {
    const tree = this.scene.tree();
    for (const [path, text] of this.project.files())
      if (tree.get(path) !== text) this.scene.write(path, text);
    this.scene.asUser(() => this.scene.disk.sync());
  }

  /** Ends it, and gives the process its own disk back. */
  end(): void {
    this.tally.billed += this.provider.billed;
    this.scene.dispose(node);
  }

  /** A state to come back to; nothing may run. */
  keep(): () => void {
    const { scene } = this;
    const [disk, provider, now, told] = [
      scene.disk.snapshot(),
      this.provider.keep(),
      scene.now,
      scene.story.length,
    ];
    return () => {
      scene.machine.reboot();
      scene.disk.restore(disk);
      this.tally.billed += this.provider.billed;
      provider();
      this.tally.billed -= this.provider.billed;
      scene.pass(now - scene.now);
      scene.story.length = told;
    };
  }

  /**
   * One call of evalmake.
   * @returns its exit code; -1 when it was killed
   * @throws Violation when anything was paid for twice
   */
  async build(call: Call, accidents: RowsAccidents): Promise<number> {
    const { scene, tally } = this;
    this.tell(`evalmake -j${call.jobs}${call.keepGoing ? ' -k' : ''} ${JSON.stringify(accidents)}`);
    const { outcome, seen } = await build(scene, call, accidents, () => {});
    tally.builds++;
    tally.changes += scene.changes;
    for (const count of scene.runs.values()) tally.commands += count;
    for (const e of seen.events)
      if (e.event === 'failed') this.tell(`  failed ${e.task} ${e.reason} ${e.message}`);
      else if (e.event === 'blocked') this.tell(`  blocked ${e.task} ${JSON.stringify(e.reasons)}`);
      else if (e.event === 'warn') this.tell(`  warn ${e.text}`);
      else if ('task' in e) this.tell(`  ${e.event} ${e.task}`);
    for (const violation of scene.violations) throw violation;
    if (outcome.kind === 'threw') throw outcome.error;
    this.killed = outcome.kind === 'killed';
    this.tell(`  ${outcome.kind} ${seen.exit}`);
    if (this.killed) await this.#died(accidents);
    else if (seen.exit === 130) tally.interrupts++;
    this.#checkBills();
    return this.killed ? -1 : seen.exit;
  }

  async #died({ powerCut, torn }: RowsAccidents): Promise<void> {
    const { scene, tally } = this;
    tally.kills++;
    if (torn !== undefined) tally.torn++;
    if (powerCut === true) {
      tally.cuts++;
      this.tell('  the power goes');
      scene.powerCut(undefined);
      this.write();
    }
    for (let i = this.random.int(10); i > 0; i--) {
      await settle();
      for (const command of scene.machine.living) command.advance();
    }
  }

  #checkBills(): void {
    const { doubles } = this.provider;
    if (doubles.length === 0) return;
    this.tally.doubles += doubles.length;
    throw new Violation('other', `paid too often: ${doubles.join('; ')}`);
  }

  /** With nothing in the way everything gets its answers; then nothing runs, and all is as a clean build makes it. */
  async settled(): Promise<void> {
    const { scene, project, provider } = this;
    provider.unlucky = 0;
    scene.failing = 0;
    const calm = { wanted: [], jobs: this.random.between(1, 4), keepGoing: true };
    let exit = -1;
    for (let tries = 0; exit !== 0 && tries < 24; tries++) exit = await this.build(calm, {});
    if (exit !== 0) throw new Violation('other', `still exit ${exit}`);
    const before = provider.billed;
    const stale = [...(await dryRun(scene, calm))].filter(([, verdict]) => verdict !== 'fresh');
    if (stale.length > 0) throw new Violation('extra-run', `not fresh: ${stale.join(' ')}`);
    await this.build(calm, {});
    if (provider.billed !== before || scene.runs.size > 0)
      throw new Violation('extra-run', 'asked again with nothing changed');
    const tree = scene.tree();
    for (const task of project.tasks) {
      const wanted = project.wanted(task);
      this.tally.reused += wanted.split('\n').length - 1;
      if (tree.get(task.output) !== wanted)
        throw new Violation('other', `${task.output} is ${tree.get(task.output)} in place of ${wanted}`);
    }
  }

  /** Answers that the user has deleted wherever they stood may be bought once more. */
  forgive(): void {
    const tree = this.scene.tree();
    const stores = new Set(this.project.targets.map(({ name }) => this.project.storeOf(name)));
    const known = new Set<string>();
    for (const [path, text] of tree)
      if (stores.has(path) || (/^out\/[^.]+\.jsonl$/.test(path) && tree.has(`${path}.keys.jsonl`)))
        for (const answer of answersIn(text)) known.add(answer);
    this.provider.forgive(known);
    if (![...stores].some((path) => tree.has(path))) this.provider.failed.clear();
  }
}
