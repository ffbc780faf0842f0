// Expansion: which files a task reads, who builds them, and every way in which paths and targets can collide.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MemoryWorld } from './doubles/memory-world.ts';
import {
  expandProblems,
  type GraphOptions,
  graphOf,
  idsOf,
  needsOf,
  readsOf,
  taskOf,
} from './doubles/pipeline-text.ts';

/** Problems of these targets, `code: message`. */
function problems(targets: string, options: GraphOptions = {}): string[] {
  return expandProblems(`targets:\n${targets.replace(/^/gm, '  ')}\n`, options);
}

test('a literal path that a target declares as its output is that edge', () => {
  const graph = graphOf('targets: { b: { run: x, inputs: o/f, outputs: p }, a: { run: x, outputs: o/f } }\n');
  assert.equal(needsOf(graph, 'b'), ['a']);
  assert.equal(
    graph.order.map((i) => graph.tasks[i]?.id),
    ['a', 'b'],
  );
});

test('a path inside a built directory, and a member of a built set, have their builder too', () => {
  const text = `
targets:
  dir: { run: x, outputs: o/d/ }
  set: { run: x, outputs: s/part-*.json }
  use: { run: x, inputs: [o/d/in/f.txt, o/d/, s/part-1.json, s/other.json] }
`;
  const graph = graphOf(text);
  assert.equal(needsOf(graph, 'use'), ['dir', 'set']);
  assert.equal(
    taskOf(graph, 'use').inputs[0]?.paths.map((p) => p.producer),
    [0, 0, 1, -1],
  );
});

test('a directory is its builder with or without the slash', () => {
  const graph = graphOf('targets: { dir: { run: x, outputs: o/d/ }, use: { run: x, inputs: o/d } }\n');
  assert.equal(needsOf(graph, 'use'), ['dir']);
});

test('paths that differ only in needless dots and slashes are one path, also when they come from a template', () => {
  const config = 'dir: ./out/\n';
  const graph = graphOf(
    'targets: { a: { run: x, outputs: "${{ config.dir }}/f" }, b: { run: x, inputs: out/f } }\n',
    { config },
  );
  assert.equal(needsOf(graph, 'b'), ['a']);
  assert.is(taskOf(graph, 'a').outputs[0]?.path, 'out/f');
});

test('the outputs of a target: all, one by name, or members of a set', () => {
  const text = `
targets:
  a: { run: x, outputs: { one: o/1, two: o/2, set: s/* } }
  all: { run: x, inputs: { from: a } }
  one: { run: x, inputs: { from: a.one } }
  set: { run: x, inputs: { x: { from: [a.two, a.set] } } }
`;
  const graph = graphOf(text);
  assert.equal(readsOf(graph, 'all'), { '': ['o/1', 'o/2', '*a.set'] });
  assert.equal(readsOf(graph, 'one'), { '': ['o/1'] });
  assert.equal(readsOf(graph, 'set'), { x: ['o/2', '*a.set'] });
});

test('a target without a command stands for what it needs', () => {
  const graph = graphOf(
    'targets: { a: { run: x, outputs: o }, all: { inputs: { from: a } }, b: { run: x, inputs: { from: all } } }\n',
  );
  assert.equal(readsOf(graph, 'b'), { '': ['after all'] });
  assert.equal(needsOf(graph, 'b'), ['all']);
});

const arms = `
  infer:
    each: { arm: "\${{ config.arms }}", seed: [1, 2] }
    run: "x \${{ arm }} \${{ seed }} \${{ outputs }}"
    outputs: out/\${{ arm }}-\${{ seed }}.json
`;
const config = 'arms: [a, b]\nother: [a, c]\nchosen: b\n';

function readsWith(target: string, id: string): string[] | undefined {
  return readsOf(graphOf(`targets:${arms}${target}`, { config }), id)[''];
}

test('instances pair by equal values of the same source; other variables fan in', () => {
  const target =
    '  score: { each: { arm: "${{ config.arms }}" }, run: "x ${{ arm }}", inputs: { from: infer } }\n';
  assert.equal(readsWith(target, 'score@b'), ['out/b-1.json', 'out/b-2.json']);
});

test('a variable of the same name but of another source does not pair', () => {
  const target =
    '  score: { each: { arm: "${{ config.other }}" }, run: "x ${{ arm }}", inputs: { from: infer } }\n';
  assert.is(readsWith(target, 'score@a')?.length, 4);
});

test('a variable of another name but of the same source pairs', () => {
  const target =
    '  score: { each: { which: "${{ config.arms }}" }, run: "x ${{ which }}", inputs: { from: infer } }\n';
  assert.equal(readsWith(target, 'score@a'), ['out/a-1.json', 'out/a-2.json']);
});

