// The oracle knows, from the rules alone, which tasks must run, which may and which must not, and what every file holds.
import type { ProjectModel } from './project.ts';
import { isOff } from './project.ts';
import {
  type Files,
  fingerprintOf,
  imageOf,
  made,
  outputFiles,
  outputsImage,
  passes,
  type TaskModel,
  tasksOf,
} from './task-model.ts';

interface OracleRecord {
  readonly fingerprint: string;
  /** What lay at the outputs. */
  readonly image: string;
  /** Whether the build must know this record. One that may be lost, or may have been replaced, proves what it can. */
  sure: boolean;
}

/** How many records of one task the journal keeps. */
const recordsKept = 3;

/** What a build did to one task. */
export type Fate = 'fresh' | 'ran' | 'failed' | 'stopped';

/** What was seen of a build: how often each command was started, and what the events said. */
export interface Seen {
  readonly runs: ReadonlyMap<string, number>;
  readonly finished: ReadonlySet<string>;
  /** Tasks whose outputs were judged again and passed. */
  readonly rechecked: ReadonlySet<string>;
  /** Tasks whose former result was brought back. */
  readonly restored: ReadonlySet<string>;
  /** Failures that no model knows of: somebody made the command fail, or its set holds files of nobody. */
  readonly excused: ReadonlySet<string>;
  /** Whether the build stops starting work after a failure. */
  readonly mayStop: boolean;
  /** Whether a signal stopped it. */
  readonly signalled: boolean;
}

/** What was found wrong; a simulation counts these by kind. */
export class Violation extends Error {
  constructor(
    readonly kind: 'wrong-fresh' | 'lost-output' | 'extra-run' | 'other',
    message: string,
  ) {
    super(message);
  }
}

/** All that an oracle knows, to come back to. */
export interface OracleState {
  readonly files: Files;
  readonly records: readonly (readonly [string, readonly OracleRecord[]])[];
  readonly touched: readonly string[];
  readonly unknown: readonly (readonly [string, number])[];
}

export class Oracle {
  /** Content by path of everything that matters: sources, code, outputs. */
  files = new Map<string, string>();
  #records = new Map<string, OracleRecord[]>();
  /** Tasks of which the state was damaged, or whose last run nobody saw the end of. */
  readonly touched = new Set<string>();
  /** Tasks whose lines of the journal were spoiled since the last recovery, which may take a finished one for cut off. */
  readonly spoiled = new Set<string>();
  /** Tasks of which nobody knows what records they have: they may be fresh, and a clean build tells whether rightly. */
  readonly #unknown = new Map<string, number>();

  /** Whether some record proves a task fresh: it must be taken for fresh, may be, or must not. */
  freshness(task: TaskModel): 'must' | 'may' | 'not' {
    if (task.inputs.some((path) => imageOf(this.files, path) === undefined)) return 'not';
    const fingerprint = fingerprintOf(task, this.files);
    const image = outputsImage(task, this.files);
    if (image.includes('null') && outputFiles(task, this.files).length === 0) return 'not';
    const fits = (this.#records.get(task.id) ?? []).filter(
      (r) => r.fingerprint === fingerprint && r.image === image,
    );
    if (!passes(task, this.files)) return 'not';
    if (fits.length === 0) return this.#unknown.has(task.id) ? 'may' : 'not';
    return fits.some((r) => r.sure) ? 'must' : 'may';
  }

