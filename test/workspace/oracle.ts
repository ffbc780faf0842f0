// An oracle: the rules of DESIGN section 4 in their shortest form, to hold a real build against.

/** A task as the oracle sees it. */
export interface OracleTask {
  readonly id: string;
  /** Paths that are read, in order. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Where the outputs lie when they are a set: whatever else lies there belongs to an older run of this task. */
  readonly set?: string;
  /** Everything else that counts for freshness. */
  readonly command: string;
  /** Content of the outputs from the content of the inputs; undefined when the command fails. */
  readonly compute: (inputs: readonly string[]) => readonly string[] | undefined;
}

interface OracleRecord {
  readonly fingerprint: string;
  readonly outputs: readonly string[];
}

/** How many records of one task the journal keeps; older ones prove nothing any more. */
const recordsKept = 3;

/** What a build did to one task. */
export type Fate = 'fresh' | 'ran' | 'failed' | 'stopped';

/** What was seen of a build. */
export interface Seen {
  readonly ran: ReadonlySet<string>;
  readonly restored: ReadonlySet<string>;
}

interface SeenOfTask {
  readonly upstream: readonly Fate[];
  readonly ran: boolean;
  readonly restored: boolean;
  readonly mayStop: boolean;
}

export class Oracle {
  /** Content by path of everything that lies in the workspace and matters. */
  readonly disk = new Map<string, string>();
  readonly #records = new Map<string, OracleRecord[]>();
  /** Everything that was ever made: task and fingerprint. */
  readonly #made = new Set<string>();

  /** Whether some record matches both the fingerprint and the outputs on disk. */
  isFresh(task: OracleTask): boolean {
    const fingerprint = this.#fingerprint(task);
    const records = this.#records.get(task.id) ?? [];
    if (this.#leftovers(task).length > 0) return false;
    return records.some(
      (record) =>
        record.fingerprint === fingerprint &&
        task.outputs.every((path, index) => this.disk.get(path) === record.outputs[index]),
    );
  }

  /**
   * Follows a build over tasks in the order of their edges. Throws when a task ran that is fresh or whose upstream is
   * not done, and when a stale task did not run although nothing stood in its way.
   * @param seen ids of what really ran, and of what was restored
   * @param mayStop whether the build stops starting work after a failure
   */
  follow(tasks: readonly OracleTask[], seen: Seen, mayStop: boolean): Map<string, Fate> {
    const fates = new Map<string, Fate>();
    const producers = new Map(tasks.flatMap((task) => task.outputs.map((path) => [path, task.id] as const)));
    for (const task of tasks) {
      const upstream = task.inputs.flatMap((path) => fates.get(producers.get(path) ?? '') ?? []);
      const restored = seen.restored.has(task.id);
      fates.set(task.id, this.#fate(task, { upstream, ran: seen.ran.has(task.id), restored, mayStop }));
    }
    const failed = [...fates.values()].includes('failed');
    const stopped = [...fates].filter(([, fate]) => fate === 'stopped').map(([id]) => id);
    if (stopped.length > 0 && !failed) throw new Error(`stale, and did not run: ${stopped.join(' ')}`);
    return fates;
  }

  #fate(task: OracleTask, seen: SeenOfTask): Fate {
    const { upstream, mayStop, restored } = seen;
    const ran = seen.ran || restored;
    if (upstream.includes('failed') || upstream.includes('stopped')) {
      if (ran) throw new Error(`${task.id} ran although what it needs failed`);
      return 'stopped';
    }
    if (this.isFresh(task)) {
      if (ran) throw new Error(`${task.id} ran although it is fresh`);
      return 'fresh';
    }
    if (!ran) {
      if (!mayStop) throw new Error(`${task.id} is stale and did not run`);
      return 'stopped';
    }
    if (!seen.ran && !this.#made.has(this.#workOf(task)))
      throw new Error(`${task.id} was restored, and had never been made`);
    return this.#execute(task) ? 'ran' : 'failed';
  }

  #execute(task: OracleTask): boolean {
    const contents = task.compute(this.#inputs(task));
    if (contents === undefined) return false;
    this.#made.add(this.#workOf(task));
    const records = this.#records.get(task.id) ?? [];
    records.push({ fingerprint: this.#fingerprint(task), outputs: contents });
    this.#records.set(task.id, records.slice(-recordsKept));
    for (const path of this.#leftovers(task)) this.disk.delete(path);
    for (const [index, path] of task.outputs.entries()) this.disk.set(path, contents[index] ?? '');
    return true;
  }

  #leftovers(task: OracleTask): string[] {
    const { set, outputs } = task;
    if (set === undefined) return [];
    return [...this.disk.keys()].filter((path) => path.startsWith(set) && !outputs.includes(path));
  }

  #inputs(task: OracleTask): string[] {
    return task.inputs.map((path) => this.disk.get(path) ?? '');
  }

  #workOf(task: OracleTask): string {
    return `${task.id} ${this.#fingerprint(task)}`;
  }

  #fingerprint(task: OracleTask): string {
    return JSON.stringify([task.command, task.inputs, this.#inputs(task)]);
  }
}

/**
 * What a clean build of these tasks makes from the sources alone; a task that fails, and all that needs it, makes
 * nothing.
 */
export function cleanBuild(
  tasks: readonly OracleTask[],
  sources: ReadonlyMap<string, string>,
): Map<string, string> {
  const made = new Map(sources);
  for (const task of tasks) {
    const inputs = task.inputs.map((path) => made.get(path));
    if (inputs.some((input) => input === undefined)) continue;
    const contents = task.compute(inputs as string[]);
    task.outputs.forEach((path, index) => {
      const content = contents?.[index];
      if (content !== undefined) made.set(path, content);
    });
  }
  return made;
}
