// examples/python-scripts: what runs again after an edit, a flag, a loss or a failure, and what does not.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { careful, comparison, everything, infer, near, results } from './examples/python-scripts.ts';
import { cellsOf } from './examples/reference.ts';
import { Workspace } from './examples/workspace.ts';

const sensitivity = 'optional.unsupported_sensitivity=true';
const built = Workspace.of('python-scripts');
test.after(() => built.close());
test.before(() => assert.equal(built.build().ran, everything));

test('a reworded prompt rebuilds its own shards; equal answers cut the rest off', () => {
  const copy = built.copy();
  copy.write('prompts/careful.md', `${copy.read('prompts/careful.md')}Be brief.\n`);
  assert.equal(copy.plan().causes('build'), ['input-changed prompts/careful.md']);
  const again = copy.build();
  assert.equal(again.ran, ['build', ...careful]);
  assert.ok(again.cutOff.includes('parse'));
  assert.ok(copy.read('data/batch_inputs/careful_part01.jsonl').includes('Be brief.'));
  copy.close();
});

test('two equal prompts make equal answers', () => {
  const copy = built.copy();
  copy.write('prompts/careful.md', copy.read('prompts/control.md'));
  assert.equal(copy.build().ran, ['build', ...careful, 'parse', 'score', 'stats']);
  for (const dataset of ['open_book', 'closed_book']) {
    const { metrics, mcnemar } = comparison(copy, dataset);
    for (const metric of Object.values(metrics))
      assert.equal([metric.difference, ...metric.interval], [0, 0, 0]);
    assert.equal(mcnemar, { only_control_right: 0, only_treatment_right: 0, mid_p: 1 });
  }
  copy.close();
});

test('a config key runs the targets that read it, and the plan shows old and new', () => {
  const copy = built.copy();
  const seed = ['--set', 'stats.random_seed=99'];
  const reason = copy.plan(...seed).reason('stats', 'config-changed');
  assert.equal([reason.subject, reason.was, reason.now], ['config:stats.random_seed', '1337', '99']);
  assert.equal(copy.build(...seed).ran, ['stats']);
  assert.ok(copy.read(`${results}/significance.json`).includes('"random_seed": 99'));

  copy.edit('config.json', '"seed": 7', '"seed": 8');
  copy.edit('config.json', '"random_seed": 1337', '"random_seed": 99');
  const again = copy.build();
  assert.equal(again.ran, ['prepare'], 'the sample is everything, so its order of drawing changes nothing');
  assert.ok(again.cutOff.includes('build'));

  copy.edit('config.json', '"min_overlap": 0.5', '"min_overlap": 0.4');
  assert.equal(copy.build().ran, [...infer, 'parse', 'score', 'stats']);
  copy.close();
});

test('another shard size replaces the set of shards, and equal predictions end it', () => {
  const copy = built.copy();
  const before = copy.digests();
  const again = copy.build('--set', 'batch.size=26');
  const two = ['careful', 'control'].flatMap((name) => [`infer@${name}_part01`, `infer@${name}_part02`]);
  assert.equal(again.ran, ['build', ...two, 'parse']);
  assert.ok(again.cutOff.includes('score'));
  assert.not(copy.has('data/batch_inputs/careful_part03.jsonl'));
  assert.is(copy.digests()[`${results}/predictions.csv`], before[`${results}/predictions.csv`]);
  assert.equal(copy.build('--set', 'batch.size=26').ran, []);
  copy.close();
});

test('editing code runs what is made of it', () => {
  const comment = '# A remark that changes no result.\n';
  const cases: [string, string[]][] = [
    ['scripts/parse_results.py', ['parse']],
    ['scripts/run_model.py', infer],
    ['scoring/text.py', ['score', 'stats']],
    ['scripts/unsupported_sensitivity.py', []],
    ['artifact_io.py', everything],
  ];
  const copy = built.copy();
  const before = copy.digests();
  for (const [file, expected] of cases) {
    copy.write(file, copy.read(file) + comment);
    for (const id of expected) assert.equal(copy.plan().causes(id), [`script-changed ${file}`]);
    const again = copy.build();
    assert.equal(again.ran, expected, `after an edit of ${file}`);
    assert.equal(again.changed, []);
  }
  const after = copy.digests();
  for (const name of ['predictions.csv', 'per_item_scores.csv', 'significance.json']) {
    assert.is(after[`${results}/${name}`], before[`${results}/${name}`]);
  }
  copy.close();
});

