// The Journal is the append-only list of what happened to tasks; from it come the records that make a task fresh.

import type { LastAttempt, TaskRecord } from '@evalmake/core';
import { makeDir, writeAll, writeAtomic } from './disk.ts';
import { Unreadable } from './failure.ts';
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
} from './fs.ts';
import type { HeldLock } from './held-lock.ts';
import { compacted, type TaskLines } from './journal-compact.ts';
import { header, isWhole, type LineType, lineOf, type Publishing, type Started } from './journal-line.ts';

const keepRecords = 3;

/** The state of all tasks as the journal tells it. */
export class Journal {
  private readonly tasks = new Map<string, TaskLines>();
  private fd: number | undefined;
  /** Bytes up to the end of the last whole line. */
  private size = 0;
  private lines = 0;
  private torn = false;
  private seen = '';
  private sync: Promise<void> | undefined;
  private nextSync: Promise<void> | undefined;
  /** Digest of a manifest as it was last written. */
  readonly manifests = new Map<string, string>();
  /** Tasks whose record is newer than their manifest. */
  readonly unwritten = new Set<string>();
  readonly warnings: string[] = [];
  lock: HeldLock | undefined; // Under which it is written: once that is lost, appending throws LockLost.

  constructor(private readonly path: string) {
    this.read();
  }

  /** Reads the journal again: under the lock it may hold more than when it was first looked at. */
  reload(): void {
    if (this.seen === this.stamp()) return;
    this.tasks.clear();
    this.manifests.clear();
    this.unwritten.clear();
    this.warnings.length = 0;
    this.size = 0;
    this.lines = 0;
    this.torn = false;
    this.read();
  }

  private stamp(): string {
    try {
      const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
    } catch (error) {
      throw new Unreadable(`the journal cannot be read: ${(error as Error).message}`);
    }
  }

