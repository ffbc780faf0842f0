// The Journal is the append-only list of what happened to tasks; from it come the records that make a task fresh.
import type { LastAttempt, TaskRecord } from '@evalmake/core';
import { keepEvidence } from './evidence.ts';
import { Unreadable } from './failure.ts';
import { readFileSync, rmSync, statSync } from './fs.ts';
import type { HeldLock } from './held-lock.ts';
import { compacted, noLines, parseRecord, type TaskLines } from './journal-compact.ts';
import { JournalFile, unwritable } from './journal-file.ts';
import {
  begunAttempt,
  header,
  type Interrupted,
  type Line,
  type LineType,
  lineOf,
  type Publishing,
  type Started,
} from './journal-line.ts';
import { type JournalText, readJournal } from './journal-text.ts';

const keepRecords = 3;
const nothing = readJournal(Buffer.alloc(0), '');

/** The state of all tasks as the journal tells it. */
export class Journal {
  private readonly tasks = new Map<string, TaskLines>();
  private readonly file: JournalFile;
  private found: JournalText = nothing;
  private seen = '';
  private lines = 0;
  /** Number of the next line; undefined while the file is one of version 1. */
  private next: number | undefined;
  private lostAt = 0;
  /** Lines of a later version: kept, and otherwise left alone. */
  private unknown: Line[] = [];
  /** Digest of a manifest as it was last written. */
  readonly manifests = new Map<string, string>();
  /** Tasks whose record is newer than their manifest. */
  readonly unwritten = new Set<string>();
  readonly warnings: string[] = [];
  lock: HeldLock | undefined; // Under which it is written: once that is lost, appending throws LockLost.

  constructor(private readonly path: string) {
    this.file = new JournalFile(path);
    this.read();
  }

  /** Whether it was found damaged when it was last read. */
  get damaged(): boolean {
    return this.found.damage !== undefined;
  }

  /** Reads the journal again: under the lock it may hold more than when it was first looked at. */
  reload(): void {
    if (this.seen === this.stamp()) return;
    this.tasks.clear();
    this.manifests.clear();
    this.unwritten.clear();
    this.warnings.length = 0;
    this.unknown = [];
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
    const found = readJournal(this.bytes(), this.path);
    this.found = found;
    this.lines = found.lines.length + 1;
    this.next = found.next;
    this.lostAt = found.lostAt;
    for (const line of found.lines) this.apply(line);
    if (found.damage !== undefined) this.warnings.push(`the journal ${found.damage}`);
    this.found = { ...found, lines: [] };
  }

