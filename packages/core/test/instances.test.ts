// Instances: the values of each variables, their products, and the variables that a dynamic one brings along.
import type { TaskRecord } from '@evalmake/core';
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

/** Names of the instances of a target `t` with these variables. */
function instances(each: string, options: GraphOptions & { exclude?: string } = {}): string[] {
  const exclude = options.exclude === undefined ? '' : `    exclude: ${options.exclude}\n`;
  return idsOf(graphOf(`targets:\n  t:\n    run: x\n    each: ${each}\n${exclude}`, options), 't');
}

function problems(each: string, options: GraphOptions = {}): string[] {
  return expandProblems(`targets:\n  t:\n    run: x\n    each: ${each}\n`, options);
}

/** A record of a task that wrote these members. */
function recordOf(task: string, output: string, members: readonly string[]): TaskRecord {
  const files = members.map((path) => ({ path, digest: `sha256:${path}`, bytes: 1 }));
  return { task, target: task, parts: {}, outputs: { [output]: files }, checks: [], at: '', run: 1, ms: 1 };
}

function worldWith(...records: TaskRecord[]): MemoryWorld {
  const world = new MemoryWorld();
  for (const record of records) world.journal.set(record.task, [record]);
  return world;
}

test('the product of all variables, in the order of their declaration', () => {
  assert.equal(instances('{ a: [x, y], b: [1, 2] }'), ['t@x,1', 't@x,2', 't@y,1', 't@y,2']);
  assert.equal(instances('{ a: [x], b: [] }'), []);
  assert.equal(instances('{}'), ['t']);
});

test('names are slugs of the values as they are written', () => {
  assert.equal(instances('{ a: [1.0, "meta/llama 3", true, null] }'), [
    't@1.0',
    't@meta-llama-3',
    't@true',
    't@null',
  ]);
});

test('a map is named by its name or id, else by its values', () => {
  assert.equal(instances('{ a: [{ k: 1, name: one }, { id: two, k: 2 }, { x: 3, y: z }] }'), [
    't@one',
    't@two',
    't@3-z',
  ]);
});

test('exclude takes out combinations that fit every value of a rule', () => {
  const each = '{ a: [x, y], b: [1, 2] }';
  assert.equal(instances(each, { exclude: '[{ a: x, b: 2 }]' }), ['t@x,1', 't@y,1', 't@y,2']);
  assert.equal(instances(each, { exclude: '[{ a: x }]' }), ['t@y,1', 't@y,2']);
  assert.equal(instances(each, { exclude: '[{ b: 1.0 }, { a: y }]' }), ['t@x,2']);
  assert.equal(instances(each, { exclude: '[{ b: "1" }]' }).length, 4);
  const maps = '{ m: [{ name: p, size: 1 }, { name: q, size: 2 }], b: [1, 2] }';
  assert.equal(instances(maps, { exclude: '[{ m.size: 2, b: 1 }]' }), ['t@p,1', 't@p,2', 't@q,2']);
});

test('a list of the config, of scalars or of maps', () => {
  const config =
    'models: [gpt, 1.50]\narms: [{ name: a, prompt: p.md, deep: { x: 1 } }, { name: b, prompt: q.md }]\n';
  assert.equal(instances('{ m: "${{ config.models }}", arm: "${{ config.arms }}" }', { config }), [
    't@gpt,a',
    't@gpt,b',
    't@1.50,a',
    't@1.50,b',
  ]);
  const graph = graphOf(
    'targets: { t: { run: "x ${{ arm.prompt }}", each: { arm: "${{ config.arms }}" } } }\n',
    { config },
  );
  assert.equal(taskOf(graph, 't@a').each.arm?.fields?.prompt, { json: 'p.md', text: 'p.md' });
});

test('a config key that is no list, or is missing, or holds lists', () => {
  const config = 'one: 1\ngrid: [[1]]\n';
  assert.equal(problems('{ a: "${{ config.one }}" }', { config }), [
    'bad-each: config.one is not a list; "each" needs a list',
  ]);
  assert.equal(problems('{ a: "${{ config.none }}" }', { config }), [
    'bad-each: config.none is missing; "each" needs a list',
  ]);
  assert.equal(problems('{ a: "${{ config.grid }}" }', { config }), [
    'bad-each: config.grid[0] is a list; "each" needs scalars or maps of scalars',
  ]);
});

test('a range holds both its ends, may count in steps or down, and may come from the config', () => {
  assert.equal(instances('{ n: { range: [1, 3] } }'), ['t@1', 't@2', 't@3']);
  assert.equal(instances('{ n: { range: [0, 10, 5] } }'), ['t@0', 't@5', 't@10']);
  assert.equal(instances('{ n: { range: [3, 1, -1] } }'), ['t@3', 't@2', 't@1']);
  assert.equal(instances('{ n: { range: [1, "${{ config.n }}"] } }', { config: 'n: 2\n' }), ['t@1', 't@2']);
  assert.equal(instances('{ n: { range: [2, 1] } }'), []);
});

