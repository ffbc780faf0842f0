// A Failure is what makes a phase stop: located problems (exit 1), misused flags (2), an unknown outcome (5), not yet (75).

/** The most problems shown at once; more would scroll the first ones away. */
const SHOWN = 20;

/** A problem of the data or the configuration. Each message names its file, line and field. Exit code 1. */
export class Failure extends Error {
  readonly problems: readonly string[];

  constructor(problems: string | readonly string[]) {
    const list = typeof problems === 'string' ? [problems] : problems;
    super(list.join('\n'));
    this.name = 'Failure';
    this.problems = list;
  }
}

/** A misuse of the command line: an unknown flag, a missing one, a value of the wrong shape. Exit code 2. */
export class UsageFailure extends Failure {
  constructor(problems: string | readonly string[]) {
    super(problems);
    this.name = 'UsageFailure';
  }
}

/**
 * Something may have been bought and it cannot be known what: going on could pay a second time. Exit code 5. The message
 * says what a person can do.
 */
export class OutcomeUnknown extends Failure {
  constructor(problems: string | readonly string[]) {
    super(problems);
    this.name = 'OutcomeUnknown';
  }
}

/** The work is in other hands and not finished: the same command has to be run again later. Exit code 75. */
export class NotYet extends Error {
  readonly seconds: number;

  /**
   * @param seconds how long to wait before the next run
   * @param text what is waited for, a few words
   */
  constructor(seconds: number, text: string) {
    super(text);
    this.name = 'NotYet';
    this.seconds = seconds;
  }
}

/** Gathers problems, so that a person sees all of them at once and not one per run. */
export class Problems {
  readonly #list: string[] = [];
  #dropped = 0;

  /** Adds one problem. */
  add(message: string): void {
    if (this.#list.length < SHOWN) this.#list.push(message);
    else this.#dropped += 1;
  }

  /** Runs `action`; a Failure it throws is kept and undefined comes back. Other errors pass through. */
  collect<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      for (const problem of error.problems) this.add(problem);
      return undefined;
    }
  }

  /** True when nothing was added. */
  get empty(): boolean {
    return this.#list.length === 0;
  }

  /** Throws one Failure with everything gathered; does nothing when there is nothing. */
  throwIfAny(): void {
    if (this.empty) return;
    const more = this.#dropped > 0 ? [`… and ${this.#dropped} more problems like these`] : [];
    throw new Failure([...this.#list, ...more]);
  }
}

/**
 * The message of an error of the file system, in words.
 * @param path the file the person named
 */
export function fileProblem(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return `${path}: no such file`;
  if (code === 'EISDIR') return `${path}: is a folder, a file was expected`;
  if (code === 'ENOTDIR') return `${path}: one of its parents is a file, not a folder`;
  if (code === 'EACCES') return `${path}: permission denied`;
  if (code === 'ENOSPC') return `${path}: no space left on the disk`;
  return `${path}: ${error instanceof Error ? error.message : String(error)}`;
}
