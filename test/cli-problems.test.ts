// Mistakes in the pipeline: all at once, each with its place, before anything runs.
import * as assert from 'uvu/assert';
import { type Problem, parseProblems } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Number of the line, from 1, that holds the text. */
function lineOf(ws: Workspace, text: string): number {
  const index = ws
    .read('pipeline.yaml')
    .split('\n')
    .findIndex((line) => line.includes(text));
  if (index < 0) throw new Error(`no line holds ${text}`);
  return index + 1;
}

/** Asks for the problems both ways and asserts that nothing ran and nothing was written. */
async function problemsOf(ws: Workspace, args: readonly string[] = []): Promise<Problem[]> {
  const json = await ws.evalmake(['--json', ...args]);
  assert.is(json.code, 2, `${json.stdout}${json.stderr}`);
  const problems = parseProblems(json.stdout);
  const text = await ws.evalmake(args);
  assert.is(text.code, 2);
  assert.is(text.stdout, '');
  for (const { file, line, column, message } of problems) {
    const head = `${file}:${line}:${column}: error: ${message.split('\n')[0]}`;
    assert.ok(text.stderr.includes(head), `standard error holds "${head}":\n${text.stderr}`);
  }
  assert.equal(ws.ran(), [], 'nothing runs');
  assert.not.ok(ws.exists('.evalmake/journal.jsonl'), 'nothing is recorded');
  return problems;
}

/** A complete target in flow style, so that one line is one target. */
const target = (name: string, more: string): string =>
  `${name}: { run: "echo ${name} >> $RAN_LOG", ${more} }`;

scenario('Six different mistakes are six problems, each with file, line and column.', async (ws) => {
  ws.write('in.txt', '');
  ws.pipeline(`
    targets:
      ${target('unknown_key', 'inptus: in.txt, outputs: k.txt')}
      ${target('unknown_ref', 'inputs: { from: prepair }, outputs: r.txt')}
      ${target('prepare', 'inputs: in.txt, outputs: p.txt')}
      ${target('twice_one', 'inputs: in.txt, outputs: same.txt')}
      ${target('twice_two', 'inputs: in.txt, outputs: same.txt')}
      ${target('escaping', 'inputs: in.txt, outputs: ../outside.txt')}
      ${target('cycle_one', 'inputs: { from: cycle_two }, outputs: c1.txt')}
      ${target('cycle_two', 'inputs: { from: cycle_one }, outputs: c2.txt')}
      ${target('case_one', 'inputs: in.txt, outputs: Case.txt')}
      ${target('case_two', 'inputs: in.txt, outputs: case.txt')}
  `);
  const problems = await problemsOf(ws);
  assert.is(problems.length, 6, JSON.stringify(problems, null, 1));
  for (const problem of problems) {
    assert.is(problem.file, 'pipeline.yaml');
    assert.ok(problem.column > 0);
  }
  const at = (...lines: number[]): Problem[] => problems.filter((problem) => lines.includes(problem.line));
  const said = (problem: Problem | undefined): string => `${problem?.message} ${problem?.hint ?? ''}`;
  assert.match(said(at(lineOf(ws, 'unknown_key'))[0]), /inptus.*inputs/);
  assert.match(said(at(lineOf(ws, 'unknown_ref'))[0]), /prepair.*prepare/);
  const twice = said(at(lineOf(ws, 'twice_one'), lineOf(ws, 'twice_two'))[0]);
  for (const text of ['same.txt', 'twice_one', 'twice_two']) assert.match(twice, text);
  assert.match(said(at(lineOf(ws, 'escaping'))[0]), '../outside.txt');
  const cycle = said(at(lineOf(ws, 'cycle_one:'), lineOf(ws, 'cycle_two:'))[0]);
  assert.match(cycle, /cycle_one.*cycle_two.*cycle_one|cycle_two.*cycle_one.*cycle_two/);
  assert.match(said(at(lineOf(ws, 'case_one'), lineOf(ws, 'case_two'))[0]), /case\.txt/i);
});

