// A workspace: a temporary project in which one test writes files, runs the built evalmake, and sees what ran.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildEvent, type PlanDocument, parseEvents, parsePlan } from './documents.ts';
import { Gate, type Visit } from './gate.ts';
import { type Outcome, Running } from './program.ts';
import { Pty } from './pty.ts';
import { onTerminal, type Typed } from './terminal.ts';
import { readTree, type Tree } from './tree.ts';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** How long it may last, milliseconds, when that is not as usual. */
  readonly patienceMs?: number;
  /** Words before the program: what starts it. */
  readonly through?: readonly string[];
  /** Folder to start in, relative to the workspace. */
  readonly from?: string;
}

/** A run whose commands may come to the gate. */
export interface OnGate {
  readonly done: Promise<unknown>;
  readonly output: string;
}

export interface Build extends Outcome {
  readonly events: readonly BuildEvent[];
}

/** Removes the indentation that all lines of a text share, and a first empty line. */
export function dedent(text: string): string {
  const lines = text.replace(/^\n/, '').replace(/\n *$/, '\n').split('\n');
  const indents = lines
    .filter((line) => line.trim() !== '')
    .map((line) => line.length - line.trimStart().length);
  const shared = Math.min(...indents);
  return lines.map((line) => line.slice(shared)).join('\n');
}

export class Workspace {
  /** The project. Beside it, outside, lie the side log and the socket of the gate. */
  readonly root: string;
  readonly #side: string;
  readonly #started: Running[] = [];
  readonly #terminals: Pty[] = [];
  #gate: Gate | undefined;
  #lines = 0;
  #notes: string[] = [];

