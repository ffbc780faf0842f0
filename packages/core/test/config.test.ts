// Config: looking up, opening into leaves, cutting out, laying over and overriding values.
import {
  applySets,
  type Config,
  configKeys,
  leaves,
  lookup,
  overlay,
  scalarText,
  subset,
} from '@evalmake/core/config';
import type { JsonMap } from '@evalmake/core/json';
import { parseConfig } from '@evalmake/core/parse-config';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { configOf } from './doubles/pipeline-text.ts';

const config = configOf(`
seed: 7
model: { name: gpt, temperature: 1.0, stop: null }
prices: { gpt-4.1: { in: 2, out: 8 } }
shots: [0, 1.50, 5]
arms: [{ name: a, k: 1 }, { name: b, k: 2.0 }]
grid: [[1, 2], [3]]
empty: {}
none: []
`);

test('lookup goes through maps and lists; null is a value and missing is not', () => {
  assert.is(lookup(config.value, ['seed']), 7);
  assert.is(lookup(config.value, ['arms', '1', 'name']), 'b');
  assert.is(lookup(config.value, ['grid', '1', '0']), 3);
  assert.is(lookup(config.value, ['model', 'stop']), null);
  for (const key of [
    'nope',
    'model.nope',
    'seed.x',
    'arms.x',
    'arms.2',
    'arms.-1',
    'arms.length',
    'toString',
    'model.constructor',
  ])
    assert.is(lookup(config.value, key.split('.')), undefined, key);
});

test('a scalar is rendered as it is written', () => {
  const text = (key: string) =>
    scalarText(config, key.split('.'), lookup(config.value, key.split('.')) ?? null);
  assert.is(text('model.temperature'), '1.0');
  assert.is(text('shots.1'), '1.50');
  assert.is(text('seed'), '7');
  assert.is(text('model.name'), 'gpt');
  assert.is(text('model.stop'), 'null');
});

test('leaves open maps and lists of maps; a list of scalars is one leaf', () => {
  assert.equal(leaves(config, 'model'), [
    ['model.name', 'gpt'],
    ['model.temperature', 1],
    ['model.stop', null],
  ]);
  assert.equal(leaves(config, 'arms'), [
    ['arms.0.name', 'a'],
    ['arms.0.k', 1],
    ['arms.1.name', 'b'],
    ['arms.1.k', 2],
  ]);
  assert.equal(leaves(config, 'shots'), [['shots', [0, 1.5, 5]]]);
  assert.equal(leaves(config, 'grid'), [
    ['grid.0', [1, 2]],
    ['grid.1', [3]],
  ]);
  assert.equal(leaves(config, 'empty'), [['empty', {}]]);
  assert.equal(leaves(config, 'none'), [['none', []]]);
  assert.equal(leaves(config, 'arms.1.k'), [['arms.1.k', 2]]);
});

test('a key that is not there is one leaf without a value', () => {
  assert.equal(leaves(config, 'model.top_p'), [['model.top_p', undefined]]);
});

test('the star opens everything, keys with dots in them included', () => {
  const dotted: Config = { value: { 'gpt-4.1': 2, seed: 1 }, texts: {} };
  assert.equal(
    leaves(dotted, '*').map(([, v]) => v),
    [2, 1],
  );
  assert.is(leaves(config, '*').length, 15);
});

test('two trees never open into the same leaves', () => {
  const names = (value: JsonMap, key = '*') => leaves({ value, texts: {} }, key).map(([name]) => name);
  assert.equal(names({ a: { 'b.c': 1 } }), ['a."b.c"']);
  assert.equal(names({ a: { b: { c: 1 } } }), ['a.b.c']);
  assert.equal(names({ a: [{ n: 1 }] }), ['a.0.n']);
  assert.equal(names({ a: { 0: { n: 1 } } }), ['a."0".n']);
  assert.equal(names({ a: { 0: { n: 1 } } }, 'a.0.n'), ['a."0".n']);
});

test('a subset holds exactly the declared keys, nested as in the file', () => {
  assert.equal(subset(config, ['seed', 'model.name']), { seed: 7, model: { name: 'gpt' } });
  assert.equal(subset(config, ['model.name', 'model.temperature']), {
    model: { name: 'gpt', temperature: 1 },
  });
  assert.equal(subset(config, ['model', 'model.name']), { model: config.value.model });
  assert.equal(subset(config, ['model.name', 'model']), { model: config.value.model });
  assert.equal(subset(config, ['model.stop', 'model.top_p', 'nope']), { model: { stop: null } });
  assert.is(subset(config, ['seed', '*']), config.value);
});

