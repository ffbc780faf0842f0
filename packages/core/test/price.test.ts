// Prices: templates filled in from config, vars and each, and what is wrong with them told before anything runs.
import { priceOf, type Task } from '@evalmake/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { configOf, expandProblems, graphOf, parseProblems, taskOf } from './doubles/pipeline-text.ts';

const head = `
targets:
  ask:
    run: "x \${{ outputs }}"
    outputs: "o-\${{ model.slug }}"
    each: { model: [ { name: small, price: 0.5 }, { name: large, price: 20 } ] }
    manifest: m.json
`.replace('model.slug', 'model.name');

const paid = (text: string): string => `${head}    paid: ${text}\n`;

/** The same target with rows. */
function withRows(text: string): string {
  return text
    .replace('    manifest', '    inputs: q.jsonl\n    rows: { id: id }\n    manifest')
    .replace('x ${{ outputs }}', 'x ${{ rows.todo }} ${{ rows.done }}');
}

function price(text: string, id: string, config = ''): ReturnType<typeof priceOf> {
  const graph = graphOf(text, { config });
  const task: Task = taskOf(graph, id);
  if (task.target.paid === undefined) throw new Error('not paid');
  const scope = {
    config: configOf(config),
    vars: graph.pipeline.vars,
    each: task.each,
    env: () => undefined,
  };
  return priceOf(task, task.target.paid, scope);
}

test('a price comes from the config and from each values; rows have one only where there are rows', () => {
  const text = paid(
    '{ usd: "${{ model.price }}", usd_per_mtok: { in: "${{ config.pricing.in }}" }, tokens_per_row: [1000, 1] }',
  );
  const config = 'pricing: { in: 3 }';
  assert.equal(price(text, 'ask@small', config), { perRow: 0, perRun: 0.5, known: 'declared', discount: 0 });
  assert.equal(price(text, 'ask@large', config), { perRow: 0, perRun: 20, known: 'declared', discount: 0 });
  assert.equal(price(withRows(text), 'ask@small', config), {
    perRow: 0.003,
    perRun: 0.5,
    known: 'declared',
    discount: 0,
  });
});

test('a price of 0 is declared, and one that is left out is not', () => {
  const knownOf = (text: string, rows = withRows(paid(text))): [number, string] => {
    const { perRow, perRun, known } = price(rows, 'ask@small');
    return [perRow + perRun, known];
  };
  const free = [0, 'declared'];
  assert.equal(knownOf('{ usd_per_mtok: { in: 0, out: 0 } }'), free, 'however many tokens there are');
  assert.equal(knownOf('{ usd_per_mtok: { in: 0 }, tokens_per_row: [9, 9] }'), free);
  assert.equal(knownOf('{ usd_per_mtok: { in: 2, out: 3 }, tokens_per_row: [0, 0] }'), free);
  assert.equal(knownOf('{ usd: 0 }'), free);
  assert.equal(knownOf('', paid('{ usd_per_mtok: { in: 0, out: 0 } }')), free, 'without rows, too');
  const none = [0, 'undeclared'];
  for (const text of ['true', '{}', '{ usd: null }', '{ usd_per_mtok: {} }', '{ tokens_per_row: [9, 9] }'])
    assert.equal(knownOf(text), none, text);
  assert.equal(knownOf('{ usd_per_mtok: { in: 2 } }'), none, 'a price of tokens without their number');
  assert.equal(knownOf('', paid('{ usd_per_mtok: { in: 2 }, tokens_per_row: [9, 9] }')), none, 'nor of rows');
});

test('a discount is taken off all of a price, by a number or the config', () => {
  const text = withRows(
    paid(
      '{ usd: 4, usd_per_mtok: { in: 3, out: 1 }, tokens_per_row: [1000, 1000], discount: "${{ config.off }}" }',
    ),
  );
  const of = (off: string) => price(text, 'ask@small', `off: ${off}`);
  assert.equal(of('0.25'), { perRow: 0.003, perRun: 3, known: 'declared', discount: 0.25 });
  assert.equal(of('0'), { perRow: 0.004, perRun: 4, known: 'declared', discount: 0 });
  assert.equal(of('1'), { perRow: 0, perRun: 0, known: 'declared', discount: 1 });
  assert.is(price(paid('{ usd: 4, discount: 0.5 }'), 'ask@small').perRun, 2);
});

test('a template that gives no amount is a problem of the plan, with target and key', () => {
  const of = (text: string, config: string) => expandProblems(paid(text), { config });
  assert.equal(of('{ usd: "${{ config.cheap }}" }', 'cheap: very'), [
    'bad-price: paid.usd of "ask": "very" is no number of at least 0',
  ]);
  assert.equal(of('{ usd: "${{ config.p }}" }', 'p: -1'), [
    'bad-price: paid.usd of "ask": "-1" is no number of at least 0',
  ]);
  assert.equal(of('{ tokens_per_row: [1, "${{ config.q }}"] }', 'p: 1'), [
    'bad-price: paid.tokens_per_row.1 of "ask": the config has no key "q"',
  ]);
  assert.equal(of('{ usd_per_mtok: { out: "1${{ model.name }}" } }', ''), [
    'bad-price: paid.usd_per_mtok.out of "ask": "1small" is no number of at least 0',
  ]);
  assert.equal(of('{ usd: 1, discount: "${{ config.off }}" }', 'off: 50'), [
    'bad-price: paid.discount of "ask": "50" is no share from 0 to 1',
  ]);
  assert.equal(of('{ usd: 1, discount: "${{ model.name }}" }', ''), [
    'bad-price: paid.discount of "ask": "small" is no share from 0 to 1',
  ]);
  assert.equal(of('{ usd: "${{ model.price }}" }', ''), []);
});

test('what a price refers to must exist', () => {
  assert.equal(parseProblems(paid('{ usd: 1, discount: 1.5 }')), [
    '7:31 wrong-type: targets.ask.paid.discount must be a share from 0 to 1, such as 0.5 for half the price, or a ${{ config.… }} reference, not 1.5',
  ]);
  assert.equal(parseProblems(paid('{ usd: "${{ modle.price }}" }')), [
    '7:18 unknown-reference: ${{ modle.price }}: nothing is named "modle"',
  ]);
});

test('retries of paid work that cannot go on where it was are refused', () => {
  const retry = (more: string) => expandProblems(`${paid('{ usd: 1 }')}    retries: 2\n${more}`);
  assert.match(retry('')[0] ?? '', 'paid-retries: "ask" is paid and not resumable');
  const state = paid('{ usd: 1 }').replace('x ${{ outputs }}', 'x ${{ state }} ${{ outputs }}');
  assert.equal(expandProblems(`${state}    retries: 2\n`), []);
});

test.run();
