// Watching: a build for every change, the lock only while building, and a clean end.
import { renameSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { writeChain } from './workspace/pipelines.ts';
import type { Running } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

const hasEnded = (line: string): boolean => line.includes('"event":"ended"');

/** Starts watching and waits for the end of the first build. */
async function watch(ws: Workspace): Promise<Running> {
  const running = ws.start(['--watch', '--json']);
  await running.line(hasEnded);
  return running;
}

/** Waits for the build that makes the report say this; events are hints, so there may be a build that changes nothing. */
async function builds(ws: Workspace, running: Running, expected: string): Promise<void> {
  for (let ended = 1; !ws.exists('out/report.txt') || ws.read('out/report.txt') !== expected; ended++) {
    await running.line(hasEnded, ended);
  }
}

async function stop(running: Running): Promise<void> {
  running.kill('SIGINT');
  const { code, stderr } = await running.done;
  assert.ok(code === 0 || code === 130, `exit ${code}: ${stderr}`);
}

scenario(
  '--watch builds at once and again after every change: written, replaced, added, removed.',
  async (ws) => {
    writeChain(ws);
    ws.edit('pipeline.yaml', 'inputs: in.txt', 'inputs: "*.txt"');
    ws.edit('pipeline.yaml', 'outputs: norm.txt', 'outputs: made/norm.txt');
    ws.edit('pipeline.yaml', 'outputs: upper.txt', 'outputs: made/upper.txt');
    ws.edit('pipeline.yaml', "sed '/^#/d' ${{ inputs }}", "cat ${{ inputs }} | sed '/^#/d'");
    const running = await watch(ws);
    assert.is(ws.read('out/report.txt'), 'Results\nALPHA\nBETA\n');
    ws.write('in.txt', 'one\n');
    await builds(ws, running, 'Results\nONE\n');
    ws.write('in.new', 'two\n');
    renameSync(ws.path('in.new'), ws.path('in.txt'));
    await builds(ws, running, 'Results\nTWO\n');
    ws.write('more.txt', 'three\n');
    await builds(ws, running, 'Results\nTWO\nTHREE\n');
    ws.remove('in.txt');
    await builds(ws, running, 'Results\nTHREE\n');
    await stop(running);
    await assertSettled(ws);
  },
);

scenario('--watch follows the pipeline and the config, and survives a mistake in them.', async (ws) => {
  writeChain(ws);
  const running = await watch(ws);
  ws.edit('config.yaml', 'Results', 'Findings');
  await builds(ws, running, 'Findings\nALPHA\nBETA\n');
  const good = ws.read('pipeline.yaml');
  ws.edit('pipeline.yaml', 'outputs: upper.txt', 'outptus: upper.txt');
  await running.line((line) => line.includes('outptus'));
  ws.write('pipeline.yaml', good.replace('tr a-z A-Z', 'tr a-y A-Y'));
  await running.line((line) => line.includes('"finished"') && line.includes('"upper"'), 2);
  await stop(running);
});

scenario('A watch that waits holds no lock, and a build beside it works.', async (ws) => {
  writeChain(ws);
  const running = await watch(ws);
  ws.ran();
  assert.is((await ws.evalmake(['--force=norm'])).code, 0);
  assert.equal(ws.ran(), ['norm']);
  await stop(running);
});

runScenarios();
