// Budgets: whatever starts in whatever order, what is spent and what is agreed to never exceed the limit.
import {
  advance,
  type Budget,
  decideNow,
  limitOf,
  type Money,
  money,
  type OpenAttempt,
  type Plan,
  planMoney,
  purseOf,
  type RowStanding,
  type Task,
  withinBudget,
} from '@evalmake/core';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { planOf } from './doubles/memory-build.ts';
import { MemoryWorld } from './doubles/memory-world.ts';
import { configOf, taskOf } from './doubles/pipeline-text.ts';

class Wallet {
  total = 0;
  readonly byTask = new Map<string, Money>();

  pay(task: string, amount: Money): void {
    this.total += amount;
    this.byTask.set(task, (this.byTask.get(task) ?? 0) + amount);
  }
}

const budgetOf = (limitUsd: number, spending = new Wallet()): Budget => ({
  limit: money(limitUsd),
  spending,
  accuracy: () => undefined,
});

const target = (name: string, usd: number, more = 'inputs: s'): string =>
  `  ${name}: { run: "x \${{ outputs }}", outputs: o-${name}, manifest: m-${name}.json, paid: { usd: ${usd} }, ${more} }\n`;

const verdicts = (made: Plan): Record<string, string> =>
  Object.fromEntries(made.graph.tasks.map((t) => [t.id, made.decisions[t.index]?.verdict ?? 'none']));

test('--max-usd goes before --yes, --yes before the budget, and without any of them nothing may be spent', () => {
  const budget = { budgetUsd: 5 };
  assert.is(limitOf({ maxUsd: 1, yes: true }, budget), money(1));
  assert.is(limitOf({ maxUsd: 0, yes: true }, budget), 0);
  assert.is(limitOf({ yes: true }, budget), Number.POSITIVE_INFINITY);
  assert.is(limitOf({}, budget), money(5));
  assert.is(limitOf(undefined, { budgetUsd: undefined }), 0);
});

test('a plan lets in what fits, in the order of the graph; what is too dear asks, and what is free runs', () => {
  const world = new MemoryWorld({ s: 's' });
  const text = `targets:\n${target('a', 0.4)}${target('b', 0.5)}${target('c', 0.2)}${target('free', 0)}`;
  const made = planOf(text, { world, budget: budgetOf(0.7) });
  assert.equal(verdicts(made), { a: 'run', b: 'ask', c: 'run', free: 'run' });
  const [reason] = made.decisions[taskOf(made.graph, 'b').index]?.reasons ?? [];
  assert.equal(reason, {
    code: 'over-budget',
    root: true,
    subject: 'it would cost about $0.50, and $0.70 may be spent, of which $0.40 is spent or set aside',
    needsUsd: 0.9,
  });
  const total = planMoney(made);
  assert.equal([total?.known, total?.atMost, total?.asks], [money(1.1), money(1.1), true]);
});

test('without a budget nothing paid runs, and what needs it is blocked; its cost is at most', () => {
  const world = new MemoryWorld({ s: 's' });
  const text = `targets:\n${target('a', 0.4)}${target('b', 0.5, 'inputs: o-a')}${target('k', 9, 'inputs: s, keep: true')}${target('l', 3, 'inputs: o-k')}`;
  world.files.set('o-k', 'somebody made it');
  const made = planOf(text, { world });
  assert.equal(verdicts(made), { a: 'ask', b: 'blocked', k: 'ask', l: 'blocked' });
  const sums = planMoney(made);
  assert.equal(
    [sums?.known, sums?.atMost],
    [money(0.4), money(0.9)],
    'what another question blocks is not counted',
  );
  const agreed = planOf(text, { world, budget: budgetOf(0.9) });
  assert.equal(verdicts(agreed), { a: 'run', b: 'run', k: 'ask', l: 'blocked' }, 'at most is enough');
});

test('what was left out by a filter has nothing set aside', () => {
  const world = new MemoryWorld({ s: 's' });
  const text = `targets:\n${target('a', 0.4)}${target('b', 0.5)}`;
  const made = planOf(text, { world, budget: budgetOf(0.5), excluded: (t) => t.id === 'a' });
  assert.is(verdicts(made).b, 'run');
});

