// Watching: says that an input may have changed. It never decides anything; the ordinary planner does.

import { dirname, join, resolve } from 'node:path';
import { fixedDir, type Graph, type Plan, type Task, usageOf } from '@evalmake/core';
import { FolderPolling } from './folder-polling.ts';
import { FolderWatches, type Followed, type Watching } from './folder-watches.ts';
import { existsSync, statSync } from './fs.ts';
import type { Workspace } from './workspace.ts';

/** A burst of changes (an editor's save, a checkout) is one change when its parts are this close. */
const settleMs = 60;

/** How a watcher watches. */
export interface WatcherOptions {
  readonly poll?: boolean;
  /** Called with why it has to look again and again. */
  readonly warn?: (text: string) => void;
}

/** Follows the files that a plan reads. */
export class Watcher {
  private watching: Watching;
  private followed: Followed = { files: new Set(), folders: new Set() };
  /** Every folder above something that is followed. */
  private above: ReadonlySet<string> = new Set();
  private isPolling: boolean;
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly seen = new Map<string, string>();

  /** @param options.poll whether to look again and again instead of asking the kernel, for mounts that tell of no change */
  constructor(private readonly options: WatcherOptions = {}) {
    this.isPolling = options.poll === true;
    const told = (path: string): void => this.hint(resolve(path));
    this.watching = this.isPolling
      ? new FolderPolling(told)
      : new FolderWatches(told, (error) => this.cannot(error));
  }

  /** Resolves at the next change after this call. */
  next(): Promise<void> {
    return new Promise((done) => {
      this.waiting.push(done);
    });
  }

  /** How many files and folders are followed. */
  get size(): number {
    return this.followed.files.size + this.followed.folders.size;
  }

  /** Watches what the tasks of a graph may read, before a plan of it is made: what changes from then on is told. */
  async expect(workspace: Workspace, graph: Graph): Promise<void> {
    await this.watchThese(followedBy(workspace, graph.tasks, (task) => wordsThatAreFiles(workspace, task)));
  }

  /**
   * Watches what a plan reads. Resolves when every later change will be seen.
   * @returns whether all of it was watched already, so that no earlier change can have been missed
   */
  follow(workspace: Workspace, plan: Plan): Promise<boolean> {
    const decided = plan.graph.tasks.filter((task) => plan.decisions[task.index] !== undefined);
    return this.watchThese(followedBy(workspace, decided, (task) => scriptsOf(plan, task)));
  }

  /** Watches a pipeline that could not be read, beside what was watched before. */
  followFile(path: string): Promise<boolean> {
    const { files, folders } = this.followed;
    return this.watchThese({ files: new Set([...files, path]), folders });
  }

  private async watchThese(followed: Followed): Promise<boolean> {
    const covered =
      !this.isPolling &&
      [...followed.files, ...followed.folders].every((path) => isWithin(path, this.followed));
    this.followed = followed;
    const above = new Set<string>();
    for (const path of [...followed.files, ...followed.folders])
      for (let at = dirname(path); !above.has(at); at = dirname(at)) above.add(at);
    this.above = above;
    await this.watching.follow(followed);
    if (this.isPolling && !(this.watching instanceof FolderPolling)) await this.poll(followed);
    return covered && !this.isPolling;
  }

  /** From now on looks itself. */
  private async poll(followed: Followed): Promise<void> {
    const before = this.watching;
    this.watching = new FolderPolling((path) => this.hint(resolve(path)));
    await before.close();
    await this.watching.follow(followed);
  }

  private cannot(error: Error): void {
    if (this.isPolling) return;
    this.isPolling = true;
    this.options.warn?.(`${error.message}: files are looked at every half second instead`);
    this.wake(); // the next `follow` begins to look
  }

  private hint(path: string): void {
    if (!this.counts(path) || this.sameAsBefore(path)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), settleMs);
  }

  private wake(): void {
    for (const done of this.waiting.splice(0)) done();
  }

  /** Whether a path is followed, lies in something that is, or has such a thing in it. */
  private counts(path: string): boolean {
    return this.above.has(path) || isWithin(path, this.followed);
  }

  /** One change may be told twice; a path whose signature has not moved since is no news. */
  private sameAsBefore(path: string): boolean {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    const now = stat === undefined ? 'missing' : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
    const same = this.seen.get(path) === now;
    this.seen.set(path, now);
    return same;
  }

  /** Ends watching. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.watching.close();
  }
}

/** Whether a path is followed, or lies in something that is. */
function isWithin(path: string, { files, folders }: Followed): boolean {
  for (let at = path; ; at = dirname(at)) {
    if (files.has(at) || folders.has(at)) return true;
    if (at === dirname(at)) return false;
  }
}

/** Sources, scripts, folders of globs, the pipeline, its config and schemas. */
function followedBy(
  { root, options, pipeline }: Workspace,
  tasks: readonly Task[],
  scripts: (task: Task) => readonly string[],
): Followed {
  const files = new Set([join(root, options.file), ...options.configs]);
  const folders = new Set<string>();
  for (const file of [pipeline.configFile, pipeline.configSchema])
    if (file !== undefined) files.add(join(root, file));
  for (const task of tasks) {
    addDeclared(task, root, { files, folders });
    for (const path of scripts(task)) files.add(join(root, path));
  }
  return { files, folders };
}

/** Scripts that a plan has found in the command of a task. */
function scriptsOf(plan: Plan, task: Task): string[] {
  const labels = Object.keys(plan.decisions[task.index]?.fingerprint.parts ?? {});
  return labels.flatMap((label) => (label.startsWith('script:') ? [label.slice(7)] : []));
}

/** Words of a command that may turn out to be scripts. */
function wordsThatAreFiles({ root, pipeline }: Workspace, { target }: Task): string[] {
  return usageOf(target, pipeline).words.filter((word) => existsSync(join(root, word)));
}

function addDeclared(
  task: Task,
  root: string,
  { files, folders }: { files: Set<string>; folders: Set<string> },
): void {
  for (const input of task.inputs) {
    for (const glob of input.globs) folders.add(join(root, fixedDir(glob)));
    for (const { path, producer } of input.paths)
      if (producer < 0) (path.endsWith('/') ? folders : files).add(resolve(root, path));
  }
  for (const each of task.target.each)
    if (each.source.kind === 'glob') folders.add(join(root, fixedDir(each.source.pattern)));
  for (const code of task.target.code) {
    if (/[*?[{]/.test(code)) folders.add(join(root, fixedDir(code)));
    else files.add(join(root, code));
  }
  for (const spec of task.target.checks)
    if (spec.demand.kind === 'json_schema') files.add(join(root, spec.demand.schema));
}
