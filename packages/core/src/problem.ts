// A Problem is a mistake the user can mend: what is wrong, where, and what to do.

/** Where in a YAML document a problem lies: the keys and indexes from the root. */
export type Pointer = readonly (string | number)[];

/** One located mistake. `line` and `column` count from 1 and are filled in by `locate`. */
export interface Problem {
  /** Stable kebab-case name, such as `unknown-key`. */
  readonly code: string;
  readonly message: string;
  /** `warning` never stops a build. */
  readonly severity: 'error' | 'warning';
  readonly file?: string;
  readonly pointer?: Pointer;
  /** Whether the pointer's key is meant, not its value. */
  readonly atKey?: boolean;
  readonly line?: number;
  readonly column?: number;
  /** What to do, in one sentence. */
  readonly hint?: string;
}

/** A value and the problems met while making it; the value is absent when it could not be made. */
export interface Parsed<T> {
  readonly value: T | undefined;
  readonly problems: readonly Problem[];
}

/** Collects problems while a document is read, so that all are reported at once. */
export class Problems {
  readonly list: Problem[] = [];

  /** Adds an error at a place of the document. */
  error(code: string, pointer: Pointer, message: string, more: Partial<Problem> = {}): void {
    this.list.push({ code, message, severity: 'error', pointer, ...more });
  }

  /** Adds a warning at a place of the document. */
  warn(code: string, pointer: Pointer, message: string, more: Partial<Problem> = {}): void {
    this.list.push({ code, message, severity: 'warning', pointer, ...more });
  }

  /** Whether any of the problems stops a build. */
  get fatal(): boolean {
    return hasErrors(this.list);
  }
}

/** Whether a list holds a problem that stops a build. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((p) => p.severity === 'error');
}

/**
 * One problem as a line for people and editors: `file:line:column: error: message`, the hint on a second line.
 * @param problem the problem; without a place only what is known is printed
 */
export function formatProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((x) => x !== undefined).join(':');
  const head = `${place === '' ? '' : `${place}: `}${problem.severity}: ${problem.message}`;
  return problem.hint === undefined ? head : `${head}\n    ${problem.hint}`;
}

/** Problems in the order of the document, then of discovery. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const key = (p: Problem) => (p.line ?? Number.MAX_SAFE_INTEGER) * 10_000 + (p.column ?? 0);
  return problems
    .map((p, i) => ({ p, i }))
    .sort((a, b) => key(a.p) - key(b.p) || a.i - b.i)
    .map(({ p }) => p);
}
