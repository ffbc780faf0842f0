// A house rule: a name that states it, and a check that finds where files break it and says what to do instead.
import type { SourceFile } from './repository.ts';

/** One place that breaks a rule. `line` counts from 1; `says` is what is wrong and what to do instead. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly says: string;
}

export interface Rule {
  readonly name: string;
  check(files: readonly SourceFile[]): Violation[];
}

/** The line, from 1, that holds an offset of a text. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** A rule of one pattern: each match in the `view` of a file that `where` accepts is a violation. */
export function patternRule(
  name: string,
  options: {
    where: (path: string) => boolean;
    pattern: RegExp;
    instead: string;
    view?: (text: string) => string;
  },
): Rule {
  const { where, pattern, instead, view = (text) => text } = options;
  const check = (files: readonly SourceFile[]): Violation[] =>
    files
      .filter(({ path }) => where(path))
      .flatMap(({ path, text }) => {
        const seen = view(text);
        return [...seen.matchAll(pattern)].map((match) => {
          const line = lineAt(seen, match.index);
          return { path, line, says: `\`${match[0].trim().split('\n')[0]}\`: ${instead}` };
        });
      });
  return { name, check };
}

/** Fails the running test with every violation on a line of its own, `path:line says`, and no stack trace. */
export function expectNone(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  const lines = violations.map(({ path, line, says }) => `${path}:${line} ${says}`);
  const error = new Error(`${violations.length} found\n${lines.join('\n')}\n`);
  error.stack = error.name;
  throw error;
}

/** The package a source file belongs to, when it is one: `packages/core/src/plan.ts` -> `core`. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\/src\/.*\.ts$/.exec(path)?.[1];
}

/** Generated code is bound by what it may do, not by how it looks. */
export function isGenerated(path: string): boolean {
  return /\/generated\/|\.generated\.ts$/.test(path);
}

/** Whether a path is a source file of ours that a person wrote. */
export function isSource(path: string): boolean {
  return packageOf(path) !== undefined && !isGenerated(path);
}

/** Whether a path is a test or belongs to one. */
export function isTest(path: string): boolean {
  return /^(packages\/[^/]+\/)?test\/.*\.ts$/.test(path);
}
