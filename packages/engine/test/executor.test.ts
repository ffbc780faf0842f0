// The executors hold what every one of them must: the one of this machine, and Slurm by its scripted double.
import { startLocal } from '@evalmake/engine/local';
import { localProcesses } from '@evalmake/engine/processes';
import { localTimer } from '@evalmake/engine/timer';
import { FakeCluster } from './doubles/fake-cluster.ts';
import { SlurmBench } from './doubles/slurm-bench.ts';
import { conformance } from './executor-conformance.ts';

const words = (command: string | readonly string[]): readonly string[] =>
  typeof command === 'string' ? ['bash', '-c', command] : command;

conformance('local', (folder) => ({
  start: (task, command, more) =>
    startLocal(
      {
        argv: words(command),
        cwd: folder.root,
        env: { PATH: process.env.PATH },
        log: folder.path(`logs/${task}.log`),
        secrets: [],
        timeoutMs: undefined,
        onLine: () => {},
        onSpawn: () => {},
        ...more,
      },
      { processes: localProcesses, timer: localTimer },
    ),
}));

conformance('the scripted cluster', (folder) => {
  const cluster = new FakeCluster();
  const bench = new SlurmBench(folder, cluster.env);
  return {
    start: (task, command, more = {}) => bench.start(task, '', { argv: words(command), ...more }),
    end: async () => {
      await bench.end();
      cluster.remove();
    },
  };
});
