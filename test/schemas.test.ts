// The JSON Schemas: what an editor accepts and refuses is what the parser accepts and refuses.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonMap } from '@evalmake/core/json';
import { manifestErrors } from '@evalmake/core/manifest';
import { parsePipeline } from '@evalmake/core/parse';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { repositoryFiles, root } from './house/repository.ts';
import { compiled, documentOf, malformed, refusals as refusalsOf, schemaOf } from './house/schema.ts';

const readText = (path: string): string => readFileSync(join(root, path), 'utf8');
const pipelineFits = compiled('pipeline');
const manifestFits = compiled('manifest');
const refusals = (value: Json): string[] => refusalsOf(pipelineFits, value);

const pipelines = repositoryFiles().filter(
  (f) => /(^|\/)pipeline\.yaml$/.test(f.path) && !f.path.includes('/fixtures/'),
);
const everyForm = readText('test/fixtures/schemas/every-form.yaml');
const designSample = readText('test/fixtures/schemas/design-sample.yaml');

test('every pipeline of the repository fits', () => {
  assert.ok(pipelines.length >= 2);
  for (const { path, text } of pipelines) assert.equal(refusals(documentOf(text)), [], path);
});

test('every form the parser takes fits', () => {
  const { problems } = parsePipeline(everyForm, 'every-form.yaml');
  assert.equal(
    problems.filter((p) => p.severity === 'error'),
    [],
  );
  assert.equal(refusals(documentOf(everyForm)), []);
});

test('the sample of the design fits; the parser refuses only what comes later', () => {
  assert.equal(refusals(documentOf(designSample)), []);
  const codes = parsePipeline(designSample, 'design-sample.yaml').problems.map((p) => p.code);
  assert.equal(
    [...new Set(codes)].filter((code) => code !== 'not-available-yet'),
    [],
  );
});

