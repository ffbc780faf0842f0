// `evalmake lint`: what a pipeline leaves to luck is told at its place, and the pipelines of this repository leave nothing.
import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { repository } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

const examples = [
  'hello',
  'import-inspect',
  'import-lm-eval',
  'import-table',
  'judge',
  'python-scripts',
  'sweep',
];

/** A pipeline with a finding in its target `score`, one in its target `tidy`, and one in its config. */
function writeCareless(ws: Workspace): void {
  ws.pipeline(`
    config: config.yaml
    targets:
      score:
        run: |
          echo score >> "$RAN_LOG"
          cat notes/rubric.md > \${{ outputs }}
        outputs: score.txt
      tidy:
        run: cat \${{ inputs }} > \${{ outputs }}; date >> \${{ outputs }}
        inputs: { from: score }
        outputs: tidy.txt
  `);
  ws.write('config.yaml', 'model: a\nlost: { x: 1 }\n');
  ws.write('notes/rubric.md', 'strict\n');
  ws.edit('pipeline.yaml', 'cat notes', 'echo ${{ config.model }}; cat notes');
}

scenario(
  'Findings stand at their places, with what to do and a sum; they end it with 1, and change nothing.',
  async (ws) => {
    writeCareless(ws);
    const before = ws.tree();
    const { code, stdout, stderr } = await ws.evalmake(['lint']);
    assert.is(code, 1, stderr);
    assert.is(
      stdout.replace(/^ {4}.*\n/gm, ''),
      `pipeline.yaml:6:5: warning: the command of "score" names notes/rubric.md, which is no input of it: a change of the file goes unnoticed [undeclared-read]
pipeline.yaml:11:5: warning: "tidy" uses $(date), which is another value in each run: the same inputs give other outputs [volatile-value]
config.yaml:2:1: warning: nothing reads the config key "lost": no command is given it, and changing it changes nothing [config-unused]
evalmake: 3 findings
`,
    );
    assert.is(stdout.match(/^ {4}\S/gm)?.length, 3, 'each says what to do');
    assert.equal(compareTrees(before, ws.tree()), []);
  },
);

scenario(
  'A pipeline that leaves nothing to luck ends with 0, and so does a target of another that does not.',
  async (ws) => {
    writeCareless(ws);
    const about = await ws.evalmake(['lint', 'tidy']);
    assert.is(about.code, 1);
    assert.match(about.stdout, '1 finding\n');
    ws.edit('pipeline.yaml', 'date >>', 'true >>');
    const { code, stdout } = await ws.evalmake(['lint', 'tidy']);
    assert.is(code, 0);
    assert.is(stdout, 'evalmake: nothing found\n');
    const unknown = await ws.evalmake(['lint', 'tidi']);
    assert.is(unknown.code, 2);
    assert.match(unknown.stderr, 'did you mean "tidy"?');
  },
);

scenario(
  'For programs there is one document; a pipeline with mistakes is refused as everywhere.',
  async (ws) => {
    writeCareless(ws);
    const { code, stdout, stderr } = await ws.evalmake(['lint', '--json']);
    assert.is(code, 1);
    assert.is(stderr, '');
    const { format, version, pipeline, findings } = JSON.parse(stdout);
    assert.equal([format, version, pipeline, findings.length], ['evalmake.lint', 1, 'test', 3]);
    assert.equal(Object.keys(findings[0]).sort(), [
      'code',
      'column',
      'file',
      'hint',
      'line',
      'message',
      'severity',
      'target',
    ]);
    assert.equal(
      [findings[0].target, findings[2].target, findings[2].file],
      ['score', undefined, 'config.yaml'],
    );
    ws.edit('pipeline.yaml', 'inputs: { from: score }', 'inputs: { from: scores }');
    assert.is((await ws.evalmake(['lint'])).code, 2);
  },
);

scenario('Names from a hostile pipeline reach a terminal as text.', async (ws) => {
  ws.write('a\u001b[31m.txt', '');
  ws.write(
    'pipeline.yaml',
    'evalmake: 1\nname: test\ntargets:\n  t: { run: "cat \'a\\e[31m.txt\' > ${{ outputs }}", outputs: o }\n',
  );
  const { code, stdout } = await ws.evalmake(['lint']);
  assert.is(code, 1);
  assert.match(stdout, 'names a\\x1b[31m.txt,');
  assert.not.ok(stdout.includes('\u001b'));
});

scenario(
  'The pipelines of this repository leave nothing to luck but a program that lies outside of them.',
  async (ws) => {
    ws.write('empty', '');
    const run = async (folder: string) => {
      const { stdout, stderr } = await ws.evalmake(['-C', folder, 'lint', '--json']);
      assert.is(stderr, '');
      const { findings } = JSON.parse(stdout) as { findings: { code: string; message: string }[] };
      return findings.map(({ code, message }) => `${code} ${/another (.*) would/.exec(message)?.[1]}`);
    };
    assert.equal(await run(repository), []);
    for (const name of examples) {
      const outside = name === 'hello' || name === 'python-scripts' ? [] : ['no-code "evalkit"'];
      assert.equal(await run(join(repository, 'examples', name)), outside, name);
    }
    // Installed where the pipeline is, its version counts.
    cpSync(join(repository, 'examples/sweep'), ws.path('sweep'), { recursive: true });
    mkdirSync(ws.path('sweep/node_modules/.bin'), { recursive: true });
    symlinkSync(
      join(repository, 'packages/evalkit/bin/evalkit.cjs'),
      ws.path('sweep/node_modules/.bin/evalkit'),
    );
    assert.equal(await run('sweep'), []);
  },
);

scenario('A plan says once of which targets no code counts, and nothing when they are fresh.', async (ws) => {
  ws.writeProgram('../bin/solve', '#!/bin/sh\necho solved\n');
  ws.write('pipeline.yaml', 'evalmake: 1\nname: test\ntargets:\n');
  for (const name of ['a', 'b'])
    ws.write(
      'pipeline.yaml',
      `${ws.read('pipeline.yaml')}  ${name}:\n    run: "echo ${name} >> $RAN_LOG; solve > \${{ outputs }}"\n    outputs: ${name}\n`,
    );
  const env = { PATH: `${ws.beside('bin')}:${process.env['PATH']}` };
  const note =
    /note: no code counts for a, b: another "solve" would not run them again; evalmake lint says more\n/;
  const plan = await ws.evalmake(['-n'], { env });
  assert.match(plan.stderr, note);
  const built = await ws.evalmake([], { env });
  assert.is(built.code, 0, built.stderr);
  assert.is(built.stderr.match(new RegExp(note, 'g'))?.length, 1);
  assert.not.match(
    `${(await ws.evalmake(['-n'], { env })).stderr}${(await ws.evalmake([], { env })).stderr}`,
    /no code/,
  );
  ws.remove('a');
  assert.not.match((await ws.evalmake(['-n', '--json'], { env })).stderr, /no code/);
  assert.not.match((await ws.evalmake(['-q'], { env })).stderr, /no code/);
});

scenario('A plan says nothing of targets whose code counts.', async (ws) => {
  writeCareless(ws);
  const built = await ws.evalmake([]);
  assert.is(built.code, 0, built.stderr);
  assert.not.match(built.stderr, /no code/);
  assert.not.match((await ws.evalmake(['-n', '--force'])).stderr, /no code/);
});

runScenarios();
