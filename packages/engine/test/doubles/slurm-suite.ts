// A suite of tests on a scripted cluster: each has a folder, a cluster and a bench of its own, and leaves nothing running.
import { localTimer } from '@evalmake/engine/timer';
import { suite, type Test } from 'uvu';
import { FakeCluster } from './fake-cluster.ts';
import { SlurmBench } from './slurm-bench.ts';
import { TemporaryFolder } from './temporary-folder.ts';

/** What a test is given; one that goes on as a later build puts another bench in place. */
export interface OnCluster {
  folder: TemporaryFolder;
  cluster: FakeCluster;
  bench: SlurmBench;
}

/** Begins a suite. */
export function slurmSuite(name: string): Test<OnCluster> {
  const test = suite<OnCluster>(name);
  test.before.each((context) => {
    context.folder = new TemporaryFolder();
    context.cluster = new FakeCluster();
    context.bench = new SlurmBench(context.folder, context.cluster.env);
  });
  test.after.each(async ({ folder, cluster, bench }) => {
    await bench.end();
    cluster.remove();
    folder.remove();
  });
  return test;
}

/** Resolves when something is so. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((done) => void localTimer(10, done));
}

/** A script that waits for a file; without its folder it ends, whatever became of its test. */
export const held = (go = 'go'): string => `until [ -e ${go} ] || [ ! -e .evalmake ]; do sleep 0.02; done`;
