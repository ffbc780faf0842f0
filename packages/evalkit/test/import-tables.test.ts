// import of tables, with a row per answer or a row per value: what they give, and every mistake with its place.

import { Document } from 'evalkit/report/document';
import { writeImportedExamples } from 'evalkit/report/imported';
import type { ReportInputs } from 'evalkit/report/inputs';
import { renderMarkdown } from 'evalkit/report/markdown';
import * as assert from 'uvu/assert';
import { columns, importSuite, run } from './import-workspace.ts';

const test = importSuite('tables');

const table = [
  'id,model,temp,ok,passage,k,in,out',
  'q1,a,0,1,p,0,10,2',
  'q1,a,0,0,p,1,10,4',
  'q1,b,0,1,p,0,,',
];
const mapping =
  '--item id --condition model --correct ok --temperature temp --sample k --cluster passage --tokens-in in --tokens-out out';

test('table: samples are averaged, what is not there stays empty, what is missing is named', ({ dir }) => {
  const found = run(dir, { 't.csv': `${[...table, 'q2,a,0,,p,0,,'].join('\n')}\n` }, `--in t.csv ${mapping}`);
  assert.is(found.code, 0, found.said);
  const rows = found.rows();
  const names = [
    'item_id',
    'condition',
    'temp',
    'samples',
    'em',
    'cluster',
    'prompt_tokens',
    'completion_tokens',
  ];
  assert.equal(columns(rows, ...names), ['q1 a 0.0 2 0.5 p 20 6', 'q1 b 0.0 1 1 p  ']);
  assert.equal(columns(rows, 'f1', 'abstained', 'support', 'usd', 'dataset'), ['    data', '    data']);
  const { sources, missing, conditions, metrics } = found.summary();
  assert.equal([sources[0].records, sources[0].unscored, missing.count], [4, 1, 2]);
  assert.equal(missing.examples[0], { dataset: 'data', item_id: 'q2', temp: '0.0', condition: 'a' });
  assert.equal([conditions.a.items, conditions.a.missing, conditions.b.missing], [1, 1, 1]);
  assert.equal(metrics, { em: 'ok', f1: null });
  assert.match(found.said, 't.csv: 1 of 4 records have no score and are left out');
});

test('table: the order of rows changes nothing but places; JSONL and one file per condition say the same', ({
  dir,
}) => {
  const [head = '', ...lines] = table;
  const first = run(dir, { 't.csv': `${table.join('\n')}\n` }, `--in t.csv ${mapping}`).text();
  const turned = [head, ...lines.reverse()].join('\r\n');
  assert.is(run(dir, { 't.csv': turned }, `--in t.csv ${mapping}`).text(), first);
  const names = head.split(',');
  const objects = lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
  const jsonl = (model: string): string =>
    objects
      .filter((one) => one['model'] === model)
      .map(({ passage, ...one }) => `${JSON.stringify({ ...one, meta: { passage } })}\n`)
      .join('');
  const files = { 'a.jsonl': jsonl('a'), 'b=b.jsonl': jsonl('b') };
  const other = mapping.replace('--condition model ', '').replace('passage', 'meta.passage');
  assert.is(run(dir, files, `--in a=a.jsonl b=b=b.jsonl ${other}`).text(), first);
});

test('table: graded scores, money, prices by condition', ({ dir }) => {
  const prices = { pricing: { by_condition: { b: { input_per_million: 1, output_per_million: 10 } } } };
  const files = {
    't.csv': 'id,m,grade,usd,in,out\n1,a,7.5,0.25,,\n1,b,10,,1000,100\n2,a,0,0.5,,\n2,b,5,,,\n',
    'c.json': JSON.stringify(prices),
  };
  const flags =
    '--in t.csv --config c.json --item id --condition m --score grade --score-max 10 --cost usd --tokens-in in --tokens-out out';
  const found = run(dir, files, flags);
  assert.is(found.code, 0, found.said);
  assert.equal(columns(found.rows(), 'f1', 'em', 'usd'), ['0.75  0.25', '1  0.002', '0  0.5', '0.5  ']);
  const { conditions } = found.summary();
  assert.equal([conditions.a.money, conditions.b.money], ['recorded', 'unknown']);
  prices.pricing.by_condition.b.input_per_million = -1;
  const wrong = run(dir, { 'c.json': JSON.stringify(prices) }, flags);
  assert.match(
    wrong.said,
    'c.json: pricing.by_condition: b: pricing.input_per_million: expected a number from 0',
  );
});

test('wrong cells, second records and moved items are all named, with file, line and field', ({ dir }) => {
  const lines = [
    ...table,
    'q2,a,warm,1,p,0,10,2',
    'q3,a,0,0.5,p,0,1.5,-2',
    'q1,a,0.0,1,p,1,10,2',
    'q1,b,0,1,r,1,10,2',
    ',a,0,1,p,0,1,1',
    'q4,<b>,0,1,p,0,1,1',
  ];
  const found = run(dir, { 't.csv': `${lines.join('\n')}\n` }, `--in t.csv ${mapping}`);
  assert.is(found.code, 1);
  for (const said of [
    't.csv:5: temp: expected a number from 0 up, found "warm"',
    't.csv:6: ok: expected right or wrong (0 or 1); graded values are mapped by --score, found "0.5"',
    't.csv:6: in: expected a whole number from 0 up, found "1.5"',
    't.csv:6: out: expected a whole number from 0 up, found "-2"',
    't.csv:7: a second record for item "q1", a, temperature 0.0, sample "1"; the first is at t.csv:3',
    't.csv:8: item "q1" is in cluster "r" here and in "p" at t.csv:4',
    't.csv:9: id: expected a text',
    't.csv:10: model: expected a name without < > & ` | * [ ] and of at most 200 characters, found "<b>"',
  ])
    assert.ok(found.said.includes(said), `${said}\n${found.said}`);
  const many = [table[0], ...Array(500).fill('q,a,0,maybe,p,0,1,1')].join('\n');
  const bounded = run(dir, { 't.csv': many }, `--in t.csv ${mapping}`).said.trimEnd().split('\n');
  assert.is(bounded.length, 21);
  assert.match(bounded.at(-1) ?? '', '… and 480 more problems like these');
  const plain = run(
    dir,
    { 't.csv': 'id,m,ok\n1,a,1\n1,a,1\n' },
    '--in t.csv --item id --condition m --correct ok',
  );
  assert.match(plain.said, /t\.csv:3: a second record .*at t\.csv:2; if it is another sample.*--sample/);
  const across = run(
    dir,
    { 't.csv': 'id,m,ok,c\n1,a,1,x\n1,b,1,y\n' },
    '--in t.csv --item id --condition m --correct ok --cluster c',
  );
  assert.match(across.said, 't.csv:3: item "1" is in cluster "y" here and in "x" at t.csv:2');
});

