// The evaluation of this repository on a real cluster: killed ten times, it makes the same bytes as here, by as many jobs as tasks.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as assert from 'uvu/assert';
import { copyEvaluation } from '../workspace/evaluation.ts';
import { runScenarios, scenario } from '../workspace/scenario.ts';
import { Workspace } from '../workspace/workspace.ts';
import { how, moments, own, rest } from './cluster.ts';

const made = ['data/prepared', 'data/batch_inputs', 'experiments', 'reports'];

/** Digests of everything that a pipeline made, by path; manifests tell when and where it was, and are no part of them. */
function digests(ws: Workspace): Record<string, string> {
  const out: Record<string, string> = {};
  for (const dir of made)
    for (const entry of readdirSync(ws.path(dir), { recursive: true, withFileTypes: true })) {
      const path = relative(ws.root, join(entry.parentPath, entry.name));
      if (!entry.isFile() || path.includes('manifest')) continue;
      out[path] = createHash('sha256')
        .update(readFileSync(ws.path(path)))
        .digest('hex');
    }
  return out;
}

scenario('The evaluation, killed ten times at random, makes the same bytes as here.', async (ws) => {
  const local = new Workspace();
  try {
    copyEvaluation(local);
    copyEvaluation(ws);
    const here = await local.build([], { patienceMs: 300_000 });
    assert.is(here.code, 0, here.stderr);
    for (const ms of moments(10, 500, 5000)) {
      const running = ws.start(['--json', '--executor', 'slurm'], how);
      await rest(ms);
      running.kill('SIGKILL');
      await running.exited;
    }
    const { code, stderr, stdout } = await ws.build(['--executor', 'slurm'], how);
    assert.is(code, 0, `${stderr}\n${stdout}`);
    assert.equal(digests(ws), digests(local));
    const tasks = (await local.plan([])).tasks.filter(({ verdict }) => verdict !== 'off');
    // The controller is the witness: each job that it has ended well ran the command of one attempt.
    const jobs = own(ws);
    assert.equal([...new Set(jobs.map(({ state }) => state))], ['COMPLETED']);
    assert.is(jobs.length, tasks.length);
    const nodes = new Set(jobs.map(({ node }) => node));
    assert.ok(nodes.size > 1, `jobs ran on ${[...nodes]}`);
    const files = Object.keys(digests(ws)).length;
    console.log(`${files} files are the same; ${jobs.length} jobs on ${nodes.size} nodes for as many tasks`);
  } finally {
    await local.dispose();
  }
});

runScenarios();
