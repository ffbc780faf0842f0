// Money: what paid targets would cost stands in the plan, and without consent none of it is spent.
import * as assert from 'uvu/assert';
import { assertReason, type BuildEvent, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** in.txt -> judge (paid, for each model) -> total; and `free`, which has nothing to do with them. */
function writeJudge(ws: Workspace, more = 'paid: { usd: 0.5 }', head = ''): void {
  ws.write('in.txt', 'a\n');
  ws.pipeline(`
    ${head}
    targets:
      judge:
        each: { model: [a, b] }
        run: |
          echo judge@\${{ model }} >> "$RAN_LOG"
          echo "evalmake:cost usd=0.45 in=100 out=20 id=batch_\${{ model }}_$(cksum < in.txt | cut -d' ' -f1)"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: out/\${{ model }}.txt
        manifest: out/judge.json
        ${more}
      free:
        run: |
          echo free >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: free.txt
      total:
        run: |
          echo total >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: judge }
        outputs: total.txt
  `);
}

interface Ended extends BuildEvent {
  readonly money?: { readonly spentUsd: number; readonly savedUsd: number };
}

const spent = (events: readonly BuildEvent[]): number | undefined => (events.at(-1) as Ended).money?.spentUsd;

interface CostRow {
  readonly run: number;
  readonly target: string;
  readonly payments: number;
  readonly paidUsd: number;
  readonly estimateUsd?: number;
}

async function costs(ws: Workspace, ...targets: string[]): Promise<{ runs: CostRow[]; totalUsd: number }> {
  const { code, stdout } = await ws.evalmake(['log', '--costs', '--json', ...targets]);
  assert.is(code, 0);
  return JSON.parse(stdout);
}

scenario('Without consent paid targets ask, free ones are built, and nothing is spent.', async (ws) => {
  writeJudge(ws);
  const { plan, ran, events } = await step(ws, [], { exit: 5 });
  assert.equal(idsWith(plan, 'ask'), ['judge@a', 'judge@b']);
  assertReason(plan, 'judge@a', 'over-budget', { subject: 'about $0.50, and nothing may be spent' });
  assertReason(plan, 'judge@a', 'never-built');
  assertReason(plan, 'total', 'upstream-asks');
  assert.equal(ran, ['free']);
  assert.is(spent(events), 0);
  assert.equal(await costs(ws), { format: 'evalmake.costs', version: 1, runs: [], totalUsd: 0 });
});

scenario('The plan says what it would cost and what to type, which is then enough.', async (ws) => {
  writeJudge(ws);
  const dry = await ws.evalmake(['-n']);
  assert.match(dry.stdout, 'judge: 2 runs x $0.50 = $1.00\n');
  assert.match(dry.stdout, 'this build would spend $1.00; nothing may be spent without consent');
  const [, typed] = /→ to consent: evalmake (--max-usd \S+) …/.exec(dry.stdout) ?? [];
  const built = await ws.evalmake((typed ?? '').split(' '));
  assert.is(built.code, 0, built.stderr);
  assert.match(built.stderr, 'spent $0.90');
  await assertSettled(ws);
});

const consents: readonly { args: string[]; head?: string; runs: string[] }[] = [
  { args: ['--yes'], runs: ['judge@a', 'judge@b'] },
  { args: ['--max-usd', '1'], runs: ['judge@a', 'judge@b'] },
  { args: ['--max-usd=0.99'], runs: ['judge@a'] },
  { args: ['--max-usd', '0.49'], runs: [] },
  { args: ['--yes', '--max-usd', '0.5'], runs: ['judge@a'] },
  { args: [], head: 'budget: { usd: 1 }', runs: ['judge@a', 'judge@b'] },
  { args: [], head: 'budget: { usd: 0.6 }', runs: ['judge@a'] },
  { args: ['--max-usd', '0'], head: 'budget: { usd: 5 }', runs: [] },
  { args: ['--yes'], head: 'budget: { usd: 0 }', runs: ['judge@a', 'judge@b'] },
];

for (const { args, head, runs } of consents) {
  const said = `${args.join(' ') || 'no option'}${head === undefined ? '' : ` and ${head}`}`;
  scenario(`With ${said}, ${runs.length} of two paid tasks run.`, async (ws) => {
    writeJudge(ws, 'paid: { usd: 0.5 }', head);
    const all = runs.length === 2;
    const { ran, events, plan } = await step(ws, args, { exit: all ? 0 : 5 });
    assert.equal(ran, ['free', ...runs, ...(all ? ['total'] : [])]);
    assert.equal(idsWith(plan, 'ask').length, 2 - runs.length);
    assert.is(spent(events), runs.length * 0.45);
  });
}

scenario('A budget is for one build: the next one may spend it again.', async (ws) => {
  writeJudge(ws, 'paid: { usd: 0.5 }', 'budget: { usd: 0.5 }');
  assert.equal((await step(ws, [], { exit: 5 })).ran, ['free', 'judge@a']);
  assert.equal((await step(ws)).ran, ['judge@b', 'total']);
  assert.is((await costs(ws)).totalUsd, 0.9);
});

scenario('What costs more than was expected leaves less for what comes after it.', async (ws) => {
  writeJudge(ws);
  ws.edit('pipeline.yaml', 'usd=0.45', 'usd=0.75');
  const { ran, events, said } = await step(ws, ['--max-usd', '1.2', '-j1'], { exit: 5 });
  assert.equal(ran, ['free', 'judge@a']);
  assert.is(spent(events), 0.75);
  assert.match(said, 'and $1.20 may be spent, of which $0.75 is spent or set aside');
});

scenario('Work without a price needs no consent; its payments are written down all the same.', async (ws) => {
  writeJudge(ws, 'paid: true');
  const { ran } = await step(ws);
  assert.equal(ran, ['free', 'judge@a', 'judge@b', 'total']);
  const { runs } = await costs(ws);
  assert.equal(
    runs.map((r) => [r.run, r.target, r.payments, r.paidUsd]),
    [[1, 'judge', 2, 0.9]],
  );
});

scenario('--force of paid work needs consent, and says with which words.', async (ws) => {
  writeJudge(ws);
  await step(ws, ['--yes']);
  const { plan, ran, said } = await step(ws, ['--force=judge@a'], { exit: 5 });
  assert.equal(idsWith(plan, 'ask'), ['judge@a']);
  assertReason(plan, 'judge@a', 'forced');
  assert.equal(ran, []);
  assert.match(said, '"needsUsd":0.45', 'as much as it cost last time');
  const told = await ws.evalmake(['--force=judge@a']);
  assert.match(told.stderr, 'to consent: evalmake --force=judge@a --max-usd 0.45 judge@a');
  assert.equal((await step(ws, ['--force=judge@a', '--max-usd', '0.5'])).ran, ['judge@a']);
});

scenario('--force-rows is said for something, and amounts are amounts.', async (ws) => {
  writeJudge(ws);
  for (const args of [
    ['--force-rows'],
    ['--force', '--force-rows'],
    ['--max-usd', '-1'],
    ['--max-usd', 'much'],
    ['--watch-budget', '1e'],
  ]) {
    const { code } = await ws.evalmake(args);
    assert.is(code, 2, args.join(' '));
  }
  assert.is((await ws.evalmake(['-n', '--force=judge', '--force-rows'])).code, 0);
  assert.is((await ws.evalmake(['-n', '--force', '--force-rows', 'judge'])).code, 0);
});

scenario('A price from the config counts as it is now, and changing it makes nothing stale.', async (ws) => {
  ws.write('config.yaml', 'pricing: { run: 0.5 }\n');
  writeJudge(ws, 'paid: { usd: "${{ config.pricing.run }}" }', 'config: config.yaml');
  assert.equal((await step(ws, ['--max-usd', '1'])).ran, ['free', 'judge@a', 'judge@b', 'total']);
  ws.edit('config.yaml', '0.5', '9');
  await assertSettled(ws);
  const { plan } = await step(ws, ['--force=judge@b', '--max-usd', '5'], { exit: 5 });
  assert.match(
    String(taskOf(plan, 'judge@b').reasons[0]?.subject),
    'about $8.10',
    'nine dollars, as last time told',
  );
  ws.edit('config.yaml', '9', 'cheap');
  const wrong = await ws.evalmake(['-n']);
  assert.is(wrong.code, 2);
  assert.match(
    wrong.stderr,
    /pipeline\.yaml:\d+:\d+: error: paid\.usd of "judge": "cheap" is no number of at least 0/,
  );
});

scenario('The plan, the status and the first event tell the money to programs.', async (ws) => {
  writeJudge(ws, 'paid: { usd: 0.5 }', 'budget: { usd: 0.6 }');
  const judge = {
    target: 'judge',
    tasks: 2,
    usdPerRun: 0.5,
    accuracy: 1,
    knownUsd: 1,
    atMostUsd: 1,
    unknown: false,
    savesUsd: 0,
  };
  const { target: _, tasks: __, usdPerRun: ___, accuracy: ____, ...sums } = judge;
  const money = { ...sums, limitUsd: 0.6, spentUsd: 0, asks: true, targets: [judge] };
  const plan = await ws.evalmake(['-n', '--json']);
  assert.equal(JSON.parse(plan.stdout).money, money);
  assert.equal(JSON.parse((await ws.evalmake(['status', '--json'])).stdout).money, money);
  assert.match((await ws.evalmake(['status'])).stdout, 'this build would spend $1.00; budget $0.60');
  const { events } = await ws.build();
  assert.equal((events[0] as BuildEvent & { money: unknown }).money, money);
  assert.equal(
    events.filter((e) => e.event === 'cost').map((e) => e.task),
    ['judge@a'],
  );
  const report = await ws.evalmake(['report', '--no-build']);
  assert.match(report.stdout, /judge {2}.*1 fresh.*, \$0\.45, \$0\.45 paid by the last build/);
});

scenario('A pipeline in which nothing is paid says nothing of money.', async (ws) => {
  writeJudge(ws, 'retries: 0');
  const plan = await ws.evalmake(['-n', '--json']);
  assert.not.ok('money' in JSON.parse(plan.stdout));
  const built = await ws.evalmake([]);
  assert.match(built.stderr, 'spent $0.90', 'what a command says it paid is told, declared or not');
});

scenario('A new check that what was bought does not pass buys nothing again without consent.', async (ws) => {
  writeJudge(ws);
  await step(ws, ['--yes']);
  ws.edit(
    'pipeline.yaml',
    'manifest: out/judge.json',
    'manifest: out/judge.json\n    checks: { command: "! grep -q a out/a.txt" }',
  );
  const { plan, events, ran } = await step(ws, [], { exit: 5 });
  assert.equal(idsWith(plan, 'recheck'), ['judge@a', 'judge@b']);
  assert.equal(ran, []);
  assert.is(spent(events), 0);
});

scenario(
  'On a terminal the build asks once, and a yes is consent to the most that it may cost.',
  async (ws) => {
    writeJudge(ws);
    const question = 'This build would spend about $1.00 (at most $1.00). Go on? [y/N]';
    for (const answer of ['n\r', '\r', '\u0004']) {
      const { code, shown } = await ws.onTerminal([], { when: '[y/N]', type: answer });
      assert.is(code, 5, shown);
      assert.is(shown.split(question).length, 2, shown);
      assert.match(shown, 'judge: 2 runs x $0.50 = $1.00');
    }
    assert.equal(ws.ran(), ['free']);
    const stopped = await ws.onTerminal([], { when: '[y/N]', type: '\u0003' });
    assert.is(stopped.code, 130, stopped.shown);
    const { code, shown } = await ws.onTerminal([], { when: '[y/N]', type: 'y\r' });
    assert.is(code, 0, shown);
    assert.match(shown, 'spent $0.90');
    assert.equal(ws.ran().sort(), ['judge@a', 'judge@b', 'total']);
  },
);

runScenarios();
