// A machine without processes: its commands are functions, so that a build of many tasks costs almost nothing.
import type { Job } from '@evalmake/engine/job';
import type { Machine } from '@evalmake/engine/machine';

/** What a command does when it is started; gives its exit code. */
export type Command = (job: Job) => number;

/** A machine on which no process ever lives. */
export function functionMachine(command: Command): Machine {
  return {
    processes: {
      host: 'here',
      space: { boot: '', numbers: '', machine: '' },
      pid: process.pid,
      startTime: () => '',
      isAlive: () => false,
      signalGroup: () => false,
      marked: () => [],
      pause: () => {},
    },
    start: async (job) => {
      job.onSpawn(1, '1');
      const end = { code: command(job), signal: null, timedOut: false, tail: [], leftovers: false };
      return { end: Promise.resolve(end), signal: () => {} };
    },
  };
}
