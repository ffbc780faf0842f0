// The embedded provider: one answer in every protocol, nothing left behind, nothing billed, and a crash it goes on from.
import { mkdirSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Ended, ProviderWorkspace } from './provider-workspace.ts';

const ROWS = 8;
const PROTOCOLS = ['openai', 'fireworks', 'anthropic', 'chat'] as const;

const WORDS =
  'infer --config config.json --requests requests.jsonl --prompt prompt.md --knowledge facts.txt --out out.jsonl';

/** Runs infer without a state folder; temporary files go below the workspace. */
function standalone(workspace: ProviderWorkspace): Promise<Ended> {
  mkdirSync(join(workspace.folder, 'tmp'), { recursive: true });
  return workspace.run(WORDS.split(' '), { TMPDIR: join(workspace.folder, 'tmp') });
}

test('all protocols give the same bytes, with a state folder and without, and leave nothing behind', async () => {
  const workspace = new ProviderWorkspace(ROWS);
  const seen = new Set<string>();
  for (const protocol of PROTOCOLS) {
    workspace.configure({ name: 'embedded', protocol });
    const ended = await standalone(workspace);
    assert.is(ended.status, 0, ended.stderr);
    assert.match(ended.stderr, /^evalmake:cost usd=0 in=\d+ out=\d+$/m);
    assert.not.match(ended.stderr, 'evalmake:job');
    assert.equal(readdirSync(join(workspace.folder, 'tmp')), []);
    seen.add(workspace.read('out.jsonl'));
  }
  assert.is((await workspace.infer()).status, 0);
  seen.add(workspace.read('out.jsonl'));
  assert.is(seen.size, 1);
  const lines = workspace.lines();
  assert.is(lines.length, ROWS);
  assert.match(lines[3]?.response?.text ?? '', 'Ada3');
  workspace.remove();
});

test('an answer depends on what is asked, not on the shard it is asked in', async () => {
  const workspace = new ProviderWorkspace(ROWS);
  workspace.put(
    'requests.jsonl',
    workspace.read('requests.jsonl').replaceAll('"temperature":0,', '"temperature":0.9,'),
  );
  workspace.configure({ name: 'embedded' });
  assert.is((await standalone(workspace)).status, 0);
  const whole = workspace.lines();
  const lines = workspace.read('requests.jsonl').split('\n');
  workspace.put('requests.jsonl', `${lines.slice(5, 8).join('\n')}\n`);
  assert.is((await standalone(workspace)).status, 0);
  assert.equal(workspace.lines(), whole.slice(5, 8));
  workspace.remove();
});

for (const protocol of PROTOCOLS) {
  test(`${protocol}: killed as files of its state appear, it goes on to the same answers`, async () => {
    const workspace = new ProviderWorkspace(ROWS);
    workspace.configure({ name: 'embedded', protocol });
    await standalone(workspace);
    const expected = workspace.read('out.jsonl');
    const names =
      protocol === 'chat'
        ? ['chat.jsonl', 'billing.jsonl']
        : ['batches.jsonl', 'billing.jsonl', 'output.jsonl'];
    for (const name of names) {
      const other = new ProviderWorkspace(ROWS);
      other.configure({ name: 'embedded', protocol });
      let killed = false;
      const watcher = watch(other.folder, { recursive: true }, (_, path) => {
        if (killed || path?.endsWith(name) !== true) return;
        killed = true;
        other.child?.kill('SIGKILL');
      });
      const ended = await other.inferToEnd();
      watcher.close();
      assert.ok(killed, name);
      assert.is(ended.status, 0, ended.stderr);
      assert.is(other.read('out.jsonl'), expected, name);
      other.remove();
    }
    workspace.remove();
  });
}

test.run();
