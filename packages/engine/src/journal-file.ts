// A JournalFile is the file of the journal or of the ledger, open for appending: a line is written whole or not at all, and flushed with others.
import { dirname } from 'node:path';
import { makeDir, syncDir, writeAll, writeAtomic } from './disk.ts';
import { Unreadable } from './failure.ts';
import { closeSync, fdatasync, fdatasyncSync, fstatSync, ftruncateSync, openSync } from './fs.ts';

/** The journal, or another file of this kind, cannot be written: told in one line. */
export function unwritable(error: unknown, what = 'the journal'): Unreadable {
  if (error instanceof Unreadable) return error;
  return new Unreadable(`${what} cannot be written: ${(error as Error).message}`);
}

/** How many lines are written at once; all together may be longer than a text can be. */
const joined = 10_000;

/** Appends to one file. */
export class JournalFile {
  private fd: number | undefined;
  /** Bytes up to the end of the last whole line. */
  private size = 0;
  private torn = false;
  private sync: Promise<void> | undefined;
  private nextSync: Promise<void> | undefined;
  /** Why the disk did not keep what it was given; nothing that comes later is believed then. */
  private lost: unknown;

  /** @param what it is, for messages */
  constructor(
    private readonly path: string,
    private readonly what = 'the journal',
  ) {}

  get isOpen(): boolean {
    return this.fd !== undefined;
  }

  /**
   * Opens it; what follows the last whole line is cut off.
   * @param torn up to where it is whole, when it is known to have a torn end
   */
  open(torn: number | undefined): void {
    makeDir(this.path.slice(0, this.path.lastIndexOf('/')));
    this.fd = openSync(this.path, 'a', 0o666);
    if (torn !== undefined) {
      this.size = torn;
      this.cut(this.fd);
    }
    this.size = fstatSync(this.fd).size;
  }

  /** Begins one that has no entries: what is flushed into a file is on disk when its name is, which a flush does not say. */
  begin(header: string): void {
    if (this.size === 0) this.write(header);
    const dir = dirname(this.path);
    syncDir(dir);
    syncDir(dirname(dir));
  }

  /** Puts another content in its place, in one step; when that cannot be done the old one stays and this throws. */
  replace(lines: readonly string[]): void {
    const parts: string[] = [];
    for (let at = 0; at < lines.length; at += joined) parts.push(lines.slice(at, at + joined).join(''));
    writeAtomic(this.path, parts);
    this.close();
  }

  /** Writes a line whole or not at all: half a line would spoil the next one too, which may be another task's. */
  write(line: string): void {
    const { fd } = this;
    if (fd === undefined) throw new Error(`${this.what} is not open`);
    if (this.lost !== undefined) throw this.lost;
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

  /** Waits until everything written is on disk. */
  flush(): void {
    if (this.fd === undefined) return;
    if (this.lost !== undefined) throw this.lost;
    try {
      fdatasyncSync(this.fd);
    } catch (error) {
      this.lost = error;
      throw error;
    }
  }

  /**
   * Resolves when every line written so far is on disk. Lines of tasks that end and start at the same moment share one
   * fdatasync; it runs off the main thread, so other commands go on meanwhile.
   */
  durable(): Promise<void> {
    this.nextSync ??= (this.sync ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.sync = this.nextSync;
        this.nextSync = undefined;
        return this.flushAside();
      });
    return this.nextSync;
  }

  private flushAside(): Promise<void> {
    const fd = this.fd;
    if (this.lost !== undefined) return Promise.reject(unwritable(this.lost, this.what));
    if (fd === undefined) return Promise.resolve();
    return new Promise((done, fail) => {
      fdatasync(fd, (error) => {
        if (error === null) return done();
        // After one failed flush the kernel takes the lost pages for written: a later success would mean nothing.
        this.lost ??= error;
        fail(unwritable(error, this.what));
      });
    });
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }
}