const head = 'evalmake: 1\ntargets:\n  t:\n    run: tool\n';
const rejected: [what: string, yaml: string][] = [
  ['no version', 'targets: { t: { run: tool } }'],
  ['a version of the future', 'evalmake: 2\ntargets: { t: { run: tool } }'],
  ['no targets', 'evalmake: 1'],
  ['empty targets', 'evalmake: 1\ntargets:'],
  ['a list of targets', 'evalmake: 1\ntargets: [{ run: tool }]'],
  ['not a map', '- evalmake'],
  ['an unknown key on top', `pool: { gpu: 1 }\n${head}`],
  ['an unknown key in a target', `${head}    input: a`],
  ['an unknown key in defaults', `defaults: { run: tool }\n${head}`],
  ['a name with a space', 'evalmake: 1\ntargets: { "a b": { run: tool } }'],
  ['an empty target', 'evalmake: 1\ntargets: { t: }'],
  ['outputs without a command', 'evalmake: 1\ntargets: { t: { inputs: a, outputs: b } }'],
  ['neither command nor inputs', 'evalmake: 1\ntargets: { t: { desc: nothing } }'],
  ['a command that is a map', 'evalmake: 1\ntargets: { t: { run: { bash: tool } } }'],
  ['an empty command', 'evalmake: 1\ntargets: { t: { run: " " } }'],
  ['an empty list of words', 'evalmake: 1\ntargets: { t: { run: [] } }'],
  ['a pool without places', `pools: { gpu: 0 }\n${head}`],
  ['a pool of half a place', `pools: { gpu: 0.5 }\n${head}`],
  ['vars that hold maps', `vars: { a: { b: c } }\n${head}`],
  ['an input with an unknown option', `${head}    inputs: { a: { from: u, optionl: true } }`],
  ['an input that names nothing', `${head}    inputs: { a: { optional: true } }`],
  ['an input with a bad name', `${head}    inputs: { "a b": x }`],
  ['an optional input that is text', `${head}    inputs: { a: { path: x, optional: "yes" } }`],
  ['an unknown digest', `${head}    inputs: { a: { path: x, digest: mtime } }`],
  ['an empty input', `${head}    inputs: ""`],
  ['an output that is a map', `${head}    outputs: { a: { path: x } }`],
  ['an output named like a reference', `${head}    outputs: { missing: x }`],
  ['an empty output', `${head}    outputs: { a: "" }`],
  ['a variable with a reserved name', `${head}    each: { inputs: [1] }`],
  ['a variable named like the secrets', `${head}    each: { secrets: [1] }`],
  ['a variable that is text', `${head}    each: { v: a }`],
  ['a variable of nested lists', `${head}    each: { v: [[1]] }`],
  ['a variable of deep maps', `${head}    each: { v: [{ a: { b: 1 } }] }`],
  ['a range of one number', `${head}    each: { v: { range: [1] } }`],
  ['an unknown source of a variable', `${head}    each: { v: { files: "*.md" } }`],
  ['a variable of a whole config', `${head}    each: { v: "\${{ config }}" }`],
  ['an environment with a bad name', `${head}    env: { A-B: 1 }`],
  ['an environment of maps', `${head}    env: { A: { b: 1 } }`],
  ['a timeout without a unit', `${head}    timeout: "10"`],
  ['a negative timeout', `${head}    timeout: -1`],
  ['half a retry', `${head}    retries: 0.5`],
  ['retries from the config', `${head}    retries: "\${{ config.retries }}"`],
  ['an unknown way to rebuild', `${head}    rebuild: some`],
  ['keep as text', `${head}    keep: "yes"`],
  ['metrics that are a list', `${head}    metrics: [a]`],
  ['checks that are a list', `${head}    outputs: a\n    checks: [non_empty]`],
  ['an unknown check', `${head}    outputs: a\n    checks: { non_emtpy: true }`],
  ['an unknown check of an output', `${head}    outputs: { a: a, b: b }\n    checks: { a: { min_row: 1 } }`],
  ['non_empty that is false', `${head}    outputs: a\n    checks: { non_empty: false }`],
  ['a negative number of rows', `${head}    outputs: a\n    checks: { rows: -1 }`],
  ['rows without of', `${head}    outputs: a\n    checks: { rows: { equals_unique: id } }`],
  ['covers without an id', `${head}    outputs: a\n    checks: { covers: { of: outputs } }`],
  ['unique of nothing', `${head}    outputs: a\n    checks: { unique: [] }`],
  ['a key twice in has_keys', `${head}    outputs: a\n    checks: { has_keys: [a, a] }`],
  ['a version that is a word', `${head}    outputs: a\n    checks: { schema_version: new }`],
  ['a short checksum', `${head}    outputs: a\n    checks: { sha256: abc }`],
  ['an unknown format', `${head}    outputs: a\n    checks: { format: xml }`],
  ['a discount of more than all', `${head}    manifest: m\n    paid: { usd: 1, discount: 50 }`],
  ['a discount that is negative', `${head}    manifest: m\n    paid: { usd: 1, discount: -0.5 }`],
  ['a discount in percent', `${head}    manifest: m\n    paid: { usd: 1, discount: 50% }`],
  ['a price that is negative', `${head}    manifest: m\n    paid: { usd_per_mtok: { in: -1 } }`],
  ['rows without an id', `${head}    inputs: a\n    outputs: b\n    rows: { by: [q] }`],
  ['an id of rows that is blank', `${head}    inputs: a\n    outputs: b\n    rows: { id: " " }`],
  ['more errors than rows', `${head}    inputs: a\n    outputs: b\n    rows: { id: id, allow_errors: 101% }`],
  [
    'a row that is never asked',
    `${head}    inputs: a\n    outputs: b\n    rows: { id: id, max_attempts: 0 }`,
  ],
  ['a price that is false', `${head}    manifest: m\n    paid: false`],
  ['a budget in words', `budget: { usd: five }\n${head}`],
  ['a var named like a reference', `vars: { secrets: a }\n${head}`],
  ['a var with a space', `vars: { "a b": a }\n${head}`],
  ['a metric without a place', `${head}    outputs: a.json\n    metrics: { em: a.json }`],
  ['a check without a value', `${head}    outputs: a\n    checks: { min_rows: }`],
];

for (const [what, yaml] of rejected) {
  test(`refused by schema and parser: ${what}`, () => {
    assert.is.not(refusals(documentOf(yaml)).length, 0, 'by the schema');
    assert.is.not(malformed(yaml).length, 0, 'by the parser');
  });
}

/** All documents with one value replaced, removed or added, each with the place of the change. */
function* mutations(document: Json, values: readonly Json[]): Generator<{ at: string; document: Json }> {
  const text = JSON.stringify(document);
  const change = (
    path: readonly string[],
    edit: (parent: Record<string, Json>, key: string) => void,
  ): Json => {
    const copy = JSON.parse(text);
    edit(
      path.slice(0, -1).reduce((node, key) => node[key], copy),
      path.at(-1) as string,
    );
    return copy;
  };
  const walk = function* (node: Json, path: readonly string[]): Generator<{ at: string; document: Json }> {
    if (path.length > 0) {
      for (const value of values) {
        yield {
          at: `${path.join('.')} = ${JSON.stringify(value)}`,
          document: change(path, (p, key) => (p[key] = value)),
        };
      }
      const drop = (p: Record<string, Json>, key: string): void => {
        if (Array.isArray(p)) p.splice(Number(key), 1);
        else delete p[key];
      };
      yield { at: `${path.join('.')} removed`, document: change(path, drop) };
    }
    if (typeof node !== 'object' || node === null) return;
    if (!Array.isArray(node))
      yield {
        at: `${path.join('.')} + nonsense`,
        document: change([...path, 'nonsense'], (p, key) => (p[key] = 'x')),
      };
    for (const [key, inner] of Object.entries(node)) yield* walk(inner as Json, [...path, key]);
  };
  yield* walk(document, []);
}

