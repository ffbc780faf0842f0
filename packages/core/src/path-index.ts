// The PathIndex says which task builds a path, and finds outputs that collide.
import { fixedDir, parentDir, type Task } from './graph.ts';
import type { Problems } from './problem.ts';

interface Owner {
  readonly task: number;
  readonly output: string;
}

function outputPointer(task: Task, output: string): string[] {
  return ['targets', task.target.name, 'outputs', ...(output === '' ? [] : [output])];
}

/** Finds the producer of a path: a file, a directory or something inside it, or a member of a glob. */
export class PathIndex {
  readonly exact = new Map<string, Owner>();
  private readonly dirs = new Map<string, Owner>();
  private readonly globs = new Map<string, (Owner & { pattern: string })[]>();
  private sorted: string[] | undefined;

  constructor(private readonly matches: (pattern: string, path: string) => boolean) {}

  /** Adds the outputs of a task; two owners of one path, or one inside another, are problems. */
  add(task: Task, owner: (index: number) => string, problems: Problems): void {
    for (const output of task.outputs) {
      const at: Owner = { task: task.index, output: output.name };
      const same = this.exact.get(output.path);
      if (same !== undefined) {
        const who =
          same.task === task.index ? `twice by "${task.id}"` : `by "${owner(same.task)}" and by "${task.id}"`;
        problems.error(
          'two-producers',
          outputPointer(task, output.name),
          `"${output.path}" is built ${who}`,
          {
            hint: 'give each task a path of its own, for example with an each variable in it',
          },
        );
        continue;
      }
      this.exact.set(output.path, at);
      if (output.kind === 'dir') this.dirs.set(output.path.slice(0, -1), at);
      if (output.kind === 'glob') {
        const dir = fixedDir(output.path);
        const list = this.globs.get(dir) ?? [];
        list.push({ ...at, pattern: output.path });
        this.globs.set(dir, list);
      }
    }
    this.sorted = undefined;
  }

  /** Outputs that lie inside another output, and paths that differ only by case. */
  collisions(tasks: readonly Task[], problems: Problems): void {
    const folded = new Map<string, string>();
    for (const [path, owner] of this.exact) {
      const task = tasks[owner.task] as Task;
      const fold = path.toLowerCase();
      const other = folded.get(fold);
      if (other !== undefined) {
        problems.error(
          'case-collision',
          outputPointer(task, owner.output),
          `"${path}" and "${other}" differ only by case, which some file systems cannot hold`,
        );
      }
      folded.set(fold, path);
      const above = this.inside(path, owner);
      if (above !== undefined) {
        const outer = tasks[above.task] as Task;
        problems.error(
          'output-inside-output',
          outputPointer(task, owner.output),
          `"${path}" of "${task.id}" lies inside an output of "${outer.id}"`,
          {
            hint: 'move one of the two; a directory output belongs to one task alone',
          },
        );
      }
    }
  }

  private inside(path: string, own: Owner): Owner | undefined {
    if (this.dirs.size === 0 && this.globs.size === 0) return undefined;
    for (let dir = parentDir(path); dir !== ''; dir = parentDir(dir)) {
      const owner = this.dirs.get(dir);
      if (owner !== undefined && owner !== own) return owner;
      for (const glob of this.globs.get(dir) ?? []) {
        if (!(glob.task === own.task && glob.output === own.output) && this.matches(glob.pattern, path))
          return glob;
      }
    }
    return undefined;
  }

  /** Who builds a path, or undefined for a source. */
  producer(path: string): Owner | undefined {
    const exact = this.exact.get(path) ?? this.exact.get(`${path}/`);
    if (exact !== undefined) return exact;
    if (this.dirs.size === 0 && this.globs.size === 0) return undefined;
    for (let dir = parentDir(path); ; dir = parentDir(dir)) {
      const owner = this.dirs.get(dir);
      if (owner !== undefined) return owner;
      for (const glob of this.globs.get(dir) ?? []) if (this.matches(glob.pattern, path)) return glob;
      if (dir === '') return undefined;
    }
  }

  /** An output that a source glob would take in, or undefined. */
  overlapped(pattern: string): { path: string; owner: Owner } | undefined {
    const base = fixedDir(pattern);
    const within = this.dirs.get(base) ?? this.aboveDir(base);
    if (within !== undefined) return { path: `${base}/`, owner: within };
    for (const path of this.below(base === '' ? '' : `${base}/`)) {
      const owner = this.exact.get(path) as Owner;
      const probe = path.endsWith('/') ? `${path}x` : path.replace(/\*\*\/|\*+|\?|\[[^\]]*\]/g, 'x');
      if (this.matches(pattern, path) || this.matches(pattern, probe)) return { path, owner };
    }
    return undefined;
  }

  private aboveDir(base: string): Owner | undefined {
    for (let dir = parentDir(base); dir !== ''; dir = parentDir(dir)) {
      const owner = this.dirs.get(dir);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  private *below(prefix: string): Generator<string> {
    this.sorted ??= [...this.exact.keys()].sort();
    const all = this.sorted;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] as string) < prefix) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < all.length && (all[i] as string).startsWith(prefix); i++) yield all[i] as string;
  }
}
