// Recovery from damage: when lines of the journal are lost, what stands aside is compared with the records before it moves.
import { join } from 'node:path';
import { expand, type Graph, type TaskOutput, type TaskRecord } from '@evalmake/core';
import { isStaged, presentFiles } from './aside.ts';
import { attemptDir } from './attempt.ts';
import { listDir } from './digest.ts';
import { moveInto, remove } from './disk.ts';
import { existsSync, readdirSync } from './fs.ts';
import type { Started } from './journal-line.ts';
import { digestAt, Saved } from './saved.ts';
import { taskFolder } from './task-folder.ts';
import { stateDir, type Workspace } from './workspace.ts';

/** Folders of attempts that lie there, with the task each belongs to as far as that can be known. */
export interface LeftFolder {
  readonly task: string;
  readonly dir: string;
}

/** The records of tasks, of the journal and of manifests: what is lost in one may be in the other. */
export class KnownRecords {
  private graph: Graph | undefined | 'not yet' = 'not yet';

  constructor(private readonly workspace: Workspace) {}

  /**
   * All records of a task, newest first. That of a manifest is newer than the journal's only when a line behind those was
   * lost; numbers of runs do not tell, since they begin anew when `.evalmake` is deleted.
   */
  of(task: string): readonly TaskRecord[] {
    const { world, journal } = this.workspace;
    const known = this.tasks();
    const index = known?.byId.get(task);
    const planned = index === undefined ? undefined : known?.tasks[index];
    const manifest = planned === undefined ? undefined : world.records.manifest(planned);
    const own = world.records.journal(task);
    if (manifest === undefined) return own;
    const newest = own[0];
    const newer =
      newest === undefined ||
      (journal.doubtful(task) && !own.some((r) => r.at === manifest.at) && manifest.at > newest.at);
    return newer ? [manifest, ...own] : [...own, manifest];
  }

  /** The task whose folder has this name; the name itself when nobody knows a task with such a folder. */
  taskOf(folder: string): string {
    const { journal, world } = this.workspace;
    const named = (name: string): boolean => taskFolder(name, world.digest) === folder;
    for (const name of journal.names()) if (named(name)) return name;
    return this.tasks()?.tasks.find((task) => named(task.id))?.id ?? folder;
  }

  /** Outputs of a task that are sets at places of their own, as the pipeline has them. */
  sets(task: string): readonly TaskOutput[] {
    const graph = this.tasks();
    const index = graph?.byId.get(task);
    const planned = index === undefined ? undefined : graph?.tasks[index];
    if (graph === undefined || planned === undefined) return [];
    return planned.outputs.filter((o) => o.kind !== 'file' && !isStaged(planned, o, graph));
  }

  private tasks(): Graph | undefined {
    const { pipeline, config, world } = this.workspace;
    if (this.graph === 'not yet') this.graph = expand({ pipeline, config, world }).value;
    return this.graph;
  }
}

/** Folders that attempts left behind. */
export function leftFolders({ root }: Workspace, records: KnownRecords): LeftFolder[] {
  const base = `${stateDir}/attempt`;
  if (!existsSync(join(root, base))) return [];
  return readdirSync(join(root, base)).map((name) => ({
    task: records.taskOf(name),
    dir: `${base}/${name}`,
  }));
}

/**
 * Undoes an attempt of which it is not known whether it ended. What it may have written is neither deleted nor left
 * where a set would take it in: it is saved, unless a record says that it is right.
 * @param attempt.gone whether the folder of the attempt is gone, as it is after one that succeeded
 */
export function undoDoubtful(
  { task, started, gone }: { task: string; started: Started | undefined; gone: boolean },
  workspace: Workspace,
  records: KnownRecords,
): void {
  const known = new RecordedFiles(records.of(task), workspace);
  const saved = new Saved(workspace, task);
  const aside = new Set(started?.aside ?? []);
  for (const output of started?.fixed ?? []) {
    // The file of an attempt that succeeded stands in its place, whether its record is lost or not.
    if (gone && output.kind === 'file') continue;
    for (const path of presentFiles(output, workspace.root))
      if (!aside.has(path) && known.rankOf(path, path) === unrecorded) saved.save(path, path);
  }
  const out = `${attemptDir(task, workspace.world.digest)}/out`;
  if (holdsFiles(join(workspace.root, out))) saved.save(out, 'out');
  saved.tell(`what "${task}" had written when its last build ended`);
}

/**
 * Deals with what an attempt saved and never put back: what the records say goes into its place, what else is there is
 * saved, and copies that are of no use any more go.
 */
