// A Trial is one project on one machine: each plan, build and crash is held against the oracle and against a clean build.
import { assertAgreed, assertBuilt, assertFresh } from './agreement.ts';
import { type Bench, writeBoth, writePipeline } from './bench.ts';
import { settle, type Upsets } from './driver.ts';
import { type BuildSeen, build, type Call, dryRun, second, type Verdicts } from './evalmake.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { type Fate, Oracle, type OracleState, type Seen, Violation } from './oracle.ts';
import { pipelineText, wantedTargets } from './pipeline-text.ts';
import { anyText, codePath, type ProjectModel } from './project.ts';
import type { Random } from './random.ts';
import { assertDisk, type Crashed, keepFinished, reconcile, settleSpoiled } from './reconcile.ts';
import { Scene } from './scene.ts';

/** What trials came to, in numbers. */
export const noTally = () => ({ builds: 0, commands: 0, changes: 0, kills: 0, cuts: 0, interrupts: 0 });
export type Tally = ReturnType<typeof noTally>;

type Fates = ReadonlyMap<string, Fate>;

/** A state to come back to. */
interface Kept {
  readonly disk: ReturnType<MemoryDisk['snapshot']>;
  readonly oracle: OracleState;
  readonly now: number;
}

/** What may happen beside the upsets of the driver. */
export interface Accidents extends Upsets {
  /** When it is killed, the power goes too. */
  readonly powerCut?: boolean;
  /** Sources are edited while it runs, so that nobody can follow what it did. */
  readonly loose?: boolean;
  /** Nobody makes a dry run before. */
  readonly unseen?: boolean;
}

export class Trial {
  readonly bench: Bench;
  readonly tally = noTally();
  #crashed: Crashed | undefined;
  #powerCut = false;
  /** Tasks that found files of nobody at their outputs. */
  readonly #strangers = new Set<string>();
  /** Whether a build has the lock and has recovered. */
  locked = false;

  constructor(project: ProjectModel, random: Random) {
    // Where times are coarse, a command that writes the same bytes in place at once seems to have written nothing.
    const staged = project.targets.every((t) => t.outputs.every((o) => o.staged));
    const scene = new Scene(random.int(2 ** 31), random.pick(staged ? [4, 1000] : [1, 4]));
    scene.narrow = new Set(project.targets.filter((t) => t.pool).map((t) => t.name));
    this.bench = { scene, project, oracle: new Oracle(), origin: new Map() };
    for (const path of project.sources) {
      const text = anyText(random);
      this.bench.origin.set(path, text);
      writeBoth(this.bench, path, text);
    }
    writeBoth(this.bench, codePath, 'a\n');
    writePipeline(this.bench);
  }

  /** The pipeline as it is now. */
  get pipeline(): string {
    return pipelineText(this.bench.project);
  }

  tell(text: string): void {
    this.bench.scene.story.push(text);
  }

  /** Keeps the state, when nothing runs. */
  keep(): Kept {
    const { scene, oracle } = this.bench;
    return { disk: scene.disk.snapshot(), oracle: oracle.keep(), now: scene.now };
  }

  /** Comes back to a state: nothing that happened since has happened. */
  restore({ disk, oracle, now }: Kept): void {
    const { scene } = this.bench;
    scene.machine.reboot();
    scene.disk.restore(disk);
    this.bench.oracle.restore(oracle);
    scene.pass(now - scene.now);
    this.#crashed = undefined;
    this.#powerCut = false;
  }

