// Waiting is how an attempt ends whose command is not done yet: it is run again later, and has not failed.

/** Thrown by the steps of an attempt when its command exits 75 after it has said how long to wait. */
export class Waiting extends Error {
  constructor(
    /** When it is to be looked at again, milliseconds since 1970. */
    readonly untilMs: number,
    /** What it waits for, in its own words. */
    readonly text: string,
  ) {
    super(text);
  }
}

/** The exit code of a command that is not done yet (EX_TEMPFAIL). */
export const notYet = 75;
/** The exit code of a command that may have bought something and cannot know. */
export const outcomeUnknown = 5;

/** Bounds of the time between two looks, milliseconds: a command may say anything. */
const least = 50;
const most = 600_000;

/**
 * How long to wait, milliseconds: what the command said within bounds, a tenth more or less by its task, so that many
 * tasks of one provider do not all look at the same moment.
 * @param seconds what the command said
 * @param digest of the task's name, `sha256:` and hex digits
 */
export function waitMs(seconds: number, digest: string): number {
  const share = Number.parseInt(digest.slice(7, 13), 16) / 0xffffff;
  return Math.round(Math.min(most, Math.max(least, seconds * 1000)) * (0.9 + share * 0.2));
}