export function settleAside({ task, dir }: LeftFolder, workspace: Workspace, records: KnownRecords): void {
  const { root } = workspace;
  const aside = `${dir}/aside`;
  if (!existsSync(join(root, aside))) return;
  const all = records.of(task);
  const known = new RecordedFiles(all, workspace);
  // What the newest record says stands in its place: the attempt ended, and what was saved is of no use.
  if (all[0] === undefined || !known.holds(all[0])) {
    const saved = new Saved(workspace, task);
    const copies = listDir(join(root, aside)).filter((entry) => entry.kind !== 'dir');
    const restored = settleCopies(
      { task, aside, copies: copies.map((c) => c.path), known, saved },
      workspace,
    );
    // It was cut off then: members that no record knows are what it had written.
    const own = new Set(copies.map((c) => c.path));
    const present = restored.length > 0 ? records.sets(task).flatMap((o) => presentFiles(o, root)) : [];
    for (const path of present)
      if (!own.has(path) && known.rankOf(path, path) === unrecorded) saved.save(path, path);
    saved.tell(`what else there was of "${task}"`);
  }
  remove(join(root, aside));
}

interface Settling {
  readonly task: string;
  readonly aside: string;
  readonly copies: readonly string[];
  readonly known: RecordedFiles;
  readonly saved: Saved;
}

/** Puts copies into their places or saves them. Gives those that were put back. */
function settleCopies(settling: Settling, { root, journal, options }: Workspace): string[] {
  const { task, aside, copies, known, saved } = settling;
  const ended = journal.finished(task) && !journal.doubtful(task);
  const restored: string[] = [];
  // All are judged before the first is moved: members of a folder are right only together.
  const fates = copies.map((path) => ({ path, fate: known.fateOf(path, `${aside}/${path}`, ended) }));
  for (const { path, fate } of fates) {
    if (fate === 'drop') continue;
    if (fate === 'save') {
      saved.save(`${aside}/${path}`, path);
      continue;
    }
    if (fate === 'swap') saved.save(path, path);
    moveInto(join(root, aside, path), join(root, path));
    restored.push(path);
  }
  if (restored.length > 0)
    options.warn(
      `${restored.slice(0, 3).join(', ')}${restored.length > 3 ? ', …' : ''} of "${task}" was put back as it was before its last attempt`,
    );
  return restored;
}

const unrecorded = Number.POSITIVE_INFINITY;

/** The files of the records of one task: how new the record is that some bytes are of. */
class RecordedFiles {
  constructor(
    private readonly records: readonly TaskRecord[],
    private readonly workspace: Workspace,
  ) {}

  /** Whether all files of a record are in their places. */
  holds(record: TaskRecord): boolean {
    const { snapshot } = this.workspace;
    return Object.values(record.outputs)
      .flat()
      .every((file) => {
        const entry = snapshot.entry(file.path);
        return entry.kind !== 'missing' && entry.digest === file.digest;
      });
  }

  /**
   * How many records are newer than the one that says that these bytes are this file; `unrecorded` when none does.
   * @param path the file as outputs name it
   * @param at where the bytes are, relative to the workspace
   */
  rankOf(path: string, at: string): number {
    const { root } = this.workspace;
    const digest = digestAt(join(root, at));
    const base = at.slice(0, at.length - path.length);
    const rank = this.records.findIndex((record) =>
      Object.values(record.outputs)
        .flat()
        .some((file) =>
          file.path.endsWith('/')
            ? path.startsWith(file.path) && digestAt(join(root, base, file.path)) === file.digest
            : file.path === path && file.digest === digest,
        ),
    );
    return rank < 0 ? unrecorded : rank;
  }

  /** What becomes of a copy: into its place (with what is there saved first), saved, or dropped. */
  fateOf(path: string, copy: string, ended: boolean): 'back' | 'swap' | 'save' | 'drop' {
    const { root } = this.workspace;
    const now = digestAt(join(root, path));
    const was = digestAt(join(root, copy));
    if (now !== undefined && now === was) return 'drop';
    const gone = !existsSync(join(root, path)) && now === undefined;
    const rank = this.rankOf(path, copy);
    if (rank === 0) return gone ? 'back' : 'swap';
    // The attempt ended and somebody has changed its outputs since: an older copy has no place among them.
    if (ended) return 'save';
    if (gone) return 'back';
    return this.rankOf(path, path) < rank ? 'save' : 'swap';
  }
}

function holdsFiles(path: string): boolean {
  return existsSync(path) && listDir(path).some((entry) => entry.kind !== 'dir');
}