test('what a running task has paid by now is not set aside for it as well', () => {
  const world = new MemoryWorld({ s: 's' });
  const wallet = new Wallet();
  const text = `targets:\n${target('a', 0.6)}${target('b', 0.3)}`;
  const made = planOf(text, { world, budget: budgetOf(1, wallet) });
  const [a, b] = ['a', 'b'].map((id) => taskOf(made.graph, id).index) as [number, number];
  advance(made, { kind: 'started', task: a });
  wallet.pay('a', money(0.5));
  assert.is(decideNow(made, b).verdict, 'run');
  wallet.pay('a', money(0.5));
  assert.is(decideNow(made, b).verdict, 'ask', 'it is dearer than it was expected to be');
});

interface Story {
  readonly estimates: readonly number[];
  readonly limit: number;
  /** For each step: which of the tasks that may start or end, and which share of its estimate a task pays. */
  readonly steps: readonly { readonly pick: number; readonly share: number; readonly ends: boolean }[];
}

const story: fc.Arbitrary<Story> = fc.record({
  estimates: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 }),
  limit: fc.integer({ min: 0, max: 300 }),
  steps: fc.array(fc.record({ pick: fc.nat(), share: fc.integer({ min: 0, max: 3 }), ends: fc.boolean() }), {
    minLength: 5,
    maxLength: 40,
  }),
});

/** Starts, pays and ends tasks in the order of a story. */
function tell(
  { estimates, limit, steps }: Story,
  most: number,
  check: (spent: Money, running: Money) => void,
): void {
  const world = new MemoryWorld({ s: 's' });
  const text = `targets:\n${estimates.map((usd, i) => target(`t${i}`, usd)).join('')}`;
  const wallet = new Wallet();
  const made = planOf(text, { world, budget: budgetOf(limit, wallet) });
  const running: number[] = [];
  const paid = new Map<number, number>();
  for (const { pick, share, ends } of steps) {
    const ready = made.graph.tasks.map((t) => t.index).filter((i) => made.states[i] === 'ready');
    if (ends && running.length > 0) {
      const [index] = running.splice(pick % running.length, 1) as [number];
      advance(made, { kind: 'failed', task: index });
    } else if (ready.length > 0) {
      const index = ready[pick % ready.length] as number;
      const decision = decideNow(made, index);
      if (decision.verdict === 'run') {
        advance(made, { kind: 'started', task: index });
        running.push(index);
      } else advance(made, { kind: 'blocked', task: index, decision });
      const open = running.reduce(
        (n, i) => n + Math.max(0, money(estimates[i] as number) - money(paid.get(i) ?? 0)),
        0,
      );
      if (decision.verdict === 'run' && (estimates[index] as number) > 0) check(wallet.total, open);
    }
    const payer = running[pick % Math.max(1, running.length)];
    if (payer === undefined) continue;
    const amount = Math.min(
      ((estimates[payer] as number) * share) / 3,
      (estimates[payer] as number) * most - (paid.get(payer) ?? 0),
    );
    paid.set(payer, (paid.get(payer) ?? 0) + amount);
    wallet.pay((made.graph.tasks[payer] as Task).id, money(amount));
    if (most === 1) assert.ok(wallet.total <= money(limit) + 40, `spent ${wallet.total} of ${money(limit)}`);
  }
}

test('in no order of starts does what is spent exceed the limit, when estimates are right', () => {
  fc.assert(
    fc.property(story, (told) => {
      tell(told, 1, (spent, running) => assert.ok(spent + running <= money(told.limit) + 40));
    }),
    { numRuns: 150 },
  );
});

test('when estimates are wrong, nothing is started that does not fit beside what is spent and running', () => {
  fc.assert(
    fc.property(story, (told) => {
      tell(told, 3, (spent, running) => assert.ok(spent + running <= money(told.limit) + 40));
    }),
    { numRuns: 150 },
  );
});

const rowsText = `
targets:
  infer:
    each: { trial: [a, b] }
    run: "x \${{ rows.todo }} \${{ rows.done }} \${{ state }}"
    inputs: s
    outputs: "o-\${{ trial }}.jsonl"
    manifest: m.json
    rows: { id: id }
    paid: { usd_per_mtok: { in: 1, out: 2 }, tokens_per_row: [1000, 500], usd: 1 }
`;

function standing(keys: readonly string[], kept: readonly string[] = []): RowStanding {
  const [todo, reused] = [keys.length, kept.length];
  const counts = { total: todo + reused, reused, new: todo, changed: 0, missing: 0, refused: 0, todo };
  const listed = { todoKeys: () => keys, reusedKeys: () => kept };
  return { counts, problems: [], ...listed, again: false, claimedBy: undefined };
}

