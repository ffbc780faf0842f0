// GitHub Actions reads commands from the log of a step: groups, and errors that stand beside the run; data must not be one.
import { oneLine, printable } from '../style.ts';
import type { Failure } from './build-state.ts';

/** GitHub shows ten annotations of a kind for each step and drops the others without a word. */
const shownErrors = 9;
const longestMessage = 1000;

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** A line that is no command: neither at its beginning, nor in the old form, which may stand anywhere in it. */
export function harmless(line: string): string {
  return line.replace(/^(\s*):(?=:)/, '$1\\:').replaceAll('##[', '##\\[');
}

/** Lines that a command printed, in a group that can be opened; none of them is a command. */
export function quotedForGithub(task: string, lines: readonly string[], token: string): string[] {
  return [
    `::group::${data(oneLine(task))}: the end of its log`,
    `::stop-commands::${token}`,
    ...lines,
    `::${token}::`,
    '::endgroup::',
  ];
}

/** Errors that are shown beside the run, at most ten. */
export function errorLines(failures: readonly Failure[]): string[] {
  const lines = failures.slice(0, shownErrors).map(({ event }) => {
    const title = property(oneLine(event.task).slice(0, longestMessage));
    return `::error title=${title}::${data(printable(event.message).slice(0, longestMessage))}`;
  });
  const more = failures.length - shownErrors;
  return more > 0 ? [...lines, `::error title=evalmake::and ${more} more failed`] : lines;
}
