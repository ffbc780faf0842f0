// Builds that are killed on a real cluster: their jobs go on, and the next build runs none of them again.
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from '../workspace/scenario.ts';
import { how, moments, own, rest, until } from './cluster.ts';
import { assertOnce, writeMany } from './many-tasks.ts';

scenario('1,000 tasks in arrays, and evalmake killed in the middle: no task runs twice.', async (ws) => {
  writeMany(ws, 1000, 'true');
  const began = performance.now();
  const first = ws.start(['--json'], how);
  const ran: string[] = [];
  await until(() => {
    ran.push(...ws.ran());
    return ran.length > 300;
  });
  first.kill('SIGKILL');
  await first.exited;
  const next = ws.start(['--json'], how);
  const { code, stderr, stdout } = await next.done;
  ran.push(...ws.ran());
  assert.is(code, 0, `${stderr}\n${stdout.slice(-2000)}`);
  assertOnce(ran, 1000);
  assert.is(ws.read('out/777.txt'), 'in\n777\n');
  const jobs = own(ws).filter(({ state }) => state === 'COMPLETED');
  assert.is(jobs.length, 1000, 'Slurm has run as many jobs as there are tasks');
  console.log(`1,000 tasks in ${Math.round((performance.now() - began) / 1000)} s`);
});

scenario('Ten builds killed at random moments: every task is executed once.', async (ws) => {
  writeMany(ws, 60, 'sleep 1');
  const ran: string[] = [];
  for (const ms of moments(10, 300, 2000)) {
    const running = ws.start(['--json'], how);
    await rest(ms);
    running.kill('SIGKILL');
    await running.exited;
  }
  const { code, stderr } = await ws.build([], how);
  ran.push(...ws.ran());
  assert.is(code, 0, stderr);
  assertOnce(ran, 60);
});

runScenarios();