  /**
   * Mostly a dry run, and a build.
   * @returns what became of the tasks; undefined when it was killed, so that another has to follow
   * @throws Violation when a promise is broken
   */
  async build(call: Call, accidents: Accidents): Promise<Fates | undefined> {
    const { bench } = this;
    const { scene } = bench;
    const verdicts = accidents.unseen === true ? undefined : await dryRun(scene, call);
    if (verdicts !== undefined) assertFresh(bench, verdicts, scene.tree());
    const options = `-j${call.jobs}${call.keepGoing ? ' -k' : ''}`;
    this.tell(`  evalmake ${[...call.wanted, options].join(' ')} ${JSON.stringify(accidents)}`);
    // Recovery may change what a plan was made from.
    const whole = this.#crashed === undefined && !this.#powerCut && bench.oracle.spoiled.size === 0;
    const { outcome, seen } = await build(scene, call, accidents, () => this.#recovered());
    this.locked = false;
    this.tally.builds++;
    this.tally.changes += scene.changes;
    for (const count of scene.runs.values()) this.tally.commands += count;
    this.tell(`    ${outcome.kind} ${seen.exit}: ran ${[...scene.runs.keys()].join(' ')}`);
    for (const e of seen.events) {
      if (e.event !== 'started' && e.event !== 'failed' && e.event !== 'rechecked') continue;
      const why =
        e.event === 'started' ? e.reasons.map((r) => `${r.code} ${r.subject ?? ''}`).join(', ') : '';
      this.tell(`      ${e.event} ${e.task} ${e.event === 'failed' ? `${e.reason} ${e.message}` : why}`);
    }
    for (const violation of scene.violations) throw violation;
    if (outcome.kind === 'threw') throw outcome.error;
    if (outcome.kind === 'killed') {
      await this.#died(call, seen, accidents);
      return undefined;
    }
    if (accidents.loose === true) return this.#loseSight();
    return this.#follow(call, seen, whole ? verdicts : undefined);
  }

  /** While a build runs, somebody looks, or another evalmake comes. */
  async meddle(): Promise<void> {
    const { scene } = this.bench;
    if (!this.locked) return;
    const everything = { wanted: [], jobs: 1, keepGoing: false };
    assertFresh(this.bench, await dryRun(scene, everything), scene.tree());
    if (!(await second(scene))) throw new Violation('other', 'a second build was let in');
  }

  async #died(call: Call, seen: BuildSeen, accidents: Accidents): Promise<void> {
    const { scene, project } = this.bench;
    this.tally.kills++;
    const finished = new Set(seen.events.flatMap((e) => (e.event === 'finished' ? [e.task] : [])));
    const wanted = wantedTargets(project, call.wanted);
    // A build that died before it ran anything leaves what an earlier one left.
    if (scene.runs.size > 0 || this.#crashed === undefined)
      this.#crashed = { runs: scene.runs, finished, wanted };
    if (accidents.powerCut === true) {
      this.tally.cuts++;
      this.#powerCut = true;
      scene.powerCut(undefined);
      this.#restoreSources();
    }
    for (let i = scene.random.int(10); i > 0; i--) {
      await settle();
      for (const command of scene.machine.living) command.advance();
    }
  }

  /** After a power cut the user takes sources and pipeline from where they are safe. */
  #restoreSources(): void {
    const { scene, oracle } = this.bench;
    scene.remove('src');
    for (const [path, text] of oracle.files) if (!path.startsWith('out/')) scene.write(path, text);
    writePipeline(this.bench);
    scene.asUser(() => scene.disk.sync());
  }