/** [what is wrong, the pipeline, a text on the line of the problem, what the message and hint must say] */
const mistakes: readonly (readonly [string, string, string, RegExp])[] = [
  ['A duplicate key', 'targets:\n  a: { run: ":", outputs: a.txt, outputs: b.txt }\n', 'outputs', /outputs/],
  [
    'A target declared twice',
    'targets:\n  a: { run: ":", outputs: a }\n  b: { run: ":", outputs: b }\n  a: { run: ":", outputs: c }\n',
    'outputs: c',
    /\ba\b/,
  ],
  [
    'An output inside the output of another target',
    'targets:\n  a: { run: ":", outputs: out/ }\n  b: { run: ":", outputs: out/b.txt }\n',
    'outputs: out/',
    /out\/b\.txt/,
  ],
  [
    'A cycle of one',
    'targets:\n  a: { run: ":", inputs: a.txt, outputs: a.txt }\n',
    'inputs: a.txt',
    /\ba\b/,
  ],
  [
    'A cycle of three',
    'targets:\n  a: { run: ":", inputs: c.txt, outputs: a.txt }\n  b: { run: ":", inputs: a.txt, outputs: b.txt }\n  c: { run: ":", inputs: b.txt, outputs: c.txt }\n',
    'inputs:',
    /a.*b.*c|b.*c.*a|c.*a.*b|c.*b.*a|b.*a.*c|a.*c.*b/,
  ],
  [
    'A glob over a declared output',
    'targets:\n  a: { run: ":", outputs: data/a.txt }\n  b: { run: ":", inputs: data/*.txt, outputs: b.txt }\n',
    'data/*',
    /from: a/,
  ],
  ['An absolute output', 'targets:\n  a: { run: ":", outputs: /tmp/a.txt }\n', '/tmp', /\/tmp\/a\.txt/],
  [
    'An output that leaves and comes back',
    'targets:\n  a: { run: ":", outputs: ../../etc/a.txt }\n',
    'outputs',
    /etc\/a\.txt/,
  ],
  [
    'An output of an unknown name',
    'targets:\n  a: { run: ":", outputs: { first: a.txt } }\n  b: { run: ":", inputs: { from: a.frist }, outputs: b.txt }\n',
    'frist',
    /frist.*first/,
  ],
  [
    'An unknown template',
    'targets:\n  a:\n    run: cat ${{ imputs }} > ${{ outputs }}\n    outputs: a.txt\n',
    'imputs',
    /imputs/,
  ],
  [
    'An unknown input in a template',
    'targets:\n  a:\n    run: cat ${{ inputs.rwa }}\n    inputs: { raw: in.txt }\n    outputs: a.txt\n',
    'rwa',
    /rwa.*raw/,
  ],
  [
    'An unknown config key',
    'config: config.yaml\ntargets:\n  a:\n    run: echo ${{ config.modle }}\n    outputs: a.txt\n',
    'modle',
    /modle.*model/,
  ],
  [
    'An unknown key at the top',
    'defualt: [a]\ntargets:\n  a: { run: ":", outputs: a.txt }\n',
    'defualt',
    /defualt.*default/,
  ],
  [
    'An unknown default target',
    'default: [reprot]\ntargets:\n  report: { run: ":", outputs: a.txt }\n',
    'reprot',
    /reprot.*report/,
  ],
  [
    'A stage named twice in one manifest',
    'targets:\n  a: { run: ":", outputs: a.txt, manifest: m.json, stage: s }\n  b: { run: ":", outputs: b.txt, manifest: m.json, stage: s }\n',
    'm.json',
    /\bs\b/,
  ],
  [
    'A secret in a template',
    'targets:\n  a:\n    run: echo ${{ env.API_KEY }}\n    secrets: [API_KEY]\n    outputs: a.txt\n',
    'env.API_KEY',
    /API_KEY/,
  ],
  [
    'The config file as an input',
    'config: config.yaml\ntargets:\n  a: { run: ":", inputs: config.yaml, outputs: a.txt }\n',
    'inputs: config.yaml',
    /config/,
  ],
  [
    'The config file in a command',
    'config: config.yaml\ntargets:\n  a:\n    run: cat config.yaml > a.txt\n    outputs: a.txt\n',
    'cat config.yaml',
    /config/,
  ],
  ['A wrong type', 'targets:\n  a: { run: ":", outputs: a.txt, retries: many }\n', 'retries', /retries/],
  [
    'A wrong duration',
    'targets:\n  a: { run: ":", outputs: a.txt, timeout: soonish }\n',
    'timeout',
    /timeout|soonish/,
  ],
  [
    'An unknown check',
    'targets:\n  a: { run: ":", outputs: a.txt, checks: { min_row: 1 } }\n',
    'min_row',
    /min_row.*min_rows/,
  ],
  [
    'An unknown pool',
    'pools: { gpu: 1 }\ntargets:\n  a: { run: ":", outputs: a.txt, pool: gpus }\n',
    'gpus',
    /gpus.*gpu/,
  ],
  ['A missing run', 'targets:\n  a: { outputs: a.txt }\n', 'a: {', /run/],
];

