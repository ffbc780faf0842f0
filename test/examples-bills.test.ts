// What the examples cost: every batch protocol bills a shared control once, plans name prices, lost state buys nothing.
// test-timeout: 180
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BatchService } from './examples/batch-service.ts';
import { rowsOf } from './examples/reference.ts';
import { Workspace } from './examples/workspace.ts';

const run = 'experiments/run_r001';
const prompts = 1 + 9;
const perQuestion = 3 + 3;
const perPrompt = 12 * perQuestion;

/** What a plan says about money, as far as these tests look. */
interface Money {
  readonly knownUsd: number;
  readonly asks: boolean;
  readonly targets: readonly { readonly target: string; readonly rows: number; readonly reused: number }[];
}

function moneyOf(workspace: Workspace): Money {
  const { stdout, stderr } = workspace.evalmake('--dry-run', '--json');
  assert.ok(stdout.startsWith('{'), stderr);
  return (JSON.parse(stdout) as { money: Money }).money;
}

/** All rows that a service has billed, none of them twice. */
async function billed(service: BatchService): Promise<number> {
  const { rows, byRow } = await service.bill();
  const twice = Object.entries(byRow).filter(([, times]) => times !== 1);
  assert.equal(twice, [], 'rows that were paid for twice');
  return rows;
}

/** A copy of an example that asks a service by the name of a provider. */
function asking(example: string, service: BatchService, provider: string): Workspace {
  const workspace = Workspace.of(example);
  workspace.edit('config.yaml', '  name: embedded ', `  account: acme\n  name: ${provider} `);
  workspace.edit('config.yaml', 'base_url: ""', `base_url: ${service.url}`);
  return workspace;
}

/** Adds a question that asks about the passage of the first one. */
function addQuestion(workspace: Workspace, question: string, answer: string): void {
  const text = workspace.read('data/questions.jsonl');
  const first = rowsOf<Record<string, unknown>>(text)[0];
  const added = { ...first, id: 'added-1', question, answers: [answer] };
  workspace.write('data/questions.jsonl', `${text}${JSON.stringify(added)}\n`);
}

const services = {
  fireworks: await BatchService.start(),
  anthropic: await BatchService.start('--usd-in', '3', '--usd-out', '15'),
  chat: await BatchService.start(),
};
const sweep = asking('sweep', services.anthropic, 'anthropic');
test.after(async () => {
  sweep.close();
  await Promise.all(Object.values(services).map((service) => service.close()));
});
sweep.edit('config.yaml', 'poll_s: 5 ', 'poll_s: 0 ');

test('two more protocols bill ten prompts, and give the same answers', async () => {
  assert.is(sweep.attempt('infer', 'parse@strict').exit, 0);
  assert.is(await billed(services.anthropic), prompts * perPrompt);

  const fireworks = asking('sweep', services.fireworks, 'fireworks');
  fireworks.edit('config.yaml', 'poll_s: 5 ', 'poll_s: 0 ');
  fireworks.edit('config.yaml', 'wait: return ', 'wait: block ');
  assert.is(fireworks.attempt('infer', 'parse@strict').exit, 0);
  assert.is(await billed(services.fireworks), prompts * perPrompt);
  const predictions = `${run}/strict/predictions.csv`;
  assert.is(fireworks.read(predictions), sweep.read(predictions));
  fireworks.close();
});

test('without its state, a build still owns what it bought: a question more costs its own rows', async () => {
  sweep.edit('config.yaml', 'input_per_million: 0', 'input_per_million: 3');
  sweep.edit('config.yaml', 'output_per_million: 0', 'output_per_million: 15');
  sweep.remove('.evalmake');
  assert.equal(
    sweep
      .plan('infer')
      .ids('fresh')
      .filter((id) => id.startsWith('infer')).length,
    18,
    'prices re-ask nothing, and the manifests are records enough',
  );

  addQuestion(sweep, 'How many passengers does the ferry carry?', 'sixty');
  // The price of rows is known when they are there; `build` as the first word would be the verb.
  assert.is(sweep.attempt('prepare', 'build', 'prompts').exit, 0);
  const added = prompts * perQuestion;
  const money = moneyOf(sweep);
  assert.is(money.asks, true);
  assert.ok(money.knownUsd > 0 && money.knownUsd < 0.05, `${money.knownUsd} USD`);
  const infer = money.targets.find(({ target }) => target === 'infer');
  assert.equal([infer?.rows, infer?.reused], [added, prompts * perPrompt]);

  assert.is(sweep.attempt().exit, 5, 'nothing is bought without consent');
  assert.is(await billed(services.anthropic), prompts * perPrompt);
  assert.is(sweep.attempt('infer', '--max-usd', `${money.knownUsd}`).exit, 0);
  assert.is(await billed(services.anthropic), prompts * perPrompt + added);
  assert.equal(sweep.attempt('infer').ran, []);
});

test('the judge without its state: a question more costs four answers and its own comparisons', async () => {
  const judge = asking('judge', services.chat, 'chat');
  const requests = `${run}/judging/requests.jsonl`;
  const ids = (): string[] =>
    rowsOf<{ custom_id: string }>(judge.read(requests)).map(({ custom_id }) => custom_id);
  assert.is(judge.attempt().exit, 0);
  const before = new Set(ids());
  const first = await billed(services.chat);
  assert.is(first, 20 * 4 + before.size);

  judge.remove('.evalmake');
  addQuestion(judge, 'What is named in the first sentence?', 'nothing');
  assert.is(judge.attempt().exit, 0);
  const added = ids().filter((id) => !before.has(id));
  assert.is(await billed(services.chat), first + 4 + added.length);
  judge.close();
});

test.run();