  /** The lock is taken and recovery is done: now every output is what it was, or what it was to become. */
  #recovered(): void {
    const { scene, oracle } = this.bench;
    if (scene.machine.living.length > 0)
      throw new Violation('other', 'a command of a dead build lives on after recovery');
    const tree = scene.tree();
    if (this.#powerCut) {
      oracle.spoiled.clear();
      for (const id of [...oracle.known, ...(this.#crashed?.runs.keys() ?? [])]) oracle.lose(id);
      if (this.#crashed !== undefined) keepFinished(this.bench, this.#crashed);
      this.#take(tree);
    } else {
      settleSpoiled(this.bench, tree);
      if (this.#crashed !== undefined) reconcile(this.bench, this.#crashed, tree);
    }
    this.#crashed = undefined;
    this.#powerCut = false;
    this.locked = true;
  }

  /** What lies at outputs is as it is. */
  #take(tree: ReadonlyMap<string, string>): void {
    const { files } = this.bench.oracle;
    for (const path of [...files.keys()]) if (path.startsWith('out/')) files.delete(path);
    for (const [path, text] of tree) if (path.startsWith('out/')) files.set(path, text);
  }

  /** Somebody edited sources while it ran: what it did is not followed, and the next plan tells whether it was right. */
  #loseSight(): Fates {
    const { scene, oracle } = this.bench;
    const tree = scene.tree();
    for (const [path, text] of oracle.files) {
      const mine = [...scene.runs.keys()].some((id) => path.startsWith(`out/${id.replace('@', '/')}.`));
      if (path.startsWith('out/') && !mine && tree.get(path) !== text)
        throw new Violation('lost-output', `${path} changed, and its task did not run`);
    }
    this.#take(tree);
    for (const id of scene.runs.keys()) oracle.lose(id);
    return new Map();
  }

  #follow(call: Call, events: BuildSeen, planned: Verdicts | undefined): Fates {
    const { bench } = this;
    const { scene, oracle, project } = bench;
    const signalled = events.exit === 130;
    if (signalled) this.tally.interrupts++;
    const wanted = wantedTargets(project, call.wanted);
    const fates = oracle.follow(project, wanted, this.#seen(call, events, signalled));
    const tree = scene.tree();
    assertDisk(bench, tree, 'after the build');
    const good = [...fates.values()].every((fate) => fate === 'fresh' || fate === 'ran');
    const exit = signalled ? 130 : good ? 0 : 1;
    const last = JSON.stringify(events.events.at(-1));
    if (events.exit !== exit)
      throw new Violation('other', `exit ${events.exit} in place of ${exit}: ${last}`);
    const calm = good && !signalled;
    if (planned !== undefined) assertAgreed(bench, planned, scene.runs, calm);
    if (calm) assertBuilt(bench, wanted, tree);
    this.#cleanUp();
    return fates;
  }

  #seen(call: Call, { events }: BuildSeen, signalled: boolean): Seen {
    const { scene, oracle } = this.bench;
    const excused = new Set(scene.excused);
    const finished = new Set<string>();
    const rechecked = new Set<string>();
    for (const event of events) {
      if (event.event === 'finished') finished.add(event.task);
      if (event.event === 'rechecked' && event.passed) rechecked.add(event.task);
    }
    // Files of a set whose record was lost are nobody's.
    for (const id of strangersIn(events)) {
      if (!oracle.touched.has(id)) continue;
      excused.add(id);
      this.#strangers.add(id);
    }
    const mayStop = !call.keepGoing || signalled;
    return { runs: scene.runs, finished, rechecked, excused, mayStop, signalled };
  }

  /** The user removes files of which evalmake says that no build wrote them. */
  #cleanUp(): void {
    const { scene, oracle } = this.bench;
    for (const id of this.#strangers) {
      const prefix = `out/${id.replace('@', '/')}.`;
      for (const path of [...oracle.files.keys()].filter((p) => p.startsWith(prefix))) {
        scene.remove(path);
        oracle.files.delete(path);
      }
      this.tell(`    removed what nobody wrote at ${prefix}`);
    }
    this.#strangers.clear();
  }

  /** With nothing in the way, a build ends well or with the failures of a clean build; one more runs nothing. */
  async settled(call: Call): Promise<void> {
    const calm = { ...call, keepGoing: true };
    // Files of nobody are told of one after the other.
    for (let tries = 0; tries < 9; tries++) {
      const before = this.bench.scene.story.length;
      await this.build(calm, { unseen: true });
      if (!this.bench.scene.story.slice(before).some((line) => line.includes('removed'))) break;
    }
    const fates = await this.build(calm, {});
    const ran = [...(fates ?? [])].filter(([, fate]) => fate === 'ran').map(([id]) => id);
    if (ran.length > 0) throw new Violation('extra-run', `ran again with nothing changed: ${ran.join(' ')}`);
  }
}

/** Tasks that found files at their outputs which no build wrote. */
function strangersIn(events: BuildSeen['events']): string[] {
  const blocked = (reasons: readonly { code: string }[]): boolean =>
    reasons.some((r) => r.code === 'output-unrecorded');
  return events.flatMap((event) => {
    if (event.event === 'failed') return event.reason === 'output-unrecorded' ? [event.task] : [];
    if (event.event === 'blocked') return blocked(event.reasons) ? [event.task] : [];
    if (event.event !== 'planned') return [];
    return event.tasks.filter((t) => t.verdict === 'blocked' && blocked(t.reasons)).map((t) => t.id);
  });
}
