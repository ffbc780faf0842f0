// A SimulatedCommand is one process group that reads, writes half, writes on and ends, a step at a time.
import type { MemoryDisk } from './memory-disk.ts';
import { type Invocation, parseInvocation, produce } from './program.ts';

/** What becomes of a command beside what its inputs say. */
export interface Lot {
  /** It fails at this step, whatever it reads. */
  readonly failsAt: number | undefined;
  /** It goes on when it is asked to end. */
  readonly stubborn: boolean;
}

/** How it ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What to run. */
export interface CommandRequest {
  readonly task: string;
  readonly argv: readonly string[];
  readonly group: number;
  readonly started: string;
  readonly token: string;
  readonly root: string;
  readonly disk: MemoryDisk;
  readonly lot: Lot;
  /** What it does, when it is no command of the usual simulated program; returns its exit code. */
  readonly life?: Generator<void, number>;
}

export class SimulatedCommand {
  end: CommandEnd | undefined;
  /** Told when it has ended. */
  onEnd: (end: CommandEnd) => void = () => {};
  readonly #life: Generator<void, number>;
  #steps = 0;

  constructor(readonly request: CommandRequest) {
    this.#life = request.life ?? this.#live(parseInvocation(request.argv));
  }

  get alive(): boolean {
    return this.end === undefined;
  }

  /** Goes one step on. */
  advance(): void {
    if (this.end !== undefined) return;
    if (this.#steps++ === this.request.lot.failsAt) {
      this.#finish({ code: 1, signal: null });
      return;
    }
    const { done, value } = this.request.disk.outside(() => this.#life.next());
    if (done === true) this.#finish({ code: value, signal: null });
  }

  /** Is told to end. */
  signal(signal: NodeJS.Signals): void {
    if (this.end !== undefined || (this.request.lot.stubborn && signal !== 'SIGKILL')) return;
    this.#finish({ code: null, signal });
  }

  #finish(end: CommandEnd): void {
    this.end = end;
    this.onEnd(end);
  }

  *#live(invocation: Invocation): Generator<void, number> {
    yield;
    const contents: string[] = [];
    for (const path of [...invocation.inputs].sort()) {
      const content = this.#read(path);
      if (content === undefined) return 1;
      contents.push(content);
      if (contents.length % 3 === 0) yield;
    }
    yield;
    const wanted = this.#wanted(invocation.missing);
    for (const place of invocation.places) {
      const files = produce(place, invocation, contents);
      if (files === undefined) return yield* this.#spoil(invocation);
      if (place.kind !== 'file') this.request.disk.mkdirSync(this.#full(place.at), { recursive: true });
      for (const [name, content] of files) {
        if (wanted !== undefined && !wanted.has(name)) continue;
        yield* this.#write(name === '' ? place.at : `${place.at.replace(/\/$/, '')}/${name}`, content);
      }
    }
    return 0;
  }

  /** Leaves something half-made at its outputs and fails. */
  *#spoil(invocation: Invocation): Generator<void, number> {
    for (const { kind, at } of invocation.places) {
      if (kind === 'file') yield* this.#write(at, 'PARTIAL\nPARTIAL\n');
    }
    return 1;
  }

  *#write(path: string, content: string): Generator<void, void> {
    const full = this.#full(path);
    const { disk } = this.request;
    disk.mkdirSync(full.slice(0, full.lastIndexOf('/')), { recursive: true });
    const half = Math.floor(content.length / 2);
    disk.writeFileSync(full, content.slice(0, half));
    yield;
    const fd = disk.openSync(full, 'a');
    disk.writeSync(fd, content.slice(half));
    disk.closeSync(fd);
    yield;
  }

  #wanted(path: string | undefined): Set<string> | undefined {
    if (path === undefined) return undefined;
    const names = String(this.request.disk.readFileSync(this.#full(path), 'utf8'))
      .split('\n')
      .slice(0, -1);
    return names.includes('*') ? undefined : new Set(names);
  }

  #full(path: string): string {
    return path.startsWith('/') ? path : `${this.request.root}/${path}`;
  }

  /** What a path holds; a folder is read file by file in the order of their names. */
  #read(path: string): string | undefined {
    const { disk } = this.request;
    try {
      if (!path.endsWith('/')) return String(disk.readFileSync(this.#full(path), 'utf8'));
      return this.#filesBelow(path.replace(/\/$/, ''), '')
        .sort()
        .map((name) => String(disk.readFileSync(this.#full(`${path}${name}`), 'utf8')))
        .join('');
    } catch {
      return undefined;
    }
  }

  #filesBelow(folder: string, prefix: string): string[] {
    return this.request.disk.readdirSync(this.#full(folder), { withFileTypes: true }).flatMap((entry) => {
      const name = `${prefix}${entry.name}`;
      return entry.isDirectory() ? this.#filesBelow(`${folder}/${entry.name}`, `${name}/`) : [name];
    });
  }
}
