// A RunResult says in a word how a build ended, from its exit code and whether it ended at all.
import type { RunSummary } from './run-summary.ts';

/** How a build ended. */
export type RunResult =
  | 'done'
  | 'failed'
  | 'wrong-pipeline'
  | 'asks'
  | 'lock-lost'
  | 'waiting'
  | 'interrupted'
  | 'cut-off'
  | 'running';

const byExit: Readonly<Record<number, RunResult>> = {
  0: 'done',
  1: 'failed',
  2: 'wrong-pipeline',
  5: 'asks',
  6: 'lock-lost',
  75: 'waiting',
};

/**
 * How a build ended.
 * @param isRunning whether a build holds the lock whose log this is
 */
export function runResult(
  { exit, endedAt }: Pick<RunSummary, 'exit' | 'endedAt'>,
  isRunning: boolean,
): RunResult {
  if (endedAt === undefined || exit === undefined) return isRunning ? 'running' : 'cut-off';
  return byExit[exit] ?? (exit > 128 ? 'interrupted' : 'failed');
}

/** The same for people. */
export const resultWords: Readonly<Record<RunResult, string>> = {
  done: 'done',
  failed: 'failed',
  'wrong-pipeline': 'pipeline error',
  asks: 'asks',
  'lock-lost': 'lock lost',
  waiting: 'waiting',
  interrupted: 'interrupted',
  'cut-off': 'cut off',
  running: 'running',
};
