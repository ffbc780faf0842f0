// examples/python-scripts: a stranger's scripts, run by evalmake as they are; what a build makes and what proves it.
import { utimesSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { comparison, everything, infer, type Metric, near, results } from './examples/python-scripts.ts';
import { cellsOf, midP, type Question, rowsOf, type Score, scoreOf } from './examples/reference.ts';
import { Workspace } from './examples/workspace.ts';

const built = Workspace.of('python-scripts');
test.after(() => built.close());

test('the first build runs every enabled target', () => {
  const plan = built.plan();
  assert.equal(plan.ids('off'), ['unsupported_sensitivity']);
  assert.is(plan.task('prepare').verdict, 'run');
  assert.equal(plan.causes('prepare'), ['never-built']);
  assert.equal(built.build().ran, everything);
  assert.equal(built.files('data/batch_inputs'), [
    'data/batch_inputs/build_manifest.json',
    ...infer.map((id) => `data/batch_inputs/${id.slice('infer@'.length)}.jsonl`),
  ]);
  assert.is(cellsOf(built.read(`${results}/predictions.csv`)).length, 104);
  assert.not(built.has(`${results}/unsupported_sensitivity.json`));
});

test('the numbers are those of an independent computation', () => {
  const answers = cellsOf(built.read(`${results}/predictions.csv`));
  for (const dataset of ['open_book', 'closed_book']) {
    const questions = rowsOf<Question>(built.read(`data/prepared/${dataset}.jsonl`));
    const scores = (condition: string): Score[] =>
      questions.map((question) => {
        const row = answers.find((a) => a['item_id'] === question.id && a['condition'] === condition);
        return scoreOf(question, row?.['response_text'] ?? '');
      });
    const [ours, theirs] = [scores('control'), scores('careful')];
    const found = comparison(built, dataset);
    for (const metric of ['em', 'f1'] as const) {
      const mean = (list: Score[]) => list.reduce((sum, score) => sum + score[metric], 0) / list.length;
      const row = found.metrics[metric] as Metric;
      assert.is(row.items, questions.length);
      near(row.control, mean(ours));
      near(row.treatment, mean(theirs));
      near(row.difference, mean(theirs) - mean(ours));
      assert.ok(row.interval[0] <= row.difference && row.difference <= row.interval[1]);
    }
    const lost = ours.filter((score, i) => score.em > (theirs[i]?.em ?? 0)).length;
    const won = ours.filter((score, i) => score.em < (theirs[i]?.em ?? 0)).length;
    assert.is(found.mcnemar.only_control_right, lost);
    assert.is(found.mcnemar.only_treatment_right, won);
    near(found.mcnemar.mid_p, midP(lost, won));
  }
  assert.is(comparison(built, 'open_book').metrics['false_answer']?.items, 8);
});

test('the manifests say what was built', () => {
  const digests = built.digests();
  const files: Record<string, string[]> = {
    'data/prepared/prepared_manifest.json': ['prepare'],
    'data/batch_inputs/build_manifest.json': ['build'],
    [`${results}/trial_manifest.json`]: ['downloaded', 'parsed', 'scored', 'stats'],
  };
  for (const [file, stages] of Object.entries(files)) {
    const manifest = JSON.parse(built.read(file)) as {
      schema_version: number;
      stage_status: Record<string, unknown>;
    };
    assert.is(manifest.schema_version, 2);
    assert.equal(Object.keys(manifest.stage_status).sort(), stages);
    for (const stage of stages)
      assert.is((manifest.stage_status[stage] as { status: string }).status, 'completed');
  }
  const text = built.read(`${results}/trial_manifest.json`);
  for (const name of ['predictions.csv', 'per_item_scores.csv', 'significance.json']) {
    assert.ok(text.includes(digests[`${results}/${name}`] ?? '?'), `no checksum of ${name}`);
  }
});

test('a second build runs nothing and leaves every byte', () => {
  const before = built.digests();
  assert.equal(built.plan().ids('fresh'), everything);
  assert.equal(built.build().ran, []);
  assert.equal(built.digests(), before);
});

test('content counts: touching or rewriting files, moving the checkout, reordering the config', () => {
  const copy = built.copy();
  for (const name of Object.keys(copy.digests())) utimesSync(copy.path(name), 1_000_000_000, 1_000_000_000);
  copy.write('prompts/careful.md', copy.read('prompts/careful.md'));
  const config = JSON.parse(copy.read('config.json')) as Record<string, unknown>;
  copy.write('config.json', JSON.stringify(Object.fromEntries(Object.entries(config).reverse())));
  const before = copy.digests();
  assert.equal(copy.plan().ids('fresh'), everything);
  assert.equal(copy.build().ran, []);
  assert.equal(copy.digests(), before);
  copy.close();
});

test('the manifests alone prove what is fresh', () => {
  const copy = built.copy();
  copy.remove('.evalmake');
  const before = copy.digests();
  assert.equal(copy.plan().ids('fresh'), everything);
  assert.equal(copy.build().ran, []);
  assert.equal(copy.digests(), before);
  copy.close();
});

test('a bad config value is refused before anything runs', () => {
  const copy = built.copy();
  const before = copy.digests(true);
  const ran = copy.evalmake('--set', 'batch.size=0');
  assert.is(ran.exit, 2);
  assert.match(ran.stderr, /batch.*size/);
  assert.equal(copy.digests(true), before);
  copy.close();
});

test.run();
