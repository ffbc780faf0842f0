// A real cluster of several nodes on this machine, started by scripts/slurm-cluster.sh; tests break it and mend it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { localTimer } from '@evalmake/engine';
import fc from 'fast-check';
import { repository } from '../workspace/program.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** How evalmake is started: with the cluster, and with time. */
export const how = {
  env: { SLURM_CONF: process.env['SLURM_CONF'] ?? '', PATH: process.env['PATH'] ?? '' },
  patienceMs: 300_000,
};

/** One job as squeue tells of it. */
export interface QueuedJob {
  readonly id: string;
  readonly state: string;
  readonly node: string;
  readonly name: string;
}

/** Tells the cluster something: `node-down 1`, `controller-up`. */
export function tell(...words: readonly string[]): void {
  execFileSync(join(repository, 'scripts/slurm-cluster.sh'), words, { stdio: 'ignore' });
}

/** All jobs that the controller knows. */
export function queued(): QueuedJob[] {
  const out = execFileSync('squeue', ['-h', '-r', '-t', 'all', '-o', '%F_%K %T %N %j'], { encoding: 'utf8' });
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', state = '', node = '', name = ''] = line.split(' ');
      return { id, state, node, name };
    });
}

/** Id of the last array that a workspace has submitted; empty when there is none. */
export function arrayOf(ws: Workspace): string {
  const journal = ws.exists('.evalmake/journal.jsonl') ? ws.read('.evalmake/journal.jsonl') : '';
  return [...journal.matchAll(/"id":"(\d+)"/g)].at(-1)?.[1] ?? '';
}

/** Jobs of all arrays that a workspace has submitted, as the controller knows them. */
export function own(ws: Workspace): QueuedJob[] {
  const journal = ws.exists('.evalmake/journal.jsonl') ? ws.read('.evalmake/journal.jsonl') : '';
  const names = new Set([...journal.matchAll(/"name":"(em-[^"]+)"/g)].map((found) => found[1]));
  return queued().filter(({ name }) => names.has(name));
}

/** Resolves after a while. */
export function rest(ms: number): Promise<void> {
  return new Promise<void>((next) => void localTimer(ms, next));
}

/** Moments at random, in milliseconds; EVALMAKE_FUZZ_SEED gives those of another run again. */
export function moments(count: number, least: number, most: number): number[] {
  const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? Math.floor(Math.random() * 1e9));
  console.log(`moments of seed ${seed}`);
  return fc.sample(fc.integer({ min: least, max: most }), { seed, numRuns: count });
}

export function cancelByHand(id: string): void {
  execFileSync('scancel', [id], { stdio: 'ignore' });
}

/** Gives a whole node to a job that goes before all others. */
export function takeNode(node: string): void {
  const job = ['-p', 'urgent', '--exclusive', '-w', node, '-o', '/dev/null', '--wrap', 'true'];
  execFileSync('sbatch', job, { stdio: 'ignore' });
}

/** Resolves when something is so; fails after two minutes. */
export async function until(holds: () => boolean, everyMs = 50): Promise<void> {
  const end = performance.now() + 120_000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not so after 120 s: ${holds}`);
    await new Promise<void>((next) => void localTimer(everyMs, next));
  }
}
