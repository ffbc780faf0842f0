// The PathIndex says which task builds a path, and finds outputs that collide.
import { globsOverlap, literalPrefix, takesIn } from './glob-overlap.ts';
import { fixedDir, parentDir, type Task, type TaskOutput } from './graph.ts';
import { byCodeUnit } from './json.ts';
import type { Problems } from './problem.ts';

interface Owner {
  readonly task: number;
  readonly output: string;
}

/** An output that a source would take in. */
export interface Overlap {
  readonly path: string;
  readonly owner: Owner;
}

function outputPointer(task: Task, output: string): string[] {
  return ['targets', task.target.name, 'outputs', ...(output === '' ? [] : [output])];
}

/** How many sets that begin alike are compared with a new one: more are instances of one target. */
const mostCompared = 64;

/** Whether two globs could have a file in common; their endings are compared first, since they mostly tell. */
function mayMeet(one: string, two: string): boolean {
  const [a, b] = [one, two].map((p) => /[^*?[\]{},]*$/.exec(p)?.[0] ?? '') as [string, string];
  return (a.endsWith(b) || b.endsWith(a)) && globsOverlap(one, two);
}

/** Finds the producer of a path: a file, a directory or something inside it, or a member of a glob. */
export class PathIndex {
  readonly exact = new Map<string, Owner>();
  private readonly dirs = new Map<string, Owner>();
  private readonly globs = new Map<string, (Owner & { pattern: string })[]>();
  private sorted: string[] | undefined;
  private holders: Set<string> | undefined;
  private readonly overlaps = new Map<string, Overlap | undefined>();

  constructor(private readonly matches: (pattern: string, path: string) => boolean) {}

  /** Adds the outputs of a task; two owners of one path, or one inside another, are problems. */
  add(task: Task, owner: (index: number) => string, problems: Problems): void {
    for (const output of task.outputs) {
      const at: Owner = { task: task.index, output: output.name };
      const same = this.sameAs(output);
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
    this.holders = undefined;
    this.overlaps.clear();
  }

  /** An output of the same path; a file and a directory of one name are the same. */
  private sameAs({ kind, path }: TaskOutput): Owner | undefined {
    return this.exact.get(path) ?? (kind === 'dir' ? this.exact.get(path.slice(0, -1)) : this.dirs.get(path));
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
    this.commonSets(tasks, problems);
  }

  /** Sets of which one file could belong to both. Only those can whose literal beginnings begin alike. */
  private commonSets(tasks: readonly Task[], problems: Problems): void {
    const all = [...this.globs.values()].flat().map((g) => ({ ...g, prefix: literalPrefix(g.pattern) }));
    all.sort((a, b) => byCodeUnit(a.prefix, b.prefix) || a.task - b.task);
    const open: typeof all = [];
    for (const glob of all) {
      while (open.length > 0 && !glob.prefix.startsWith((open.at(-1) as typeof glob).prefix)) open.pop();
      const other = open.slice(-mostCompared).find((o) => mayMeet(o.pattern, glob.pattern));
      open.push(glob);
      if (other === undefined) continue;
      const [one, two] = [tasks[other.task] as Task, tasks[glob.task] as Task];
      problems.error(
        'two-producers',
        outputPointer(two, glob.output),
        `a file could belong to "${other.pattern}" of "${one.id}" and to "${glob.pattern}" of "${two.id}"`,
        { hint: 'give each set a folder or a name of its own' },
      );
    }
  }

  private inside(path: string, own: Owner): Owner | undefined {
    if (this.dirs.size === 0 && this.globs.size === 0) return undefined;
    for (let dir = parentDir(path); ; dir = parentDir(dir)) {
      const owner = this.dirs.get(dir);
      if (owner !== undefined && owner !== own) return owner;
      for (const glob of this.globs.get(dir) ?? []) {
        if (!(glob.task === own.task && glob.output === own.output) && this.matches(glob.pattern, path))
          return glob;
      }
      if (dir === '') return undefined;
    }
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
  overlapped(pattern: string): Overlap | undefined {
    if (this.overlaps.has(pattern)) return this.overlaps.get(pattern);
    const found = this.findOverlap(pattern);
    this.overlaps.set(pattern, found);
    return found;
  }

  private findOverlap(pattern: string): Overlap | undefined {
    const base = fixedDir(pattern);
    const within = this.dirs.get(base) ?? this.aboveDir(base);
    if (within !== undefined) return { path: `${base}/`, owner: within };
    for (const path of this.below(base === '' ? '' : `${base}/`)) {
      const hit = path.endsWith('/')
        ? this.matches(pattern, path) || this.matches(pattern, `${path}x`)
        : /[*?[{]/.test(path)
          ? takesIn(pattern, path)
          : this.matches(pattern, path);
      if (hit) return { path, owner: this.exact.get(path) as Owner };
    }
    for (let dir = base; dir !== '' && this.globs.size > 0; ) {
      dir = parentDir(dir);
      for (const glob of this.globs.get(dir) ?? [])
        if (mayMeet(glob.pattern, pattern)) return { path: glob.pattern, owner: glob };
    }
    return undefined;
  }

  /** An output that lies inside a folder, or undefined. */
  held(folder: string): Overlap | undefined {
    this.holders ??= this.allHolders();
    const dir = folder.endsWith('/') ? folder.slice(0, -1) : folder;
    if (!this.holders.has(dir)) return undefined;
    for (const path of this.below(`${dir}/`)) return { path, owner: this.exact.get(path) as Owner };
    return undefined;
  }

  /** Every folder with an output somewhere in it. */
  private allHolders(): Set<string> {
    const out = new Set<string>();
    for (const path of this.exact.keys())
      for (let dir = parentDir(path); dir !== '' && !out.has(dir); dir = parentDir(dir)) out.add(dir);
    return out;
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