test('a range needs whole numbers, a step, and an end', () => {
  for (const range of [
    '[a, 2]',
    '[1, 2, 0]',
    '[1, "${{ config.none }}"]',
    '[1, 1000000000]',
    '[0, 1, 0.1]',
    '[~, 3]',
    '["", 3]',
  ]) {
    const found = problems(`{ n: { range: ${range} } }`);
    assert.is(found.length, 1, range);
    assert.match(found[0] as string, /^bad-each: range /);
  }
});

test('a glob gives the files that are there, named below its fixed folder', () => {
  const world = new MemoryWorld({ 'data/a.jsonl': '', 'data/sub/b.jsonl': '', 'data/c.txt': '' });
  assert.equal(instances('{ f: { glob: "data/*.jsonl" } }', { world }), ['t@a']);
  assert.equal(instances('{ f: { glob: "data/**/*.jsonl" } }', { world }), ['t@a', 't@sub.b']);
  const graph = graphOf(
    'targets: { t: { run: "x ${{ f.stem }}", each: { f: { glob: "data/*.jsonl" } } } }\n',
    { world },
  );
  const field = (name: string) => taskOf(graph, 't@a').each.f?.fields?.[name]?.text;
  assert.equal(['path', 'name', 'stem', 'dir'].map(field), ['data/a.jsonl', 'a.jsonl', 'a', 'data']);
});

test('two values with one name are told, also when they differ only by case', () => {
  assert.equal(problems('{ a: [x y, x-y] }'), ['same-name: two instances are both named "t@x-y"']);
  assert.equal(problems('{ a: [GPT, gpt] }'), [
    'same-name: two instances are both named "t@gpt" (but for case: "t@GPT")',
  ]);
  assert.is(problems('{ a: [1, 1.0, "1"] }').length, 1);
});

const sharded = `
targets:
  build: { run: "x \${{ outputs.shards.dir }}", outputs: { shards: parts/part-*.jsonl } }
  infer:
    each: { arm: [c, d], part: { from: build.shards } }
    inputs: { requests: "\${{ part.path }}" }
    run: "x \${{ arm }} \${{ inputs.requests }} \${{ outputs }}"
    outputs: out/\${{ arm }}/\${{ part.stem }}.json
  score:
    each: { part: { from: build.shards } }
    inputs: { from: infer }
    run: "x \${{ inputs }} \${{ outputs }}"
    outputs: scores/\${{ part.stem }}.json
`;
const shards = ['parts/part-1.jsonl', 'parts/part-2.jsonl'];

test('a dynamic variable has the members of its producer, known from the record', () => {
  const world = worldWith(recordOf('build', 'shards', shards));
  const graph = graphOf(sharded, { world });
  assert.equal(idsOf(graph, 'infer'), [
    'infer@c,part-1',
    'infer@c,part-2',
    'infer@d,part-1',
    'infer@d,part-2',
  ]);
  assert.equal(readsOf(graph, 'infer@c,part-2'), { requests: ['parts/part-2.jsonl'] });
  assert.equal(needsOf(graph, 'infer@c,part-2'), ['build']);
});

test('members that a build has just made go before those of the record', () => {
  const world = worldWith(recordOf('build', 'shards', shards));
  const fresh = new Map([['build\0shards', ['parts/part-9.jsonl']]]);
  assert.equal(idsOf(graphOf(sharded, { world, fresh }), 'infer'), ['infer@c,part-9', 'infer@d,part-9']);
});

test('until the set is known, one placeholder stands for all instances and waits for the producer', () => {
  const graph = graphOf(sharded);
  assert.equal(idsOf(graph, 'infer'), ['infer@*']);
  const task = taskOf(graph, 'infer@*');
  assert.ok(task.placeholder && task.outputs.length === 0);
  assert.equal(needsOf(graph, 'infer@*'), ['build']);
  assert.equal(needsOf(graph, 'score@*'), ['build', 'infer@*']);
});

test('a placeholder waits for what its instances read by a path that does not vary with the set', () => {
  const more = `  prompt: { run: "x out/prompt.txt", outputs: out/prompt.txt }
  ask:
    each: { part: { from: build.shards } }
    inputs: { requests: "\${{ part.path }}", prompt: out/prompt.txt }
    run: "x \${{ inputs }} \${{ outputs }}"
    outputs: asked/\${{ part.stem }}.json
`;
  assert.equal(needsOf(graphOf(`${sharded}${more}`), 'ask@*'), ['build', 'prompt']);
});

test('instances of one source pair up, and fan in over the variables they do not share', () => {
  const graph = graphOf(sharded, { world: worldWith(recordOf('build', 'shards', shards)) });
  assert.equal(readsOf(graph, 'score@part-1'), { '': ['out/c/part-1.json', 'out/d/part-1.json'] });
});

