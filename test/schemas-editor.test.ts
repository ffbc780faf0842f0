// The schema of pipeline.yaml as an editor shows it: each key is described, and each example is one that evalmake takes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demandKeys } from '@evalmake/core/check-demand';
import { isMap, type Json, type JsonMap } from '@evalmake/core/json';
import { defaultKeys, targetKeys } from '@evalmake/core/parse-target';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from './house/repository.ts';
import { compiled, documentOf, malformed, partOf, refusals, schemaOf } from './house/schema.ts';

const schema = schemaOf('pipeline');

interface Place {
  /** From the top of the schema: keys, and numbers of lists. */
  readonly path: readonly string[];
  readonly node: JsonMap;
}

/** All subschemas, the whole first. */
function* subschemas(node: JsonMap, path: readonly string[] = []): Generator<Place> {
  yield { path, node };
  for (const key of ['properties', 'patternProperties', '$defs'])
    for (const [name, inner] of Object.entries((node[key] ?? {}) as JsonMap))
      yield* subschemas(inner as JsonMap, [...path, key, name]);
  for (const key of ['additionalProperties', 'propertyNames', 'items', 'if', 'then', 'else', 'not'])
    if (isMap(node[key] as Json)) yield* subschemas(node[key] as JsonMap, [...path, key]);
  for (const key of ['anyOf', 'oneOf', 'allOf'])
    for (const [i, inner] of ((node[key] ?? []) as JsonMap[]).entries())
      yield* subschemas(inner, [...path, key, String(i)]);
}

const places = [...subschemas(schema)];

/** What a `$ref` names; else the schema itself. */
function referred(node: JsonMap): JsonMap {
  if (node['$ref'] === undefined) return node;
  const steps = String(node['$ref']).split('/').slice(1);
  return steps.reduce((inner, step) => inner[step] as JsonMap, schema);
}

test('every key that a person writes is described where it stands, names of their own too', () => {
  const written = places.filter(({ path }) => {
    const holder = path.at(-2);
    const isKey = holder === 'properties' || holder === 'patternProperties';
    return (isKey || path.at(-1) === 'additionalProperties') && !path.includes('else');
  });
  assert.ok(written.length > 100, `${written.length} keys`);
  const undescribed = written.filter(
    ({ node }) => (node['description'] ?? referred(node)['description']) === undefined,
  );
  assert.equal(
    undescribed.map(({ path }) => path.join('.')),
    [],
  );
});

test('every word of an enum is described, in their order', () => {
  for (const { path, node } of places) {
    if (node['enum'] === undefined || path.includes('not')) continue;
    const words = (node['enumDescriptions'] ?? []) as JsonMap[];
    assert.is(words.length, (node['enum'] as Json[]).length, path.join('.'));
  }
});

test('keys of a target that take more than true or false have an example or all their words', () => {
  const target = (schema['$defs'] as unknown as { target: { properties: Record<string, JsonMap> } }).target;
  const bare = Object.entries(target.properties)
    .filter(([, node]) => node['examples'] === undefined && node['enum'] === undefined)
    .filter(([, node]) => node['$ref'] !== '#/$defs/flag');
  assert.equal(
    bare.map(([key]) => key),
    ['state'],
  );
});

/** Every example and default, with where it stands. */
const examples = places.flatMap(({ path, node }) => {
  const found = (node['examples'] ?? []) as Json[];
  const all = node['default'] === undefined ? found : [...found, node['default'] as Json];
  return all.map((example) => ({ path, example }));
});

test('every example fits its own place', () => {
  assert.ok(examples.length > 100, `${examples.length} examples`);
  for (const { path, example } of examples)
    assert.equal(refusals(partOf('pipeline', path), example), [], path.join('.'));
});

const rows = { id: 'id' };
const paid = { usd: 1 };
const target = { run: 'tool', inputs: { questions: 'in.jsonl' }, outputs: 'out.jsonl', manifest: 'm.json' };

