// Faults of a real cluster: nodes and controllers that die, jobs that are cancelled, preempted, cut off or can never start.
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from '../workspace/scenario.ts';
import { arrayOf, cancelByHand, how, own, rest, takeNode, tell, until } from './cluster.ts';
import { assertOnce, holding, writeMany } from './many-tasks.ts';

scenario('scancel by hand fails its task by that name, and only it goes out again.', async (ws) => {
  writeMany(ws, 4, holding);
  ws.write('wait', '');
  const running = ws.start(['--json', '-k'], how);
  let before = 0;
  await until(() => {
    before += ws.ran().length;
    return before === 4;
  });
  await until(() => arrayOf(ws) !== '');
  cancelByHand(`${arrayOf(ws)}_2`);
  await running.line((line) => line.includes('"failed"'));
  ws.remove('wait');
  const { code, stdout } = await running.done;
  assert.is(code, 1);
  assert.match(stdout, /"reason":"cancelled"/);
  assert.is((await ws.build([], how)).code, 0);
  assert.is(before + ws.ran().length, 5);
});

scenario(
  'A node that dies under a running task costs one more attempt, in a folder of its own.',
  async (ws) => {
    // Only what lasts until the node is declared dead meets that: a daemon that is killed does not end its jobs.
    writeMany(ws, 1, holding);
    ws.write('wait', '');
    const running = ws.start(['--json'], how);
    await until(() => ws.ran().length === 1);
    const node = own(ws)[0]?.node.slice(1) ?? '1';
    tell('node-down', node);
    try {
      await running.line((line) => line.includes('"node-fail"'), 1);
      ws.remove('wait');
      const { code, stderr } = await running.done;
      assert.is(code, 0, stderr);
      assert.is(ws.read('out/1.txt'), 'in\n1\n');
    } finally {
      tell('node-up', node);
    }
  },
);

scenario('A job that is preempted is tried again, though nobody asked for retries.', async (ws) => {
  writeMany(ws, 1, holding);
  ws.write('wait', '');
  const running = ws.start(['--json'], how);
  await until(() => ws.ran().length === 1);
  takeNode(own(ws)[0]?.node ?? 'n1');
  await running.line((line) => line.includes('"preempted"'), 1);
  ws.remove('wait');
  const { code, stdout, stderr } = await running.done;
  assert.is(code, 0, stderr);
  assert.match(stdout, /"reason":"preempted".*"retry":true/);
  assert.is(ws.read('out/1.txt'), 'in\n1\n');
});

scenario('A controller that is killed and comes back changes nothing.', async (ws) => {
  writeMany(ws, 3, holding);
  ws.write('wait', '');
  const running = ws.start(['--json'], how);
  await until(() => own(ws).filter((job) => job.state === 'RUNNING').length === 3);
  // What it was told in its last seconds a controller that is killed forgets; these jobs it knows for longer.
  await rest(9000);
  tell('controller-down');
  ws.remove('wait');
  await rest(2000);
  tell('controller-up');
  const { code, stderr } = await running.done;
  assert.is(code, 0, stderr);
  assertOnce(ws.ran(), 3);
});

scenario(
  'A controller that is killed right after it has taken jobs: they are done all the same.',
  async (ws) => {
    writeMany(ws, 3, 'true');
    const running = ws.start(['--json', '-k'], how);
    await until(() => arrayOf(ws) !== '', 5);
    tell('controller-down');
    tell('controller-up');
    const { code, stderr, stdout } = await running.done;
    assert.is(code, 0, `${stderr}\n${stdout}`);
    for (const n of [1, 2, 3]) assert.is(ws.read(`out/${n}.txt`), `in\n${n}\n`);
  },
);

scenario('A command that takes longer than its time-out is ended by that name.', async (ws) => {
  writeMany(ws, 1, 'sleep 60', 'timeout: 2s');
  const { code, stdout } = await ws.build([], how);
  assert.is(code, 1);
  assert.match(stdout, /"reason":"timeout"/);
});

scenario('A command that needs too much memory is ended by that name.', async (ws) => {
  writeMany(ws, 1, 'head -c 300000000 /dev/zero | tail -c 300000000 | (sleep 8; wc -c) > /dev/null');
  const { code, stdout } = await ws.build([], how);
  assert.is(code, 1);
  assert.match(stdout, /"reason":"out-of-memory"/);
});

scenario('A job that can never start says why, and --detach and Ctrl-C leave nothing behind.', async (ws) => {
  writeMany(ws, 1, 'true', 'slurm: { partition: short, time: "60" }');
  const left = ws.start(['--json'], how);
  await left.line((line) => line.includes('PartitionTimeLimit'));
  left.kill('SIGINT');
  assert.is((await left.done).code, 130);
  assert.equal(
    own(ws).map(({ state }) => state),
    ['CANCELLED'],
  );
});

scenario('--detach leaves jobs, and the next build collects them.', async (ws) => {
  writeMany(ws, 5, holding);
  ws.write('wait', '');
  assert.is((await ws.build(['--detach'], how)).code, 75);
  await until(() => own(ws).filter((job) => job.state === 'RUNNING').length === 5);
  ws.remove('wait');
  const { code, stderr } = await ws.build([], how);
  assert.is(code, 0, stderr);
  assertOnce(ws.ran(), 5);
});

runScenarios();