  /** The whole file. While a build appends to it the last line may be half there: then it is read once more. */
  private bytes(): Buffer {
    for (let tries = 1; ; tries++) {
      this.seen = this.stamp();
      let bytes: Buffer;
      try {
        bytes = readFileSync(this.path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
        throw new Unreadable(`the journal cannot be read: ${(error as Error).message}`);
      }
      if (bytes.length === 0 || bytes.at(-1) === 0x0a || tries === 3 || this.stamp() === this.seen)
        return bytes;
    }
  }

  private apply(line: Line): void {
    const { task, json } = line;
    const type = line.type as LineType;
    switch (type) {
      case 'manifest':
        this.applyManifest(task, json);
        return;
      case 'damaged':
        this.lostAt = Math.max(this.lostAt, line.number);
        return;
      case 'revoked': {
        const lines = this.linesOf(task);
        lines.finished = [];
        lines.parsed = undefined;
        this.unwritten.add(task);
        return;
      }
      case 'finished': {
        const lines = this.linesOf(task);
        lines.finished = [json, ...lines.finished].slice(0, keepRecords);
        lines.parsed = undefined;
        this.unwritten.add(task);
        break;
      }
      case 'started':
      case 'spawned':
        this.linesOf(task).started = json;
        break;
      case 'failed':
      case 'waiting':
        this.unwritten.add(task);
        break;
      case 'publishing':
        break;
      default:
        this.unknown.push(line);
        return;
    }
    this.linesOf(task).last = { type, json, number: line.number };
  }

  private applyManifest(path: string, json: string): void {
    const { digest, tasks } = JSON.parse(json) as { digest: string; tasks: string[] };
    this.manifests.set(decodeURI(path), digest);
    for (const task of tasks) this.unwritten.delete(task);
  }

  private linesOf(task: string): TaskLines {
    const lines = this.tasks.get(task) ?? noLines();
    this.tasks.set(task, lines);
    return lines;
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
    if (last.type === 'failed' || last.type === 'waiting') return JSON.parse(last.json) as LastAttempt;
    const open = last.type === 'publishing' ? 'publishing' : 'started';
    return begunAttempt(JSON.parse(last.json) as Partial<Started>, open);
  }

  /** Whether the last thing told of a task is that it finished. */
  finished(task: string): boolean {
    return this.tasks.get(task)?.last?.type === 'finished';
  }

  /** Whether the journal was damaged behind the last line of a task, so that more may have happened to it. */
  doubtful(task: string): boolean {
    return (this.tasks.get(task)?.last?.number ?? 0) < this.lostAt;
  }

  /** Tasks whose last attempt neither finished nor failed: a crash left them. */
  interrupted(): Interrupted[] {
    const out: Interrupted[] = [];
    for (const [task, { last, started }] of this.tasks) {
      if (last === undefined || ['finished', 'failed', 'waiting'].includes(last.type)) continue;
      out.push({
        task,
        started: started === undefined ? undefined : (JSON.parse(started) as Started),
        publishing: last.type === 'publishing' ? (JSON.parse(last.json) as Publishing) : undefined,
        doubtful: this.doubtful(task),
      });
    }
    return out;
  }

  /** Names of all tasks the journal knows. */
  names(): Iterable<string> {
    return this.tasks.keys();
  }

  /**
   * Opens the journal for appending; only the holder of the workspace lock does. One that is damaged is kept as evidence
   * and written anew, one of version 1 or with many old lines is written anew.
   */
  open(): void {
    if (this.file.isOpen) return;
    const { damage, torn, size, next } = this.found;
    try {
      const anew = damage !== undefined ? this.heal() : (next === undefined || this.long) && this.compact();
      this.file.open(torn && !anew ? size : undefined);
      if (this.lines <= 1) this.file.begin(`${header}\n`);
    } catch (error) {
      this.file.close();
      throw unwritable(error);
    }
  }

  private get long(): boolean {
    const live = this.tasks.size + this.manifests.size + this.unknown.length;
    return this.lines > 1000 && this.lines > 4 * live;
  }

  /** Puts a good journal in the place of a damaged one, which is kept. Says whether it could. */
  private heal(): boolean {
    let kept: string;
    try {
      kept = keepEvidence(this.path);
    } catch {
      return false;
    }
    if (!this.compact()) {
      // It may be another name of the very file that is appended to now.
      rmSync(`${this.path.slice(0, this.path.lastIndexOf('/'))}/${kept}`, { force: true });
      return false;
    }
    this.warnings.length = 0;
    this.warnings.push(
      `the journal ${this.found.damage}; it was written anew, and the damaged one is kept as .evalmake/${kept}`,
    );
    return true;
  }

  /** Writes only what is still needed to a new file and renames it into place. Says whether it could. */
  private compact(): boolean {
    const { tasks, manifests, unwritten, unknown } = this;
    const doubt = this.interrupted().some((i) => i.doubtful)
      ? (this.found.damage ?? 'was damaged')
      : undefined;
    const out = compacted({ tasks, manifests, unwritten, unknown, doubt });
    try {
      this.file.replace(out);
    } catch {
      // No room for a second one: the one that is there goes on.
      return false;
    }
    this.lines = out.length;
    this.next = out.length;
    return true;
  }

  /**
   * Appends one line, and waits until it is on disk when asked. A failed write throws: no task is done without its
   * record. Lines appended without waiting are made durable together by `durable()`.
   */
  append(type: LineType, task: string, value: object, durable = true): void {
    if (!this.file.isOpen) throw new Error('the journal is not open');
    const json = JSON.stringify(value);
    this.lock?.check();
    try {
      this.file.write(lineOf(this.next, { type, task, json }));
      if (this.next !== undefined) this.next++;
      this.lines++;
      if (durable) this.file.flush();
    } catch (error) {
      // A failure that cannot be written down is told all the same; the next build finds the attempt interrupted.
      if (type !== 'failed') throw unwritable(error);
    }
    this.apply({ number: Number.POSITIVE_INFINITY, type, task, json });
  }

  /** Resolves when every line appended so far is on disk, and rejects when it will never be. */
  durable(): Promise<void> {
    return this.file.durable();
  }

  /** Drops all that is known of some tasks, and writes anew what is left. */
  forget(tasks: readonly string[]): void {
    for (const task of tasks) if (this.tasks.delete(task)) this.unwritten.delete(task);
    if (this.compact()) this.file.open(undefined);
  }

  /** Notes that a manifest on disk now tells what these tasks' records say. */
  manifestWritten(path: string, digest: string, tasks: readonly string[]): void {
    this.append('manifest', encodeURI(path), { digest, tasks }, false);
  }

  close(): void {
    this.file.close();
  }
}
