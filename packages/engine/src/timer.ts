// A StartTimer calls back after a while; a simulation has one that does not wait.

/**
 * Calls back once after `ms` milliseconds, unless the function that is returned is called before. It keeps the process
 * alive: a wait that let it end would end a build in the middle, as if it were done.
 */
export type StartTimer = (ms: number, call: () => void) => () => void;

/** Node calls a longer timer back at once; such a time is as good as for ever. */
const longest = 2 ** 31 - 1;

/** The timer of this machine. */
export const localTimer: StartTimer = (ms, call) => {
  const timer = setTimeout(call, Math.min(ms, longest));
  return () => clearTimeout(timer);
};