const open = (estimateUsd: number): OpenAttempt => ({
  parts: {},
  at: '2026-01-01T00:00:00Z',
  rows: 9,
  estimateUsd,
  kind: 'interrupted',
  message: '',
  jobs: [],
});

/** A world in which the two trials ask rows, some of them the same, and reuse some, two of them the same. */
function trials(): MemoryWorld {
  const world = new MemoryWorld({ s: 's' });
  world.standings.set('infer@a', standing(['k1', 'k2', 'k3'], ['r1', 'r2', 'r3', 'r4', 'r5']));
  world.standings.set('infer@b', standing(['k2', 'k3', 'k4'], ['r4', 'r5', 'r6', 'r7', 'r8']));
  return world;
}

test('rows that two tasks ask are counted once, and for the second one when the first does not run', () => {
  const rows = (limitUsd: number) => {
    const made = planOf(rowsText, { world: trials(), budget: budgetOf(limitUsd) });
    const told = made.decisions.map((d) => [d?.verdict, d?.estimate?.rows, d?.estimate?.money]);
    return { told, sums: planMoney(made) };
  };
  const rich = rows(10);
  assert.equal(rich.told, [
    ['run', 3, money(1.006)],
    ['run', 1, money(1.002)],
  ]);
  assert.equal([rich.sums?.known, rich.sums?.saves], [money(2.008), money(0.016)]);
  assert.equal([rich.sums?.targets[0]?.rows, rich.sums?.targets[0]?.reused], [4, 8]);
  const poor = rows(0.5);
  assert.equal(poor.told, [
    ['ask', 3, money(1.006)],
    ['ask', 3, money(1.006)],
  ]);
  assert.is(poor.sums?.known, money(2.008), 'the plan counts them once all the same');
});

test('equal rows of two targets are asked, and counted, for each: answers are kept by target', () => {
  const world = trials();
  world.standings.set('other', standing(['k1', 'k2']));
  const other = rowsText
    .replace('targets:\n', '')
    .replace('infer:', 'other:')
    .replace('    each: { trial: [a, b] }\n', '')
    .replace('o-${{ trial }}', 'o-other')
    .replace('usd: 1 }', '}');
  const made = planOf(`${rowsText}${other}`, { world, budget: budgetOf(10) });
  assert.is(made.decisions[taskOf(made.graph, 'other').index]?.estimate?.money, money(0.004));
  assert.is(planMoney(made)?.known, money(2.012));
});

test('none to ask cost nothing, not even the run', () => {
  const world = trials();
  world.standings.set('infer@a', standing([], ['r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8']));
  const made = planOf(rowsText, { world, budget: budgetOf(0) });
  const [a] = made.decisions;
  assert.equal([a?.verdict, a?.estimate?.money, planMoney(made)?.saves], ['run', 0, money(0.016)]);
});

test('rows that nobody can count ask, whatever the limit', () => {
  const world = trials();
  const made = planOf(rowsText, { world });
  const [first] = made.decisions;
  if (first === undefined) throw new Error('no decision');
  const { estimate: _, rows: __, ...decision } = { ...first, verdict: 'run' as const, reasons: [] };
  const { graph } = made;
  const config = configOf(undefined);
  const context = { graph, config, world, budget: budgetOf(1e6), purse: purseOf() };
  const unknown = withinBudget(taskOf(graph, 'infer@a'), decision, context);
  assert.equal([unknown.verdict, unknown.reasons[0]?.needsUsd], ['ask', undefined]);
});

test('rows behind something that is built are at most as many as there were, or unknown', () => {
  const text = `${rowsText.replace('inputs: s', 'inputs: o-s')}${target('s', 0).replace('paid: { usd: 0 }', 'keep: false')}`;
  const world = trials();
  world.files.set('s', 's');
  const sums = (): unknown => {
    const made = planMoney(planOf(text, { world, budget: budgetOf(0) }));
    return [made?.known, made?.atMost, made?.unknown, made?.asks];
  };
  assert.equal(sums(), [0, money(2), true, false], 'only what runs cost is known');
  const output = {
    path: 'o-s',
    digest: 'sha256:0',
    bytes: 1,
    facts: { format: 'jsonl', rows: 100 },
  } as const;
  const record = { target: 's', parts: {}, checks: [], at: '', run: 1, ms: 1, outputs: { '': [output] } };
  world.journal.set('s', [{ ...record, task: 's' }]);
  assert.equal(sums(), [0, money(2.4), false, false], 'the rows that its maker has recorded');
  const last = { total: 50, asked: 50, failed: [] };
  world.journal.set('infer@a', [{ ...record, task: 'infer@a', target: 'infer', outputs: {}, rows: last }]);
  assert.equal(sums(), [0, money(2.3), false, false], 'or that it asked last time');
});

