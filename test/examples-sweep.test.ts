// examples/sweep: nine trials share a control that is asked once, counted in the bills of a batch server.
// test-timeout: 180
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BatchService } from './examples/batch-service.ts';
import { cellsOf } from './examples/reference.ts';
import { Workspace } from './examples/workspace.ts';

const run = 'experiments/run_r001';
const treatments = 'abstain all check cost eager evidence no-guess placebo strict'.split(' ');
const questions = 12;
const perQuestion = 3 + 3;
/** Rows of one prompt: every question at two temperatures, three times each. */
const perPrompt = questions * perQuestion;

const service = await BatchService.start();
const served = Workspace.of('sweep');
test.after(() => {
  served.close();
  return service.close();
});
served.edit('config.yaml', 'name: embedded ', 'name: openai ');
served.edit('config.yaml', 'base_url: ""', `base_url: ${service.url}`);
served.edit('config.yaml', 'poll_s: 5 ', 'poll_s: 0 ');
served.edit('config.yaml', 'wait: return ', 'wait: block ');

/** Rows that were billed since the last call; none may ever be billed twice. */
const billed = (() => {
  let before = 0;
  return async (): Promise<number> => {
    const { rows, byRow } = await service.bill();
    assert.ok(
      Object.values(byRow).every((times) => times === 1),
      'a row was paid for twice',
    );
    const since = rows - before;
    before = rows;
    return since;
  };
})();

test('nine trials buy ten prompts: the control is paid for once', async () => {
  // Before the shards are there, no plan can know what their tasks read.
  const first = served.attempt();
  assert.is(first.exit, 0, first.stderr);
  assert.is(first.ran.length, 2 + 9 + 18 + 27 + 1);
  assert.is(await billed(), (1 + treatments.length) * perPrompt);
  for (const name of treatments) {
    assert.is(
      served.read(`${run}/${name}/control/part-0001.results.jsonl`),
      served.read(`${run}/abstain/control/part-0001.results.jsonl`),
    );
    assert.is(cellsOf(served.read(`${run}/${name}/predictions.csv`)).length, 2 * perPrompt);
  }
});

test('a second build runs nothing and pays nothing', async () => {
  const before = served.digests();
  assert.equal(served.build().ran, []);
  assert.equal(served.digests(), before);
  assert.is(await billed(), 0);
});

test('every trial has a manifest of its own, and the summary adjusts over all of them', () => {
  for (const name of treatments) {
    const manifest = JSON.parse(served.read(`${run}/${name}/trial_manifest.json`)) as {
      stage_status: Record<string, { status: string }>;
    };
    assert.equal(Object.keys(manifest.stage_status).sort(), [
      'downloaded',
      'parsed',
      'prompts',
      'scored',
      'stats',
    ]);
  }
  const document = JSON.parse(served.read(`${run}/trials.json`)) as {
    trials: { trial: string; p: number; p_holm: number; control_mean: number }[];
    notes: string[];
  };
  assert.equal(document.trials.map(({ trial }) => trial).sort(), treatments);
  assert.equal(document.notes, []);
  const smallest = Math.min(...document.trials.map(({ p }) => p));
  for (const { p, p_holm } of document.trials)
    if (p === smallest) assert.is(p_holm, Math.min(1, treatments.length * p));
  for (const name of treatments) assert.match(served.read(`${run}/summary.md`), `| ${name} `);
});

test('what a reworded prompt, question or one trial more costs is what the README says', async () => {
  const copy = served.copy();
  copy.write('prompts/strict.md', `${copy.read('prompts/strict.md')}Be brief.\n`);
  const reworded = copy.build();
  assert.equal(reworded.ran, [
    'infer@strict,treatment,part-0001',
    'parse@strict',
    'prompts@strict',
    'score@strict',
    'stats@strict',
    'summary',
  ]);
  assert.is(await billed(), perPrompt);

  copy.write('prompts/tenth.md', 'Answer in as few words as you can, and only when you are sure.\n');
  copy.edit('config.yaml', '\nconditions:', '\n  - { name: tenth, treatment: tenth }\nconditions:');
  const tenth = copy.build();
  assert.ok(tenth.ran.every((id) => id.includes('@tenth') || id === 'summary'));
  assert.is(await billed(), perPrompt, 'its control was there');

  copy.edit('data/questions.jsonl', 'How high is the lighthouse', 'How tall is the lighthouse');
  copy.build();
  assert.is(await billed(), 11 * perQuestion, 'one question under eleven prompts');
  copy.close();
});

test('other shards, another patience and a renamed trial pay nothing', async () => {
  const copy = served.copy();
  const before = copy.digests();
  copy.build('--set', 'batch.size=40');
  assert.is(await billed(), 0);
  for (const name of treatments)
    assert.is(copy.digests()[`${run}/${name}/predictions.csv`], before[`${run}/${name}/predictions.csv`]);
  const other = ['--set', 'batch.size=40', '--set', 'provider.poll_s=60', '--set', 'provider.wait=return'];
  assert.equal(copy.build(...other).ran, [], 'how long a provider is waited for changes no answer');
  copy.edit('config.yaml', '{ name: cost,', '{ name: price,');
  assert.ok(copy.build('--set', 'batch.size=40').ran.includes('stats@price'));
  assert.is(await billed(), 0);
  copy.close();
});

test('the embedded provider gives the same answers without a server', async () => {
  const copy = Workspace.of('sweep');
  assert.is(copy.attempt('parse@strict').exit, 0);
  const predictions = `${run}/strict/predictions.csv`;
  assert.is(copy.read(predictions), served.read(predictions));
  assert.is(await billed(), 0);
  copy.close();
});

test.run();