  keep(): OracleState {
    return {
      files: new Map(this.files),
      records: [...this.#records].map(([id, list]) => [id, list.map((r) => ({ ...r }))]),
      touched: [...this.touched],
      unknown: [...this.#unknown],
    };
  }

  restore(state: OracleState): void {
    this.files = new Map(state.files);
    this.#records.clear();
    for (const [id, list] of state.records)
      this.#records.set(
        id,
        list.map((r) => ({ ...r })),
      );
    this.touched.clear();
    for (const id of state.touched) this.touched.add(id);
    this.#unknown.clear();
    for (const [id, left] of state.unknown) this.#unknown.set(id, left);
    this.spoiled.clear();
  }

  /** Notes that a task has a record of what it read and wrote; older ones lose their certainty in time. */
  record(task: TaskModel, before: Files, sure = true): void {
    const records = this.#records.get(task.id) ?? [];
    records.unshift({
      fingerprint: fingerprintOf(task, before),
      image: outputsImage(task, this.files),
      sure,
    });
    for (const one of records.slice(recordsKept)) one.sure = false;
    // An older one may stand in a manifest for a while; more than a few are of no interest.
    this.#records.set(task.id, records.slice(0, 12));
  }

  /** What lay at the outputs when a task was last recorded. */
  newestImage(id: string): string | undefined {
    return this.#records.get(id)?.[0]?.image;
  }

  /** The records of a task may be lost now, and what lies at its outputs may be nobody's. */
  doubt(id: string): void {
    for (const one of this.#records.get(id) ?? []) one.sure = false;
    this.touched.add(id);
  }

  /** Every task may have lost its records. */
  doubtAll(): void {
    for (const id of this.#records.keys()) this.doubt(id);
  }

  /** Nobody could follow what a task did: it has any records, or none. */
  lose(id: string): void {
    this.doubt(id);
    this.#unknown.set(id, recordsKept);
  }

  /** Names of all tasks that ever had a record. */
  get known(): readonly string[] {
    return [...this.#records.keys()];
  }

  /** Takes in what a task wrote: the members of its sets that were not written again are gone. */
  publish(task: TaskModel, content: ReadonlyMap<string, string>): void {
    for (const path of outputFiles(task, this.files)) this.files.delete(path);
    for (const [path, text] of content) this.files.set(path, text);
  }

  /** Takes in a run that ended well. */
  ran(task: TaskModel, content: Files, sure = true): void {
    const before = new Map(this.files);
    this.publish(task, content);
    this.record(task, before, sure);
    // Each record that is known puts out one that is not.
    const left = (this.#unknown.get(task.id) ?? 0) - 1;
    if (left > 0) this.#unknown.set(task.id, left);
    else this.#unknown.delete(task.id);
  }

  /**
   * Follows a build over the tasks of some targets, in the order of their edges, and notes what each wrote.
   * @throws Violation when a task ran that had to be fresh, or did not run and had to
   */
  follow(project: ProjectModel, wanted: ReadonlySet<string>, seen: Seen): Map<string, Fate> {
    const fates = new Map<string, Fate>();
    // Where a source is missing, nothing is begun at all unless the build keeps going.
    let refused = false;
    for (const target of project.targets) {
      if (!wanted.has(target.name) || isOff(project, target)) continue;
      for (const task of tasksOf(project, target, this.files)) {
        refused ||= seen.mayStop && task.inputs.some((p) => p.startsWith('src/') && !this.files.has(p));
        const blocked = task.needs.some((id) => fates.get(id) === 'failed' || fates.get(id) === 'stopped');
        fates.set(task.id, blocked ? this.#blocked(task, seen) : this.#fate(task, seen));
      }
    }
    const failed = [...fates.values()].includes('failed');
    const stopped = [...fates].filter(([, fate]) => fate === 'stopped').map(([id]) => id);
    if (stopped.length > 0 && !failed && !refused && !seen.signalled)
      throw new Violation('wrong-fresh', `stale, and did not run: ${stopped.join(' ')}`);
    const unknown = [...seen.runs.keys()].filter((id) => !fates.has(id));
    if (unknown.length > 0)
      throw new Violation('extra-run', `ran, and was not asked for: ${unknown.join(' ')}`);
    return fates;
  }

  #blocked(task: TaskModel, seen: Seen): Fate {
    if (seen.runs.has(task.id))
      throw new Violation('extra-run', `${task.id} ran although what it needs failed`);
    return 'stopped';
  }

  #fate(task: TaskModel, seen: Seen): Fate {
    const runs = seen.runs.get(task.id) ?? 0;
    const freshness = this.freshness(task);
    if (seen.rechecked.has(task.id) && runs === 0) this.record(task, this.files);
    if (runs > 1 + task.target.retries) throw new Violation('extra-run', `${task.id} ran ${runs} times`);
    if (freshness === 'must' && runs > 0)
      throw new Violation('extra-run', `${task.id} ran although it is fresh`);
    if (runs === 0 && seen.restored.has(task.id)) return this.#restored(task, freshness);
    if (freshness !== 'not' && runs === 0 && !seen.excused.has(task.id)) return 'fresh';
    if (runs === 0) return this.#notRun(task, seen);
    const content = made(task, this.files);
    if (!seen.finished.has(task.id)) {
      if (content !== undefined && !seen.excused.has(task.id) && !seen.signalled)
        throw new Violation('other', `${task.id} failed without a reason`);
      // A check that was judged on what lies there and failed takes the records away.
      if (!passes(task, this.files)) this.doubt(task.id);
      return 'failed';
    }
    if (content === undefined)
      throw new Violation('wrong-fresh', `${task.id} finished, and a clean build of it fails`);
    this.ran(task, content);
    return 'ran';
  }

  /** A former result stands for a run: it must be what a clean build makes, which the command is not asked for. */
  #restored(task: TaskModel, freshness: 'must' | 'may' | 'not'): Fate {
    if (freshness === 'must') throw new Violation('other', `${task.id} was restored although it is fresh`);
    // What a build made that nobody could follow may have been made before, too.
    const before = this.#records.has(task.id) || this.touched.has(task.id);
    const content = before ? made(task, this.files) : undefined;
    if (content === undefined)
      throw new Violation('wrong-fresh', `${task.id} was restored, and cannot have been made before`);
    this.ran(task, content);
    return 'ran';
  }

  #notRun(task: TaskModel, seen: Seen): Fate {
    const absent = task.inputs.some((path) => imageOf(this.files, path) === undefined);
    if (absent || seen.excused.has(task.id)) return 'failed';
    if (!seen.mayStop) throw new Violation('wrong-fresh', `${task.id} is stale and did not run`);
    return 'stopped';
  }
}