const perModel = (each: string) => `
targets:
  build:
    each: { model: "\${{ config.models }}" }
    run: "x \${{ model }} \${{ outputs.shards.dir }}"
    outputs: { shards: "parts/\${{ model }}/part-*.jsonl" }
  infer:
    each: ${each}
    inputs: { requests: "\${{ part.path }}" }
    run: "x \${{ model }} \${{ inputs.requests }} \${{ outputs }}"
    outputs: out/\${{ model }}/\${{ part.stem }}.json
`;
const models = 'models: [a, b]\n';
const partsOfBoth = () =>
  worldWith(
    recordOf('build@a', 'shards', ['parts/a/part-1.jsonl']),
    recordOf('build@b', 'shards', ['parts/b/part-1.jsonl', 'parts/b/part-2.jsonl']),
  );

test('a dynamic variable brings along the variables of its producer', () => {
  const graph = graphOf(perModel('{ part: { from: build.shards } }'), {
    world: partsOfBoth(),
    config: models,
  });
  assert.equal(idsOf(graph, 'infer'), ['infer@a,part-1', 'infer@b,part-1', 'infer@b,part-2']);
  assert.equal(needsOf(graph, 'infer@b,part-2'), ['build@b']);
  assert.is(taskOf(graph, 'infer@b,part-1').each.model?.text, 'b');
});

test('a variable of the same source pairs with the one brought along, wherever it is declared', () => {
  for (const each of [
    '{ model: "${{ config.models }}", part: { from: build.shards } }',
    '{ part: { from: build.shards }, model: "${{ config.models }}" }',
  ]) {
    const graph = graphOf(perModel(each), { world: partsOfBoth(), config: models });
    const pairs = idsOf(graph, 'infer').map((id) => [
      taskOf(graph, id).each.model?.text,
      readsOf(graph, id).requests?.[0],
    ]);
    assert.equal(
      pairs,
      [
        ['a', 'parts/a/part-1.jsonl'],
        ['b', 'parts/b/part-1.jsonl'],
        ['b', 'parts/b/part-2.jsonl'],
      ],
      each,
    );
  }
});

test('while one of several producers is not known, its placeholder stands beside the known instances', () => {
  const world = worldWith(recordOf('build@a', 'shards', ['parts/a/part-1.jsonl']));
  const graph = graphOf(perModel('{ part: { from: build.shards } }'), { world, config: models });
  assert.equal(idsOf(graph, 'infer'), ['infer@a,part-1', 'infer@*']);
  assert.equal(needsOf(graph, 'infer@*'), ['build@b']);
});

test('files of a literal output are known before anything has run', () => {
  const text = `
targets:
  split: { run: "x", outputs: { train: d/train.json, test: d/test.json } }
  use: { each: { f: { from: split } }, inputs: { f: "\${{ f.path }}" }, run: "x \${{ inputs.f }}" }
`;
  const graph = graphOf(text);
  assert.equal(idsOf(graph, 'use'), ['use@train', 'use@test']);
  assert.equal(readsOf(graph, 'use@test'), { f: ['d/test.json'] });
  assert.equal(needsOf(graph, 'use@test'), ['split']);
});

test('a dynamic variable of a target without outputs', () => {
  assert.equal(expandProblems('targets: { a: { run: x }, b: { run: y, each: { f: { from: a } } } }\n'), [
    'no-outputs: target "a" has no outputs to take instances from',
  ]);
});

test('a dynamic variable that needs itself is a circle with its path', () => {
  const text = `
targets:
  a: { run: x, outputs: "a-\${{ f.stem }}/*", each: { f: { from: b } } }
  b: { run: x, outputs: "b-\${{ f.stem }}/*", each: { f: { from: a } } }
`;
  assert.equal(
    expandProblems(text).filter((p) => p.startsWith('cycle')),
    ['cycle: "each" needs itself: a -> b -> a'],
  );
});

test('the only output may be named or not: its instances pair up all the same', () => {
  const text = sharded.replace(
    'score:\n    each: { part: { from: build.shards } }',
    'score:\n    each: { part: { from: build } }',
  );
  const graph = graphOf(text, { world: worldWith(recordOf('build', 'shards', shards)) });
  assert.equal(readsOf(graph, 'score@part-1'), { '': ['out/c/part-1.json', 'out/d/part-1.json'] });
});

test('an input from the source of its own variable is the one member, whether the output is named or not', () => {
  for (const from of ['build.shards', 'build']) {
    const text = sharded.replace(
      'inputs: { requests: "${{ part.path }}" }',
      `inputs: { requests: { from: ${from} } }`,
    );
    const graph = graphOf(text, { world: worldWith(recordOf('build', 'shards', shards)) });
    assert.equal(readsOf(graph, 'infer@c,part-2'), { requests: ['parts/part-2.jsonl'] }, from);
  }
});

test('two variables of the same source are a product, not a pair', () => {
  const graph = graphOf(
    'targets: { t: { run: "x ${{ a }} ${{ b }}", each: { a: "${{ config.models }}", b: "${{ config.models }}" } } }\n',
    { config: models },
  );
  assert.equal(idsOf(graph, 't'), ['t@a,a', 't@a,b', 't@b,a', 't@b,b']);
});

test.run();
