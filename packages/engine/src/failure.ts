// A Failure is why an attempt did not succeed, in words for people.
import { constants } from 'node:os';
import type { FailureKind } from '@evalmake/core';

/** Thrown by the steps of an attempt; the run loop turns it into an event. */
export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
  }
}

const meanings: Readonly<Record<number, string>> = {
  126: 'the command is not executable',
  127: 'a command was not found',
  141: 'a process in a pipe was cut off (SIGPIPE): under pipefail a reader such as "head" that stops early fails the writer',
};

/** The exit of a command in words: never "exit code null". */
export function exitText(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `killed by ${signal}`;
  if (code === null) return 'ended without an exit code';
  const known = meanings[code];
  if (known !== undefined) return `exit code ${code}: ${known}`;
  const number = code - 128;
  const name = Object.entries(constants.signals).find(([, n]) => n === number)?.[0];
  return code > 128 && name !== undefined
    ? `exit code ${code}: a process was killed by ${name}`
    : `exit code ${code}`;
}

/** Something of the workspace cannot be read: told in one line, and nothing is concluded from it. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** What went wrong, in words. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
