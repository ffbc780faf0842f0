// An AttemptToken marks the processes of a task's attempts in their environment, so that survivors of a crash are known.
import { digestText } from './digest.ts';

/** The value of EVALMAKE_ATTEMPT for a task of a workspace. */
export function attemptToken(root: string, task: string): string {
  return digestText(`${root}\0${task}`).slice(7, 39);
}