test('a subset does not change the config it is cut from', () => {
  const before = JSON.stringify(config);
  subset(config, ['model', 'model.name', 'arms', 'arms.0.name', 'prices.gpt-4']);
  assert.is(JSON.stringify(config), before);
});

test('an element of a list in a subset leaves the list a list', () => {
  assert.equal(subset(config, ['arms', 'arms.0.name']), { arms: config.value.arms });
});

test('an overlay merges maps key by key and replaces all else', () => {
  const over = configOf('model: { temperature: 0.50, top_p: 1 }\nshots: [9]\nseed: { a: 1 }\n');
  const made = overlay(config, over);
  assert.equal(made.value.model, { name: 'gpt', temperature: 0.5, stop: null, top_p: 1 });
  assert.equal(made.value.shots, [9]);
  assert.equal(made.value.seed, { a: 1 });
  assert.equal(made.value.arms, config.value.arms);
});

test('an overlay takes the texts of what it replaces with it', () => {
  const made = overlay(config, configOf('model: { temperature: 2 }\nshots: [9, 8]\n'));
  assert.is(scalarText(made, ['model', 'temperature'], 2), '2');
  assert.is(scalarText(made, ['shots', '1'], 8), '8');
  assert.is(scalarText(made, ['arms', '1', 'k'], 2), '2.0');
});

test('an overlay of nothing changes nothing, and an overlay of itself neither', () => {
  assert.equal(overlay(config, { value: {}, texts: {} }), config);
  assert.equal(overlay(config, config), config);
});

function set(...assignments: string[]): Config {
  const made = applySets(config, assignments);
  assert.equal(made.problems, []);
  return made.config;
}

test('--set reads its value as a YAML scalar would be, or as JSON', () => {
  const cases: [string, unknown][] = [
    ['seed=8', 8],
    ['seed=-1.5e3', -1500],
    ['seed=eight', 'eight'],
    ['seed=true', true],
    ['seed=null', null],
    ['seed=~', null],
    ['seed=', ''],
    ['seed="8"', '8'],
    ['seed=[1, 2]', [1, 2]],
    ['seed={"a": 1}', { a: 1 }],
    ['seed=[not json', '[not json'],
    ['seed=a=b', 'a=b'],
    ['seed=1.2.3', '1.2.3'],
    ['seed=two\nlines', 'two\nlines'],
    ['seed= 8', ' 8'],
  ];
  for (const [assignment, value] of cases) assert.equal(set(assignment).value.seed, value, assignment);
});

test('--set keeps how a number was written, and forgets how the old one was', () => {
  assert.is(scalarText(set('seed=2.0'), ['seed'], 2), '2.0');
  assert.is(scalarText(set('model.temperature=2'), ['model', 'temperature'], 2), '2');
});

test('--set keeps how the numbers of a JSON value were written', () => {
  const made = set('shots=[0, 0.50, "0.50", -1e3]', 'model={"k 1": [2.0]}');
  assert.equal(made.value.shots, [0, 0.5, '0.50', -1000]);
  assert.is(scalarText(made, ['shots', '1'], 0.5), '0.50');
  assert.is(scalarText(made, ['model', 'k 1', '0'], 2), '2.0');
  assert.equal(made.value.model, { 'k 1': [2] });
});

test('--set reaches into maps and lists and leaves the rest as it was', () => {
  const made = set('model.name=x', 'shots.0=3');
  assert.equal(made.value.model, { name: 'x', temperature: 1, stop: null });
  assert.equal(made.value.shots, [3, 1.5, 5]);
  assert.equal(set('seed=1', 'seed=2').value.seed, 2);
});

test('--set of one element leaves how its neighbours are written', () => {
  assert.is(scalarText(set('shots.0=3'), ['shots', '1'], 1.5), '1.50');
});

test('--set inside a map inside a list leaves the list a list', () => {
  assert.equal(set('arms.0.name=z').value.arms, [
    { name: 'z', k: 1 },
    { name: 'b', k: 2 },
  ]);
});