/** Documents that hold an example where it belongs; by the beginning of its place. */
const homes: Readonly<Record<string, (key: string, example: Json) => JsonMap>> = {
  'properties.defaults.': (key, example) => ({ defaults: { [key]: example } }),
  'properties.budget.': (key, example) => ({ budget: { [key]: example } }),
  'properties.pools.': (_, example) => ({ pools: { some: example } }),
  'properties.vars.': (_, example) => ({ vars: { some: example } }),
  'properties.': (key, example) => ({ [key]: example }),
  '$defs.target.properties.rows.': (key, example) => inTarget('rows', { ...rows, [key]: example }),
  '$defs.target.properties.paid.properties.usd_per_mtok.': (key, example) =>
    inTarget('paid', { usd_per_mtok: { [key]: example } }),
  '$defs.target.properties.paid.': (key, example) => inTarget('paid', { ...paid, [key]: example }),
  '$defs.target.properties.metrics.': (_, example) => inTarget('metrics', { some: example }),
  '$defs.target.': (key, example) => inTarget(key, example),
  '$defs.eachSource.anyOf.': (key, example) => inTarget('each', { some: { [key]: example } }),
  '$defs.eachSource': (_, example) => inTarget('each', { some: example }),
  '$defs.signingKey': (_, example) => ({ cache: { url: 'https://c.example', sign: example } }),
  '$defs.publicKey': (_, example) => ({ cache: { url: 'https://c.example', trust: [example] } }),
  '$defs.oneInput.': (key, example) => inTarget('inputs', { a: { path: 'a', [key]: example } }),
  '$defs.listedInput': (_, example) => inTarget('inputs', { a: [example] }),
  '$defs.input': (_, example) => inTarget('inputs', { a: example }),
  '$defs.outputs.': (_, example) => inTarget('outputs', { a: example }),
  '$defs.exactRows.': (key, example) =>
    inTarget('checks', { rows: { equals_unique: 'id', of: 'inputs', [key]: example } }),
  '$defs.covering.': (key, example) =>
    inTarget('checks', { covers: { id: 'id', of: 'inputs', [key]: example } }),
  '$defs.checks.': (key, example) => inTarget('checks', { [key]: example }),
  '$defs.outputChecks.': (key, example) => ({
    targets: { t: { ...target, outputs: { a: 'a.jsonl', b: 'b' }, checks: { a: { [key]: example } } } },
  }),
};

function inTarget(key: string, example: Json): JsonMap {
  return { targets: { t: { ...target, [key]: example } } };
}

test('a pipeline with an example in its place is taken by schema and parser', () => {
  const fits = compiled('pipeline');
  for (const { path, example } of examples) {
    const at = path.join('.');
    const home = Object.keys(homes).find((place) => at.startsWith(place));
    assert.ok(home !== undefined, `no document for the examples of ${at}`);
    const made = homes[home as string]?.(path.at(-1) as string, example) as JsonMap;
    const checksOfSeveral =
      at === '$defs.target.properties.checks' && isMap((example as JsonMap)['table'] ?? null);
    const several = { ...target, outputs: { table: 't.csv', stats: 's.json' }, checks: example };
    const document = {
      evalmake: 1,
      targets: { t: checksOfSeveral ? several : target },
      ...(checksOfSeveral ? {} : made),
    };
    assert.equal(refusals(fits, document), [], `${at}: ${JSON.stringify(example)}`);
    assert.equal(malformed(JSON.stringify(document)), [], `${at}: ${JSON.stringify(example)}`);
  }
});

test('the schema knows the keys of the parser', () => {
  const { properties, $defs } = schema as unknown as {
    properties: Record<'defaults', { properties: object }>;
    $defs: Record<'target' | 'checks' | 'outputChecks', { properties: object }>;
  };
  const keys = (of: { properties: object }): string[] => Object.keys(of.properties).sort();
  assert.equal(keys($defs.target), [...targetKeys].sort());
  assert.equal(keys(properties.defaults), [...defaultKeys].sort());
  assert.equal(keys($defs.checks), [...demandKeys, 'format'].sort());
  assert.equal(keys($defs.outputChecks), [...demandKeys, 'format'].sort());
});

test('every key stands in the fixture that schema and parser are held against', () => {
  const text = readFileSync(join(root, 'test/fixtures/schemas/every-form.yaml'), 'utf8');
  const found = new Set<string>();
  const visit = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      found.add(key);
      visit(inner as Json);
    }
  };
  visit(documentOf(text));
  const keys = places
    .filter(({ path }) => path.at(-2) === 'properties')
    .map(({ path }) => path.at(-1) as string);
  assert.equal(
    keys.filter((key) => !found.has(key)),
    [],
  );
});

test.run();