test('the optional analysis comes and goes with its flag', () => {
  const copy = built.copy();
  const file = `${results}/unsupported_sensitivity.json`;
  assert.equal(copy.build('--set', sensitivity).ran, ['unsupported_sensitivity']);
  const document = JSON.parse(copy.read(file)) as {
    schema_version: number;
    results: { careful: { points: { threshold: number; control: number; treatment: number }[] } };
  };
  assert.is(document.schema_version, 2);
  const scores = cellsOf(copy.read(`${results}/per_item_scores.csv`)).filter(
    (row) => row['dataset'] === 'open_book',
  );
  for (const point of document.results.careful.points) {
    for (const [condition, rate] of [
      ['control', point.control],
      ['careful', point.treatment],
    ] as const) {
      const rows = scores.filter((row) => row['condition'] === condition);
      const unsupported = rows.filter(
        (row) => row['support'] !== '' && Number(row['support']) < point.threshold,
      );
      near(rate, unsupported.length / rows.length);
    }
  }
  const before = copy.digests();
  const plan = copy.plan();
  assert.equal(plan.ids('off'), ['unsupported_sensitivity']);
  assert.equal(plan.ids('fresh'), everything);
  assert.equal(copy.build().ran, []);
  assert.equal(copy.digests(), before, 'the file of a target that is off stays');
  copy.edit('config.json', '"unsupported_sensitivity": false', '"unsupported_sensitivity": true');
  assert.equal(copy.build().ran, [], 'it is fresh, however the flag was set');
  copy.close();
});

test('a target that is off is built when it is named', () => {
  const copy = built.copy();
  assert.equal(copy.build('unsupported_sensitivity').ran, ['unsupported_sensitivity']);
  copy.close();
});

test('a deleted shard is written again alone', () => {
  const copy = built.copy();
  const before = copy.digests();
  copy.remove('data/batch_inputs/control_part02.jsonl');
  assert.equal(copy.plan().causes('build'), ['output-missing data/batch_inputs/control_part02.jsonl']);
  const again = copy.build();
  assert.equal(again.ran, ['build']);
  assert.equal(copy.digests(), before);
  const logs = copy.files('.evalmake/runs').filter((name) => name.endsWith('build.log'));
  assert.ok(
    logs.some((name) => copy.read(name).includes('wrote 1 of 6 shards')),
    'only the missing shard was asked for',
  );
  copy.close();
});

test('a deleted or damaged result is made again alone', () => {
  const copy = built.copy();
  const before = copy.digests();
  copy.remove(`${results}/parts/careful_part03.results.jsonl`);
  copy.write(`${results}/parts/control_part01.results.jsonl`, '{"custom_id": "open_book|forged|control"}\n');
  const plan = copy.plan();
  assert.equal(plan.causes('infer@careful_part03'), [
    `output-missing ${results}/parts/careful_part03.results.jsonl`,
  ]);
  assert.equal(plan.causes('infer@control_part01'), [
    `output-modified ${results}/parts/control_part01.results.jsonl`,
  ]);
  assert.equal(copy.build().ran, ['infer@careful_part03', 'infer@control_part01']);
  assert.equal(copy.digests(), before);
  copy.close();
});

test('a failed script leaves the last good files, also those at its fixed paths', () => {
  const copy = built.copy();
  const good = copy.digests();
  // The script writes the open-book file before it meets the bad line of the other.
  copy.edit(
    'data/raw/open_book.jsonl',
    'Who designed the four arches',
    'Which person designed the four arches',
  );
  copy.write('data/raw/closed_book.jsonl', `${copy.read('data/raw/closed_book.jsonl')}{"id": "torn\n`);
  const failed = copy.attempt();
  assert.is(failed.exit, 1);
  assert.equal(failed.ran, ['prepare']);
  assert.equal(
    failed.failed.map((failure) => failure.task),
    ['prepare'],
  );
  assert.is(copy.digests()['data/prepared/open_book.jsonl'], good['data/prepared/open_book.jsonl']);
  assert.is(copy.plan().task('prepare').verdict, 'run');

  copy.write('data/raw/open_book.jsonl', built.read('data/raw/open_book.jsonl'));
  copy.write('data/raw/closed_book.jsonl', built.read('data/raw/closed_book.jsonl'));
  assert.equal(copy.build().ran, [], 'nothing was lost, so nothing needs to run');
  copy.close();
});

test.run();