test('what is behind something that is built is no unknown cost when its price is 0, or runs alone have one', () => {
  const before = target('s', 0).replace('paid: { usd: 0 }', 'keep: false');
  const parts = '  parts: { run: "x ${{ outputs.dir }}", inputs: s, outputs: p/*.txt }\n';
  const world = new MemoryWorld({ s: 's' });
  const told = (paid: string, each = '{ trial: [a, b] }'): unknown => {
    const infer = rowsText
      .replace('inputs: s', 'inputs: o-s')
      .replace('{ trial: [a, b] }', each)
      .replace(/paid: .*/, `paid: ${paid}`);
    const made = planMoney(planOf(`${infer}${before}${parts}`, { world, budget: budgetOf(0) }));
    const { unpriced } = made?.targets[0] ?? {};
    return [made?.known, made?.atMost, made?.unknown, unpriced, made?.asks];
  };
  assert.equal(told('{ usd_per_mtok: { in: 0, out: 0 } }'), [0, 0, false, false, false]);
  assert.equal(told('{ usd_per_mtok: { in: 1 }, tokens_per_row: [1, 1] }'), [0, 0, true, false, false]);
  assert.equal(told('{ usd: 2 }'), [0, money(4), false, false, false]);
  assert.equal(told('true'), [0, 0, true, true, false], 'a price that is missing stays unknown');
  const set = '{ trial: { from: parts } }';
  assert.equal(
    told('{ usd_per_mtok: { in: 0, out: 0 } }', set),
    [0, 0, false, false, false],
    'nor a set of it',
  );
  assert.equal(told('{ usd: 2 }', set), [0, money(2), true, false, false], 'how many runs, nobody knows');
  assert.equal(told('{ usd: "${{ trial.stem }}" }', set), [0, 0, true, false, false]);
});

test('an attempt that goes on was agreed to: it does not ask again, and its money is set aside', () => {
  const world = trials();
  world.openAttempts.set('infer@a', open(3));
  const made = planOf(rowsText, { world, budget: budgetOf(0) });
  assert.equal(verdicts(made), { 'infer@a': 'run', 'infer@b': 'ask' });
  assert.is(made.purse.aside.get('infer@a'), money(3));
});

test('an attempt that goes on has its money before any task that is new, wherever it stands', () => {
  const world = trials();
  world.openAttempts.set('infer@b', open(0.4));
  const text = rowsText.replace('targets:\n', `targets:\n${target('x', 0.4)}${target('y', 0.4)}`);
  const made = planOf(text, { world, budget: budgetOf(0.9) });
  assert.equal(verdicts(made), { x: 'run', y: 'ask', 'infer@a': 'ask', 'infer@b': 'run' });
});

test('each of many paid tasks is held against what is left', () => {
  const each = `    each: { n: { range: [1, 20000] } }\n`;
  const text = `targets:\n  t:\n${each}    run: "x \${{ outputs }}"\n    inputs: s\n    outputs: "o-\${{ n }}"\n    manifest: m\n    paid: { usd: 0.001 }\n`;
  const made = planOf(text, { world: new MemoryWorld({ s: 's' }), budget: budgetOf(10) });
  assert.is(made.decisions.filter((d) => d?.verdict === 'ask').length, 10_000);
  assert.is(made.purse.sum, money(10));
});

test('an estimate follows what was paid last, within bounds', () => {
  const world = new MemoryWorld({ s: 's' });
  const of = (accuracy: number) => {
    const text = `targets:\n${target('a', 1)}`;
    const budget = { ...budgetOf(100), accuracy: () => accuracy };
    return planMoney(planOf(text, { world, budget }))?.known;
  };
  assert.equal([1.12, 0.8, 100, 0.001].map(of), [money(1.12), money(0.8), money(4), money(0.5)]);
});

test.run();
