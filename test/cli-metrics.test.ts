// Metrics and contents in the events of a build: what a result was, so that runs can be compared.
import { createHash } from 'node:crypto';
import * as assert from 'uvu/assert';
import type { BuildEvent } from './workspace/documents.ts';
import { writeHistory } from './workspace/history.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { target, writeTargets } from './workspace/targets.ts';

interface Finished extends BuildEvent {
  readonly metrics?: Readonly<Record<string, number>>;
  readonly outputs?: readonly { readonly path: string; readonly digest: string; readonly bytes: number }[];
  readonly moreOutputs?: { readonly files: number };
  readonly text?: string;
  readonly call?: { readonly args: readonly string[]; readonly ci: boolean; readonly commit?: string };
}

function told(events: readonly BuildEvent[], event: string, task?: string): Finished {
  const found = events.find((e) => e.event === event && (task === undefined || e.task === task));
  if (found === undefined) throw new Error(`no event ${event} of ${task}`);
  return found as Finished;
}

scenario('A metric is read from what was published, beside those that the command tells.', async (ws) => {
  writeHistory(ws);
  const { events } = await step(ws);
  assert.equal(told(events, 'finished', 'score@a').metrics, { told: 2, em: 0.1 });
  const text = ws.read('out/a.json');
  const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`;
  assert.equal(told(events, 'finished', 'score@a').outputs, [
    { path: 'out/a.json', digest, bytes: text.length },
  ]);
  assert.is(told(events, 'finished', 'norm').metrics, undefined);
  // It counts in no fingerprint.
  ws.edit('pipeline.yaml', 'em: "out', 'other: "out');
  await assertSettled(ws);
});

scenario('What is wrong with a metric is a warning that names it, never a failure.', async (ws) => {
  const body = `printf '{"a":"text"}' > \${{ outputs.one }}; echo no > \${{ outputs.two }}; mkdir -p \${{ outputs.folder }}; echo '[3]' > \${{ outputs.folder }}/n.json`;
  writeTargets(ws, [
    target('stats', {
      outputs: '{ one: one.json, two: two.txt, folder: d/ }',
      body,
      more: [
        'metrics:',
        '  text: one.json#/a',
        '  gone: one#/b/c',
        '  json: two#/a',
        '  other: in.txt#/a',
        '  ref: "${{ outputs.one }}#/x"',
        '  good: d/n.json#/0',
        '  lost: d/m.json#/0',
      ],
    }),
  ]);
  const { events } = await step(ws);
  assert.equal(told(events, 'finished', 'stats').metrics, { good: 3 });
  const warnings = events.filter((e) => e.event === 'warn').map((e) => (e as Finished).text);
  assert.equal(warnings, [
    'metric "text" of stats (one.json#/a): found "text"',
    'metric "gone" of stats (one.json#/b/c): the document has no "b"',
    'metric "json" of stats (two.txt#/a): the file is not JSON',
    'metric "other" of stats (in.txt#/a): "in.txt" is none of its outputs',
    'metric "ref" of stats (one.json#/x): the document has no "x"',
    'metric "lost" of stats (d/m.json#/0): "d/m.json" is none of its outputs',
  ]);
});

scenario('What is restored or adopted tells its contents and metrics too.', async (ws) => {
  writeHistory(ws);
  await step(ws);
  await step(ws, ['--set', 'k=2']);
  const { events } = await step(ws, ['--set', 'k=1']);
  const restored = told(events, 'restored', 'score@a');
  assert.equal([restored.metrics, restored.outputs?.[0]?.path], [{ em: 0.1 }, 'out/a.json']);
  ws.edit('pipeline.yaml', 'echo "scoring', 'echo "now scoring');
  assert.is((await ws.evalmake(['adopt', 'score', '--reason', 'a word'])).code, 0);
  const adopted = ws.read('.evalmake/runs/4/events.jsonl');
  assert.match(adopted, /"event":"adopted".*"outputs":\[\{"path":"out\/a.json".*"metrics":\{"em":0.1\}/);
});

scenario('A set of many files tells the first fifty of them, and how many more there are.', async (ws) => {
  const body =
    'mkdir -p ${{ outputs.dir }}; for i in $(seq 60); do echo $i > ${{ outputs.dir }}/$i.txt; done';
  writeTargets(ws, [target('many', { outputs: 'set/*.txt', body })]);
  const { outputs, moreOutputs } = told((await step(ws)).events, 'finished', 'many');
  assert.equal([outputs?.length, moreOutputs?.files], [50, 10]);
});

scenario(
  'The plan in a log says how it was called, less what is secret; a no-op leaves no log.',
  async (ws) => {
    writeTargets(
      ws,
      [target('a', { inputs: 'in.txt', more: ['secrets: [HIDDEN]', 'config: [k, api_key]'] })],
      'config: config.yaml\n',
    );
    ws.write('config.yaml', 'k: 1\napi_key: none\n');
    ws.write('in.txt', 'x\n');
    const commit = '0123456789abcdef0123456789abcdef01234567';
    ws.write('.git/HEAD', 'ref: refs/heads/main\n');
    ws.write('.git/packed-refs', `# pack-refs\n${commit} refs/heads/main\n`);
    const env = { HIDDEN: 'open-sesame', CI: 'true' };
    const args = ['--set', 'api_key=xyzzy', '--set=k=open-sesame', 'a'];
    const { events } = await step(ws, args, { env });
    const expected = ['--json', '--set', 'api_key=…', '--set=k=***', 'a'];
    assert.equal(told(events, 'planned').call, { args: expected, ci: true, commit });
    const text = ws.read('.evalmake/runs/1/events.jsonl');
    for (const secret of ['open-sesame', 'xyzzy']) assert.not.match(text.split('\n')[0] ?? '', secret);
    const again = await step(ws, args, { env });
    assert.is(told(again.events, 'planned').call, undefined);
    assert.not.ok(ws.exists('.evalmake/runs/2'));
    ws.remove('.git/packed-refs');
    ws.write('.git/refs/heads/main', 'nonsense\n');
    ws.write('in.txt', 'y\n');
    assert.is(
      told((await step(ws, ['a'], { env: { HIDDEN: 'open-sesame' } })).events, 'planned').call?.commit,
      undefined,
    );
  },
);

runScenarios();
