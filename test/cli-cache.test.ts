// A shared cache: a second checkout builds without running a command, with the bytes of the first.
import { readFileSync, rmSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { questions, writeAsker, writeQuestions } from './workspace/asker.ts';
import { idsWith } from './workspace/documents.ts';
import { runScenarios } from './workspace/scenario.ts';
import { everything, outputs, shared } from './workspace/shared-checkouts.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Builds, and gives what ran. */
async function built(ws: Workspace, args: readonly string[] = [], env = {}): Promise<string[]> {
  const { code, stderr, stdout } = await ws.evalmake(args, { env });
  assert.is(code, 0, `${stderr}${stdout}`);
  return ws.ran().sort();
}

shared(
  'A second checkout knows in advance that nothing has to run, and runs nothing.',
  async (server, a, b) => {
    assert.equal(await built(a), everything);
    assert.is(server.paths('ac').length, everything.length);
    const before = b.tree();
    const plan = await b.plan();
    assert.equal(idsWith(plan, 'restore').sort(), everything);
    assert.ok(plan.tasks.every(({ origin }) => origin === 'shared-cache'));
    assert.match((await b.evalmake(['-n'])).stdout, /^restore .*pages .*from the shared cache$/m);
    assert.match((await b.evalmake(['why', 'sum'])).stdout, 'sum: restore, from the shared cache');
    assert.equal(compareTrees(before, b.tree()), [], 'a dry run changes nothing');
    const second = await b.evalmake([]);
    assert.is(second.code, 0, second.stderr);
    assert.equal(b.ran(), []);
    assert.match(`${second.stdout}${second.stderr}`, /6 restored/);
    assert.match(second.stderr + second.stdout, 'restored pages a former result, from the shared cache');
    const runs = await b.evalmake(['log', '1']);
    assert.match(runs.stdout, /count +3 restored from the shared cache/);
    assert.match((await b.evalmake(['log', 'sum'])).stdout, 'restored from the shared cache');
    const report = JSON.parse((await b.evalmake(['report', '--format', 'json'])).stdout);
    assert.is(report.runs.at(-1).tasks[0].origin, 'shared-cache');
    assert.equal(compareTrees(outputs(a), outputs(b)), []);
    assert.equal(idsWith(await b.plan(), 'run', 'maybe', 'restore'), []);
    assert.is((await b.evalmake(['verify'])).code, 0);
    const asked = server.asked.length;
    assert.equal(await built(b), []);
    assert.is(server.asked.length, asked, 'what is fresh asks nobody');
  },
);

shared('Only what nobody has made runs, and what it comes to is shared again.', async (server, a, b) => {
  await built(a);
  b.write('raw.txt', 'one\ntwo\nfour\n');
  const plan = await b.plan();
  assert.equal(idsWith(plan, 'restore'), []);
  assert.equal(await built(b), ['count@four', 'pages', 'split', 'sum']);
  const events = server.paths('ac').length;
  assert.is(events, everything.length + 4);
  a.write('raw.txt', 'one\ntwo\nfour\n');
  assert.equal(await built(a), []);
  for (const path of ['sum.txt', 'counts/four.txt', 'site/deep/raw.txt'])
    assert.is(a.read(path), b.read(path));
});

shared('Nothing is asked with --no-cache, and nothing sent.', async (server, a) => {
  assert.equal(await built(a, ['--no-cache']), everything);
  assert.equal(server.asked, []);
});

shared('Who may not write sends nothing; a build server may, but not for a proposal.', async (server, a) => {
  const ci = { EVALMAKE_CACHE_WRITE: 'ci' };
  const env = (more: object): object => ({ ...ci, ...more });
  await built(a, ['split'], { EVALMAKE_CACHE_WRITE: 'false' });
  await built(a, ['split', '--force'], env({ CI: 'true', GITHUB_EVENT_NAME: 'pull_request' }));
  assert.is(server.count('PUT'), 0);
  const refused = await a.evalmake(['cache', 'push'], { env: ci });
  assert.is(refused.code, 2);
  assert.match(refused.stderr, 'may not write');
  await built(a, ['split', '--force'], env({ CI: 'true', GITHUB_EVENT_NAME: 'push' }));
  assert.is(server.paths('ac').length, 1);
});

shared(
  'Answers that were bought are brought with their keys: a fresh checkout buys nothing.',
  async (server, a, b) => {
    const env = { EVALMAKE_CACHE_URL: server.url, EVALMAKE_CACHE_WRITE: 'true' };
    for (const ws of [a, b]) {
      writeAsker(
        ws,
        'paid: { usd_per_mtok: { in: 500 }, tokens_per_row: [1000, 0] }\n        secrets: [ASK_KEY]',
      );
      writeQuestions(ws, 'in.jsonl', questions(1, 2, 3));
    }
    assert.equal(await built(a, ['--max-usd', '5'], { ...env, ASK_KEY: 'k' }), ['ask', 'count']);
    // Neither consent nor the secret is needed for what is there.
    assert.equal(await built(b, [], env), []);
    assert.is(b.read('out.jsonl'), a.read('out.jsonl'));
    assert.is(b.read('count.txt').trim(), '3');
    writeQuestions(b, 'in.jsonl', questions(1, 2, 3, 4));
    assert.equal(await built(b, ['--max-usd', '5'], { ...env, ASK_KEY: 'k' }), ['ask', 'count']);
    assert.is(readFileSync(b.beside('asked'), 'utf8'), 'q4\n', 'only what nobody has bought');
  },
);

shared('push, pull and status say what they do, and -n does nothing.', async (server, a, b) => {
  assert.equal(await built(a, ['--no-cache']), everything);
  const before = await a.evalmake(['cache', 'status']);
  assert.match(before.stdout, `${server.url}: 0 of 6 fresh tasks there`);
  assert.match((await a.evalmake(['cache', 'push', '-n'])).stdout, '6 results to send');
  assert.is(server.count('PUT'), 0);
  const pushed = await a.evalmake(['cache', 'push', 'sum']);
  assert.match(pushed.stdout, '5 results sent, 0 there already, 0 not sent');
  const again = JSON.parse((await a.evalmake(['cache', 'push', '--json'])).stdout);
  assert.is(again.sent, 1);
  assert.match((await b.evalmake(['cache', 'pull', '-n'])).stdout, '6 results to bring');
  assert.not.ok(b.exists('sum.txt'));
  b.write('raw.txt', 'one\n');
  const nothing = await b.evalmake(['cache', 'pull']);
  assert.is(nothing.code, 0, nothing.stderr);
  assert.match(nothing.stdout, '0 results brought');
  b.write('raw.txt', 'one\ntwo\nthree\n');
  const pulled = await b.evalmake(['cache', 'pull']);
  assert.match(pulled.stdout, '6 results brought');
  assert.equal(b.ran(), []);
  assert.equal(compareTrees(outputs(a), outputs(b)), []);
  const status = JSON.parse((await b.evalmake(['cache', 'status', '--json'])).stdout);
  assert.equal([status.there.length, status.missing, status.restorable], [6, [], []]);
  const wrong = await a.evalmake(['cache', 'fetch']);
  assert.is(wrong.code, 2);
});

shared('A pull runs nothing, also when what was promised is not there.', async (server, a, b) => {
  await built(a);
  for (const path of server.paths('cas'))
    if (server.stored.get(path)?.length === 8) server.stored.delete(path);
  const { code } = await b.evalmake(['cache', 'pull']);
  assert.equal(b.ran(), []);
  assert.ok(code !== 70);
});

shared('What cannot be shared is not sent: adopted, kept by hand, read by names only.', async (server, a) => {
  a.pipeline(`
    cache: { url: "${server.url}", write: true }
    targets:
      kept: { run: "echo kept > \${{ outputs }}", outputs: k.txt, keep: true }
      listed: { run: "ls model > \${{ outputs }}", outputs: l.txt, inputs: { path: model/, digest: listing } }
      failed: { run: "echo no > \${{ outputs }}", outputs: f.txt, checks: { min_rows: 5 } }
      made: { run: "echo made > \${{ outputs }}", outputs: m.txt }
  `);
  a.write('model/w.bin', 'w');
  await a.evalmake(['-k']);
  assert.is(server.paths('ac').length, 1, 'only what can be');
  const { notShared } = JSON.parse(
    (await a.evalmake(['cache', 'status', 'kept', 'listed', '--json'])).stdout,
  );
  assert.equal(notShared.map((one: { task: string }) => one.task).sort(), ['kept', 'listed']);
  a.write('m.txt', 'mine\n');
  rmSync(a.path('.evalmake'), { recursive: true });
  assert.is((await a.evalmake(['adopt', 'made', '--reason', 'by hand'])).code, 0);
  const adopted = JSON.parse((await a.evalmake(['cache', 'push', 'made', '--json'])).stdout);
  assert.equal([adopted.sent, adopted.notShared.length], [0, 1]);
});

shared(
  'Two checkouts that build and send at once come to the same, and a third one reads it.',
  async (server, a, b) => {
    const both = await Promise.all([a.evalmake([]), b.evalmake([])]);
    assert.equal(
      both.map(({ code }) => code),
      [0, 0],
    );
    const third = a.copy((path) => path === 'pipeline.yaml' || path === 'raw.txt');
    try {
      assert.equal(await built(third), []);
      assert.equal(compareTrees(outputs(a), outputs(third)), []);
      assert.ok(server.paths('cas').length > 0);
    } finally {
      await third.dispose();
    }
  },
);

runScenarios();
