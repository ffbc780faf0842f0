// The money of rows: what tasks share is bought and spared once, a price of 0 is known, a discount is in the estimate.
import * as assert from 'uvu/assert';
import { questions, writeAsker, writeQuestions } from './workspace/asker.ts';
import { idsWith } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

/** What a plan says of money, as far as these tests look. */
interface Money {
  readonly knownUsd: number;
  readonly atMostUsd: number;
  readonly unknown: boolean;
  readonly savesUsd: number;
  readonly targets: readonly { readonly rows: number; readonly reused: number; readonly savesUsd: number }[];
}

const moneyOf = async (ws: Workspace): Promise<Money> =>
  JSON.parse((await ws.evalmake(['-n', '--json'])).stdout).money;

/** An asker that pays so much for each answer. */
function writePayer(ws: Workspace, usd: number): void {
  writeAsker(ws);
  ws.edit('ask.mjs', "usd=0 in=1 out=1'", `usd=' + ${usd} * (text.split('\\n').length - 1) + ' in=1 out=1'`);
}

/** Three trials that ask the same rows under the same prompt; a row costs $0.50. */
function writeTrials(ws: Workspace): void {
  writePayer(ws, 0.5);
  writeQuestions(ws, 'in.jsonl', questions(1, 2, 3, 4));
  ws.pipeline(`
    budget: { usd: 100 }
    targets:
      ask:
        each: { trial: [a, b, c] }
        run: node ask.mjs \${{ rows.todo }} \${{ inputs.prompt }} \${{ rows.done }}
        inputs: { rows: in.jsonl, prompt: prompt.md }
        outputs: out/\${{ trial }}.jsonl
        manifest: out/m.json
        rows: { from: rows, id: id, by: [q] }
        paid: { usd_per_mtok: { in: 500 }, tokens_per_row: [1000, 0] }
  `);
}

const savedUsd = (events: readonly object[]): number | undefined =>
  (events.at(-1) as { money?: { savedUsd: number } }).money?.savedUsd;

scenario('What three trials share is bought once, and spared once when it is there.', async (ws) => {
  writeTrials(ws);
  const first = await moneyOf(ws);
  assert.equal([first.knownUsd, first.savesUsd, first.targets[0]?.rows], [2, 0, 4]);
  const bought = await ws.build(['-j3']);
  assert.is(savedUsd(bought.events), 0, 'two trials wait for what the first one buys: nobody spares it');

  writeQuestions(ws, 'in.jsonl', questions(1, 2, 3, 4, 5));
  const plan = await ws.evalmake(['-n']);
  assert.match(plan.stdout, 'ask: 1 row x $0.50 = $0.50 (4 reused: saves $2.00)\n');
  const { knownUsd, savesUsd, targets } = await moneyOf(ws);
  assert.equal([knownUsd, savesUsd], [0.5, 2]);
  assert.equal([targets[0]?.reused, targets[0]?.savesUsd], [4, 2]);
  const { events } = await ws.build(['-j3']);
  assert.is(savedUsd(events), savesUsd, 'the plan and the closing line tell one number');
});

scenario(
  'A price of 0 is no unknown one: the plan says $0 before its rows are there, and nobody is asked.',
  async (ws) => {
    writePayer(ws, 0);
    writeQuestions(ws, 'raw.jsonl', questions(1, 2));
    ws.edit(
      'pipeline.yaml',
      'manifest: m.json',
      'manifest: m.json\n    paid: { usd_per_mtok: { in: 0, out: 0 } }',
    );
    ws.edit(
      'pipeline.yaml',
      'targets:\n',
      'targets:\n  copy: { run: "cp ${{ inputs }} ${{ outputs }}", inputs: raw.jsonl, outputs: in.jsonl }\n',
    );
    const { atMostUsd, unknown } = await moneyOf(ws);
    assert.equal([atMostUsd, unknown], [0, false]);
    assert.match((await ws.evalmake(['-n'])).stdout, 'ask: its price is $0\nthis build would spend $0\n');
    assert.is((await ws.build()).code, 0, 'without a budget, and without any consent');
    writeQuestions(ws, 'raw.jsonl', questions(1, 2, 3));
    assert.is((await ws.evalmake(['copy'])).code, 0);
    const { stdout } = await ws.evalmake(['-n']);
    assert.match(stdout, 'ask: 1 row x $0 = $0 (2 reused)\nthis build would spend $0\n');
  },
);

