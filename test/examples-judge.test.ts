// examples/judge: four models, a judge that is asked once for equal comparisons, and labels by people that arrive later.
// test-timeout: 180
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BatchService } from './examples/batch-service.ts';
import { cellsOf, rowsOf } from './examples/reference.ts';
import { Workspace } from './examples/workspace.ts';

const run = 'experiments/run_r001';
const judging = `${run}/judging`;
const questions = 20;
const models = 4;

const service = await BatchService.start();
const served = Workspace.of('judge');
test.after(() => {
  served.close();
  return service.close();
});
served.edit('config.yaml', 'name: embedded ', 'name: chat ');
served.edit('config.yaml', 'base_url: ""', `base_url: ${service.url}`);

let paid = 0;
/** Rows that were billed since the last call; none may ever be billed twice. */
async function billed(): Promise<number> {
  const { rows, byRow } = await service.bill();
  assert.ok(
    Object.values(byRow).every((times) => times === 1),
    'a row was paid for twice',
  );
  const since = rows - paid;
  paid = rows;
  return since;
}

/** Ids of the comparisons that the judge is asked for. */
const comparisons = (workspace: Workspace): string[] =>
  rowsOf<{ custom_id: string }>(workspace.read(`${judging}/requests.jsonl`)).map((row) => row.custom_id);

interface Agreement {
  readonly labels: { readonly rows: number; readonly used: number; readonly outdated: number } | null;
  readonly people: { readonly n: number; readonly agreement: number; readonly kappa: number } | null;
}

const agreement = (workspace: Workspace): Agreement =>
  JSON.parse(workspace.read(`${judging}/agreement.json`)) as Agreement;

const near = (actual: number | undefined, expected: number): void =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-9, `expected ${expected}, found ${actual}`);

const labelled = (workspace: Workspace): void =>
  workspace.write('data/human_labels.csv', workspace.read('data/human_labels.later.csv'));

test('every model answers, and equal comparisons are asked once', async () => {
  const first = served.build();
  assert.is(first.ran.length, 7 + models);
  const pairs = cellsOf(served.read(`${judging}/pairs.csv`));
  assert.is(pairs.length, (questions * models * (models - 1)) / 2);
  const asked = pairs.filter((pair) => pair['answer_a'] !== pair['answer_b']);
  const different = new Set(
    asked.flatMap(({ item_id, answer_a, answer_b }) => [
      `${item_id}|${answer_a}|${answer_b}`,
      `${item_id}|${answer_b}|${answer_a}`,
    ]),
  );
  assert.is(comparisons(served).length, different.size);
  assert.ok(different.size < 2 * asked.length);
  assert.is(await billed(), questions * models + different.size);
});

test('a second build runs nothing and pays nothing', async () => {
  const before = served.digests();
  assert.equal(served.build().ran, []);
  assert.equal(served.digests(), before);
  assert.is(await billed(), 0);
});

test('the win rates are those of an independent count', () => {
  const judgements = cellsOf(served.read(`${judging}/judgements.csv`));
  const { models: found } = JSON.parse(served.read(`${judging}/preferences.json`)) as {
    models: { model: string; wins: number; losses: number; ties: number }[];
  };
  assert.is(found.length, models);
  for (const { model, wins, losses, ties } of found) {
    const won = ({ verdict, model_a, model_b }: Record<string, string>): boolean =>
      (verdict === 'a' && model_a === model) || (verdict === 'b' && model_b === model);
    const mine = judgements.filter(({ model_a, model_b }) => model_a === model || model_b === model);
    assert.is(wins, mine.filter(won).length);
    assert.is(ties, mine.filter(({ verdict }) => verdict === 'tie').length);
    assert.is(losses, mine.length - wins - ties);
  }
});

