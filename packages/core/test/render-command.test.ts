// Rendering a command: words, lists, places, options and folders, with every value quoted so that data never runs.
import {
  type Command,
  fingerprint,
  type Places,
  renderCommand,
  renderScript,
  shellWord,
} from '@evalmake/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryWorld } from './doubles/memory-world.ts';
import { configOf, type GraphOptions, graphOf } from './doubles/pipeline-text.ts';

const places: Places = {
  output: (output) => `.evalmake/attempt/t/out/${output.path}`,
  configFile: '.evalmake/attempt/t/config.json',
  taskFile: '.evalmake/attempt/t/task.json',
  missingFile: '.evalmake/attempt/t/missing',
  stateDir: '.evalmake/state/t/fp',
  listFile: (input) => `.evalmake/attempt/t/list-${input}`,
  rowsTodo: '.evalmake/attempt/t/todo',
  rowsDone: '.evalmake/attempt/t/done',
};

function context(
  body: string,
  options: GraphOptions & { vars?: string; id?: string } = {},
): Parameters<typeof renderCommand>[0] {
  const world =
    options.world ??
    new MemoryWorld({ a: '', b: '', 'd/1.txt': '', 'd/2 x.txt': '', '-dash': '', 'm/model': '' });
  const vars = options.vars === undefined ? '' : `vars: ${options.vars}\n`;
  const graph = graphOf(`${vars}targets:\n  t:\n${body.replace(/^/gm, '    ')}\n`, { ...options, world });
  const task = graph.tasks[
    options.id === undefined ? 0 : (graph.byId.get(options.id) as number)
  ] as (typeof graph.tasks)[0];
  const config = configOf(options.config);
  const made = fingerprint(task, {
    graph,
    config,
    world,
    unsettled: () => false,
    accepted: () => undefined,
    proven: () => false,
    memo: new Map(),
  });
  return { graph, config, world, task, files: made.files, places };
}

function command(body: string, options: Parameters<typeof context>[1] = {}): Command {
  return renderCommand(context(body, options));
}

/** What is run after the strict mode is set. */
function script(body: string, options: Parameters<typeof context>[1] = {}): string {
  const text = command(body, options).script as string;
  return text.slice(text.indexOf('set -euo pipefail\n') + 'set -euo pipefail\n'.length).trimEnd();
}

test('plain values stand as they are, others come from an array that is set before', () => {
  const config = 'plain: a/b-1.0\nodd: "it\'s $HOME"\nlist: [x, "y z"]\n';
  assert.is(script('run: x ${{ config.plain }}', { config }), 'x a/b-1.0');
  const made = command('run: x ${{ config.odd }} ${{ config.list }}', { config }).script;
  assert.is(
    made,
    `__evalmake_0=('it'\\''s $HOME')\n__evalmake_1=(x 'y z')\nset -euo pipefail\nx "\${__evalmake_0[@]}" "\${__evalmake_1[@]}"\n`,
  );
});

test('quotes around a reference are seen', () => {
  const config = 'odd: "a b"\n';
  assert.is(script('run: x "v=${{ config.odd }}"', { config }), 'x "v=${__evalmake_0[*]}"');
  assert.is(script("run: x 'v=${{ config.odd }}'", { config }), `x 'v='"\${__evalmake_0[*]}"''`);
  assert.is(
    script("run: |\n  # don't\n  x ${{ config.odd }}", { config }),
    `# don't\nx "\${__evalmake_0[@]}"`,
  );
});

test('a value that is empty is a word, a list that is empty is none', () => {
  assert.is(script('run: x ${{ config.e }} y', { config: 'e: ""\n' }), 'x "${__evalmake_0[@]}" y');
  assert.is(script('run: x ${{ config.e }} y', { config: 'e: []\n' }), 'x  y');
});

test('scalars are rendered as they are written', () => {
  const config = 'lr: 1.0\nn: 1e3\nyes: true\nnothing: null\n';
  assert.is(
    script('run: x ${{ config.lr }} ${{ config.n }} ${{ config.yes }} ${{ config.nothing }}', { config }),
    'x 1.0 1e3 true null',
  );
});

test('shell text of the author stays untouched', () => {
  const text = 'x $HOME ${y:-z} $(date) `w` {a,b} *.txt # ${c}';
  assert.is(script(`run: '${text}'`), text);
});

test('the prelude stands before strict mode', () => {
  assert.is(
    command('run: x\nprelude: module load ${{ config.m }}', { config: 'm: cuda\n' }).script,
    'module load cuda\nset -euo pipefail\nx\n',
  );
});

test('inputs: all, one by name, its folder, its list', () => {
  const body = (run: string) =>
    `run: ${run}\ninputs: { one: a, all: d/*.txt, z: { path: m/, external: true } }`;
  assert.is(script(body('x ${{ inputs.one }}')), 'x a');
  assert.is(script(body('x ${{ inputs.all.dir }} ${{ inputs.z.dir }} ${{ inputs.one.dir }}')), 'x d m .');
  assert.is(
    script(body('x ${{ inputs.all.list }} ${{ inputs.list }}')),
    'x .evalmake/attempt/t/list-all .evalmake/attempt/t/list-',
  );
  assert.match(
    command(body('x ${{ inputs.all }}')).script as string,
    /^__evalmake_0=\(d\/1\.txt 'd\/2 x\.txt'\)\n/,
  );
});

