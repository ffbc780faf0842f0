// Tests of parse and score on answers in any order: shuffled over files and lines, with any text, the tables are the same bytes.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { csvCell, readCsv } from 'evalkit/csv';
import * as fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const phases = fileURLToPath(new URL('../../../packages/evalkit/dist/phases/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'answer-order-'));

type Row = Readonly<Record<string, unknown>>;

function put(name: string, text: string): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
  return name;
}

function text(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** Runs a phase; gives its exit code and what it said. */
function run(phase: string, words: string): { readonly status: number | null; readonly said: string } {
  const args = [join(phases, `${phase}.js`), phase, ...words.split(' ')];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  return { status, said: stderr };
}

function ok(phase: string, words: string): void {
  const { status, said } = run(phase, words);
  assert.is(status, 0, said);
}

put('parse.json', JSON.stringify({ conditions: ['treatment', 'control'] }));
put(
  'score.json',
  JSON.stringify({
    scoring: { abstain_phrases: ["I don't know"], unsupported_threshold: 0.5 },
    pricing: { input_per_million: 0.3, output_per_million: 1.1, batch_discount: 0.5 },
  }),
);

function answer(custom_id: string, more: Row = {}, response: Row = {}): Row {
  const usage = { prompt_tokens: 10, completion_tokens: 3 };
  return {
    custom_id,
    request_id: 'r',
    item_id: 'q',
    dataset: 'd',
    type: 'open',
    temp: 0,
    sample: 0,
    response: { model: 'm', text: 'a', finish_reason: 'stop', usage, ...response },
    error: null,
    ...more,
  };
}

const FAILED = { response: null, error: { message: 'too busy' } };

/** The code units of a text in hexadecimal: sorted as texts they have the order that is asked for. */
function units(value: string): string {
  return [...Array(value.length).keys()]
    .map((at) => value.charCodeAt(at).toString(16).padStart(4, '0'))
    .join('');
}

// The last is before the one in front of it by code unit, and after it by code point, that is by its bytes in UTF-8.
const IDS = ['a|1', 'a|10', 'a|2', 'a', 'B', 'é', 'e\u0301', 'z\ud800', 'z\ud801', '\uffee', '\u{1F600}'];
const TEXTS = ['plain', 'two\nlines', 'a,"b"', 'naïve – 答案 🙂', '', ' x ', '\u2028', 'y'.repeat(70_000)];

const given = IDS.flatMap((id, at) =>
  ['control', 'treatment'].map((condition) => ({
    condition,
    row: answer(id, { sample: at }, { text: TEXTS[at % TEXTS.length] as string }),
  })),
);

/** Lays answers into some files of their conditions, in the order given; gives the paths in the order given. */
function lay(
  answers: typeof given,
  { seed, end }: { readonly seed: number; readonly end: string },
): string[] {
  const lines = new Map<string, string[]>();
  answers.forEach(({ condition, row }, at) => {
    const path = `results-${seed}/${condition}/part-${(at * 7 + seed) % 3}.results.jsonl`;
    lines.set(path, [...(lines.get(path) ?? []), JSON.stringify(row)]);
  });
  return [...lines].map(([path, all], at) =>
    put(path, `${at % 2 === 0 ? '\uFEFF' : ''}${all.join(end)}${at % 3 === 0 ? '' : end}`),
  );
}

test('parse: the same table for every order of files and lines, by condition and code units of custom_id', async () => {
  const tables: string[] = [];
  const order = fc.shuffledSubarray(given, { minLength: given.length });
  for (const [seed, answers] of fc.sample(order, { numRuns: 6, seed: 5 }).entries()) {
    const paths = lay(answers, { seed, end: ['\n', '\r\n', '\n\n'][seed % 3] as string });
    ok('parse', `--config parse.json --out ${seed}.csv --results ${paths.join(' ')}`);
    tables.push(text(`${seed}.csv`));
  }
  assert.is(new Set(tables).size, 1);
  const rows = await readCsv(join(folder, '0.csv'), ['custom_id', 'condition', 'response_text']);
  const sorted = [...IDS].sort((a, b) => (units(a) < units(b) ? -1 : 1));
  const wanted = ['treatment', 'control'].flatMap((condition) =>
    // A file in UTF-8 cannot hold half a pair.
    sorted.map((id) => [condition, Buffer.from(id).toString(), TEXTS[IDS.indexOf(id) % TEXTS.length]]),
  );
  assert.equal(
    rows.map((row) => [row.text('condition'), row.text('custom_id'), row.text('response_text')]),
    wanted,
  );
});

test('parse: all problems at once, in the order of files and lines, a duplicate with the place before it', () => {
  const lines = (rows: readonly Row[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  put('bad/control/b.jsonl', lines([answer('y'), answer('x', FAILED), answer('w', FAILED)]));
  put('bad/control/a.jsonl', lines([answer('x'), answer('v', { temp: 'hot' }), answer('x', FAILED)]));
  put('bad/treatment/c.jsonl', lines([answer('x'), answer('x')]));
  put('bad/other/a.jsonl', 'not read');
  const paths = 'bad/treatment/c.jsonl bad/other/a.jsonl bad/control/b.jsonl bad/control/a.jsonl';
  const words = `--config parse.json --out bad.csv --results ${paths}`;
  const duplicate = (place: string, condition: string, before: string): string =>
    `bad/${place}: x was answered as ${condition} already at bad/${before}`;
  const problems = [
    'bad/control/a.jsonl:2: temp: expected a number, found the text "hot"',
    duplicate('control/a.jsonl:3', 'control', 'control/a.jsonl:1'),
    duplicate('control/b.jsonl:2', 'control', 'control/a.jsonl:3'),
    'bad/control/b.jsonl:3: w failed: too busy; run infer again, or give --allow-errors',
    'bad/other/a.jsonl: lies in the folder other, which is not one of conditions (treatment, control)',
    duplicate('treatment/c.jsonl:2', 'treatment', 'treatment/c.jsonl:1'),
  ];
  const said = (list: readonly string[]): string =>
    list.map((problem) => `evalkit parse: error: ${problem}\n`).join('');
  assert.equal(run('parse', words), { status: 1, said: said(problems) });
  const without = problems.filter((problem) => !problem.includes('failed'));
  assert.equal(run('parse', `${words} --allow-errors`), { status: 1, said: said(without) });
});

test('parse: a condition whose answers are all errors has no answers', () => {
  put('few/control/a.jsonl', `${JSON.stringify(answer('x'))}\n`);
  put('few/treatment/a.jsonl', `${JSON.stringify(answer('x', FAILED))}\n`);
  const words = '--config parse.json --allow-errors --out few.csv --results';
  assert.equal(run('parse', `${words} few/control/a.jsonl few/treatment/a.jsonl`), {
    status: 1,
    said: 'evalkit parse: error: no answers for condition treatment in the results files\n',
  });
});

const PASSAGE = 'Zoë Lund built the mill at Corr in 1702 – 答案 🙂.';
const open = ['q1', 'é2', 'q10'].map((id, at) => ({
  id,
  dataset: at === 1 ? 'b' : 'a',
  cluster: `p${at % 2}`,
  question: `Who built mill ${id}?`,
  context: PASSAGE,
  answers: at === 2 ? [] : ['Zoë Lund'],
  is_unanswerable: at === 2,
}));
const closed = [{ id: 'q1', dataset: 'c', cluster: 'q1', question: 'Who?', answers: ['Bo', 'Zoë'] }];
const HEAD =
  'custom_id,dataset,item_id,condition,temp,sample_index,type,request_id,finish_reason,response_text,support,prompt_tokens,completion_tokens,total_tokens';

/** Three samples of each question in each condition at two temperatures. */
const predictions = [...open.map(({ id }) => [id, 'open']), ['q1', 'closed']].flatMap(
  ([id = '', type = '']) =>
    ['control', 'treatment'].flatMap((condition) =>
      ['0.7', '0.0', '10.0'].flatMap((temp) =>
        ['Zoë Lund', "I don't know", 'two\nlines, and Lund'].map((said, k) =>
          [`${id}${k}`, '-', id, condition, temp, k, type, 'r', 'stop', said, 0.5 + k / 8, 10 + k, 3, 13 + k]
            .map(csvCell)
            .join(','),
        ),
      ),
    ),
);

function jsonl(rows: readonly Row[], end: string): string {
  return rows.map((row) => `${JSON.stringify(row)}${end}`).join('');
}

test('score: the same table for every order of answers and questions', async () => {
  const tables: string[] = [];
  const order = fc.shuffledSubarray(predictions, { minLength: predictions.length });
  for (const [seed, rows] of fc.sample(order, { numRuns: 4, seed: 6 }).entries()) {
    const end = seed % 2 === 0 ? '\n' : '\r\n';
    put('open.jsonl', `${seed === 1 ? '\uFEFF' : ''}${jsonl(seed < 2 ? open : [...open].reverse(), end)}`);
    put('closed.jsonl', jsonl(closed, `${end}${end}`));
    put('predictions.csv', `${[HEAD, ...rows].join('\n')}\n`);
    const inputs = '--predictions predictions.csv --open open.jsonl --closed closed.jsonl';
    ok('score', `--config score.json ${inputs} --out ${seed}.csv`);
    tables.push(text(`${seed}.csv`));
  }
  assert.is(new Set(tables).size, 1);
  const columns = ['type', 'dataset', 'item_id', 'temp', 'condition', 'samples', 'prompt_tokens', 'cluster'];
  const rows = await readCsv(join(folder, '0.csv'), columns);
  const items = ['closed c q1 q1', 'open a q1 p0', 'open a q10 p0', 'open b é2 p1'].map((item) =>
    item.split(' '),
  );
  const wanted = items.flatMap(([type, dataset, id, cluster]) =>
    ['0.0', '0.7', '10.0'].flatMap((temp) =>
      ['control', 'treatment'].map((condition) => [type, dataset, id, temp, condition, '3', '33', cluster]),
    ),
  );
  assert.equal(
    rows.map((row) => columns.map((column) => row.text(column))),
    wanted,
  );
});

test('score: two spellings of a temperature are two rows, the one that came first in front', async () => {
  const row = (id: string, temp: string): string => `x,-,${id},control,${temp},0,open,r,stop,Zoë,,1,1,2`;
  put('open.jsonl', jsonl(open, '\n'));
  put(
    'spelt.csv',
    `${[HEAD, row('q10', '0.0'), row('q1', '0'), row('q1', '0.0'), row('q10', '0')].join('\n')}\n`,
  );
  ok('score', '--config score.json --predictions spelt.csv --open open.jsonl --out s.csv');
  const rows = await readCsv(join(folder, 's.csv'), ['item_id', 'temp']);
  assert.equal(
    rows.map((one) => `${one.text('item_id')} ${one.text('temp')}`),
    ['q1 0', 'q1 0.0', 'q10 0.0', 'q10 0'],
  );
});

test('score: questions may come through a pipe', () => {
  put('open.jsonl', jsonl(open, '\n'));
  put('piped.csv', `${[HEAD, ...predictions.filter((row) => row.includes(',open,'))].join('\n')}\n`);
  const words = 'score --config score.json --predictions piped.csv --open';
  ok('score', `${words.slice(6)} open.jsonl --out file.csv`);
  const command = `cat open.jsonl | '${process.execPath}' '${join(phases, 'score.js')}' ${words} /dev/stdin --out pipe.csv`;
  const { status, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' });
  assert.is(status, 0, stderr);
  assert.is(text('pipe.csv'), text('file.csv'));
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
