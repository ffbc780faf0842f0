// Secrets stay in the environment, and what evalmake writes is never taken for data.
import { readFileSync, statSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { shardTargets, writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

const secret = 'S3CRET-47f1c0ffee-value';

/** Fails when a file of the workspace, other than `allowed`, holds the secret. */
function assertNowhere(ws: Workspace, ...allowed: string[]): void {
  for (const path of ws.tree().keys()) {
    if (allowed.includes(path) || !statSync(ws.path(path)).isFile()) continue;
    assert.not.ok(readFileSync(ws.path(path)).includes(secret), `${path} holds the secret`);
  }
}

function writeSecret(ws: Workspace, line: string): void {
  ws.pipeline(`
    targets:
      ask:
        run: |
          echo ask >> "$RAN_LOG"
          ${line}
          echo "\${#API_KEY}" > \${{ outputs }}
        secrets: [API_KEY]
        outputs: answer.txt
        manifest: manifest.json
  `);
}

scenario('A secret reaches the command and no file; another value of it makes nothing stale.', async (ws) => {
  writeSecret(ws, ':');
  const { ran } = await step(ws, [], { env: { API_KEY: secret } });
  assert.equal(ran, ['ask']);
  assert.is(ws.read('answer.txt'), `${secret.length}\n`);
  assertNowhere(ws);
  await assertSettled(ws, [], { env: { API_KEY: `another-${secret}` } });
  assertNowhere(ws);
});

scenario('A secret that a command prints is masked in logs, on the terminal and in events.', async (ws) => {
  writeSecret(ws, 'echo "key is $API_KEY"; echo "again: $API_KEY" >&2; test -n "$PASS"');
  const options = { env: { API_KEY: secret, PASS: '' } };
  const failed = await ws.evalmake(['--verbose'], options);
  assert.is(failed.code, 1);
  assert.match(failed.stderr, 'key is');
  assert.not.match(`${failed.stdout}${failed.stderr}`, secret);
  const events = await ws.evalmake(['--json'], options);
  assert.not.match(`${events.stdout}${events.stderr}`, secret);
  assertNowhere(ws);
});

scenario('A secret may come from an env_file, which is not copied anywhere.', async (ws) => {
  writeSecret(ws, ':');
  ws.edit('pipeline.yaml', 'secrets: [API_KEY]', 'secrets: [API_KEY]\n    env_file: .env');
  ws.write('.env', `# keys\nAPI_KEY=${secret}\n`);
  assert.equal((await step(ws)).ran, ['ask']);
  assert.is(ws.read('answer.txt'), `${secret.length}\n`);
  assertNowhere(ws, '.env');
});

scenario('A missing secret is a problem of the plan: nothing runs, and the message names it.', async (ws) => {
  writeSecret(ws, ':');
  const outcome = await ws.evalmake([]);
  assert.is.not(outcome.code, 0);
  assert.match(outcome.stderr, 'API_KEY');
  assert.match(outcome.stderr, 'ask');
  assert.equal(ws.ran(), []);
});

scenario(
  'The evalmake folder is not readable as a pipeline: an input glob never matches what evalmake writes.',
  async (ws) => {
    writeShards(ws);
    await step(ws, [], { dynamic: shardTargets });
    ws.edit(
      'pipeline.yaml',
      'targets:',
      'targets:\n  all:\n    run: |\n      echo all >> "$RAN_LOG"\n      printf "%s\\n" ${{ inputs }} > ${{ outputs }}\n    inputs: "**/*.json*"\n    outputs: all.txt',
    );
    ws.write('some.json', '{}\n');
    ws.write('.hidden/other.json', '{}\n');
    await step(ws, [], { dynamic: shardTargets });
    assert.not.match(ws.read('all.txt'), '.evalmake');
    assert.not.match(ws.read('all.txt'), 'manifest.json');
    assert.match(ws.read('all.txt'), 'some.json');
    await assertSettled(ws);
  },
);

runScenarios();
