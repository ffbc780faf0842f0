// `evalmake diff`: what lies between two runs.
import * as assert from 'uvu/assert';
import { answer, built, writeHistory } from './workspace/history.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

interface Difference {
  readonly from: { readonly run: number };
  readonly to: { readonly run: number };
  readonly causes: readonly {
    readonly subject?: string;
    readonly was?: string;
    readonly now?: string;
    readonly tasks: string[];
  }[];
  readonly changed: readonly { readonly task: string }[];
  readonly same: readonly string[];
  readonly added: readonly string[];
  readonly gone: readonly string[];
  readonly metrics: readonly {
    readonly task: string;
    readonly metric: string;
    readonly was?: number;
    readonly now?: number;
  }[];
}

function difference(ws: Workspace, ...runs: string[]): Promise<Difference> {
  return answer<Difference>(ws, ['diff', ...runs]);
}

/** The runs that an answer is about, and the subjects of its causes. */
function about({ from, to, causes }: Difference): (number | string | undefined)[] {
  return [from.run, to.run, ...causes.map((cause) => cause.subject)];
}

/** Four builds: everything; another k; another input and a part less; the same k as at first. */
async function fourRuns(ws: Workspace): Promise<void> {
  writeHistory(ws);
  await built(ws);
  await built(ws, ['--set', 'k=2']);
  ws.write('in.txt', 'two\n');
  await built(ws, ['--set', 'k=2', '--set', 'parts=["a", "c"]']);
  await built(ws, ['--set', 'parts=["a", "c"]']);
}

scenario('Causes old -> new, what changed, came out the same, is new or gone, and metrics.', async (ws) => {
  await fourRuns(ws);
  const second = await difference(ws, '2');
  assert.equal(second.causes, [
    {
      code: 'config-changed',
      subject: 'config:k',
      was: '1',
      now: '2',
      tasks: ['score@a', 'score@b'],
    } as never,
  ]);
  assert.equal(
    second.changed.map(({ task }) => task),
    ['score@a', 'score@b'],
  );
  assert.equal(second.same, ['sum']);
  assert.equal(second.metrics[0], { task: 'score@a', metric: 'em', was: 0.1, now: 0.2, delta: 0.1 } as never);
  const third = await difference(ws, '3');
  assert.equal(about(third).slice(0, 3), [2, 3, 'input:in.txt']);
  assert.equal([third.added, third.gone], [['score@c'], ['score@b']]);
  assert.equal(third.same.toSorted(), ['score@a', 'sum']);
  assert.equal(
    third.changed.map(({ task }) => task),
    ['norm'],
  );
});

scenario('Without words the last two runs; two words in any order; a longer way is one step.', async (ws) => {
  await fourRuns(ws);
  assert.equal(about(await difference(ws)), [3, 4, 'config:k']);
  const all = await difference(ws, '4', '1');
  assert.equal(about(all), [1, 4, 'input:in.txt'], 'k is what it was');
  assert.equal(
    all.metrics.filter(({ task }) => task === 'score@a'),
    [],
    'and so is the metric',
  );
});

scenario('As text it says the same.', async (ws) => {
  await fourRuns(ws);
  const { code, stdout } = await ws.evalmake(['diff', '1', '3']);
  assert.is(code, 0);
  assert.match(stdout, /^from {2}run 1, \d{4}-\d\d-\d\d \d\d:\d\d, evalmake$/m);
  assert.match(stdout, /^to {4}run 3, .*, evalmake --set k=2 --set 'parts=\["a", "c"\]'$/m);
  assert.match(stdout, /^causes\n {2}config k: 1 -> 2 {2}\(score@a\)$/m);
  assert.match(stdout, 'input in.txt changed: ');
  assert.match(stdout, /^changed\n/m);
  assert.match(stdout, /^ {4}out\/a\.json: [0-9a-f]{8} -> [0-9a-f]{8}$/m);
  assert.match(stdout, /^new\n {2}score@c$/m);
  assert.match(stdout, /^gone\n {2}score@b$/m);
  assert.match(stdout, /^metrics\n {2}score@a {2}em +0\.1 {2}-> +0\.2 {2}\+0\.1$/m);
});

scenario('Runs that are not there are named, with those that are.', async (ws) => {
  writeHistory(ws);
  const says = async (...runs: string[]): Promise<string> => {
    const { code, stdout, stderr } = await ws.evalmake(['diff', ...runs]);
    assert.is(code, 2);
    assert.is(stdout, '');
    return stderr;
  };
  assert.match(await says(), 'there are no runs to compare\n    no build has left a log here yet');
  await built(ws);
  assert.match(await says(), 'there is no run before run 1\n    run 1 is kept');
  await built(ws, ['--set', 'k=2']);
  await built(ws, ['--set', 'k=3']);
  ws.remove('.evalmake/runs/2');
  assert.match(await says('2', '3'), 'there is no run 2\n    runs 1 to 3 are kept, not all of them');
  assert.match(await says('score'), '"score" is no number of a run');
  assert.match(await says('3', '3'), 'run 3 is both of them');
  assert.match(await says('1', '2', '3'), 'compares two runs');
  assert.equal(
    about(await difference(ws)),
    [1, 3, 'config:k'],
    'what a run of the past did is known from later ones',
  );
});

runScenarios();