test('a task without variables reads all instances, in graph order', () => {
  const target = '  report: { run: x, inputs: { from: infer } }\n';
  assert.equal(readsWith(target, 'report'), ['out/a-1.json', 'out/a-2.json', 'out/b-1.json', 'out/b-2.json']);
});

test('where selects instances, with templates, and instead of pairing', () => {
  const one =
    '  report: { run: x, inputs: { from: infer, where: { arm: "${{ config.chosen }}", seed: 2 } } }\n';
  assert.equal(readsWith(one, 'report'), ['out/b-2.json']);
  const other =
    '  diff: { each: { arm: "${{ config.arms }}" }, run: "x ${{ arm }}", inputs: { from: infer, where: { arm: a } } }\n';
  assert.equal(readsWith(other, 'diff@b'), ['out/a-1.json', 'out/a-2.json']);
});

test('where of a variable that is not there, or that selects nothing', () => {
  const target = (where: string) =>
    expandProblems(`targets:${arms}  r: { run: x, inputs: { from: infer, where: ${where} } }\n`, { config });
  assert.equal(target('{ model: a }'), ['bad-where: "infer" has no each variable "model"']);
  assert.equal(target('{ arm: zzz }'), ['no-instance: no instance of "infer" fits "r"']);
  assert.equal(target('{ arm: "${{ config.none }}" }'), ['bad-reference: the config has no key "none"']);
});

test('where of a field of a map', () => {
  const text = `
targets:
  infer: { each: { m: [{ name: a, size: 1 }, { name: b, size: 2 }] }, run: "x \${{ m.name }} \${{ outputs }}", outputs: "o/\${{ m.name }}" }
  use: { run: x, inputs: { from: infer, where: { m.size: 2 } } }
`;
  assert.equal(readsOf(graphOf(text), 'use'), { '': ['o/b'] });
});

test('off: an optional input is left out though an old file lies there, a required one is an error', () => {
  const world = new MemoryWorld({ 'o/a': 'old' });
  const use = (input: string) =>
    `a: { run: x, outputs: o/a, when: false }\nuse: { run: x, inputs: { i: ${input} } }`;
  for (const input of ['{ from: a, optional: true }', '{ path: o/a, optional: true }']) {
    const graph = graphOf(`targets:\n${use(input).replace(/^/gm, '  ')}\n`, { world });
    assert.equal(readsOf(graph, 'use'), { i: [] }, input);
    assert.equal(needsOf(graph, 'use'), [], input);
  }
  for (const input of ['{ from: a }', 'o/a'])
    assert.equal(problems(use(input), { world }), ['input-off: "use" needs "a", which is off'], input);
});

test('a target that is off itself keeps its edges, so that it can be built by name', () => {
  const graph = graphOf(
    'targets: { a: { run: x, outputs: o, when: false }, b: { run: x, inputs: o, when: "${{ config.no }}" } }\n',
    { config: 'no: false\n' },
  );
  assert.equal(needsOf(graph, 'b'), ['a']);
});

test('when is off for false, null, 0 and nothing, and on for all else', () => {
  for (const [value, off] of [
    ['false', true],
    ['~', true],
    ['0', true],
    ['""', true],
    ['"false"', true],
    ['true', false],
    ['1', false],
    ['no', false],
    ['0.5', false],
  ] as const) {
    const graph = graphOf('targets: { a: { run: x, when: "${{ config.on }}" } }\n', {
      config: `on: ${value}\n`,
    });
    assert.is(taskOf(graph, 'a').off, off, value);
  }
  assert.equal(problems('a: { run: x, when: maybe }'), [
    'bad-when: "when" must be true, false or a ${{ reference }}, not "maybe"',
  ]);
});

test('when may depend on an each variable', () => {
  const graph = graphOf(
    'targets: { a: { run: "x ${{ m.name }}", each: { m: [{ name: p, on: true }, { name: q, on: false }] }, when: "${{ m.on }}" } }\n',
  );
  assert.equal(
    idsOf(graph, 'a').map((id) => taskOf(graph, id).off),
    [false, true],
  );
});

test('one path has one producer', () => {
  assert.equal(problems('a: { run: x, outputs: o }\nb: { run: x, outputs: ./o }'), [
    'two-producers: "o" is built by "a" and by "b"',
  ]);
  assert.equal(problems('a: { run: x, outputs: { p: o, q: o } }'), [
    'two-producers: "o" is built twice by "a"',
  ]);
  assert.equal(problems('a: { run: "x ${{ m }}", each: { m: [1, 2] }, outputs: o }'), [
    'two-producers: "o" is built by "a@1" and by "a@2"',
  ]);
  assert.is(
    problems('a: { run: x, outputs: o/d/ }\nb: { run: x, outputs: o/d }').length,
    1,
    'a file and a directory of one name',
  );
});

