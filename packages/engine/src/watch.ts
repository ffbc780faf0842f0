// Watching: says that an input may have changed. It never decides anything; the ordinary planner does.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fixedDir, type Plan } from '@evalmake/core';
import { type FSWatcher, watch as chokidarWatch } from 'chokidar';
import { stateDir, type Workspace } from './workspace.ts';

const settleMs = 60;

/** Follows the files that a plan reads. */
export class Watcher {
  private watcher: FSWatcher | undefined;
  private readonly followed = new Set<string>();
  private files = new Set<string>();
  private folders: string[] = [];
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private changed = false;
  private own = new Map<string, string>();

  /** Resolves at the next change after this call; a burst of changes is one. */
  next(): Promise<void> {
    this.changed = false;
    return new Promise((resolvePromise) => {
      this.waiting.push(resolvePromise);
    });
  }

  /** Watches what a plan reads: sources, scripts, folders of globs, the pipeline, its config, and outputs that may be tampered with. */
  async follow(workspace: Workspace, plan: Plan): Promise<void> {
    const { root, options, pipeline } = workspace;
    const files = new Set([join(root, options.file), ...options.configs]);
    const folders = new Set<string>();
    for (const file of [pipeline.configFile, pipeline.configSchema]) if (file !== undefined) files.add(join(root, file));
    for (const task of plan.graph.tasks) {
      const decision = plan.decisions[task.index];
      if (decision === undefined) continue;
      for (const input of task.inputs) {
        for (const glob of input.globs) folders.add(join(root, fixedDir(glob)));
        for (const path of input.paths) if (path.producer < 0) files.add(resolve(root, path.path.replace(/\/$/, '')));
      }
      for (const each of task.target.each) if (each.source.kind === 'glob') folders.add(join(root, fixedDir(each.source.pattern)));
      for (const code of task.target.code) {
        if (/[*?[{]/.test(code)) folders.add(join(root, fixedDir(code)));
        else files.add(join(root, code));
      }
      for (const label of Object.keys(decision.fingerprint.parts)) if (label.startsWith('script:')) files.add(join(root, label.slice(7)));
      for (const spec of task.target.checks) if (spec.demand.kind === 'json_schema') files.add(join(root, spec.demand.schema));
    }
    await this.watchThese(files, [...folders], root);
  }

  /** Watches only the pipeline file: it could not be read. */
  async followFiles(dir: string, file: string): Promise<void> {
    const path = resolve(dir, file);
    await this.watchThese(new Set([...this.files, path]), this.folders, dirname(path));
  }

  private async watchThese(files: Set<string>, folders: readonly string[], root: string): Promise<void> {
    this.files = files;
    this.folders = [...folders];
    // A file is watched through its folder, so that its removal, return and atomic replacement are all seen.
    const wanted = new Set<string>();
    for (const file of files) wanted.add(existing(statSync(file, { throwIfNoEntry: false })?.isDirectory() === true ? file : dirname(file)));
    for (const folder of folders) wanted.add(existing(folder));
    this.watcher ??= await this.open(root);
    const add = [...wanted].filter((d) => !this.followed.has(d));
    if (add.length > 0) {
      const watcher = this.watcher;
      for (const dir of add) this.followed.add(dir);
      watcher.add(add);
      // Files that chokidar finds first are not changes; the build that just ended has read them.
      await Promise.resolve();
    }
  }

  private async open(root: string): Promise<FSWatcher> {
    const state = join(root, stateDir);
    const watcher = chokidarWatch([], {
      ignoreInitial: true,
      depth: this.folders.length > 0 ? 8 : 0,
      ignored: (path) => path === state || path.startsWith(`${state}/`) || /\/(node_modules|\.git)(\/|$)/.test(path),
    });
    watcher.on('all', (_, path) => this.hint(resolve(path)));
    return watcher;
  }

  private hint(path: string): void {
    const counts = this.files.has(path) || this.folders.some((f) => path === f || path.startsWith(`${f}/`)) || [...this.files].some((f) => f.startsWith(`${path}/`) || path.startsWith(`${f}/`));
    if (!counts || this.sameAsBefore(path)) return;
    this.changed = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      for (const done of this.waiting.splice(0)) done();
    }, settleMs);
  }

  /** The same event may come twice; a file whose signature has not moved since is no news. */
  private sameAsBefore(path: string): boolean {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    const now = stat === undefined ? 'missing' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
    const same = this.own.get(path) === now;
    this.own.set(path, now);
    return same;
  }

  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.watcher?.close();
  }
}

/** The nearest folder that exists. */
function existing(dir: string): string {
  let at = dir;
  while (!existsSync(at) && at !== dirname(at)) at = dirname(at);
  return at;
}
