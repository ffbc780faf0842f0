// `evalmake why`: every part same or old -> new, the way from the root cause, and how an artifact was made.
import { createHash } from 'node:crypto';
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

async function built(ws: Workspace): Promise<void> {
  ws.write('config.yaml', 'model: small\nleast: 2\n');
  ws.write('raw.txt', 'a\nb\n');
  for (let i = 1; i <= 30; i++) ws.write(`parts/p${String(i).padStart(2, '0')}.txt`, `${i}\n`);
  ws.write(
    'pipeline.yaml',
    `evalmake: 1
name: reasons
config: config.yaml
targets:
  clean: { desc: Drop what is empty, run: "grep . \${{ inputs }} > \${{ outputs }}", inputs: raw.txt, outputs: out/clean.txt }
  answer:
    each: { n: { range: [1, 9] } }
    run: "sed 's/^/\${{ n }} /' \${{ inputs }} > \${{ outputs }}; : \${{ config.model }}"
    inputs: { from: clean }
    outputs: "out/answer-\${{ n }}.txt"
  table:
    run: "cat \${{ inputs.answers }} \${{ inputs.parts }} > \${{ outputs }}"
    inputs: { answers: { from: answer }, parts: parts/*.txt }
    outputs: out/table.txt
    checks: { non_empty: true }
`,
  );
  const { code, stderr } = await ws.evalmake([]);
  assert.is(code, 0, stderr);
}

const why = async (ws: Workspace, ...words: string[]): Promise<string> =>
  (await ws.evalmake(['why', ...words])).stdout;

scenario('What is fresh says by which record, and long lists that are the same are folded.', async (ws) => {
  await built(ws);
  const text = await why(ws, 'table');
  assert.match(
    text,
    /^table: fresh\n {2}fresh: the record of \S+ \(run 1\) has this fingerprint; 1 file on disk is what it wrote, and 1 check passed\n/,
  );
  assert.match(text, /… and 38 more inputs that are the same; --all shows them/);
  assert.ok((await why(ws, 'table', '--all')).includes('input:parts:parts/p30.txt'));
});

scenario('The root cause is told with the way from it, once for nine answers.', async (ws) => {
  await built(ws);
  ws.write('raw.txt', 'a\nb\n\nc\n');
  ws.write('config.yaml', 'model: large\nleast: 2\n');
  const text = await why(ws, 'table');
  assert.match(text, /\n {2}because decided when answer \(9 tasks\) is done\n/);
  assert.match(
    text,
    /\n {2}root cause: clean -> answer@1 -> table: input raw\.txt changed: \S+ -> \S+, 2 -> 4 lines\n/,
  );
  assert.match(
    text,
    /\n {2}root cause: answer@1 -> table: config model: "small" -> "large" \(config\.yaml:1\)\n/,
  );
  assert.is(text.split('root cause').length, 3);
});

scenario(
  'How an artifact was made names every step and file with digests that can be checked.',
  async (ws) => {
    await built(ws);
    const text = await why(ws, 'out/table.txt', '--provenance');
    const sum = (content: string) => createHash('sha256').update(content).digest('hex');
    const [title, digest] = text.split('\n');
    assert.equal([title, digest], ['How out/table.txt was made', `sha256 ${sum(ws.read('out/table.txt'))}`]);
    for (const part of [
      'reasons, evalmake',
      '3 steps, 31 source files',
      `${sum(ws.read('raw.txt'))}  raw.txt`,
      'Step 1. clean: Drop what is empty',
      'Step 2. answer (9 tasks)',
      'config    model = "small"',
      `${sum(ws.read('out/answer-1.txt'))}  out/answer-1.txt`,
      'Step 3. table',
    ])
      assert.ok(text.includes(part), `${part}\n${text}`);
    const list = Array.from({ length: 9 }, (_, i) => `out/answer-${i + 1}.txt`);
    const all = sum(list.map((path) => `${sum(ws.read(path))}  ${path}\n`).join(''));
    assert.ok(text.includes(`${all}  sha256 of the list of all 9, as sha256sum prints it`), text);
    const document = JSON.parse((await ws.evalmake(['why', 'table', '--provenance', '--json'])).stdout);
    assert.is(document.format, 'evalmake.provenance');
    assert.equal(
      document.results[0].steps.map((s: { name: string; tasks: number }) => [s.name, s.tasks]),
      [
        ['clean', 1],
        ['answer', 9],
        ['table', 1],
      ],
    );
  },
);

scenario('What is not fresh any more is told as the last good result.', async (ws) => {
  await built(ws);
  ws.write('raw.txt', 'z\n');
  assert.match(
    await why(ws, 'clean', '--provenance'),
    'NOTE      not fresh now; this is the last good result of clean',
  );
  assert.match(await why(ws, 'clean', '--provenance'), createHash('sha256').update('a\nb\n').digest('hex'));
});

runScenarios();
