// The DirectoryStore keeps former results of tasks by their content, so that a fingerprint that returns brings its files back.
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { byCodeUnit, fingerprintKey, type Parts, recordFiles, type TaskRecord } from '@evalmake/core';
import { digestFile, digestText } from './digest.ts';
import { makeDir, remove, temporaryOf, writeAtomic } from './disk.ts';
import { lstatOf } from './file-state.ts';
import { copyFileSync, readdirSync, readFileSync, renameSync } from './fs.ts';
import type { Blob, Former, Store, Wanted } from './store.ts';

// Format, version 1, below .evalmake/store:
//   cas/<2 hex>/<62 hex>   a file by the sha256 of its content; with an `x` behind it when it may be executed
//   ac/<16 hex>/<64 hex>.json   a result: the folder is of the task, the name of the task and its fingerprint
// An entry is `{"sum": …, "entry": {"version": 1, "record": …, "executable": […]}}`, <sum> being the sha256 of the text of
// `entry`. Nothing waits for the disk here: what a power cut left half written has another digest, and is a miss.
// Constraints: an entry is worth as much as its blobs, so it counts only while all of them are there; whoever fetches one
// digests it. Only former results are kept, so that a first build and a no-op never come here.

/** Files that are larger are not kept: a copy of them would take longer than most commands. */
export const largestKept = 1 << 30;

interface Entry {
  readonly version: 1;
  readonly record: TaskRecord;
  /** Paths of files that may be executed. */
  readonly executable: readonly string[];
}

/** Whose result it is. */
type Work = Pick<Wanted, 'task' | 'parts'>;

/** A file of the store with its size, and when it was written. */
interface Stored {
  readonly path: string;
  readonly bytes: number;
  readonly writtenMs: number;
}

/** Former results of one workspace. */
export class DirectoryStore implements Store {
  /** Entries that were found to be wrong: they are gone, or could not be removed. */
  private readonly refused = new Set<string>();

  constructor(private readonly dir: string) {}

  private folderOf(task: string): string {
    return join(this.dir, 'ac', digestText(task).slice(7, 23));
  }

  private entryOf(task: string, parts: Parts): string {
    const key = digestText(`${task}\n${fingerprintKey(parts, digestText)}`).slice(7);
    return join(this.folderOf(task), `${key}.json`);
  }

  private blobOf(digest: string, executable: boolean): string {
    const hex = digest.slice(7);
    return join(this.dir, 'cas', hex.slice(0, 2), `${hex.slice(2)}${executable ? 'x' : ''}`);
  }

  /**
   * Keeps the files of a record; one with folders, links or very large files is left out.
   * @param at full path of where the content of a file lies now
   * @throws what the disk throws
   */
  keep(_work: Work, record: TaskRecord, at: (path: string) => string): boolean {
    const files = recordFiles(record);
    const executable: string[] = [];
    const copies: { from: string; to: string; bytes: number }[] = [];
    for (const { path, digest, bytes } of files) {
      const from = at(path);
      const stat = path.endsWith('/') || bytes > largestKept ? undefined : lstatOf(from);
      if (stat?.isFile() !== true || stat.size !== bytes) return false;
      const runs = (stat.mode & 0o111) !== 0;
      if (runs) executable.push(path);
      copies.push({ from, to: this.blobOf(digest, runs), bytes });
    }
    for (const { from, to, bytes } of copies) if (lstatOf(to)?.size !== bytes) this.copyIn(from, to);
    const { source: _, ...plain } = record;
    const entry: Entry = { version: 1, record: plain, executable };
    const path = this.entryOf(record.task, record.parts);
    writeAtomic(path, JSON.stringify({ sum: digestText(JSON.stringify(entry)), entry }), false);
    this.refused.delete(path);
    return true;
  }

  private copyIn(from: string, to: string): void {
    const temporary = temporaryOf(to);
    makeDir(dirname(to));
    try {
      copyFileSync(from, temporary, constants.COPYFILE_FICLONE);
      renameSync(temporary, to);
    } catch (error) {
      remove(temporary);
      throw error;
    }
  }

  /** Whether anything of a task was ever kept. */
  knows(task: string): boolean {
    return lstatOf(this.folderOf(task)) !== undefined;
  }

