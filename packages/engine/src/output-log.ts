// An OutputLog is where a command's output goes: to its log with secrets hidden, and through the reader of its lines.
import { LineReader, Tail } from './child-lines.ts';
import { openMaking, writeAll } from './disk.ts';
import { Failure } from './failure.ts';
import { closeSync } from './fs.ts';
import type { Job } from './job.ts';
import { Redactor } from './secrets.ts';

/** What of a job its output needs. */
type Told = Pick<Job, 'log' | 'secrets' | 'onLine'>;

/** The output of one command; each of its streams is read apart. */
export class OutputLog {
  private fd: number | undefined;
  private readonly streams: OutputStream[] = [];
  private readonly tail = new Tail();
  private lost: string | undefined;

  constructor(private readonly job: Told) {
    try {
      this.fd = job.log === undefined ? undefined : openMaking(job.log, 'w');
    } catch (error) {
      throw new Failure('could-not-start', `the log cannot be written: ${(error as Error).message}`);
    }
  }

  /** One stream more: half a line of one is not continued by the other. */
  stream(): OutputStream {
    const made = new OutputStream(this.job, this.tail, (bytes) => this.write(bytes));
    this.streams.push(made);
    return made;
  }

  /** Holds no file open until more comes: of thousands of jobs that run elsewhere, few print at a time. */
  rest(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private write(bytes: Buffer): void {
    if (this.job.log === undefined || this.lost !== undefined) return;
    try {
      this.fd ??= openMaking(this.job.log, 'a');
      writeAll(this.fd, bytes);
    } catch (error) {
      // A full disk costs the log, not the command: what it writes itself is judged when it has ended.
      this.lost = String((error as Error).message);
    }
  }

  end(): readonly string[] {
    for (const stream of this.streams) stream.end();
    this.rest();
    const tail = this.tail.lines;
    return this.lost === undefined
      ? tail
      : [...tail, `(the rest of the log could not be written: ${this.lost})`];
  }
}

/** One stream of a command's output. */
class OutputStream {
  private readonly redactor: Redactor;
  private readonly reader: LineReader;

  constructor(
    job: Told,
    tail: Tail,
    private readonly write: (bytes: Buffer) => void,
  ) {
    this.redactor = new Redactor(job.secrets);
    this.reader = new LineReader(job.onLine, tail);
  }

  take(chunk: Buffer): void {
    this.pass(this.redactor.take(chunk));
  }

  end(): void {
    this.pass(this.redactor.end());
    this.reader.end();
  }

  private pass(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.reader.take(bytes);
    this.write(bytes);
  }
}
