// Parsing what goes into a target and what comes out of it: each, exclude, inputs, outputs and checks.
import { isGlob } from '@evalmake/core/parse-io';
import type { InputDecl, Target } from '@evalmake/core/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseProblems, pipelineOf } from './doubles/pipeline-text.ts';

const others = '  p: { run: x, outputs: { a: pa, b: pb } }\n';

function targetOf(body: string): Target {
  const made = pipelineOf(`targets:\n  t:\n    run: x\n${body.replace(/^/gm, '    ')}\n${others}`);
  return made.targets[0] as Target;
}

/** The problems of a target body; lines and columns count from the body's own first. */
function wrong(body: string): string[] {
  const found = parseProblems(`targets:\n  t:\n    run: x\n${body.replace(/^/gm, '    ')}\n${others}`);
  return found.map((line) => line.replace(/^(\d+):(\d+)/, (_, l, c) => `${Number(l) - 3}:${Number(c) - 4}`));
}

const plain: Omit<InputDecl, 'name' | 'sources'> = {
  optional: false,
  orderOnly: false,
  external: false,
  digest: 'content',
  flag: undefined,
  where: {},
};

test('what counts as a glob', () => {
  for (const path of ['*', 'a/*.txt', 'a/**', 'a?.txt', 'a[01].txt', '{a,b}/c', 'a/${{ x }}/*.txt'])
    assert.is(isGlob(path), true, path);
  for (const path of ['a', 'a/b.txt', 'a{b}', 'a[', 'a]', 'a/${{ x.y }}.txt', 'a{', '${{ a }}{${{ b }}}'])
    assert.is(isGlob(path), false, path);
});

test('inputs: one path, glob, list or producer, without a name', () => {
  const path = { kind: 'path', path: 'data/x' } as const;
  assert.equal(targetOf('inputs: data/x').inputs, [{ ...plain, name: '', sources: [path] }]);
  assert.equal(targetOf('inputs: { path: data/x }').inputs, [{ ...plain, name: '', sources: [path] }]);
  assert.equal(targetOf('inputs: data/*.x').inputs[0]?.sources, [{ kind: 'glob', pattern: 'data/*.x' }]);
  assert.equal(targetOf('inputs: { glob: data/x }').inputs[0]?.sources, [
    { kind: 'glob', pattern: 'data/x' },
  ]);
  assert.equal(targetOf('inputs: [data/x, b/*]').inputs[0]?.sources, [
    path,
    { kind: 'glob', pattern: 'b/*' },
  ]);
  assert.equal(targetOf('inputs: { from: p }').inputs[0]?.sources, [
    { kind: 'from', target: 'p', output: undefined },
  ]);
  assert.equal(targetOf('inputs: { from: [p.a, p.b] }').inputs[0]?.sources, [
    { kind: 'from', target: 'p', output: 'a' },
    { kind: 'from', target: 'p', output: 'b' },
  ]);
  assert.equal(targetOf('inputs: [{ from: p.a }, data/x]').inputs[0]?.sources, [
    { kind: 'from', target: 'p', output: 'a' },
    path,
  ]);
  assert.equal(targetOf('inputs:').inputs, []);
  assert.equal(targetOf('inputs: []').inputs[0]?.sources, []);
});

test('inputs: a map of names, each in any of these forms', () => {
  const made = targetOf(
    'inputs: { a: x, b: { from: p }, c: [x, y/*], d: { path: z, optional: true } }',
  ).inputs;
  assert.equal(
    made.map((i) => [i.name, i.sources.length, i.optional]),
    [
      ['a', 1, false],
      ['b', 1, false],
      ['c', 2, false],
      ['d', 1, true],
    ],
  );
});

test('inputs: all options', () => {
  const made = targetOf(
    'inputs: { m: { path: /scratch/m, optional: true, flag: --model, order_only: true, external: true, digest: listing, where: { model: "${{ config.x }}", n: 1.0 } } }',
  ).inputs;
  assert.equal(made, [
    {
      name: 'm',
      sources: [{ kind: 'path', path: '/scratch/m' }],
      optional: true,
      flag: '--model',
      orderOnly: true,
      external: true,
      digest: 'listing',
      where: { model: '${{ config.x }}', n: '1.0' },
    },
  ]);
});

