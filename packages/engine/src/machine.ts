// The Machine is where a workspace is built: its processes, how commands are started on it, and how it waits.
import type { Executor } from './job.ts';
import { localProcesses, type Processes } from './processes.ts';
import type { RunTool } from './slurm/commands.ts';
import { localTimer, type StartTimer } from './timer.ts';

/** Everything of a machine that is not its disk; a simulation has one of its own. */
export interface Machine {
  readonly processes: Processes;
  readonly start: Executor;
  /** How it waits; as this process does, unless said otherwise. */
  readonly timer?: StartTimer;
  /** How the programs of a cluster are called; those on the PATH are, unless said otherwise. */
  readonly tools?: RunTool;
}

/** This machine. What starts commands is loaded with the first of them: a build that runs nothing never needs it. */
export const localMachine: Machine = {
  processes: localProcesses,
  start: async (job) =>
    (await import('./local.ts')).startLocal(job, { processes: localProcesses, timer: localTimer }),
};
