// Watching: says that an input may have changed. It never decides anything; the ordinary planner does.

import { dirname, join, resolve } from 'node:path';
import { fixedDir, type Plan, type Task } from '@evalmake/core';
import { watch as chokidarWatch, type FSWatcher } from 'chokidar';
import { existsSync, statSync } from './fs.ts';
import { stateDir, type Workspace } from './workspace.ts';

/** A burst of changes (an editor's save, a checkout) is one change when its parts are this close. */
const settleMs = 60;
/** How long after a new folder was met all of it is surely watched. */
const againMs = 500;

/** Files and folders whose changes matter, absolute. */
interface Followed {
  readonly files: ReadonlySet<string>;
  readonly folders: readonly string[];
}

/** Follows the files that a plan reads. */
export class Watcher {
  private watcher: FSWatcher | undefined;
  private watched = '';
  private followed: Followed = { files: new Set(), folders: [] };
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private again: NodeJS.Timeout | undefined;
  private readonly seen = new Map<string, string>();

  /** Resolves at the next change after this call. */
  next(): Promise<void> {
    return new Promise((done) => {
      this.waiting.push(done);
    });
  }

  /** Watches what a plan reads. Resolves when every later change will be seen. */
  follow(workspace: Workspace, plan: Plan): Promise<void> {
    return this.watchThese(filesOf(workspace, plan), workspace.root);
  }

  /** Watches a pipeline that could not be read, beside what was watched before. */
  followFile(path: string): Promise<void> {
    return this.watchThese(
      { files: new Set([...this.followed.files, path]), folders: this.followed.folders },
      dirname(path),
    );
  }

  private async watchThese(followed: Followed, root: string): Promise<void> {
    this.followed = followed;
    // A file is watched through its folder, so that its removal, its return and its replacement are all seen.
    const dirs = new Set<string>();
    for (const file of followed.files) dirs.add(existing(isFolder(file) ? file : dirname(file)));
    for (const folder of followed.folders) dirs.add(existing(folder));
    const wanted = [...dirs].sort();
    if (this.watched === wanted.join('\0')) return;
    this.watched = wanted.join('\0');
    const before = this.watcher;
    this.watcher = await this.open(wanted, root);
    await before?.close();
  }

  private open(dirs: readonly string[], root: string): Promise<FSWatcher> {
    const state = join(root, stateDir);
    const deep = this.followed.folders;
    const plain = new Set(dirs);
    // chokidar watches every file it finds, so it is kept out of folders in which nothing matters.
    const ignored = (path: string): boolean => {
      if (path === state || path.startsWith(`${state}/`) || /\/(node_modules|\.git)(\/|$)/.test(path))
        return true;
      return !plain.has(path) && !plain.has(dirname(path)) && !deep.some((d) => path.startsWith(`${d}/`));
    };
    const watcher = chokidarWatch([...dirs], { ignoreInitial: true, ignored });
    watcher.on('all', (event, path) => {
      this.hint(resolve(path));
      if (event === 'addDir') this.lookAgain();
    });
    // A folder that cannot be watched is told by nobody; the next build still sees everything.
    watcher.on('error', () => {});
    return new Promise((done) => {
      watcher.once('ready', () => done(watcher));
    });
  }

  private hint(path: string): void {
    const { files, folders } = this.followed;
    const inside = (outer: string, inner: string) => inner === outer || inner.startsWith(`${outer}/`);
    const counts =
      files.has(path) ||
      folders.some((f) => inside(f, path) || inside(path, f)) ||
      [...files].some((f) => inside(path, f) || inside(f, path));
    if (!counts || this.sameAsBefore(path)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      for (const done of this.waiting.splice(0)) done();
    }, settleMs);
  }

  /** What changes in a new folder before it is watched is told by nobody: so it is looked at once more. */
  private lookAgain(): void {
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      for (const done of this.waiting.splice(0)) done();
    }, againMs);
  }

  /** One change may be told twice; a path whose signature has not moved since is no news. */
  private sameAsBefore(path: string): boolean {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    const now = stat === undefined ? 'missing' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
    const same = this.seen.get(path) === now;
    this.seen.set(path, now);
    return same;
  }

  /** Ends watching. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    clearTimeout(this.again);
    await this.watcher?.close();
  }
}

/** Sources, scripts, folders of globs, the pipeline, its config and schemas. */
function filesOf(workspace: Workspace, plan: Plan): Followed {
  const { root, options, pipeline } = workspace;
  const files = new Set([join(root, options.file), ...options.configs]);
  const folders = new Set<string>();
  for (const file of [pipeline.configFile, pipeline.configSchema])
    if (file !== undefined) files.add(join(root, file));
  for (const task of plan.graph.tasks) {
    const decision = plan.decisions[task.index];
    if (decision === undefined) continue;
    addDeclared(task, root, { files, folders });
    for (const label of Object.keys(decision.fingerprint.parts))
      if (label.startsWith('script:')) files.add(join(root, label.slice(7)));
  }
  return { files, folders: [...folders] };
}

function addDeclared(
  task: Task,
  root: string,
  { files, folders }: { files: Set<string>; folders: Set<string> },
): void {
  for (const input of task.inputs) {
    for (const glob of input.globs) folders.add(join(root, fixedDir(glob)));
    for (const path of input.paths)
      if (path.producer < 0) files.add(resolve(root, path.path.replace(/\/$/, '')));
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

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The nearest folder that exists. */
function existing(dir: string): string {
  let at = dir;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}