test('inputs: each wrong form is one located problem', () => {
  assert.equal(wrong('inputs: { a: { optional: true } }'), [
    '1:14 wrong-type: targets.t.inputs.a must name a path, a glob or {from: target.output}',
  ]);
  assert.equal(wrong('inputs: { a: { path: x, optinal: true } }'), [
    '1:25 unknown-key: unknown key "optinal" in targets.t.inputs.a',
  ]);
  assert.equal(wrong('inputs: { "a b": x }'), ['1:11 bad-name: "a b" cannot name an input']);
  assert.equal(wrong('inputs: " "'), ['1:9 wrong-type: targets.t.inputs is empty']);
  assert.equal(wrong('inputs: { a: { path: x, digest: md5 } }'), [
    '1:33 wrong-type: targets.t.inputs.a.digest must be one of content, listing, not "md5"',
  ]);
  assert.equal(wrong('inputs: { a: { path: x, flag: [y] } }'), [
    '1:31 wrong-type: targets.t.inputs.a.flag must be text, not a list',
  ]);
  assert.equal(wrong('inputs: { a: { path: { b: c } } }'), [
    '1:22 wrong-type: targets.t.inputs.a.path must be text, not a map',
  ]);
  assert.equal(wrong('inputs: { a: { path: x, where: [y] } }'), [
    '1:32 wrong-type: targets.t.inputs.a.where must be a map, not a list',
  ]);
});

test('inputs: a name without a value is a problem, not an input that is not there', () => {
  assert.is(wrong('inputs: { a: x, b: }').length, 1);
  assert.match(wrong('inputs: { a: x, b: }').join(), /^1:17 /);
});

test('inputs: an entry of a list is held to the same rules as one by itself', () => {
  assert.equal(wrong('inputs: [{ path: x, optinal: true }]'), [
    '1:21 unknown-key: unknown key "optinal" in targets.t.inputs.0',
  ]);
  assert.is(wrong('inputs: [{ pth: x }]').length, 1);
  assert.is(wrong('inputs: [{ optional: true }]').length, 1);
});

test('inputs: an option inside a list counts, or is refused, but is not passed over', () => {
  const text = 'inputs: [{ path: x, optional: true }, y]';
  const found = wrong(text);
  assert.ok(found.length > 0 || targetOf(text).inputs.some((i) => i.optional));
});

test('outputs: one path, a list or a map; a slash makes a directory and a star a set', () => {
  assert.equal(targetOf('outputs: o/x').outputs, [{ name: '', path: 'o/x', kind: 'file' }]);
  assert.equal(targetOf('outputs: [x, y/]').outputs, [
    { name: '0', path: 'x', kind: 'file' },
    { name: '1', path: 'y/', kind: 'dir' },
  ]);
  assert.equal(targetOf('outputs: { a: x, b: "y/*.z", c: "${{ config.d }}/" }').outputs, [
    { name: 'a', path: 'x', kind: 'file' },
    { name: 'b', path: 'y/*.z', kind: 'glob' },
    { name: 'c', path: '${{ config.d }}/', kind: 'dir' },
  ]);
  assert.equal(targetOf('outputs:').outputs, []);
});

test('outputs: each wrong form is one located problem', () => {
  assert.equal(wrong('outputs: ""'), ['1:10 wrong-type: targets.t.outputs is empty']);
  assert.equal(wrong('outputs: { missing: x }'), [
    '1:21 bad-name: "missing" cannot name an output: ${{ outputs.missing }} means something else',
  ]);
  assert.equal(wrong('outputs: { a: [x, y] }'), [
    '1:15 wrong-type: targets.t.outputs.a must be text, not a list',
  ]);
  assert.equal(wrong('outputs: [[x]]'), ['1:11 wrong-type: targets.t.outputs.0 must be text, not a list']);
});

test('outputs: a name without a value is a problem, not an output that is not there', () => {
  assert.is(wrong('outputs: { a: x, b: }').length, 1);
});

test('paths are compared without needless dots and slashes', () => {
  assert.equal(targetOf('outputs: ./a//b/././c/').outputs[0]?.path, 'a/b/c/');
  assert.equal(
    targetOf('inputs: [./x, a/./b, ../c, a/../b, .hidden, a/.b/c]').inputs[0]?.sources.map((s) =>
      s.kind === 'path' ? s.path : '',
    ),
    ['x', 'a/b', '../c', 'a/../b', '.hidden', 'a/.b/c'],
  );
});