test('paths that differ only by case', () => {
  assert.equal(problems('a: { run: x, outputs: o/R }\nb: { run: x, outputs: o/r }'), [
    'case-collision: "o/r" and "o/R" differ only by case, which some file systems cannot hold',
  ]);
});

test('targets whose names differ only by case', () => {
  assert.is(problems('a: { run: x }\nA: { run: x }').length, 1);
});

test('no output lies inside another', () => {
  assert.equal(problems('a: { run: x, outputs: o/ }\nb: { run: x, outputs: o/in/f }'), [
    'output-inside-output: "o/in/f" of "b" lies inside an output of "a"',
  ]);
  assert.equal(problems('b: { run: x, outputs: o/in/ }\na: { run: x, outputs: o/ }'), [
    'output-inside-output: "o/in/" of "b" lies inside an output of "a"',
  ]);
  assert.equal(problems('a: { run: x, outputs: { d: o/, f: o/f } }'), [
    'output-inside-output: "o/f" of "a" lies inside an output of "a"',
  ]);
  assert.equal(problems('a: { run: x, outputs: o/*.json }\nb: { run: x, outputs: o/f.json }'), [
    'output-inside-output: "o/f.json" of "b" lies inside an output of "a"',
  ]);
  assert.equal(problems('a: { run: x, outputs: o/*.json }\nb: { run: x, outputs: o/f.txt }'), []);
  assert.equal(
    problems('a: { run: x, outputs: o/**/*.json }\nb: { run: x, outputs: o/p/q/f.json }').length,
    1,
  );
});

test('a set in the workspace root takes in what lies there', () => {
  assert.equal(problems('a: { run: x, outputs: "*.json" }\nb: { run: x, outputs: f.json }'), [
    'output-inside-output: "f.json" of "b" lies inside an output of "a"',
  ]);
});

test('sets of two targets that a file could belong to both of', () => {
  assert.is(problems('a: { run: x, outputs: o/part-* }\nb: { run: x, outputs: o/*.json }').length, 1);
  assert.equal(problems('a: { run: x, outputs: o/part-*.json }\nb: { run: x, outputs: o/shard-*.json }'), []);
});

test('a source glob that takes in what a target builds says to write {from: …}', () => {
  const found = (glob: string, outputs: string) =>
    problems(`a: { run: x, outputs: ${outputs} }\nb: { run: x, inputs: "${glob}" }`);
  assert.equal(found('o/*', 'o/f'), [
    'glob-overlaps-output: the glob "o/*" takes in "o/f", which "a" builds',
  ]);
  assert.equal(found('o/*.json', 'o/part-*.json'), [
    'glob-overlaps-output: the glob "o/*.json" takes in "o/part-*.json", which "a" builds',
  ]);
  assert.is(found('o/**', 'o/d/').length, 1);
  assert.is(found('o/d/*', 'o/d/').length, 1);
  assert.is(found('o/d/in/*', 'o/d/').length, 1);
  assert.is(found('**/*.json', 'o/p/f.json').length, 1);
  assert.equal(found('o/*.txt', 'o/f.json'), []);
  assert.equal(found('other/*', 'o/f.json'), []);
});

test('a source glob that is narrower than what a target builds takes it in too', () => {
  const found = (glob: string, outputs: string) =>
    problems(`a: { run: x, outputs: "${outputs}" }\nb: { run: x, inputs: "${glob}" }`).length;
  assert.is(found('o/part-0*.json', 'o/*.json'), 1);
  assert.is(found('o/*-1.json', 'o/part-*.json'), 1);
  assert.is(found('o/deep/*.json', 'o/**/*.json'), 1);
  assert.is(found('o/[ab].json', 'o/*.json'), 1);
});

test('a directory that is read and holds what a target builds is an edge, or a problem', () => {
  const text = 'a: { run: x, outputs: o/f }\nb: { run: x, inputs: o/ }';
  const found = problems(text);
  assert.ok(
    found.length > 0 || needsOf(graphOf(`targets:\n${text.replace(/^/gm, '  ')}\n`), 'b').includes('a'),
  );
});

test('an each variable over files that a target builds is told like an input', () => {
  const found = problems(
    'a: { run: x, outputs: o/f.json }\nb: { run: "x ${{ f.stem }}", each: { f: { glob: "o/*.json" } } }',
  );
  assert.is(found.length, 1);
});

