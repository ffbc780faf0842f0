// import of lm-eval and inspect logs: what they give, and what is said about logs that are wrong, cut off or ambiguous.
import * as assert from 'uvu/assert';
import { columns, importSuite, run } from './import-workspace.ts';

const test = importSuite('logs');

const answer = (doc_id: number, acc: number, more: object = {}): string =>
  `${JSON.stringify({ doc_id, doc: { p: 'x' }, filtered_resps: [], filter: 'none', metrics: ['acc'], acc, ...more })}\n`;

test('lm-eval: folder, task and doc_id; filters and measures are chosen, never mixed', ({ dir }) => {
  const name = 'samples_arc_easy_2026-01-02T03-04-05.678901.jsonl';
  const files = {
    [`m/a/${name}`]: answer(0, 1) + answer(1, 0),
    [`m/b/${name}`]: answer(0, 1).replace('"acc":1', '"acc":NaN'),
  };
  const found = run(dir, files, `--in m/a/${name} m/b/${name}`);
  assert.match(found.said, `m/b/${name}: 1 of 1 records have no score and are left out`);
  assert.equal([found.rows().length, found.summary().conditions.b.missing], [2, 2]);
  const second = { [`m/b/${name}`]: answer(0, 0) };
  const both = run(dir, second, `--in m/a/${name} m/b/${name} --cluster doc.p`);
  const names = ['item_id', 'dataset', 'cluster', 'condition', 'temp', 'em'];
  assert.equal(columns(both.rows(), ...names), [
    '0 arc_easy x a unstated 1',
    '0 arc_easy x b unstated 0',
    '1 arc_easy x a unstated 0',
  ]);
  const filters = { 'f.jsonl': answer(0, 1, { filter: 'strict' }) + answer(0, 0, { filter: 'loose' }) };
  assert.match(
    run(dir, filters, '--in a=f.jsonl').said,
    'f.jsonl:2: filter: the file holds lines of "strict" and "loose"; choose with --filter NAME',
  );
  assert.equal(columns(run(dir, filters, '--in a=f.jsonl --filter loose').rows(), 'em'), ['0']);
  assert.match(run(dir, filters, '--in a=f.jsonl --filter lose').said, 'no line has the filter "lose"');
  const two = { 'two.jsonl': answer(0, 1, { metrics: ['acc', 'acc_norm'], acc_norm: 0 }) };
  assert.match(
    run(dir, two, '--in a=two.jsonl').said,
    '2 measures ("acc", "acc_norm"): name the one that counts',
  );
  assert.match(run(dir, two, '--in a=two.jsonl --correct f1').said, '--correct f1: no such measure');
  assert.equal(columns(run(dir, two, '--in a=two.jsonl --correct acc_norm').rows(), 'em'), ['0']);
});

const head = {
  status: 'success',
  eval: { task: 't', model: 'm/x', packages: { inspect_ai: '0.3.285' } },
  plan: { config: { temperature: 0.5 } },
};
const usage = { 'm/x': { input_tokens: 5, input_tokens_cache_read: 2, output_tokens: 3, total_cost: 0.01 } };
const sample = (id: string, epoch: number, value: unknown): object => ({
  id,
  epoch,
  scores: { judge: { value } },
  model_usage: usage,
});

test('inspect: epochs, tokens, cost and temperature; errors and unfinished runs are told', ({ dir }) => {
  const failed = { id: 'q2', epoch: 1, error: { message: 'boom' }, scores: {} };
  const samples = [failed, sample('q1', 1, 'C'), sample('q1', 2, 'I'), sample('q3', 1, null)];
  const log = JSON.stringify({ ...head, samples, status: 'error' }, null, 2);
  const found = run(dir, { 'l.json': log }, '--in l.json');
  assert.is(found.code, 0, found.said);
  const names = [
    'item_id',
    'dataset',
    'condition',
    'temp',
    'samples',
    'em',
    'prompt_tokens',
    'completion_tokens',
    'usd',
  ];
  assert.equal(columns(found.rows(), ...names), ['q1 t m/x 0.5 2 0.5 14 6 0.02']);
  const { notes, sources } = found.summary();
  assert.equal([sources[0].version, sources[0].unscored], ['0.3.285', 2]);
  assert.match(
    notes.join('\n'),
    /status "error": the run did not end well[\s\S]*1 samples ended in an error[\s\S]*2 of 4 records/,
  );
  const wrong: [object | string, string, string][] = [
    [
      { ...head, samples: [sample('q', 1, 'P')] },
      '',
      'scores.judge: expected right or wrong (0 or 1); graded values',
    ],
    [
      { ...head, samples: [sample('q', 1, 'C')] },
      '--correct other',
      '--correct other: no such measure; the record has "judge"',
    ],
    [{ samples: [sample('q', 1, 'C')], ...head }, '', 'eval: expected a member of that name before samples'],
    [{ ...head, samples: [] }, '', 'the log holds no samples; was it written'],
    [log.slice(0, 900), '', 'the document ends in its middle'],
    ['PK\u0003\u0004', '', 'is an archive (.eval); write it as JSON'],
  ];
  for (const [text, flags, said] of wrong) {
    const file = typeof text === 'string' ? text : JSON.stringify(text);
    const one = run(dir, { 'l.json': file }, `--in l.json ${flags}`.trim());
    assert.is(one.code, 1);
    assert.ok(one.said.includes(said), one.said);
  }
  const graded = { ...head, samples: [sample('q', 1, { f: 0.25, g: 1 })] };
  const keyed = run(
    dir,
    { 'l.json': JSON.stringify(graded) },
    '--in l.json --score judge.f --correct judge.g',
  );
  assert.equal(columns(keyed.rows(), 'em', 'f1'), ['1 0.25']);
});

test.run();
