// The Journal is the append-only list of what happened to tasks; from it come the records that make a task fresh.
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import type { LastAttempt, TaskRecord } from '@evalmake/core';
import { makeDir, writeAll, writeAtomic } from './disk.ts';
import { header, isWhole, type LineType, lineOf, type Publishing, type Started } from './journal-line.ts';

const keepRecords = 3;

interface TaskLines {
  finished: string[];
  last: { type: LineType; json: string } | undefined;
  started: string | undefined;
  parsed: TaskRecord[] | undefined;
}

/** The state of all tasks as the journal tells it. */
export class Journal {
  private readonly tasks = new Map<string, TaskLines>();
  private fd: number | undefined;
  private goodBytes = 0;
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
    this.goodBytes = 0;
    this.lines = 0;
    this.torn = false;
    this.read();
  }

  private stamp(): string {
    const stat = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
  }

  private read(): void {
    this.seen = this.stamp();
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return;
    }
    if (text === '') return;
    const version = text.slice(0, Math.max(0, text.indexOf('\n')));
    if (/^evalmake-journal \d+$/.test(version) && version !== header) {
      throw new Error(
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
      if (end >= 0) this.goodBytes = at;
    }
    if (this.torn) {
      this.warnings.push('the journal ended in the middle of a line; the torn line is ignored');
      this.goodBytes = Buffer.byteLength(text.slice(0, this.goodBytes));
    }
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
    return { kind: 'interrupted', message: '', at: (JSON.parse(last.json) as { at?: string }).at ?? '' };
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
    makeDir(this.path.slice(0, this.path.lastIndexOf('/')));
    this.fd = openSync(this.path, 'a', 0o666);
    if (this.torn) {
      ftruncateSync(this.fd, this.goodBytes);
      this.torn = false;
    }
    if (this.lines === 0) writeAll(this.fd, `${header}\n`);
    else if (this.lines > 1000 && this.lines > 4 * this.live()) this.compact();
  }

  private live(): number {
    return this.tasks.size + this.manifests.size;
  }

  /**
   * Appends one line, and waits until it is on disk when asked. A failed write throws: no task is done without its
   * record. Lines appended without waiting are made durable together by `durable()`.
   */
  append(type: LineType, task: string, value: object, durable = true): void {
    if (this.fd === undefined) throw new Error('the journal is not open');
    const json = JSON.stringify(value);
    writeAll(this.fd, lineOf(type, task, json));
    this.lines++;
    if (durable) fdatasyncSync(this.fd);
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
    const out = [`${header}\n`];
    for (const [task, lines] of this.tasks) {
      for (const json of [...lines.finished].reverse()) out.push(lineOf('finished', task, json));
      if (lines.last !== undefined && lines.last.type !== 'finished') {
        if (lines.started !== undefined && lines.last.type === 'publishing')
          out.push(lineOf('started', task, lines.started));
        out.push(lineOf(lines.last.type, task, lines.last.json));
      }
    }
    const written = [...this.tasks.keys()].filter((t) => !this.unwritten.has(t));
    for (const [i, [path, digest]] of [...this.manifests].entries()) {
      out.push(
        lineOf('manifest', encodeURI(path), JSON.stringify({ digest, tasks: i === 0 ? written : [] })),
      );
    }
    writeAtomic(this.path, out.join(''));
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = openSync(this.path, 'a');
    this.lines = out.length;
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

function parseRecord(json: string): TaskRecord {
  return Object.assign(JSON.parse(json) as TaskRecord, { source: 'journal' as const });
}