  constructor() {
    this.#side = realpathSync(mkdtempSync(join(tmpdir(), 'evalmake-test-')));
    this.root = join(this.#side, 'work');
    for (const folder of ['work', 'home', 'bin']) mkdirSync(join(this.#side, folder));
    writeFileSync(this.#log, '');
  }

  get #log(): string {
    return join(this.#side, 'ran.log');
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /** A file outside the workspace that commands reach as `$SIDE/name`. */
  beside(name: string): string {
    return join(this.#side, name);
  }

  exists(name: string): boolean {
    return existsSync(this.path(name));
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Writes a file, with the folders above it. */
  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  /** Writes a file that may be executed. */
  writeProgram(name: string, text: string): void {
    this.write(name, text);
    chmodSync(this.path(name), 0o755);
  }

  /** Writes pipeline.yaml: a head that every pipeline has, then `body` without its common indentation. */
  pipeline(body: string): void {
    this.write('pipeline.yaml', `evalmake: 1\nname: test\n${dedent(body)}`);
  }

  /** Replaces text in a file; fails when the text is not there, so that no edit is silently none. */
  edit(name: string, from: string, to: string): void {
    const text = this.read(name);
    if (!text.includes(from)) throw new Error(`${name} does not hold ${JSON.stringify(from)}`);
    this.write(name, text.replaceAll(from, to));
  }

  remove(...names: string[]): void {
    for (const name of names) rmSync(this.path(name), { recursive: true });
  }

  /** Moves the modification time an hour on and changes nothing else. */
  touch(name: string): void {
    this.setMtime(name, new Date(statSync(this.path(name)).mtimeMs + 3_600_000));
  }

  /** Writes other text under the old modification time, exact to the nanosecond (which Node itself cannot set). */
  sneak(name: string, text: string): void {
    const reference = this.beside('reference');
    execFileSync('touch', ['-r', this.path(name), reference]);
    this.write(name, text);
    execFileSync('touch', ['-r', reference, this.path(name)]);
  }

  setMtime(name: string, time: Date): void {
    utimesSync(this.path(name), time, time);
  }

  tree(): Tree {
    return readTree(this.root);
  }

  /** Runs evalmake to its end. */
  async evalmake(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.start(args, options).done;
  }

  /** Starts evalmake and does not wait. */
  start(args: readonly string[], options: RunOptions = {}): Running {
    const running = new Running(args, {
      cwd: join(this.root, options.from ?? '.'),
      env: { ...this.#environment(), ...options.env },
      input: options.input,
      patienceMs: options.patienceMs,
      through: options.through,
    });
    this.#started.push(running);
    return running;
  }

  /** Runs evalmake to its end on a terminal, where somebody types. */
  async onTerminal(args: readonly string[], typed: Typed): Promise<{ code: number | null; shown: string }> {
    return onTerminal(args, { cwd: this.root, env: this.#environment(), typed });
  }

  /** Starts evalmake on a terminal of a given size. */
  onScreen(
    args: readonly string[],
    size: { rows: number; columns: number; env?: Record<string, string> },
  ): Pty {
    const { NO_COLOR: _, ...env } = { ...this.#environment(), ...size.env };
    const pty = new Pty(args, { ...size, cwd: this.root, env });
    this.#terminals.push(pty);
    return pty;
  }

  /** The plan that a dry run explains. */
  async plan(args: readonly string[] = [], options: RunOptions = {}): Promise<PlanDocument> {
    const outcome = await this.evalmake(['--dry-run', '--json', ...args], options);
    if (outcome.stdout === '') throw new Error(`no plan (exit ${outcome.code}):\n${outcome.stderr}`);
    return parsePlan(outcome.stdout);
  }

  /** Builds, and reads the events. */
  async build(args: readonly string[] = [], options: RunOptions = {}): Promise<Build> {
    const outcome = await this.evalmake(['--json', ...args], options);
    if (outcome.stdout === '') throw new Error(`no events (exit ${outcome.code}):\n${outcome.stderr}`);
    return { ...outcome, events: parseEvents(outcome.stdout) };
  }

  /** What the commands wrote to `$RAN_LOG` since the last call: one task each, in the order they started. */
  ran(): string[] {
    const lines = readFileSync(this.#log, 'utf8').split('\n').slice(0, -1);
    const fresh = lines.slice(this.#lines);
    this.#lines = lines.length;
    this.#notes.push(...fresh.filter((line) => line.startsWith('+')).map((line) => line.slice(1)));
    return fresh.filter((line) => !line.startsWith('+'));
  }

  /** The lines of the side log that begin with `+`: remarks of commands, which are no tasks. Each is given once. */
  notes(): string[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  /** Opens the gate; commands stop at `node "$GATE_CLIENT" NAME $$`. Call it before the build. */
  async gate(): Promise<void> {
    this.#gate = await Gate.open(join(this.#side, 'gate'));
  }

  /** Waits for a command to stand at the gate; fails at once when the build ends without it. */
  async arrival(running: OnGate, name: string): Promise<Visit> {
    if (this.#gate === undefined) throw new Error('the gate is not open');
    const ended = running.done.then(() => {
      throw new Error(`the build ended and nobody came to the gate as "${name}"\n${running.output}`);
    });
    return Promise.race([this.#gate.next(name), ended]);
  }

  /**
   * An environment in which evalmake believes that it is an hour later, so that files written just now are old enough
   * for their digests to be kept. Without it no test would ever meet a kept digest.
   */
  anHourLater(): Record<string, string> {
    const clock = this.beside('clock.cjs');
    writeFileSync(clock, 'const now = Date.now;\nDate.now = () => now() + 3_600_000;\n');
    return { NODE_OPTIONS: `--require=${clock}` };
  }

  /** A second workspace with the same files. `keep` chooses the paths. */
  copy(keep: (path: string) => boolean = () => true): Workspace {
    const other = new Workspace();
    const filter = (source: string): boolean =>
      source === this.root || keep(source.slice(this.root.length + 1));
    cpSync(this.root, other.root, { recursive: true, filter });
    return other;
  }

  /** Ends what still runs and removes everything. */
  async dispose(): Promise<void> {
    for (const running of this.#started) running.kill('SIGKILL');
    this.#gate?.close();
    for (const terminal of this.#terminals) terminal.kill();
    await Promise.allSettled(
      [...this.#started, ...this.#terminals].map((one) => one.done as Promise<unknown>),
    );
    rmSync(this.#side, { recursive: true, force: true, maxRetries: 5 });
  }

  #environment(): Record<string, string> {
    const client = fileURLToPath(new URL('gate-client.js', import.meta.url));
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: join(this.#side, 'home'),
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      NO_COLOR: '1',
      SIDE: this.#side,
      RAN_LOG: this.#log,
      GATE_SOCKET: join(this.#side, 'gate'),
      GATE_CLIENT: client,
    };
  }
}
