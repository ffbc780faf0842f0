// A program: the built evalmake, started as a child process that the test can watch, signal and wait for.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, seen from build/test/all/workspace/. */
export const repository = join(fileURLToPath(new URL('.', import.meta.url)), '../../../..');

/** The file that npm links as `evalmake`; EVALMAKE_UNDER_TEST names another, to judge an installed one. */
export const evalmakeFile =
  process.env['EVALMAKE_UNDER_TEST'] ?? join(repository, 'packages/cli/bin/evalmake.cjs');

/** No single run of a test may last longer (milliseconds): a hanging child is killed and the test fails. */
const patience = 60_000;

/** How a run ended. `code` is null when a signal ended it. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string | undefined;
  /** Words before the program: what starts it. */
  readonly through?: readonly string[] | undefined;
  /** How long it may last, milliseconds, when that is not as usual. */
  readonly patienceMs?: number | undefined;
}

/** A started evalmake; lines of standard output can be awaited while it runs. */
export class Running {
  readonly #child: ChildProcess;
  readonly #waiting: (() => void)[] = [];
  #stdout = '';
  #stderr = '';
  #ended = false;
  /** Resolves when the process and its pipes have ended; rejects when it lasts longer than `patience`. */
  readonly done: Promise<Outcome>;
  /** Resolves when the process itself has ended, even if a survivor of it still holds a pipe. */
  readonly exited: Promise<void>;

  constructor(args: readonly string[], options: StartOptions) {
    const [file, ...words] = [...(options.through ?? []), process.execPath, evalmakeFile, ...args];
    this.#child = spawn(file as string, words, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdin?.on('error', () => {});
    this.#child.stdin?.end(options.input ?? '');
    this.#child.stdout
      ?.setEncoding('utf8')
      .on('data', (text: string) => this.#hear(() => (this.#stdout += text)));
    this.#child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => this.#hear(() => (this.#stderr += text)));
    this.exited = new Promise((resolve) => this.#child.on('exit', () => resolve()));
    const limitMs = options.patienceMs ?? patience;
    this.done = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#child.kill('SIGKILL');
        reject(new Error(`evalmake ${args.join(' ')} did not end in ${limitMs} ms\n${this.output}`));
      }, limitMs);
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        clearTimeout(timer);
        this.#hear(() => (this.#ended = true));
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
    this.done.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What was printed so far, for messages of failed assertions. */
  get output(): string {
    return `--- stdout\n${this.#stdout}--- stderr\n${this.#stderr}`;
  }

  /** Signals evalmake itself and nothing else; its children are its own business. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /**
   * Waits until standard output holds a complete line for which `wanted` is true; fails when evalmake ends first.
   * @param count which of such lines, from 1
   */
  async line(wanted: (line: string) => boolean, count = 1): Promise<string> {
    for (;;) {
      const found = this.#stdout.split('\n').slice(0, -1).filter(wanted)[count - 1];
      if (found !== undefined) return found;
      if (this.#ended) throw new Error(`evalmake ended before the awaited line\n${this.output}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #hear(change: () => void): void {
    change();
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Whether a process is alive; one that has ended and was not collected by its parent is not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !['Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2)[0] ?? 'X');
  } catch {
    return false;
  }
}