  /** The result of a task for a fingerprint, when its entry is whole and all its files are there with their sizes. */
  find({ task, parts }: Work): Former | undefined {
    const path = this.entryOf(task, parts);
    const entry = this.refused.has(path) ? undefined : readEntry(path);
    if (entry === undefined || entry.record.task !== task) return undefined;
    if (fingerprintKey(entry.record.parts, digestText) !== fingerprintKey(parts, digestText))
      return undefined;
    const executable = new Set(entry.executable);
    const files = recordFiles(entry.record).map(({ path, digest, bytes }) => {
      return { path, digest, bytes, executable: executable.has(path) };
    });
    const whole = files.every(
      (file) => lstatOf(this.blobOf(file.digest, file.executable))?.size === file.bytes,
    );
    return whole ? { record: entry.record, files, foreign: false } : undefined;
  }

  /**
   * Copies a file out of the store and digests the copy; false when it is not what it should be, and then it is removed.
   * @param to full path; its folder is made
   * @throws what the disk throws
   */
  fetch({ digest, executable }: Pick<Blob, 'digest' | 'executable'>, to: string): boolean {
    const blob = this.blobOf(digest, executable);
    if (lstatOf(blob) === undefined) return false;
    makeDir(dirname(to));
    copyFileSync(blob, to, constants.COPYFILE_FICLONE);
    if (digestFile(to).digest === digest) return true;
    remove(to);
    remove(blob);
    return false;
  }

  /** Forgets the result for a fingerprint: it was found to be wrong, or there is a newer one. */
  forget({ task, parts }: Work): void {
    if (!this.knows(task)) return;
    const path = this.entryOf(task, parts);
    this.refused.add(path);
    try {
      remove(path);
    } catch {
      // It cannot be removed: this build does not look at it again, and the next one finds what this one found.
    }
  }

  /** What goes so that no more than so many bytes stay: the oldest results, and files of none. Relative to the store. */
  excess(cap: number): readonly string[] {
    const blobs = new Map(this.below('cas').map((blob) => [blob.path, blob.bytes]));
    const used = new Map<string, number>();
    const entries = this.below('ac')
      .map((file) => ({ ...file, blobs: this.blobsOf(file.path) }))
      .sort((a, b) => a.writtenMs - b.writtenMs || byCodeUnit(a.path, b.path));
    for (const { blobs } of entries)
      for (const blob of blobs ?? []) used.set(blob, (used.get(blob) ?? 0) + 1);
    const gone: string[] = [...blobs.keys()].filter((blob) => !used.has(blob));
    let size = [...blobs].reduce((sum, [blob, bytes]) => sum + (used.has(blob) ? bytes : 0), 0);
    for (const entry of entries) {
      const whole = entry.blobs?.every((blob) => blobs.has(blob)) === true;
      if (whole && size <= cap) continue;
      gone.push(entry.path);
      for (const blob of entry.blobs ?? []) {
        const left = (used.get(blob) as number) - 1;
        used.set(blob, left);
        if (left > 0 || !blobs.has(blob)) continue;
        gone.push(blob);
        size -= blobs.get(blob) as number;
      }
    }
    return gone;
  }

  /** Files that an entry names, relative to the store; undefined when it is not whole. */
  private blobsOf(path: string): readonly string[] | undefined {
    const entry = readEntry(join(this.dir, path));
    if (entry === undefined) return undefined;
    const executable = new Set(entry.executable);
    const all = recordFiles(entry.record).map((f) => this.blobOf(f.digest, executable.has(f.path)));
    return [...new Set(all)].map((blob) => blob.slice(this.dir.length + 1));
  }

  private below(kind: 'ac' | 'cas'): Stored[] {
    const out: Stored[] = [];
    for (const folder of namesIn(join(this.dir, kind)))
      for (const name of namesIn(join(this.dir, kind, folder))) {
        const path = `${kind}/${folder}/${name}`;
        const stat = lstatOf(join(this.dir, path));
        if (stat !== undefined) out.push({ path, bytes: stat.size, writtenMs: stat.mtimeMs });
      }
    return out;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // Nothing was ever kept.
    return [];
  }
}

/** Reads an entry; undefined when it is not there, or not what was written. */
function readEntry(path: string): Entry | undefined {
  try {
    const { sum, entry } = JSON.parse(readFileSync(path, 'utf8')) as { sum: unknown; entry: Entry };
    return sum === digestText(JSON.stringify(entry)) && entry.version === 1 ? entry : undefined;
  } catch {
    // None, or a torn one: a miss.
    return undefined;
  }
}
