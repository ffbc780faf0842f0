// The Cluster is where the commands of a workspace run that do not run on this machine; it is opened when the first one does.
import type { SlurmExecutor } from './slurm/executor.ts';
import { localTimer } from './timer.ts';
import type { Workspace } from './workspace.ts';

const opened = new WeakMap<Workspace, Promise<SlurmExecutor>>();

/** The cluster of a workspace. */
export function clusterOf(workspace: Workspace): Promise<SlurmExecutor> {
  const known = opened.get(workspace) ?? open(workspace);
  opened.set(workspace, known);
  return known;
}

async function open({ root, machine, options }: Workspace): Promise<SlurmExecutor> {
  const { SlurmExecutor: Executor } = await import('./slurm/executor.ts');
  const { localTools } = await import('./slurm/tools.ts');
  const { env, nowMs } = options;
  return new Executor({
    root,
    run: machine.tools ?? localTools(env),
    timer: machine.timer ?? localTimer,
    nowMs,
  });
}
