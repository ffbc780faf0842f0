// A pty: evalmake on a pseudo-terminal of a given size, which the test can change while it runs.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { evalmakeFile, repository } from './program.ts';
import { Screen } from './screen.ts';

/** No run may last longer (milliseconds). */
const patience = 60_000;

export interface PtyOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly columns: number;
}

/** A started evalmake and the screen that shows it. */
export class Pty {
  readonly screen: Screen;
  /** Its exit code, when it and all that it showed has ended. */
  readonly done: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #waiting: (() => void)[] = [];
  #shown = '';
  #ended = false;

  constructor(args: readonly string[], { cwd, env, rows, columns }: PtyOptions) {
    this.screen = new Screen(rows, columns);
    const driver = [join(repository, 'test/workspace/terminal-driver.py'), String(rows), String(columns)];
    this.#child = spawn('python3', [...driver, process.execPath, evalmakeFile, ...args], {
      cwd,
      env: { TERM: 'xterm-256color', ...env },
    });
    this.#child.stdin?.on('error', () => {});
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text;
      this.#hear();
    });
    let complaint = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    this.done = new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#child.kill('SIGKILL');
        reject(new Error(`evalmake did not end on its terminal\n${this.output}`));
      }, patience);
      this.#child.on('error', reject);
      this.#child.on('close', (code) => {
        clearTimeout(late);
        this.#ended = true;
        this.#hear();
        if (complaint !== '') reject(new Error(complaint));
        else resolve(code);
      });
    });
    this.done.catch(() => {});
  }

  /** All that was sent to the terminal, with its control sequences. */
  get output(): string {
    return this.#shown;
  }

  /** Waits until something is so on the screen. */
  async until(holds: (screen: Screen) => boolean): Promise<void> {
    while (!holds(this.screen)) {
      if (this.#ended) throw new Error(`it ended before\n${this.screen.lines.join('\n')}`);
      await new Promise<void>((wake) => this.#waiting.push(wake));
    }
  }

  /** Gives the terminal another size, and waits until evalmake has drawn for it. */
  async resize(rows: number, columns: number): Promise<void> {
    this.#child.stdin?.write(`size ${rows} ${columns}\n`);
    await this.until((screen) => screen.rows === rows && screen.columns === columns);
    const { frames } = this.screen;
    await this.until((screen) => screen.frames > frames);
  }

  type(text: string): void {
    this.#child.stdin?.write(`type ${Buffer.from(text).toString('hex')}\n`);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #taken = 0;

  #hear(): void {
    this.screen.take(this.#shown.slice(this.#taken));
    this.#taken = this.#shown.length;
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
