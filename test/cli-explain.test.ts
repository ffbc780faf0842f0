// `evalmake -n`: causes first with old -> new and their place, then families, then sums; and its document keeps its schema.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as assert from 'uvu/assert';
import { root } from './house/repository.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

const long = Array.from({ length: 30 }, (_, i) => `--option-${i} ${i}`).join(' ');

function write(ws: Workspace, { rounding = 2, note = 'a\nb\nc\n' } = {}): void {
  ws.write('config.yaml', '# judge\njudge:\n  temperature: 0.0\n  extra: false\n');
  ws.write('note.md', note);
  ws.write(
    'pipeline.yaml',
    `evalmake: 1
name: explained
config: config.yaml
targets:
  shards:
    run: "for i in 1 2 3; do echo $i > \${{ outputs.dir }}/s$i.txt; done"
    outputs: shards/s*.txt
  score:
    each: { shard: { from: shards } }
    run: "cat \${{ inputs }} > \${{ outputs }}; : \${{ config.judge.temperature }}"
    inputs: \${{ shard.path }}
    outputs: "scores/\${{ shard.stem }}.txt"
  stats:
    run: ": ${long} --rounding ${rounding}; cat \${{ inputs }} > \${{ outputs }}"
    inputs: { scores: { from: score }, note: note.md }
    outputs: stats.txt
  extra:
    when: \${{ config.judge.extra }}
    run: "echo > \${{ outputs }}"
    outputs: extra.txt
`,
  );
}

async function built(ws: Workspace): Promise<void> {
  write(ws);
  const { code, stderr } = await ws.evalmake([]);
  assert.is(code, 0, stderr);
}

const explained = async (ws: Workspace, ...more: string[]): Promise<string[]> =>
  (await ws.evalmake(['-n', ...more])).stdout.split('\n');

scenario('A changed key is one cause with its place, however many tasks read it.', async (ws) => {
  await built(ws);
  ws.write('config.yaml', '# judge\njudge:\n  temperature: 0.2\n  extra: false\n');
  const lines = await explained(ws);
  assert.equal(lines.slice(0, 4), [
    '1 cause',
    '  1  config judge.temperature: 0 -> 0.2 (config.yaml:3)',
    '       score (3); 1 task after it',
    '',
  ]);
  assert.ok(lines.includes('run     score  3 tasks  cause 1'), lines.join('\n'));
  assert.ok(lines.includes('maybe   stats           after score (3)'), lines.join('\n'));
  assert.ok(lines.includes('off     extra (judge.extra)'));
  assert.ok(
    lines.some((l) => /^3 run, 1 maybe, 1 fresh, 1 off; about a second$/.test(l)),
    lines.join('\n'),
  );
});

scenario('An override is where the cause is.', async (ws) => {
  await built(ws);
  const lines = await explained(ws, '--set', 'judge.temperature=0.9');
  assert.is(lines[1], '  1  config judge.temperature: 0 -> 0.9 (--set judge.temperature)');
});

scenario('A long command is told word by word, and a text by its lines.', async (ws) => {
  await built(ws);
  write(ws, { rounding: 4, note: 'a\nb\n' });
  const lines = await explained(ws);
  assert.is(lines[0], '2 causes');
  assert.match(lines[1] as string, /^ {2}1 {2}command changed of stats \(pipeline\.yaml:14\)$/);
  assert.match(lines[2] as string, /--rounding \[-2;-\] \{\+4;\+\} cat/);
  assert.match(
    lines[4] as string,
    /^ {2}2 {2}input note\.md changed: [0-9a-f]{8} -> [0-9a-f]{8}, 3 -> 2 lines$/,
  );
});

scenario('Without what was kept of texts their digests are told.', async (ws) => {
  await built(ws);
  write(ws, { rounding: 4 });
  ws.write('.evalmake/texts.jsonl', '{"digest": "sha256:00", "text": "not its text"}\n{torn');
  const lines = await explained(ws);
  assert.match(
    lines[1] as string,
    /command changed of stats: [0-9a-f]{8} -> [0-9a-f]{8} \(pipeline\.yaml:14\)$/,
  );
});

scenario('The document has its published schema, and says what the lines say.', async (ws) => {
  const schema = JSON.parse(readFileSync(join(root, 'schemas/plan.schema.json'), 'utf8')) as object;
  const validate = new Ajv2020({
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    allErrors: true,
  }).compile(schema);
  const check = async (...more: string[]) => {
    const document = JSON.parse((await ws.evalmake(['-n', '--json', ...more])).stdout) as {
      causes: { text: string; tasks: number[] }[];
      families: { name: string; causes: { number: number }[] }[];
    };
    assert.ok(validate(document), JSON.stringify(validate.errors));
    return document;
  };
  write(ws);
  await check();
  await built(ws);
  assert.equal((await check()).causes, []);
  write(ws, { rounding: 4, note: '' });
  ws.write('config.yaml', 'judge:\n  temperature: 0.3\n  extra: true\n');
  const document = await check('--set', 'judge.temperature=0.5');
  assert.equal(
    document.causes.map((c) => c.text),
    ['config judge.temperature', 'command changed of stats', 'input note.md changed', 'never built'],
  );
  assert.equal(
    document.families.map((f) => [f.name, f.causes.map((c) => c.number)]),
    [
      ['shards', []],
      ['score', [1]],
      ['stats', [2, 3]],
      ['extra', [4]],
    ],
  );
});

runScenarios();
