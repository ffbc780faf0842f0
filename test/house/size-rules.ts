// House rules on size and names: short files, short functions, a first sentence, a noun as file name.
import { posix } from 'node:path';
import { functionsOf } from './functions.ts';
import { isSource, isTest, type Rule, type Violation } from './rule.ts';

export const fileLinesMax = 300;
export const functionLinesMax = 60;

/** A file that may be longer, or hold a longer function, with the reason. The sizes only ever go down. */
export interface Exception {
  readonly path: string;
  /** Absent when the whole file is meant. */
  readonly functionName?: string;
  readonly lines: number;
  readonly why: string;
}

/** How many lines a text has; the line break at its end does not start another. */
export const lineCount = (text: string): number => text.replace(/\n$/, '').split('\n').length;

/** Something measured against its limit: a file or a function. */
interface Measured {
  readonly path: string;
  readonly functionName?: string;
  readonly line: number;
  readonly lines: number;
}

function judge(
  measured: Measured[],
  max: number,
  exceptions: readonly Exception[],
  advice: string,
): Violation[] {
  const tooLong = measured.flatMap(({ path, functionName, line, lines }) => {
    const listed = exceptions.find((one) => one.path === path && one.functionName === functionName);
    if (lines <= (listed?.lines ?? max)) return [];
    const limit = listed ? `its listed ${listed.lines}, which may only shrink` : `${max}`;
    return [
      { path, line, says: `${functionName ?? 'the file'} has ${lines} lines, more than ${limit}: ${advice}` },
    ];
  });
  const needless = exceptions.flatMap((one) => {
    const now = measured.find((each) => each.path === one.path && each.functionName === one.functionName);
    if (now !== undefined && now.lines === one.lines && now.lines > max) return [];
    const what = `${one.path}${one.functionName ? `: ${one.functionName}` : ''}`;
    if (now !== undefined && now.lines > one.lines) return [];
    const advice = now !== undefined && now.lines > max ? `set it to ${now.lines}` : 'remove it';
    return [
      {
        path: 'test/tidy.test.ts',
        line: 1,
        says: `the exception for ${what} (${one.lines} lines) is too wide: ${advice}`,
      },
    ];
  });
  return [...tooLong, ...needless];
}

/** No source file over 300 lines, save listed ones. */
export function fileLength(exceptions: readonly Exception[]): Rule {
  return {
    name: `no source file has more than ${fileLinesMax} lines`,
    check: (files) => {
      const measured = files
        .filter(({ path }) => isSource(path))
        .map(({ path, text }) => ({ path, line: 1, lines: lineCount(text) }));
      const listed = exceptions.filter((one) => one.functionName === undefined);
      return judge(measured, fileLinesMax, listed, 'split it by noun');
    },
  };
}

/** No function over 60 lines, save listed ones. */
export function functionLength(exceptions: readonly Exception[]): Rule {
  return {
    name: `no function has more than ${functionLinesMax} lines`,
    check: (files) => {
      const measured = files
        .filter(({ path }) => isSource(path))
        .flatMap(({ path, text }) =>
          functionsOf(text).map(({ name, line, lines }) => ({ path, functionName: name, line, lines })),
        );
      const listed = exceptions.filter((one) => one.functionName !== undefined);
      return judge(measured, functionLinesMax, listed, 'give its parts names of their own');
    },
  };
}

export const firstSentence: Rule = {
  name: 'the first line of every source file is a comment that says what it is',
  check: (files) =>
    files
      .filter(({ path, text }) => isSource(path) && !/^(?:\/\/|\/\*\*?) ?\S.*/.test(text))
      .map(({ path }) => ({
        path,
        line: 1,
        says: 'begin with a comment: one sentence that says what the noun is',
      })),
};

export const nounNames: Rule = {
  name: 'files are named by their noun',
  check: (files) =>
    files
      .filter(({ path }) => isSource(path) || isTest(path))
      .flatMap(({ path }) => {
        const name = posix.basename(path).replace(/(?:\.test)?\.ts$/, '');
        if (/^(?:utils?|helpers?|types|misc|common|shared|stuff)$/.test(name))
          return [{ path, line: 1, says: `\`${name}\` says nothing: name the file by the noun it defines` }];
        if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.generated)?$/.test(name))
          return [{ path, line: 1, says: `\`${name}\`: write file names in kebab-case` }];
        return [];
      }),
};