test('inputs without a name in the reference stand in the order of their names', () => {
  assert.is(script('run: x ${{ inputs }}\ninputs: { z: a, c: b }'), 'x b a');
  assert.is(script('run: x ${{ inputs }}\ninputs: [b, a]'), 'x b a');
});

test('an option word stands before its input, and goes with it', () => {
  const body = (path: string) =>
    `run: x \${{ inputs.m }} end\ninputs: { m: { path: ${path}, optional: true, flag: --mixed } }`;
  assert.is(script(body('a')), 'x --mixed a end');
  assert.is(script(body('nope')), 'x  end');
});

test('outputs: where the attempt writes them', () => {
  const body = (run: string) => `run: ${run}\noutputs: { one: o/f.txt, set: o/s/part-*.txt, tree: o/t/ }`;
  const at = '.evalmake/attempt/t/out/o';
  assert.is(script(body('x ${{ outputs.one }} ${{ outputs.one.dir }}')), `x ${at}/f.txt ${at}`);
  assert.is(
    script(body('x ${{ outputs.set.dir }} ${{ outputs.tree.dir }} ${{ outputs.tree }}')),
    `x ${at}/s ${at}/t ${at}/t/`,
  );
  assert.is(script(body('x ${{ outputs.missing }}')), 'x .evalmake/attempt/t/missing');
  assert.is(
    script('run: x ${{ outputs }}\noutputs: { z: f, a: g }'),
    'x .evalmake/attempt/t/out/g .evalmake/attempt/t/out/f',
  );
});

test('config, task and state are files and a folder of the attempt', () => {
  assert.is(
    script('run: x ${{ config }} ${{ task }} ${{ state }}\nconfig: a', { config: 'a: 1\n' }),
    'x .evalmake/attempt/t/config.json .evalmake/attempt/t/task.json .evalmake/state/t/fp',
  );
});

test('paths are seen from the folder of the command', () => {
  const made = command(
    'run: x ${{ inputs }} ${{ outputs }} ${{ config }}\nconfig: a\ninputs: a\noutputs: o\ncwd: sub/deep/',
    { config: 'a: 1\n' },
  );
  assert.is(made.cwd, 'sub/deep');
  assert.match(
    made.script as string,
    /x \.\.\/\.\.\/a \.\.\/\.\.\/\.evalmake\/attempt\/t\/out\/o \.\.\/\.\.\/\.evalmake\/attempt\/t\/config\.json/,
  );
});

test('the folder of the command may be this one', () => {
  assert.match(command('run: x ${{ inputs }}\ninputs: a\ncwd: .').script as string, /\nx (\.\/)?a\n$/);
});

test('a path that begins with a dash is no option; an absolute one stays absolute', () => {
  assert.is(script('run: x ${{ inputs }}\ninputs: "-dash"'), 'x ./-dash');
  const world = new MemoryWorld({ '/scratch/m': '' });
  assert.is(
    script('run: x ${{ inputs }}\ninputs: { m: { path: /scratch/m, external: true } }\ncwd: sub', { world }),
    'x /scratch/m',
  );
});

test('an argv list has no shell: one reference may be many words, a mixed text is one', () => {
  const config = 'odd: "it\'s $HOME"\nlist: [x, "y z"]\n';
  const made = command(
    'run: [x, "${{ config.odd }}", "${{ config.list }}", "--v=${{ config.list }}", "$HOME"]',
    { config },
  );
  assert.is(made.script, undefined);
  assert.equal(made.argv, ['x', "it's $HOME", 'x', 'y z', '--v=x y z', '$HOME']);
});

test('variables for the command', () => {
  const made = command(
    'run: x\nenv: { A: "v ${{ config.odd }}", OUT: "${{ outputs }}", B: 1.0 }\noutputs: o',
    { config: 'odd: "a b"\n' },
  );
  assert.equal(made.env, { A: 'v a b', OUT: '.evalmake/attempt/t/out/o', B: '1.0' });
});

test('each values, their fields and their slugs', () => {
  const body =
    'run: x ${{ m.name }} ${{ m.size }} ${{ m.name.slug }}\neach: { m: [{ name: "org/model", size: 7.0 }] }';
  assert.is(script(body), 'x org/model 7.0 org-model');
});

test('a var is opened, and what it refers to is quoted like everything else', () => {
  assert.is(script('run: x ${{ v }}', { vars: '{ v: "--a --b" }' }), 'x "${__evalmake_0[@]}"');
});

test('the command of a check is rendered by the same rules', () => {
  const made = renderScript(
    'test -s ${{ outputs }} -a "${{ config.odd }}"',
    context('run: x\noutputs: o', { config: 'odd: "a b"\n' }),
  );
  assert.is(made, `__evalmake_0=('a b')\ntest -s .evalmake/attempt/t/out/o -a "\${__evalmake_0[*]}"`);
});

test('one word for bash', () => {
  assert.equal(['a', 'a b', "it's", '', '$x', 'a\nb', '-n', '~', '*'].map(shellWord), [
    'a',
    "'a b'",
    `'it'\\''s'`,
    "''",
    "'$x'",
    "'a\nb'",
    '-n',
    "'~'",
    "'*'",
  ]);
});

test.run();
