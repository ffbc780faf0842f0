// Accounting on a real cluster: how jobs ended that the controller has forgotten. Run by scripts/slurm-test.sh accounting.
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from '../workspace/scenario.ts';
import { arrayOf, cancelByHand, how, own, until } from './cluster.ts';

scenario('A job that was cancelled and is forgotten is known by its accounts, and not lost.', async (ws) => {
  ws.pipeline(`
    defaults: { executor: slurm, slurm: { mem: 20M } }
    targets:
      part:
        each: { n: [1, 2] }
        run: |
          echo "$EVALMAKE_TASK" >> "$RAN_LOG"
          while [ -e wait ]; do sleep 0.1; done
          echo \${{ n }} > \${{ outputs }}
        outputs: out/\${{ n }}.txt
  `);
  ws.write('wait', '');
  const first = ws.start(['--json'], how);
  let ran = 0;
  await until(() => {
    ran += ws.ran().length;
    return ran === 2 && arrayOf(ws) !== '';
  });
  first.kill('SIGKILL');
  await first.exited;
  cancelByHand(`${arrayOf(ws)}_1`);
  ws.remove('wait');
  // The controller keeps what is over for a few seconds only.
  await until(() => own(ws).length === 0, 500);
  const { code, stdout } = await ws.build(['-k'], how);
  assert.is(code, 1);
  assert.match(stdout, /"reason":"cancelled"/);
  assert.not.match(stdout, /job-lost/);
  assert.is(ws.read('out/1.txt'), '1\n');
  assert.equal(ws.ran(), []);
});

runScenarios();
