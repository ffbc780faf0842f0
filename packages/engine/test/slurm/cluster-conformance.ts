// The executors' suite against a real cluster; run by scripts/slurm-test.sh, which starts one.
import { localTimer } from '@evalmake/engine/timer';
import { SlurmBench } from '../doubles/slurm-bench.ts';
import { conformance } from '../executor-conformance.ts';

conformance('a real cluster', (folder) => {
  const bench = new SlurmBench(folder, process.env, {
    timer: localTimer,
    nowMs: () => Date.now(),
    pace: { lookMs: 100, lookMostMs: 500, queryMs: 500, queryMostMs: 2000 },
    patience: { resultMs: 20_000, failedMs: 2000, absentMs: 5000 },
    gatherMs: 200,
    retryMs: 1000,
  });
  return {
    start: (task, command, more = {}) => {
      const argv = typeof command === 'string' ? ['bash', '-c', command] : command;
      return bench.start(task, '', { argv, ...more });
    },
    end: () => bench.end(),
  };
});