  private read(): void {
    this.seen = this.stamp();
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw new Unreadable(`the journal cannot be read: ${(error as Error).message}`);
    }
    if (bytes.length === 0) return;
    // In bytes, not in characters: a damaged line may hold what is no UTF-8.
    this.size = bytes.lastIndexOf(0x0a) + 1;
    const text = bytes.toString('utf8');
    const version = text.slice(0, Math.max(0, text.indexOf('\n')));
    if (/^evalmake-journal \d+$/.test(version) && version !== header) {
      throw new Unreadable(
        `${this.path} was written by a newer evalmake (${version}); use that one, or remove the file`,
      );
    }
    if (version === header) this.lines = 1;
    this.index(text, version === header ? header.length + 1 : 0);
  }

  private index(text: string, from: number): void {
    let at = from;
    const bad: number[] = [];
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      const line = end < 0 ? text.slice(at) : text.slice(at, end);
      this.lines++;
      const whole = end >= 0 && this.take(line);
      if (end < 0) this.torn = true;
      else if (!whole) bad.push(this.lines);
      at = end < 0 ? text.length : end + 1;
    }
    if (this.torn) this.warnings.push('the journal ended in the middle of a line; the torn line is ignored');
    if (bad.length > 0) {
      this.warnings.push(
        `the journal is damaged in line${bad.length > 1 ? 's' : ''} ${bad
          .slice(0, 5)
          .join(', ')}; only the tasks of these lines are affected`,
      );
    }
  }

  /** Takes one line in; false when its checksum is wrong. */
  private take(line: string): boolean {
    const rest = line.slice(17);
    if (!isWhole(line)) {
      this.damaged(rest);
      return false;
    }
    const one = rest.indexOf(' ');
    const two = rest.indexOf(' ', one + 1);
    this.apply(rest.slice(0, one) as LineType, rest.slice(one + 1, two), rest.slice(two + 1));
    return true;
  }

  /** A damaged line says nothing; what its task had before cannot be trusted to be the newest, so it is dropped too. */
  private damaged(rest: string): void {
    const task = rest.split(' ', 2)[1];
    if (task !== undefined) this.tasks.delete(task);
  }

  private apply(type: LineType, task: string, json: string): void {
    if (type === 'manifest') {
      const { digest, tasks } = JSON.parse(json) as { digest: string; tasks: string[] };
      this.manifests.set(decodeURI(task), digest);
      for (const t of tasks) this.unwritten.delete(t);
      return;
    }
    let lines = this.tasks.get(task);
    if (lines === undefined) {
      lines = { finished: [], last: undefined, started: undefined, parsed: undefined };
      this.tasks.set(task, lines);
    }
    if (type === 'revoked') {
      lines.finished = [];
      lines.parsed = undefined;
      return;
    }
    if (type === 'finished') {
      lines.finished = [json, ...lines.finished].slice(0, keepRecords);
      lines.parsed = undefined;
      this.unwritten.add(task);
    }
    if (type === 'failed') this.unwritten.add(task);
    if (type === 'started' || type === 'spawned') lines.started = json;
    lines.last = { type, json };
  }

  /** Valid records of a task, newest first, one per fingerprint. */
  records(task: string): readonly TaskRecord[] {
    const lines = this.tasks.get(task);
    if (lines === undefined) return [];
    lines.parsed ??= lines.finished.map(parseRecord);
    return lines.parsed;
  }

  /** How the last attempt ended, when it did not succeed. */
  lastAttempt(task: string): LastAttempt | undefined {
    const last = this.tasks.get(task)?.last;
    if (last === undefined || last.type === 'finished') return undefined;
    if (last.type === 'failed') return JSON.parse(last.json) as LastAttempt;
    const { at = '' } = JSON.parse(last.json) as { at?: string };
    const open = last.type === 'publishing' ? 'publishing' : 'started';
    return { kind: 'interrupted', message: '', at, open };
  }

  /** Tasks whose last attempt neither finished nor failed: a crash left them. */
  interrupted(): { task: string; started: Started | undefined; publishing: Publishing | undefined }[] {
    const out = [];
    for (const [task, { last, started }] of this.tasks) {
      if (last === undefined || last.type === 'finished' || last.type === 'failed') continue;
      out.push({
        task,
        started: started === undefined ? undefined : (JSON.parse(started) as Started),
        publishing: last.type === 'publishing' ? (JSON.parse(last.json) as Publishing) : undefined,
      });
    }
    return out;
  }

  /** Names of all tasks the journal knows. */
  names(): Iterable<string> {
    return this.tasks.keys();
  }

  /** Opens the journal for appending; only the holder of the workspace lock does. */
  open(): void {
    if (this.fd !== undefined) return;
    try {
      makeDir(this.path.slice(0, this.path.lastIndexOf('/')));
      this.fd = openSync(this.path, 'a', 0o666);
      if (this.torn) this.cut(this.fd);
      this.size = fstatSync(this.fd).size;
      if (this.size === 0) this.write(this.fd, `${header}\n`);
      else if (this.lines > 1000 && this.lines > 4 * (this.tasks.size + this.manifests.size)) this.compact();
    } catch (error) {
      this.close();
      throw new Unreadable(`the journal cannot be written: ${(error as Error).message}`);
    }
  }

  /** Writes a line whole or not at all: half a line would spoil the next one too, which may be another task's. */
  private write(fd: number, line: string): void {
    const bytes = Buffer.from(line);
    if (this.torn) this.cut(fd);
    this.torn = true;
    try {
      writeAll(fd, bytes);
    } catch (error) {
      this.cut(fd);
      throw error;
    }
    this.torn = false;
    this.size += bytes.length;
  }

  /** Cuts off what follows the last whole line. */
  private cut(fd: number): void {
    ftruncateSync(fd, this.size);
    this.torn = false;
  }

  /**
   * Appends one line, and waits until it is on disk when asked. A failed write throws: no task is done without its
   * record. Lines appended without waiting are made durable together by `durable()`.
   */
  append(type: LineType, task: string, value: object, durable = true): void {
    if (this.fd === undefined) throw new Error('the journal is not open');
    const json = JSON.stringify(value);
    this.lock?.check();
    try {
      this.write(this.fd, lineOf(type, task, json));
      this.lines++;
      if (durable) fdatasyncSync(this.fd);
    } catch (error) {
      // A failure that cannot be written down is told all the same; the next build finds the attempt interrupted.
      if (type !== 'failed')
        throw new Unreadable(`the journal cannot be written: ${(error as Error).message}`);
    }
    this.apply(type, task, json);
  }

  /**
   * Resolves when every line appended so far is on disk. Lines of tasks that end and start at the same moment share one
   * fdatasync; it runs off the main thread, so other commands go on meanwhile.
   */
  durable(): Promise<void> {
    this.nextSync ??= (this.sync ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.sync = this.nextSync;
        this.nextSync = undefined;
        return this.flush();
      });
    return this.nextSync;
  }

  private flush(): Promise<void> {
    const fd = this.fd;
    if (fd === undefined) return Promise.resolve();
    return new Promise((done, fail) => {
      fdatasync(fd, (error) => (error === null ? done() : fail(error)));
    });
  }

  /** Writes only what is still needed to a new file and renames it into place. */
  private compact(): void {
    const out = compacted(this.tasks, this.manifests, this.unwritten);
    try {
      writeAtomic(this.path, out.join(''));
    } catch {
      // No room for a second one: the long one goes on.
      return;
    }
    this.close();
    this.fd = openSync(this.path, 'a');
    this.size = fstatSync(this.fd).size;
    this.lines = out.length;
  }

  /** Drops all that is known of some tasks, and writes anew what is left. */
  forget(tasks: readonly string[]): void {
    for (const task of tasks) if (this.tasks.delete(task)) this.unwritten.delete(task);
    this.compact();
  }

  /** Notes that a manifest on disk now tells what these tasks' records say. */
  manifestWritten(path: string, digest: string, tasks: readonly string[]): void {
    this.append('manifest', encodeURI(path), { digest, tasks }, false);
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }
}

const parseRecord = (json: string): TaskRecord =>
  Object.assign(JSON.parse(json) as TaskRecord, { source: 'journal' as const });
