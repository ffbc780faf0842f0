// A Clock is time and chance as a client needs them: now, waiting, and the jitter of a wait.
import { setTimeout as wait } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

export const systemClock: Clock = {
  now: Date.now,
  sleep: async (ms) => {
    await wait(ms);
  },
  random: Math.random,
};