test('--set inside a list inside a list leaves the lists lists', () => {
  assert.equal(set('grid.0.1=9').value.grid, [[1, 9], [3]]);
});

test('--set of a map replaces the map', () => {
  assert.equal(set('model={"name": "x"}').value.model, { name: 'x' });
  assert.equal(set('model={}').value.model, {});
});

test('--set does not change the config it is given', () => {
  const before = JSON.stringify(config);
  set('model.name=x', 'shots.0=3', 'arms.0.k=9', 'seed=1');
  assert.is(JSON.stringify(config), before);
});

test('--set of a key that is not there, or without a value, is a problem that helps', () => {
  const problems = (text: string) =>
    applySets(config, [text]).problems.map((p) => `${p.code}: ${p.message} | ${p.hint}`);
  assert.equal(problems('model.temprature=1'), [
    'unknown-config-key: --set model.temprature=1: the config has no key "model.temprature" | did you mean "model.temperature"?',
  ]);
  assert.equal(problems('zzzzzzzz=1'), [
    'unknown-config-key: --set zzzzzzzz=1: the config has no key "zzzzzzzz" | an override is only of what is there: add the key to the config file',
  ]);
  assert.equal(problems('seed'), ['bad-set: --set seed is not KEY=VALUE | write --set a.b=value']);
  assert.equal(problems('=1'), ['bad-set: --set =1 is not KEY=VALUE | write --set a.b=value']);
  assert.is(applySets(config, ['nope=1', 'nix=2', 'seed=3']).problems.length, 2);
  assert.is(applySets(config, ['__proto__.x=1', 'shots.7=1']).problems.length, 2);
});

test('all keys, for suggestions', () => {
  assert.equal(configKeys({ a: { b: { c: 1 } }, d: [{ e: 1 }] }), ['a', 'a.b', 'a.b.c', 'd']);
});

test('a config file is a map; an empty one is an empty map', () => {
  assert.equal(parseConfig('', 'c.yaml').value, { value: {}, texts: {} });
  assert.equal(parseConfig('{"a": 1}', 'c.json').value?.value, { a: 1 });
  const { value, problems } = parseConfig('- 1\n', 'c.yaml');
  assert.is(value, undefined);
  assert.equal(
    problems.map((p) => `${p.file}:${p.line} ${p.code}: ${p.message}`),
    ['c.yaml:1 bad-config: the config must be a map, not a list'],
  );
  assert.is(parseConfig('a: 1\na: 2\n', 'c.yaml').value, undefined);
});

const key = fc.constantFrom('a', 'b', 'c');
const scalar = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('x', null, true));
const tree: fc.Memo<JsonMap> = fc.memo((n) =>
  fc.dictionary(key, n > 1 ? fc.oneof(scalar, tree(n - 1), fc.array(scalar, { maxLength: 2 })) : scalar, {
    noNullPrototype: true,
  }),
);

test('what --set sets is what is looked up afterwards, and nothing else has moved', () => {
  fc.assert(
    fc.property(tree(3), fc.nat(), fc.integer({ min: 10, max: 99 }), (value, pick, now) => {
      const keys = configKeys(value);
      fc.pre(keys.length > 0);
      const chosen = keys[pick % keys.length] as string;
      const made = applySets({ value, texts: {} }, [`${chosen}=${now}`]).config;
      assert.is(lookup(made.value, chosen.split('.')), now);
      for (const other of keys) {
        if (other.startsWith(`${chosen}.`) || `${chosen}.`.startsWith(`${other}.`)) continue;
        assert.equal(lookup(made.value, other.split('.')), lookup(value, other.split('.')), other);
      }
    }),
  );
});

test('the leaves of a subset are the leaves of its keys', () => {
  fc.assert(
    fc.property(tree(3), fc.array(fc.nat(), { maxLength: 3 }), (value, picks) => {
      const keys = configKeys(value);
      fc.pre(keys.length > 0);
      const chosen = picks.map((p) => keys[p % keys.length] as string);
      const all = (c: Config, key: string) => leaves(c, key).filter(([, v]) => v !== undefined);
      const whole: Config = { value, texts: {} };
      const cut = new Map(all({ value: subset(whole, chosen), texts: {} }, '*'));
      assert.equal([...cut].sort(), [...new Map(chosen.flatMap((k) => all(whole, k)))].sort());
    }),
  );
});

test.run();