test('outputs stay inside the workspace, and out of the folder of evalmake', () => {
  const found = (path: string) => problems(`a: { run: x, outputs: "${path}" }`);
  assert.equal(found('/abs/f'), ['bad-path: "/abs/f" lies outside the workspace']);
  assert.equal(found('../f'), ['bad-path: "../f" lies outside the workspace']);
  assert.equal(found('a/../../f'), ['bad-path: "a/../../f" lies outside the workspace']);
  assert.equal(found('~/f'), ['bad-path: "~/f" lies outside the workspace']);
  assert.equal(found('a/../f'), ['bad-path: "a/../f" holds ".."; write the path without it']);
  assert.equal(found('.evalmake/f'), ['bad-path: ".evalmake/f" lies in evalmake\'s own folder']);
  assert.equal(found('.evalmaker/f'), []);
  assert.equal(found('..a/f'), []);
  assert.is(problems('a: { run: x, outputs: "${{ config.p }}" }', { config: 'p: ../f\n' }).length, 1);
  assert.is(problems('a: { run: x, outputs: o, manifest: ../m.json }').length, 1);
});

test('inputs lie inside the workspace unless they are marked as external', () => {
  assert.equal(problems('a: { run: x, inputs: { i: ../f } }'), [
    'bad-path: "../f" lies outside the workspace',
  ]);
  assert.equal(problems('a: { run: x, inputs: { i: { path: /scratch/model/, external: true } } }'), []);
});

test('a circle is told with its path, all the way round', () => {
  assert.equal(
    problems(
      'a: { run: x, inputs: o/c, outputs: o/a }\nb: { run: x, inputs: o/a, outputs: o/b }\nc: { run: x, inputs: { from: b }, outputs: o/c }',
    ),
    ['cycle: the targets need each other in a circle: a -> c -> b -> a'],
  );
  assert.equal(problems('a: { run: x, inputs: o, outputs: o }'), [
    'cycle: the targets need each other in a circle: a -> a',
  ]);
});

test('a stage stands once in a manifest; instances of one target share it', () => {
  assert.equal(
    problems('a: { run: x, manifest: m.json, stage: s }\nb: { run: x, manifest: m.json, stage: s }'),
    ['stage-twice: stage "s" of "m.json" is written by "a" and by "b"'],
  );
  assert.equal(problems('a: { run: x, manifest: m.json }\nb: { run: x, manifest: m.json }'), []);
  assert.equal(problems('a: { run: "x ${{ n }}", each: { n: [1, 2] }, manifest: m.json }'), []);
});

test('references of a command are checked when the graph is made, not when it runs', () => {
  assert.equal(problems('a: { run: "x ${{ config.modle }}" }', { config: 'model: 1\n' }), [
    'bad-reference: ${{ config.modle }}: the config has no key "modle"',
  ]);
  assert.equal(problems('a: { run: "x ${{ env.NOPE }}" }'), [
    'bad-reference: ${{ env.NOPE }}: the environment has no variable NOPE',
  ]);
  assert.equal(problems('a: { run: "x ${{ m.size }}", each: { m: [{ name: a }] } }'), [
    'bad-reference: ${{ m.size }}: "m" has no field "size"; it has name',
  ]);
  assert.equal(problems('a: { run: "x ${{ m }}", each: { m: [{ name: a }] } }'), [
    'bad-reference: ${{ m }}: "m" is a map: write m.name',
  ]);
  assert.equal(problems('a: { run: x, outputs: "o/${{ config.list }}" }', { config: 'list: [1]\n' }), [
    'bad-reference: ${{ config.list }} is a list and cannot stand in a path',
  ]);
});

test('a field that only some of the values have is told for those that lack it', () => {
  assert.is(
    problems('a: { run: "x ${{ m.size }}", each: { m: [{ name: a, size: 1 }, { name: b }] } }').length,
    1,
  );
});

test('a declared config key that is not there is a warning with the nearest one', () => {
  assert.equal(
    expandProblems('targets: { a: { run: x, config: [sede, model] } }\n', {
      config: 'seed: 1\nmodel: x\n',
      hint: true,
    }),
    ['config-key-missing (warning): the config has no key "sede" | did you mean "seed"?'],
  );
});

test('tasks are found by name, by target and by output', () => {
  const graph = graphOf(
    'targets: { a: { run: "x ${{ n }}", each: { n: [1, 2] }, outputs: "o/${{ n }}", manifest: "m/${{ n }}.json" } }\n',
  );
  assert.equal(
    ['o/1', 'o/2', 'o/3'].map((path) => graph.byPath.get(path)),
    [0, 1, undefined],
  );
  assert.equal(graph.byTarget.get('a'), [0, 1]);
  assert.equal([...graph.manifests], ['m/1.json', 'm/2.json']);
});

test.run();