test('what is in a file is data: quotes, formulas and markup reach the scores as they are', ({ dir }) => {
  const item = '=cmd|"x", <script>`$(touch pwned)`</script>';
  const files = {
    't.jsonl': ['a', 'b'].map((m) => `${JSON.stringify({ id: item, m, ok: true })}\n`).join(''),
  };
  const found = run(dir, files, '--in t.jsonl --item id --condition m --correct ok');
  assert.is(found.code, 0, found.said);
  assert.ok(found.text().includes(`"${item.replaceAll('"', '""')}",data,,closed,a,unstated,1,1`));
});

test('texts of examples are the first ones, cut, on one line; a report shows no markup of theirs', ({
  dir,
}) => {
  const line = (m: string, k: number, ok: boolean): string =>
    `${JSON.stringify({ id: '<i>|', m, k, ok, q: `<b>why\n\n${'x'.repeat(300)}`, a: [`${m}${k}`, '`b`'] })}\n`;
  const files = {
    't.jsonl': line('a', 0, true) + line('a', 1, false) + line('b', 0, false) + line('b', 1, false),
  };
  const flags = '--in t.jsonl --item id --condition m --correct ok --sample k --question q --answer a';
  const summary = run(dir, files, flags).summary();
  const [example] = summary.examples;
  assert.is(example.question, `<b>why ${'x'.repeat(193)}…`);
  assert.equal(example.answers, { a: { text: 'a0 / `b`', score: 1 }, b: { text: 'b0 / `b`', score: 0 } });
  const page = new Document();
  const told = { conditions: ['a', 'b', 'constructor'] } as unknown as ReportInputs['run'];
  writeImportedExamples(page, { run: told, imported: summary } as unknown as ReportInputs);
  assert.match(
    renderMarkdown(page, { folder: '' }),
    /\| &lt;i>\\\| +\| &lt;b>why x+… \| – +\| a0 \/ `b` \(1\.00\) \| b0 \/ `b` \(0\.00\) \| – /,
  );
});

test('helm: one row per value; conditions at different temperatures are paired on request', ({ dir }) => {
  const rows = (model: string, temp: string): string[] => [
    `${model},${temp},s,i1,0,em,1`,
    `${model},${temp},s,i1,1,em,0`,
    `${model},${temp},s,i1,0,tokens,7`,
    `${model},${temp},s,i1,0,latency,high`,
  ];
  const lines = [
    'model,temp,scenario,instance_id,train_trial_index,metric,value',
    ...rows('a', '0'),
    ...rows('b', '1'),
  ];
  const flags = '--in h.csv --correct em --tokens-in tokens --temperature temp';
  const found = run(dir, { 'h.csv': lines.join('\n') }, flags);
  assert.equal(columns(found.rows(), 'condition', 'temp', 'samples', 'em', 'prompt_tokens'), [
    'a 0.0 2 0.5 ',
    'b 1.0 2 0.5 ',
  ]);
  assert.match(
    found.said,
    'nothing can be paired; when only the temperatures differ, --no-temperature helps',
  );
  const paired = run(dir, {}, `${flags} --no-temperature`);
  assert.equal([paired.summary().missing.count, paired.rows().length], [0, 2]);
  const twice = run(dir, { 'h.csv': [...lines, 'a,0,s,i1,1,em,1'].join('\n') }, flags);
  assert.match(
    twice.said,
    'h.csv:10: a second record for item "i1", a, temperature 0.0, "em", sample "1"; the first is at h.csv:3',
  );
});

test('flags that cannot be used are usage errors', ({ dir }) => {
  const files = { 't.csv': 'id,m,ok\n1,a,1\n', 't.dat': '' };
  const wrong: [string, number, string][] = [
    ['--in t.csv', 2, 'a table needs --item COLUMN'],
    ['--in t.csv --format excel', 2, '--format "excel": expected one of table, lm-eval, inspect, helm'],
    ['--in t.csv --score-max 0', 2, '--score-max "0": expected a number above 0'],
    ['--in <a>=t.csv', 2, 'expected FILE or NAME=FILE'],
    ['--in t.dat', 1, 't.dat: the ending says nothing; name the format'],
    [
      '--in t.csv --item id --condition m --correct okay',
      1,
      't.csv:1: missing column okay; the file has id, m, ok',
    ],
    ['--in t.csv --item id --condition m --correct ok --metric-column x', 2, 'go together'],
  ];
  for (const [flags, code, said] of wrong) {
    const found = run(dir, files, flags);
    assert.ok(found.said.includes(said), `${flags}\n${found.said}`);
    assert.is(found.code, code, flags);
  }
});

test.run();