test('each: all its sources', () => {
  const made = targetOf(
    'each: { a: [1.0, x, { name: m, k: 2 }], b: "${{ config.list.x }}", c: { glob: d/* }, d: { range: [1, "${{ config.n }}"] }, e: { range: [0, 10, 5] }, f: { from: p.a }, g: { from: p } }',
  ).each;
  assert.equal(made, [
    {
      name: 'a',
      source: {
        kind: 'list',
        items: [
          { kind: 'scalar', json: 1, text: '1.0' },
          { kind: 'scalar', json: 'x', text: 'x' },
          { kind: 'map', fields: { name: { json: 'm', text: 'm' }, k: { json: 2, text: '2' } } },
        ],
      },
    },
    { name: 'b', source: { kind: 'config', key: 'list.x' } },
    { name: 'c', source: { kind: 'glob', pattern: 'd/*' } },
    { name: 'd', source: { kind: 'range', from: '1', to: '${{ config.n }}', step: '1' } },
    { name: 'e', source: { kind: 'range', from: '0', to: '10', step: '5' } },
    { name: 'f', source: { kind: 'from', target: 'p', output: 'a' } },
    { name: 'g', source: { kind: 'from', target: 'p', output: undefined } },
  ]);
});

test('each: every wrong form is one located problem', () => {
  const must = 'must be a list, "${{ config.KEY }}", {glob}, {range: [a, b]} or {from: target.output}';
  for (const source of [
    'x',
    '5',
    '"${{ env.X }}"',
    '"x ${{ config.y }}"',
    '{ range: [1] }',
    '{ range: [1, 2, 3, 4] }',
    '{ glob: 5 }',
    '{}',
    '',
  ]) {
    assert.equal(
      wrong(`each: { v: ${source} }`).map((p) => p.replace(/^\d+:\d+ /, '')),
      [`wrong-type: targets.t.each.v ${must}`],
      source,
    );
  }
  assert.equal(wrong('each: { v: { globs: x, glob: y } }'), [
    '1:14 unknown-key: unknown key "globs" in targets.t.each.v',
  ]);
  assert.equal(wrong('each: { v: [[1]] }'), [
    '1:13 wrong-type: targets.t.each.v.0 must be a scalar or a map of scalars, not a list',
  ]);
  assert.equal(wrong('each: { v: [{ k: { x: 1 } }] }'), [
    '1:18 wrong-type: targets.t.each.v.0.k must be a scalar, not a map',
  ]);
  assert.equal(wrong('each: [a]'), ['1:7 wrong-type: targets.t.each must be a map, not a list']);
  for (const name of ['config', 'inputs', 'outputs', 'task', 'env', 'rows', 'state', 'a b', '1'])
    assert.match(
      wrong(`each: { "${name}": [1] }`).join(),
      /^1:9 bad-name: ".*" cannot name an each variable$/,
      name,
    );
});

test('exclude: a list of maps, or one; each names variables that are there', () => {
  const each = 'each: { a: [1, 2], b: [x, y] }\n';
  const rules = (text: string) =>
    targetOf(each + text).exclude.map((r) => Object.entries(r).map(([k, v]) => [k, v.json]));
  assert.equal(rules('exclude: [{ a: 1.0 }, { a: 1.0, b: x }]'), [
    [['a', 1]],
    [
      ['a', 1],
      ['b', 'x'],
    ],
  ]);
  assert.equal(rules('exclude: { a: 1.0 }'), [[['a', 1]]]);
  assert.equal(wrong(`${each}exclude: [a]`), ['2:11 wrong-type: targets.t.exclude.0 must be a map, not "a"']);
});

test('exclude: a rule of a variable that is not there is a problem, since it excludes nothing', () => {
  assert.is(wrong('each: { model: [a, b] }\nexclude: [{ modle: a }]').length, 1);
});

test('checks: per output, or for the only one', () => {
  const ids = (text: string) =>
    targetOf(text)
      .checks.map((c) => `${c.id} of ${c.output}`)
      .sort();
  assert.equal(
    ids('outputs: { a: x, b: y }\nchecks: { a: { non_empty: true, min_rows: 3 }, b: { max_rows: 9 } }'),
    ['a.min_rows of a', 'a.non_empty of a', 'b.max_rows of b'],
  );
  assert.equal(ids('outputs: x\nchecks: { non_empty: true, command: test -s x }'), [
    'command of undefined',
    'non_empty of ',
  ]);
  assert.equal(wrong('outputs: x\nchecks: { nonempty: true }'), [
    '2:11 unknown-key: "nonempty" in targets.t.checks is not a check',
  ]);
  assert.equal(wrong('outputs: { a: x, b: y }\nchecks: { non_empty: true }'), [
    '2:11 check-without-output: "non_empty" must stand below the output it judges, because the target has 2',
  ]);
});

test.run();