test('without labels the report says so; when they come, agreement and report run', async () => {
  assert.is(agreement(served).labels, null);
  assert.match(served.read(`${run}/report.md`), 'No labels by people yet.');
  const copy = served.copy();
  labelled(copy);
  assert.equal(copy.plan().causes('agreement'), [
    'input-added data/human_labels.csv',
    'input-added labels#flag',
  ]);
  assert.equal(copy.build().ran, ['agreement', 'report']);
  assert.is(await billed(), 0);

  const judgements = cellsOf(copy.read(`${judging}/judgements.csv`));
  const said = cellsOf(copy.read('data/human_labels.csv'))
    .filter(({ label }) => label !== '')
    .map(({ pair_id, label }) => [label, judgements.find((row) => row['pair_id'] === pair_id)?.['verdict']]);
  const share = (side: string, rater: 0 | 1): number =>
    said.filter((pair) => pair[rater] === side).length / said.length;
  const observed = said.filter(([person, judge]) => person === judge).length / said.length;
  const chance = ['a', 'b', 'tie'].reduce((sum, side) => sum + share(side, 0) * share(side, 1), 0);
  const { people, labels } = agreement(copy);
  assert.equal([labels?.rows, labels?.used, people?.n], [24, 24, 24]);
  near(people?.agreement, observed);
  near(people?.kappa, (observed - chance) / (1 - chance));
  assert.match(copy.read(`${run}/report.md`), '24 labels, 24 of them used');

  copy.edit('data/human_labels.csv', ',Otto Brand,a\n3ec013bf7c78', ',Otto Brand,tie\n3ec013bf7c78');
  assert.equal(copy.build().ran, ['agreement', 'report']);
  const report = copy.read(`${run}/report.md`);
  copy.edit('data/human_labels.csv', ',Otto Brand,tie\n3ec013bf7c78', ',Otto Brand,maybe\n3ec013bf7c78');
  const failed = copy.evalmake();
  assert.is(failed.exit, 1);
  assert.match(failed.stderr, 'data/human_labels.csv:2: label: expected a, b, tie or nothing');
  assert.is(copy.read(`${run}/report.md`), report);
  copy.close();
});

test('one model more answers alone, and only new comparisons are judged', async () => {
  const copy = served.copy();
  const before = new Set(comparisons(copy));
  copy.edit('config.yaml', '\njudge:\n', '\n  - { name: reader-5, model: embedded-reader-5 }\njudge:\n');
  const { ran } = copy.build();
  assert.equal(
    ran.filter((id) => id.startsWith('answers')),
    ['answers@reader-5,part-0001'],
  );
  const added = comparisons(copy).filter((id) => !before.has(id));
  assert.is(await billed(), questions + added.length);
  copy.close();
});

test('a reworded question, another judge prompt and other models cost what the README says', async () => {
  const copy = served.copy();
  labelled(copy);
  copy.edit('data/questions.jsonl', 'Who ties the last knot?', 'Which weaver ties the last knot?');
  const before = new Set(comparisons(copy));
  copy.build();
  const changed = rowsOf<{ custom_id: string; item_id: string }>(
    copy.read(`${judging}/requests.jsonl`),
  ).filter(({ custom_id, item_id }) => item_id === 'bridge-3' || !before.has(custom_id));
  assert.ok(changed.every(({ item_id }) => item_id === 'bridge-3'));
  assert.is(await billed(), models + changed.length);

  copy.write('prompts/judge.md', `${copy.read('prompts/judge.md')}Think first.\n`);
  const judged = copy.build().ran;
  assert.ok(judged.includes('judge') && !judged.some((id) => id.startsWith('answers')));
  assert.is(await billed(), comparisons(copy).length);

  const first = '  - { name: reader-1, model: embedded-reader-1 }\n';
  const second = '  - { name: reader-2, model: embedded-reader-2 }\n';
  copy.edit('config.yaml', first + second, second + first);
  copy.build();
  assert.is(await billed(), 0);
  copy.close();
});

test('labels of answers that have changed are left out and counted', async () => {
  const copy = served.copy();
  labelled(copy);
  copy.edit('data/human_labels.csv', ',Forty families,the grass,tie', ',Fifty families,the grass,tie');
  copy.build();
  assert.equal(agreement(copy).labels, { rows: 24, used: 23, outdated: 1, unknown: 0, not_judged: 0 });
  assert.match(copy.read(`${run}/report.md`), '1 about answers that have changed since');
  assert.is(await billed(), 0);
  copy.close();
});

test('the embedded provider gives the same report without a server', async () => {
  const copy = Workspace.of('judge');
  copy.build();
  assert.is(copy.read(`${run}/report.md`), served.read(`${run}/report.md`));
  assert.is(await billed(), 0);
  copy.close();
});

test.run();
