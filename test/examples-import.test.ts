// examples/import-*: a report from logs of other programs alone; its numbers are counted once more from the raw logs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cellsOf, rowsOf } from './examples/reference.ts';
import { Workspace } from './examples/workspace.ts';

const run = 'experiments/run_passages';

interface Primary {
  readonly treatment: string;
  readonly n: number;
  readonly clusters: number;
  readonly control_mean: number;
  readonly treatment_mean: number;
}

function primaryOf(workspace: Workspace): Primary {
  const { primary } = JSON.parse(workspace.read(`${run}/significance.json`)) as {
    primary: { results: Primary[] };
  };
  return primary.results[0] as Primary;
}

/** One answer as the raw log has it. */
interface Answer {
  readonly item: string;
  readonly condition: string;
  readonly cluster: string;
  readonly right: number;
}

/** Checks the primary result against a count of its own: items that both sides have, samples averaged within items. */
function agrees(
  workspace: Workspace,
  answers: readonly Answer[],
  [control, treatment]: readonly [string, string],
): void {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / values.length;
  const ofItem = (item: string, condition: string): number[] =>
    answers.filter((one) => one.item === item && one.condition === condition).map(({ right }) => right);
  const items = [...new Set(answers.map(({ item }) => item))].filter(
    (item) => ofItem(item, control).length > 0 && ofItem(item, treatment).length > 0,
  );
  const found = primaryOf(workspace);
  assert.is(found.treatment, treatment);
  assert.is(found.n, items.length);
  const paired = answers.filter(({ item }) => items.includes(item));
  assert.is(found.clusters, new Set(paired.map(({ cluster }) => cluster)).size);
  for (const [condition, value] of [
    [control, found.control_mean],
    [treatment, found.treatment_mean],
  ] as const)
    assert.ok(Math.abs(value - mean(items.map((item) => mean(ofItem(item, condition))))) < 1e-9, condition);
}

interface InspectLog {
  readonly eval: { readonly model: string };
  readonly samples: {
    readonly id: string;
    readonly metadata: { readonly passage: string };
    readonly scores: { readonly includes: { readonly value: string } };
  }[];
}

function inspectAnswers(...files: string[]): Answer[] {
  return files.flatMap((file) => {
    const log = JSON.parse(readFileSync(file, 'utf8')) as InspectLog;
    return log.samples.map(({ id, metadata, scores }) => ({
      item: id,
      condition: log.eval.model,
      cluster: metadata.passage,
      right: Number(scores.includes.value === 'C'),
    }));
  });
}

const inspect = Workspace.of('import-inspect');
test.after(() => inspect.close());

test('inspect: a report with all analyses that the log has data for, then nothing to do', () => {
  assert.is(inspect.build().ran.length, 8);
  agrees(inspect, inspectAnswers(inspect.path('data/small.json'), inspect.path('data/large.json')), [
    'mockllm/small',
    'mockllm/large',
  ]);
  const report = inspect.read(`${run}/report.md`);
  for (const said of [
    '`mockllm/large` is **better**: 95.8 % against 33.3 %',
    'right answers (includes) on imported questions at temperature 0.7',
    'not measured in these scores and left out: f1, abstained',
    'inspect_ai 0.3.285',
    'tokens at 2.5 USD per million in, 10 out',
    'trade-off: better and dearer',
    '| nine        | I am not sure. (0.00) | The passage says: nine. (1.00) ',
  ])
    assert.ok(report.includes(said), said);
  assert.not.match(report, /exact match|token F1|closed-book|NaN|undefined/);
  assert.equal(inspect.attempt().ran, []);
});

test("inspect: a stranger's logs, named on the command line, and of another model", () => {
  const copy = inspect.copy();
  const log = JSON.parse(copy.read('data/small.json')) as InspectLog;
  const other = {
    ...log,
    eval: { ...log.eval, model: 'acme/v2.1' },
    samples: log.samples.filter(({ id }) => !id.startsWith('ferry')).reverse(),
  };
  const mine = mkdtempSync(join(tmpdir(), 'evalmake-mine-'));
  writeFileSync(join(mine, 'old.json'), copy.read('data/large.json'));
  writeFileSync(join(mine, 'new.json'), JSON.stringify(other));
  const flags = ['--set', `import.logs=${mine}/*.json`, '--set', 'conditions=["acme/v2.1", "mockllm/large"]'];
  const built = copy.attempt(...flags, '--set', 'pricing=null');
  assert.is(built.exit, 0, built.stderr);
  agrees(copy, inspectAnswers(join(mine, 'old.json'), join(mine, 'new.json')), [
    'acme/v2.1',
    'mockllm/large',
  ]);
  const report = copy.read(`${run}/report.md`);
  assert.match(report, /\| acme\/v2\.1 +\| +10 \| +20 \| +2 \| unknown/);
  assert.match(report, 'acme/v2.1: no cost is known, so nothing is said');
  rmSync(mine, { recursive: true });
  copy.close();
});

test('lm-eval: folders are conditions, tasks are data sets, and no costs are invented', () => {
  const copy = Workspace.of('import-lm-eval');
  assert.is(copy.attempt().exit, 0);
  const answers = copy
    .files('data')
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) =>
      rowsOf<{ doc_id: number; doc: { passage: string }; acc: number }>(copy.read(file)).map((row) => ({
        item: `${row.doc.passage} ${row.doc_id}`,
        condition: file.split('/')[1] ?? '',
        cluster: row.doc.passage,
        right: row.acc,
      })),
    );
  agrees(copy, answers, ['chance', 'overlap']);
  const report = copy.read(`${run}/report.md`);
  for (const said of [
    '| passages_nature |    12 |',
    'Over 2 data sets, right answers (acc) differ by',
    'Left out: the results hold neither tokens nor money.',
    'at temperature unstated',
    '| Tarn       | Little Hove (0.00) | Tarn (1.00) ',
  ])
    assert.ok(report.includes(said), said);
  copy.close();
});

test('table: one row per value, missing pairs are told; then the same as one row per answer', () => {
  const copy = Workspace.of('import-table');
  assert.is(copy.attempt().exit, 0);
  const rows = cellsOf(copy.read('data/results.csv'));
  const answers = rows
    .filter(({ metric }) => metric === 'exact_match')
    .map(({ instance_id = '', model = '', group = '', value }) => ({
      item: instance_id,
      condition: model,
      cluster: group,
      right: Number(value),
    }));
  agrees(copy, answers, ['northwind/basic-1', 'northwind/plus-2']);
  assert.match(
    copy.read(`${run}/report.md`),
    /\| northwind\/basic-1 +\| +23 \| +46 \| +1 \| as the log states it/,
  );
  const scores = copy.read(`${run}/per_item_scores.csv`);
  const wide = new Map<string, Record<string, string>>();
  for (const { metric = '', value = '', split: _, ...key } of rows) {
    const row = wide.get(JSON.stringify(key)) ?? { ...key };
    wide.set(JSON.stringify(key), { ...row, [metric]: value });
  }
  const [first = {}] = wide.values();
  const lines = [...wide.values()].map((row) => Object.values(row).join(','));
  copy.write('data/results.csv', `${[Object.keys(first).join(','), ...lines].join('\n')}\n`);
  copy.edit('config.yaml', 'format: helm ', 'format: table ');
  const again = copy.attempt('import');
  assert.is(again.exit, 0, again.stderr);
  assert.is(copy.read(`${run}/per_item_scores.csv`), scores);
  copy.close();
});

test.run();