/** Where the two may differ, and why. */
const differences: [where: RegExp, why: string][] = [
  [/\.checks\.\w+ = \{\}$/, 'an output may be named like a check: the schema cannot know the outputs'],
  [
    /\.words\.checks\.rows = /,
    'a check beside several outputs is misplaced: the schema cannot know how many there are',
  ],
  [/\.outputs( = .*|(\.\w+)? removed)$/, 'the checks name outputs that are gone'],
  [
    /\.bought\.inputs( = (null|\{\})| removed)$/,
    'rows name an input that is gone: the schema cannot know the inputs',
  ],
  [
    /\.asked\.(outputs \+ nonsense|rows\.from( = null| removed))$/,
    'what may be left out of rows, the schema cannot know: it does not count inputs and outputs',
  ],
  [/\.run = null$/, 'a run without a value is left out; whether that may be depends on the outputs'],
];

test('schema and parser agree on every document that differs in one place', () => {
  const { targets, ...top } = documentOf(everyForm) as { targets: JsonMap };
  const parts = [
    { ...top, targets: { t: { run: 'tool' } } },
    ...Object.entries(targets).map(([name, t]) => ({ evalmake: 1, targets: { [name]: t } })),
  ];
  let compared = 0;
  const disagreements: string[] = [];
  for (const part of parts as Json[]) {
    for (const { at, document } of mutations(part, [null, false, 7, -0.5, 'text', [], {}, { nonsense: 1 }])) {
      if (at.startsWith('x-note') || differences.some(([where]) => where.test(at))) continue;
      compared += 1;
      const schema = refusals(document)[0];
      const parser = malformed(JSON.stringify(document))[0];
      if ((schema === undefined) !== (parser === undefined))
        disagreements.push(`${at}: schema ${schema}, parser ${parser}`);
    }
  }
  assert.ok(compared > 1000, `${compared} documents`);
  assert.equal(disagreements, []);
});

test('what several schemas of documents name alike is alike, and all compile', () => {
  const shared = [
    'reason',
    'money',
    'targetMoney',
    'verdict',
    'verdicts',
    'endCounts',
    'spent',
    'time',
    'digest',
  ];
  const found = new Map<string, Json>();
  for (const name of ['plan', 'status', 'why', 'provenance', 'log', 'diff', 'events', 'report']) {
    compiled(name);
    const { $defs, properties } = schemaOf(name) as unknown as { $defs: JsonMap; properties?: JsonMap };
    const version = properties?.['version'] as { const: number } | undefined;
    if (version !== undefined)
      assert.match(String(schemaOf(name)['$id']), `urn:evalmake:${name}:${version.const}`);
    if (['plan', 'log', 'diff'].includes(name)) continue;
    for (const noun of shared) {
      if ($defs[noun] === undefined) continue;
      const first = found.get(noun) ?? $defs[noun];
      found.set(noun, first as Json);
      assert.equal($defs[noun], first, `${noun} of ${name}`);
    }
  }
  assert.is(found.size, shared.length);
});

const record = {
  status: 'completed',
  updated_at: '2024-05-01T10:00:00Z',
  fingerprint: { command: 'parse', 'input:results': 'sha256:0' },
  artifacts: {
    predictions: {
      path: 'results/predictions.csv',
      sha256: 'ab'.repeat(32),
      bytes: 81234,
      rows: 480,
      facts: { unique: { id: 480 } },
    },
    shards: {
      path: '../parts/*.jsonl',
      files: [{ path: '../parts/1.jsonl', sha256: '01'.repeat(32), bytes: 3 }],
    },
  },
  counts: { shards: 12, rows: 480 },
  checks: { rows: 'passed' },
  check_digest: { rows: 'sha256:1' },
};
const manifest = {
  schema_version: 2,
  timestamps: { created_at: '2024-05-01T10:00:00Z', updated_at: '2024-05-01T10:00:00Z' },
  jobs: {
    'infer@control,part-0001': { provider: 'somebody', id: '1', submitted_at: '2024-05-01T10:00:00Z' },
  },
  job_status: { 'infer@control,part-0001': 'completed' },
  stage_status: {
    parsed: record,
    infer: {
      status: 'in_progress',
      updated_at: 'x',
      tasks: { 'infer@a': record, 'infer@b': { status: 'pending', updated_at: 'x' } },
    },
  },
};

test('the sample manifest of the design fits, and the compiled validator judges as its schema does', () => {
  assert.equal(manifestErrors(manifest), []);
  const verdicts = new Set<boolean>();
  for (const { at, document } of mutations(manifest, [null, 7, -1, 'text', [], {}])) {
    const fits = manifestFits(document);
    verdicts.add(fits);
    assert.is(manifestErrors(document).length === 0, fits, at);
  }
  assert.is(verdicts.size, 2);
});

test.run();
