// A real cluster of several nodes on this machine, started by scripts/slurm-cluster.sh; tests break it and mend it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { localTimer } from '@evalmake/engine';
import { repository } from '../workspace/program.ts';

/** One job as squeue tells of it. */
export interface QueuedJob {
  readonly id: string;
  readonly state: string;
  readonly node: string;
}

/** The environment in which evalmake finds the cluster. */
export const clusterEnv: Readonly<Record<string, string>> = {
  SLURM_CONF: process.env['SLURM_CONF'] ?? '',
  PATH: process.env['PATH'] ?? '',
};

/** Tells the cluster something: `node-down 1`, `controller-up`. */
export function tell(...words: readonly string[]): void {
  execFileSync(join(repository, 'scripts/slurm-cluster.sh'), words, { stdio: 'ignore' });
}

/** All jobs that the controller knows. */
export function queued(): QueuedJob[] {
  const out = execFileSync('squeue', ['-h', '-r', '-t', 'all', '-o', '%F_%K %T %N'], { encoding: 'utf8' });
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', state = '', node = ''] = line.split(' ');
      return { id, state, node };
    });
}

export function cancelByHand(id: string): void {
  execFileSync('scancel', [id], { stdio: 'ignore' });
}

/** Resolves when something is so; fails after two minutes. */
export async function until(holds: () => boolean, everyMs = 50): Promise<void> {
  const end = performance.now() + 120_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not so after 120 s: ${holds}`);
    await new Promise<void>((next) => void localTimer(everyMs, next));
  }
}
