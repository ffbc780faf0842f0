// Saved files are what recovery would not delete: they lie below .evalmake/saved until somebody takes or removes them.
import { join } from 'node:path';
import { digestDir, digestFile } from './digest.ts';
import { moveInto, remove } from './disk.ts';
import { lstatOf } from './file-state.ts';
import { readlinkSync } from './fs.ts';
import { taskFolder } from './task-folder.ts';
import { stateDir, type Workspace } from './workspace.ts';

/** Digest of what stands at a path, a link being what it says; undefined when nothing does, or it cannot be read. */
export function digestAt(full: string): string | undefined {
  const stat = lstatOf(full);
  if (stat === undefined) return undefined;
  try {
    if (stat.isSymbolicLink()) return `link ${readlinkSync(full)}`;
    if (stat.isDirectory()) return digestDir(full, (f) => digestFile(f).digest).digest;
    return stat.isFile() ? digestFile(full).digest : undefined;
  } catch {
    return undefined;
  }
}

/** Moves files of one task out of the way, and remembers where to. */
export class Saved {
  readonly places: string[] = [];

  constructor(
    private readonly workspace: Workspace,
    private readonly task: string,
  ) {}

  /**
   * Moves a file or folder below `.evalmake/saved`. Bytes that are saved there already are not saved twice.
   * @param from where it is, relative to the workspace
   * @param path under which path it is kept
   */
  save(from: string, path: string): void {
    const { root, world } = this.workspace;
    const bare = path.replace(/\/$/, '');
    const full = join(root, from);
    const digest = digestAt(full);
    for (let n = 0; ; n++) {
      const place = `${stateDir}/saved/${taskFolder(this.task, world.digest)}/${bare}${n === 0 ? '' : `.${n}`}`;
      const there = digestAt(join(root, place));
      if (there !== undefined && there !== digest) continue;
      if (there === undefined && lstatOf(join(root, place)) !== undefined) continue;
      if (there === undefined) moveInto(full, join(root, place));
      else remove(full);
      this.places.push(place);
      return;
    }
  }

  /** Says what was saved, when anything was. */
  tell(why: string): void {
    if (this.places.length === 0) return;
    const shown = `${this.places.slice(0, 3).join(', ')}${this.places.length > 3 ? ', …' : ''}`;
    this.workspace.options.warn(`${why} is kept: ${shown}`);
  }
}
