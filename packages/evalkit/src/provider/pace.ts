// A Pace is how a client waits: whether it stays until a job is done, and how long it lets pass between two looks.
import type { Clock } from './clock.ts';

export interface Pace {
  /** return: end with "not yet" while jobs run. block: stay and look again. */
  readonly wait: 'return' | 'block';
  readonly pollMs: number;
  /** How long after an intent its job may still appear in the provider's list. */
  readonly settleMs: number;
  /** The first wait before a call is repeated. */
  readonly firstWaitMs: number;
  readonly clock: Clock;
}

/** Whole seconds for a message to whoever runs the command again. */
export function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}