for (const [what, text, where, says] of mistakes) {
  scenario(`${what} is one problem at its place.`, async (ws) => {
    ws.write('in.txt', '');
    ws.write('config.yaml', 'model: small\n');
    ws.write('pipeline.yaml', `evalmake: 1\nname: test\n${text}`);
    const problems = await problemsOf(ws);
    assert.is(problems.length, 1, JSON.stringify(problems, null, 1));
    const [problem] = problems;
    const line = ws.read('pipeline.yaml').split('\n')[(problem?.line ?? 0) - 1] ?? '';
    assert.ok(line.includes(where), `line ${problem?.line} is "${line}": ${problem?.message}`);
    assert.match(`${problem?.message} ${problem?.hint ?? ''}`, says);
  });
}

scenario('A template that is not quoted in flow style is one problem that says so.', async (ws) => {
  ws.write('in.txt', '');
  ws.pipeline(`
    targets:
      a:
        run: cp in.txt a.txt
        inputs: { raw: \${{ vars.raw }} }
        outputs: a.txt
  `);
  const problems = await problemsOf(ws);
  assert.is(problems.length, 1, JSON.stringify(problems, null, 1));
  assert.is(problems[0]?.line, lineOf(ws, 'vars.raw'));
  assert.match(`${problems[0]?.message} ${problems[0]?.hint ?? ''}`, /quote/i);
});

scenario('Text that is no YAML is a problem with its line.', async (ws) => {
  ws.write('pipeline.yaml', 'evalmake: 1\ntargets:\n  a: [unclosed\n  b: 1\n');
  const problems = await problemsOf(ws);
  assert.ok((problems[0]?.line ?? 0) >= 3);
});

scenario('A config that does not match its schema is a problem with the line in the config.', async (ws) => {
  ws.write('config.yaml', 'model: small\nsize: big\n');
  ws.write('schema.json', '{"type":"object","properties":{"size":{"type":"integer"}}}');
  ws.pipeline(`
    config: config.yaml
    config_schema: schema.json
    targets:
      a:
        run: echo \${{ config.size }} > \${{ outputs }}
        outputs: a.txt
  `);
  const [problem] = await problemsOf(ws);
  assert.is(problem?.file, 'config.yaml');
  assert.is(problem?.line, 2);
  assert.match(`${problem?.message}`, /size|integer/);
});

scenario('An unknown target is an error with a suggestion, before anything runs.', async (ws) => {
  ws.pipeline(`
    targets:
      report:
        run: echo report >> "$RAN_LOG"; echo 1 > \${{ outputs }}
        outputs: report.txt
  `);
  for (const args of [['reprot'], ['--dry-run', 'reprot'], ['--only', 'reprot']]) {
    const outcome = await ws.evalmake(args);
    assert.is(outcome.code, 2, args.join(' '));
    assert.match(outcome.stderr, /reprot.*did you mean.*report/is);
  }
  assert.equal(ws.ran(), []);
});

scenario('Without a pipeline.yaml the message says what to do, exit 2.', async (ws) => {
  const outcome = await ws.evalmake([]);
  assert.is(outcome.code, 2);
  assert.match(outcome.stderr, /pipeline\.yaml/);
  assert.match(outcome.stderr, /evalmake init/);
});

runScenarios();