scenario(
  'A discount is in the estimate, which what is paid then agrees with; another one makes nothing stale.',
  async (ws) => {
    writePayer(ws, 0.25);
    ws.write('config.yaml', 'pricing: { in: 500, batch_discount: 0.5 }\n');
    writeQuestions(ws, 'in.jsonl', questions(1, 2));
    const price = 'usd_per_mtok: { in: "${{ config.pricing.in }}" }, tokens_per_row: [1000, 0]';
    const paid = `paid: { ${price}, discount: "\${{ config.pricing.batch_discount }}" }`;
    ws.edit('pipeline.yaml', 'manifest: m.json', `manifest: m.json\n    ${paid}`);
    ws.edit('pipeline.yaml', 'targets:\n', 'config: config.yaml\ntargets:\n');
    const plan = await ws.evalmake(['-n']);
    assert.match(plan.stdout, 'ask: 2 rows x $0.25 (50 % off) = $0.50\n');
    await ws.build(['--max-usd', '0.5']);
    const [told] = JSON.parse((await ws.evalmake(['log', '--costs', '--json'])).stdout).runs;
    assert.equal([told.estimateUsd, told.actualUsd], [0.5, 0.5]);
    ws.edit('config.yaml', 'batch_discount: 0.5', 'batch_discount: 0');
    assert.equal(idsWith(await ws.plan(), 'fresh'), ['ask', 'count'], 'prices are in no fingerprint');
    writeQuestions(ws, 'in.jsonl', questions(1, 2, 3));
    assert.match((await ws.evalmake(['-n'])).stdout, 'ask: 1 row x $0.50 = $0.50 (2 reused: saves $1.00)\n');
  },
);

scenario(
  'One new question in what a free step reads: the plan names that step, and a build tells the price before it pays.',
  async (ws) => {
    writeTrials(ws);
    ws.edit('pipeline.yaml', 'inputs: { rows: in.jsonl,', 'inputs: { rows: { from: copy },');
    ws.edit(
      'pipeline.yaml',
      'targets:\n',
      `targets:
  copy: { run: "cp \${{ inputs }} \${{ outputs }}", inputs: raw.jsonl, outputs: in.jsonl }
  judge: { run: "cp \${{ inputs }} \${{ outputs }}", inputs: { from: ask }, outputs: j.jsonl, manifest: j.json, paid: { usd: 9 } }
`,
    );
    ws.edit('pipeline.yaml', 'outputs: j.jsonl', 'outputs: "j/${{ n }}.jsonl", each: { n: [1] }');
    ws.edit('pipeline.yaml', 'inputs: { from: ask }', 'inputs: { from: ask, where: { trial: a } }');
    ws.remove('in.jsonl');
    writeQuestions(ws, 'raw.jsonl', questions(1, 2, 3, 4));
    assert.is((await ws.build()).code, 0);
    writeQuestions(ws, 'raw.jsonl', questions(1, 2, 3, 4, 5));
    const { stdout } = await ws.evalmake(['-n']);
    assert.match(
      stdout,
      'ask: at most $6.00, decided by what is built before: `evalmake build copy` is free and tells\n',
    );
    assert.match(
      stdout,
      /judge: at most \$9.00, decided by what is built before\n/,
      'its questions cost money first',
    );

    const { events } = await ws.build(['--max-usd', '20']);
    const at = events.findIndex((e) => e.event === 'replanned');
    assert.is(
      events.findIndex((e) => e.event === 'started' && e.task?.startsWith('ask')) > at && at > 0,
      true,
    );
    const { money } = events[at] as { money?: Money };
    assert.equal([money?.knownUsd, money?.targets[0]?.rows], [0.5, 1]);
  },
);

runScenarios();
