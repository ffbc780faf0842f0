// Completion: what is offered, in the shells themselves, and that asking costs nothing and changes nothing.
import * as assert from 'uvu/assert';
import { built, writeHistory } from './workspace/history.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { isInstalled, typedIn } from './workspace/shell.ts';
import type { Workspace } from './workspace/workspace.ts';

/** What is offered for the last word. */
async function offered(ws: Workspace, ...words: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await ws.evalmake(['__complete', '--', ...words]);
  assert.equal([code, stderr], [0, ''], words.join(' '));
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0] ?? '');
}

scenario('Commands, targets, tasks, options, their values, config keys and runs are offered.', async (ws) => {
  writeHistory(ws);
  await built(ws);
  assert.equal(await offered(ws, 's'), ['status', 'stop', 'schema', 'score', 'score@', 'sum']);
  assert.equal(await offered(ws, 'why', 's'), ['score', 'score@', 'sum']);
  assert.equal(await offered(ws, 'score@'), ['score@a', 'score@b']);
  assert.equal(await offered(ws, '-k', 'score@b'), ['score@b']);
  assert.equal(await offered(ws, 'why', '--al'), ['--all']);
  assert.equal(
    await offered(ws, 'log', '--costs', '--co'),
    ['--color'],
    'what was said already is not offered again',
  );
  assert.equal(await offered(ws, '--color', 'a'), ['auto', 'always']);
  assert.equal(await offered(ws, '--color=a'), ['--color=auto', '--color=always']);
  assert.equal(await offered(ws, '--forc'), ['--force', '--force=', '--force-rows']);
  assert.equal(await offered(ws, '--force=su'), ['--force=sum']);
  assert.equal(await offered(ws, '--skip', 'no'), ['norm']);
  assert.equal(await offered(ws, '--set', 'k'), ['k=']);
  assert.equal(await offered(ws, 'diff', ''), ['1']);
  assert.equal(await offered(ws, 'log', '1'), ['1']);
  assert.equal(await offered(ws, 'completion', ''), ['bash', 'zsh', 'fish']);
  assert.equal(await offered(ws, 'help', 'wh'), ['why']);
  assert.equal(await offered(ws, 'schema', 'm'), ['manifest']);
  assert.equal(await offered(ws, '--config', ''), [':files']);
  assert.equal(await offered(ws, '-C', ''), [':folders']);
  assert.equal(await offered(ws, 'out/'), [':files'], 'a path is a target');
  assert.equal(await offered(ws, '--', '--no'), []);
  assert.equal(await offered(ws, 'stop', ''), []);
});

scenario(
  'It says nothing of trouble and writes nothing: no pipeline, a wrong one, another folder.',
  async (ws) => {
    assert.equal(await offered(ws, 'norm'), []);
    assert.ok((await offered(ws, 'sta')).includes('status'), 'commands need no pipeline');
    assert.equal([...ws.tree()], []);
    writeHistory(ws);
    const before = ws.tree();
    assert.equal(await offered(ws, 'nor'), ['norm'], 'before anything was built');
    assert.equal(await offered(ws, '-C', '..', '-f', `${ws.root}/pipeline.yaml`, 'nor'), ['norm']);
    assert.equal(await offered(ws, '-C', '/nowhere', 'nor'), []);
    ws.write('pipeline.yaml', `${ws.read('pipeline.yaml')}  wrong: { rum: x }\n`);
    assert.equal(await offered(ws, 'nor'), ['norm'], 'other targets have mistakes');
    assert.equal(await offered(ws, 'score@'), [], 'its tasks are not known then');
    ws.write('pipeline.yaml', 'evalmake: [');
    assert.equal(await offered(ws, 'nor'), []);
    ws.write('pipeline.yaml', before.has('pipeline.yaml') ? 'evalmake: 1\n' : '');
    assert.equal(await offered(ws, 'nor'), []);
    assert.equal([...ws.tree().keys()], [...before.keys()]);
  },
);

scenario('An unknown shell is an error that names those there are.', async (ws) => {
  for (const args of [['completion'], ['completion', 'tcsh']]) {
    const { code, stderr } = await ws.evalmake(args);
    assert.is(code, 2);
    assert.match(stderr, 'shells: bash, zsh, fish');
  }
});

/** What is typed, and the words that it becomes. */
const typings: readonly (readonly [typed: string, words: readonly string[]])[] = [
  ['evalmake statu\t', ['status']],
  ['evalmake why nor\t', ['why', 'norm']],
  ['evalmake score@b\t', ['score@b']],
  ['evalmake trial@x,\t', ['trial@x,y']],
  ['evalmake norm trial@x\tz', ['norm', 'trial@x,y', 'z']],
  ['evalmake --color=alw\t norm', ['--color=always', 'norm']],
  ['evalmake --color nev\t', ['--color', 'never']],
  ['evalmake --set nam\t1 sum', ['--set', 'name=1', 'sum']],
  ['evalmake --force=nor\t', ['--force=norm']],
  ['evalmake --config config.y\t', ['--config', 'config.yaml']],
  ['evalmake nothing-like-it\t', ['nothing-like-it']],
];

/** A history with a target of two values too. */
function writeTrials(ws: Workspace): void {
  writeHistory(ws);
  const trial =
    '  trial:\n    each: { one: [x], two: [y] }\n    run: echo > ${{ outputs }}\n    outputs: t-${{ one }}-${{ two }}\n';
  ws.write('pipeline.yaml', ws.read('pipeline.yaml') + trial);
}

for (const shell of ['bash', 'zsh', 'fish']) {
  if (!isInstalled(shell) || !isInstalled('script')) {
    console.log(`${shell} is not installed: its script is not tried`);
    continue;
  }
  scenario(`${shell} completes words as they are typed, with @, a comma and = in them.`, async (ws) => {
    writeTrials(ws);
    const found = await typedIn(
      shell,
      ws,
      typings.map(([typed]) => typed),
    );
    for (const [i, [typed, words]] of typings.entries())
      assert.equal(found[i], ['evalmake', ...words], `${shell}: ${JSON.stringify(typed)}`);
    assert.not.ok(ws.exists('.evalmake'));
  });
}

runScenarios();
