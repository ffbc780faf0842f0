// The Store keeps former results by their content, so that going back to a former fingerprint needs no run.
import { join } from 'node:path';
import { fingerprintKey, type OutputFile, type Parts, recordFiles, type TaskRecord } from '@evalmake/core';
import { digestFile, digestText } from './digest.ts';
import { copyFile, makeDir, remove, writeAtomic } from './disk.ts';
import { existsSync, linkSync, readdirSync, readFileSync, statSync } from './fs.ts';

// Layout: `cas/<2 hex>/<62 hex>` is a file by its sha256, `ac/<64 hex>.json` a record by task and fingerprint:
// {sum, record}, sum being the digest of the record's JSON. An entry is written when the files of its record are about to
// be replaced; they are linked into `cas` first, so that keeping them costs no copy. Whatever does not fit is a miss.

/** Files above this are not kept: 1 GiB. */
const largest = 2 ** 30;

/** Where the old files of a task lie when new ones are about to take their places. */
export type OldPlace = (file: OutputFile) => string;

/** Former results of the tasks of a workspace. */
export class Store {
  constructor(private readonly dir: string) {}

  /** Whether anything was ever kept. */
  get exists(): boolean {
    return existsSync(join(this.dir, 'ac'));
  }

  /**
   * Keeps a result whose files are about to be replaced.
   * @param placeOf where each of its files lies now, absolute
   * @throws the errors of the file system; what is there then is never taken for more than it is
   */
  keep(record: TaskRecord, placeOf: OldPlace): void {
    const files = recordFiles(record);
    if (files.length === 0 || files.some((f) => f.path.endsWith('/') || f.bytes > largest)) return;
    for (const file of files) this.link(placeOf(file), file.digest);
    const { source: _, ...plain } = record;
    const sum = digestText(JSON.stringify(plain));
    writeAtomic(this.entry(record.task, record.parts), `${JSON.stringify({ sum, record: plain })}\n`, false);
  }

  /** The result that is kept for a fingerprint: all its files are here, and as long as they have to be. */
  find(task: string, parts: Parts): TaskRecord | undefined {
    let record: TaskRecord;
    try {
      const kept = JSON.parse(readFileSync(this.entry(task, parts), 'utf8')) as Kept;
      if (digestText(JSON.stringify(kept.record)) !== kept.sum || kept.record.task !== task) return undefined;
      record = kept.record;
    } catch {
      return undefined; // Not kept, or damaged: a miss.
    }
    const whole = recordFiles(record).every(({ digest, bytes }) => {
      const stat = statSync(this.blob(digest), { throwIfNoEntry: false });
      return stat?.isFile() === true && stat.size === bytes;
    });
    return whole ? record : undefined;
  }

  /** Copies a file out. False when it is not what it was: then it is gone from here. */
  fetch({ digest }: OutputFile, to: string): boolean {
    const blob = this.blob(digest);
    try {
      copyFile(blob, to, `${to}.copy`);
    } catch {
      return false; // It was removed meanwhile.
    }
    if (digestFile(to).digest === digest) return true;
    remove(blob);
    remove(to);
    return false;
  }

  /** Drops what is kept for a fingerprint. */
  drop(task: string, parts: Parts): void {
    remove(this.entry(task, parts));
  }

  /** All that is kept, oldest first, and files that nothing refers to. */
  contents(): { readonly entries: readonly StoreEntry[]; readonly loose: readonly string[] } {
    const ac = join(this.dir, 'ac');
    const used = new Set<string>();
    const entries = names(ac).flatMap((name): StoreEntry[] => {
      const path = join(ac, name);
      try {
        const { record } = JSON.parse(readFileSync(path, 'utf8')) as Kept;
        const files = recordFiles(record);
        for (const file of files) used.add(this.blob(file.digest));
        const bytes = files.reduce((sum, f) => sum + f.bytes, 0);
        return [
          {
            path,
            task: record.task,
            bytes,
            at: statSync(path).mtimeMs,
            blobs: files.map((f) => this.blob(f.digest)),
          },
        ];
      } catch {
        return [{ path, task: '', bytes: 0, at: 0, blobs: [] }];
      }
    });
    const cas = join(this.dir, 'cas');
    const blobs = names(cas).flatMap((two) => names(join(cas, two)).map((name) => join(cas, two, name)));
    return {
      entries: entries.sort((a, b) => a.at - b.at),
      loose: blobs.filter((path) => !used.has(path)),
    };
  }

  /** A second name for the old file, which the new one's rename does not touch; a copy where there can be none. */
  private link(from: string, digest: string): void {
    const blob = this.blob(digest);
    if (existsSync(blob)) return;
    makeDir(join(blob, '..'));
    try {
      linkSync(from, blob);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      copyFile(from, blob, `${blob}.copy`);
    }
  }

  private blob(digest: string): string {
    const hex = digest.replace(/^sha256:/, '');
    return join(this.dir, 'cas', hex.slice(0, 2), hex.slice(2));
  }

  private entry(task: string, parts: Parts): string {
    const key = digestText(`${task}\n${fingerprintKey(parts, digestText)}`);
    return join(this.dir, 'ac', `${key.slice('sha256:'.length)}.json`);
  }
}

interface Kept {
  readonly sum: string;
  readonly record: TaskRecord;
}

/** One kept result. */
export interface StoreEntry {
  readonly path: string;
  readonly task: string;
  readonly bytes: number;
  readonly at: number;
  readonly blobs: readonly string[];
}

function names(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch {
    return [];
  }
}
