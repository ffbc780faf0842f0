// KeptResults are what attempts made that failed its checks and may not be made again unasked: beside the state of their task.
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type CheckResult,
  type KeptResult,
  type Parts,
  parentDir,
  recordFiles,
  sameOutputs,
  stateKey,
  type TaskRecord,
} from '@evalmake/core';
import { digestText } from './digest.ts';
import { makeDir, remove, syncDir, syncFile, syncTree, writeAtomic } from './disk.ts';
import { lstatOf } from './file-state.ts';
import { copyFileSync, cpSync, readdirSync, readFileSync } from './fs.ts';
import { stateDir } from './state-dir.ts';
import { taskFolder } from './task-folder.ts';

// Format, version 1, in .evalmake/state/<task>/, <key> being the state key of the fingerprint:
//   <key>.kept/        what an attempt wrote, below the paths that it was to have; of a second one <key>.kept-2/, …
//   <key>.kept.json    {"sum": …, "entry": {"version": 1, "record": …}}, <sum> being the sha256 of the text of `entry`;
//                      written when the folder is on disk, and anew when its checks were judged again; `damaged` is true
//                      once its files were found to be others
// Constraints: an entry proves nothing; whoever publishes its files digests them and judges them first. Nothing but gc removes
// a folder, since money may have bought it; without its entry nobody looks at it.

interface Entry {
  readonly version: 1;
  readonly record: TaskRecord;
  readonly damaged?: boolean;
}

/** Whether a name in the folder of a task's state is one of kept results for a fingerprint, by the key of that. */
export function isKeptName(name: string, key: string): boolean {
  return name.startsWith(`${key}.kept`) && /^\.kept(-\d+)?(\.json)?$/.test(name.slice(key.length));
}

/** Kept results of one workspace. */
export class KeptResults {
  constructor(private readonly root: string) {}

  private folderOf(task: string): string {
    return `${stateDir}/state/${taskFolder(task, digestText)}`;
  }

  /** Those of a task for a fingerprint, made last first. */
  find(task: string, parts: Parts): readonly KeptResult[] {
    const key = stateKey(parts, digestText);
    const found = this.names(task)
      .filter((name) => name.endsWith('.json') && isKeptName(name, key))
      .flatMap((name) => this.read(task, name.slice(0, -'.json'.length)) ?? []);
    const place = ({ folder }: KeptResult) => Number(/-(\d+)$/.exec(folder)?.[1] ?? 1);
    return found.sort((a, b) => b.record.run - a.record.run || place(b) - place(a));
  }

  private names(task: string): string[] {
    try {
      return readdirSync(join(this.root, this.folderOf(task)));
    } catch {
      return []; // Nothing of the task was ever kept.
    }
  }

  private read(task: string, name: string): KeptResult | undefined {
    const folder = `${this.folderOf(task)}/${name}`;
    const entry = readEntry(join(this.root, `${folder}.json`));
    if (entry === undefined || entry.record.task !== task) return undefined;
    const { record } = entry;
    return { record, folder, whole: entry.damaged !== true && this.isThere(record, folder) };
  }

  private isThere(record: TaskRecord, folder: string): boolean {
    return recordFiles(record).every(({ path, bytes }) => {
      const stat = lstatOf(join(this.root, folder, path).replace(/\/$/, ''));
      return path.endsWith('/') ? stat?.isDirectory() === true : stat?.size === bytes;
    });
  }

  /** The folder for what an attempt wrote: that of one that wrote the same, or a new one. */
  place(record: TaskRecord, parts: Parts): string {
    const same = this.find(record.task, parts).find((k) => k.whole && sameOutputs(k.record, record));
    if (same !== undefined) return same.folder;
    const key = stateKey(parts, digestText);
    const taken = new Set(this.names(record.task).map((name) => name.replace(/\.json$/, '')));
    let name = `${key}.kept`;
    for (let n = 2; taken.has(name); n++) name = `${key}.kept-${n}`;
    return `${this.folderOf(record.task)}/${name}`;
  }

  /**
   * Keeps what an attempt wrote, durably.
   * @param folder what `place` gave
   * @param at where a file lies now, relative to the workspace
   * @throws what the disk says, when there is no room
   */
  keep(folder: string, record: TaskRecord, at: (path: string) => string): void {
    const full = join(this.root, folder);
    if (lstatOf(full) === undefined) {
      this.fill(full, record, at);
    }
    this.write(folder, { version: 1, record });
    syncDir(dirname(dirname(full)));
  }

  private fill(full: string, record: TaskRecord, at: (path: string) => string): void {
    try {
      makeDir(full);
      for (const { path } of recordFiles(record)) {
        makeDir(join(full, parentDir(path)));
        copy(join(this.root, at(path)), join(full, path));
      }
      syncTree(full);
    } catch (error) {
      remove(full);
      throw error;
    }
  }

  /**
   * Copies a file or folder of a result to where it is judged, durably: it goes from there into its place.
   * @param to full path
   */
  bring({ folder }: KeptResult, path: string, to: string): void {
    makeDir(dirname(to));
    if (!path.endsWith('/')) remove(to);
    copy(join(this.root, folder, path), to);
    if (path.endsWith('/')) syncTree(to);
    else syncFile(to);
  }

  /** Notes what its checks say now. */
  judged({ record, folder }: KeptResult, checks: readonly CheckResult[]): void {
    this.write(folder, { version: 1, record: { ...record, checks } });
  }

  /** Notes that its files are not what was kept. */
  damaged({ record, folder }: KeptResult): void {
    this.write(folder, { version: 1, record, damaged: true });
  }

  /** Puts out what was kept for a fingerprint: a person has had it made anew, and that is good. The files stay. */
  putOut(task: string, parts: Parts): void {
    try {
      for (const { folder } of this.find(task, parts)) remove(join(this.root, `${folder}.json`));
    } catch {
      // It is looked at only when what is good now is lost and its checks change.
    }
  }

  private write(folder: string, entry: Entry): void {
    const text = JSON.stringify({ sum: digestText(JSON.stringify(entry)), entry });
    writeAtomic(join(this.root, `${folder}.json`), `${text}\n`);
  }
}

/** A file with its content, also where a link stands for it; a folder as it is. */
function copy(from: string, to: string): void {
  const mode = constants.COPYFILE_FICLONE;
  if (from.endsWith('/')) cpSync(from, to, { recursive: true, verbatimSymlinks: true, mode });
  else copyFileSync(from, to, mode);
}

/** Reads an entry; undefined when it is not there, or not what was written. */
function readEntry(path: string): Entry | undefined {
  try {
    const { sum, entry } = JSON.parse(readFileSync(path, 'utf8')) as { sum: unknown; entry: Entry };
    return sum === digestText(JSON.stringify(entry)) && entry.version === 1 ? entry : undefined;
  } catch {
    return undefined; // None, or a damaged one: the journal still says that something was kept.
  }
}
