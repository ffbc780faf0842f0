// Opening a workspace: the config in its layers, secrets by presence, problems all at once, and nothing written by looking.
import { verdictCounts } from '@evalmake/core';
import { findRoot } from '@evalmake/engine';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';
import { open, planAll, workspaceOf } from './doubles/workspace-on-disk.ts';

const test = suite<{ folder: TemporaryFolder }>('workspace');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const pipeline = 'config: config.yaml\ntargets: { t: { run: x } }\n';

test('the config file, then --config files in their order, then --set', async ({ folder }) => {
  const files = {
    'pipeline.yaml': pipeline,
    'config.yaml': 'a: { one: 1.0, two: 2 }\nb: base\nc: base\nlist: [1, 2]\n',
    'over.yaml': 'a: { two: 3 }\nb: over\nlist: [9]\n',
    'over.json': '{"c": "json", "b": "json"}',
  };
  const { config } = await workspaceOf(folder, files, {
    configs: ['over.yaml', folder.path('over.json')],
    sets: ['b=set', 'a.one=5'],
  });
  assert.equal(config.value, { a: { one: 5, two: 3 }, b: 'set', c: 'json', list: [9] });
});

test('a config file may be given without the pipeline naming one', async ({ folder }) => {
  const files = { 'pipeline.yaml': 'targets: { t: { run: x } }\n', 'c.yaml': 'a: 1.0\n' };
  const { config } = await workspaceOf(folder, files, { configs: ['c.yaml'] });
  assert.equal(config, { value: { a: 1 }, texts: { a: '1.0' } });
  assert.equal((await workspaceOf(folder, files)).config.value, {});
});

test('a config file that is missing, or is a folder, is a problem that names it', async ({ folder }) => {
  assert.equal((await open(folder, { 'pipeline.yaml': pipeline })).lines, [
    'pipeline.yaml:2 config-missing: the config file "config.yaml" does not exist',
  ]);
  const given = await open(
    folder,
    { 'pipeline.yaml': pipeline, 'config.yaml': '' },
    { configs: ['nope.yaml'] },
  );
  assert.equal(given.lines, ['config-missing: the config file "nope.yaml" does not exist']);
  const dir = await open(folder, { 'pipeline.yaml': pipeline.replace('config.yaml', 'conf'), 'conf/': '' });
  assert.is(dir.lines.length, 1);
});

test('mistakes of the pipeline, of the config and of --set are told together, each in its file', async ({
  folder,
}) => {
  const files = { 'pipeline.yaml': `${pipeline}targts: {}\n`, 'config.yaml': 'a: 1\na: 2\n' };
  assert.equal((await open(folder, files)).lines, [
    'pipeline.yaml:4 unknown-key: unknown key "targts" in the file',
    'config.yaml:2 duplicate-key: the key "a" stands twice in the file',
  ]);
  const sets = await open(
    folder,
    { 'pipeline.yaml': pipeline, 'config.yaml': 'a: 1\n' },
    { sets: ['b=1', 'a'] },
  );
  assert.equal(sets.lines, [
    'unknown-config-key: --set b=1: the config has no key "b"',
    'bad-set: --set a is not KEY=VALUE',
  ]);
});

test('healthy targets beside a sick one are looked at as far as expansion', async ({ folder }) => {
  const text = 'targets:\n  a: { run: x, retries: -1 }\n  b: { run: y, outputs: ../out }\n';
  assert.equal((await open(folder, { 'pipeline.yaml': text })).lines, [
    'pipeline.yaml:3 wrong-type: targets.a.retries must be a whole number of at least 0, not -1',
    'pipeline.yaml:4 bad-path: "../out" lies outside the workspace',
  ]);
});

test('a config is held against its schema, with the line in the config', async ({ folder }) => {
  const files = {
    'pipeline.yaml': `config_schema: s.json\n${pipeline}`,
    's.json': '{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["m"]}',
    'config.yaml': 'm: 1\n\nn: x\n',
  };
  const { lines } = await open(folder, files);
  assert.is(lines.length, 1);
  assert.match(lines[0] as string, /^config\.yaml:3 config-invalid: config n: /);
  assert.equal((await open(folder, { ...files, 'config.yaml': 'm: 1\nn: 2\n' })).lines, []);
  assert.is(
    (await open(folder, files, { sets: ['n=3'] })).lines.length,
    0,
    'the config is judged after --set',
  );
  const missing = await open(folder, { ...files, 'pipeline.yaml': `config_schema: nope.json\n${pipeline}` });
  assert.match(missing.lines.join(), /config-schema-missing: the config schema "nope\.json" does not exist/);
  const broken = await open(folder, { ...files, 's.json': '{"type": 5}' });
  assert.match(broken.lines.join(), /^s\.json:1 config-schema-invalid: /);
});

test('opening and planning write nothing', async ({ folder }) => {
  const files = {
    'pipeline.yaml':
      'config: c.yaml\ntargets: { t: { run: "x ${{ outputs }}", inputs: src, outputs: o, manifest: m.json } }\n',
    'c.yaml': 'a: 1\n',
    src: '1',
  };
  const workspace = await workspaceOf(folder, files, { write: true });
  const before = folder.tree();
  assert.equal(verdictCounts(planAll(workspace)), { run: 1 });
  assert.equal(folder.tree(), before);
  assert.equal(Object.keys(before).sort(), ['c.yaml', 'pipeline.yaml', 'src']);
});

test('what was parsed is kept only when asked, and is never used for another text or program', async ({
  folder,
}) => {
  const files = { 'pipeline.yaml': pipeline, 'config.yaml': 'a: 1\n' };
  (await workspaceOf(folder, files)).keepCaches();
  assert.not.ok(Object.keys(folder.tree()).some((path) => path.startsWith('.evalmake/')));
  (await workspaceOf(folder, files, { write: true })).keepCaches();
  const kept = folder.tree('.evalmake/cache');
  assert.equal(Object.keys(kept), ['config.json', 'pipeline.json']);
  folder.write({
    '.evalmake/cache/config.json': (kept['config.json'] as string).replace('"a":1', '"a":"from the cache"'),
  });
  assert.equal((await workspaceOf(folder, files)).config.value, { a: 'from the cache' });
  assert.equal((await workspaceOf(folder, files, { build: 'another' })).config.value, { a: 1 });
  assert.equal((await workspaceOf(folder, { ...files, 'config.yaml': 'a: 2\n' })).config.value, { a: 2 });
  folder.write({ '.evalmake/cache/config.json': '{ torn', '.evalmake/cache/pipeline.json': '' });
  assert.equal((await workspaceOf(folder, files)).config.value, { a: 1 });
});

test('a secret is there when the environment or the env_file has it, not when it is empty', async ({
  folder,
}) => {
  const text = 'env_file: .env\ntargets: { t: { run: x, secrets: [KEY] } }\n';
  const counts = async (files: Record<string, string>, env: Record<string, string> = {}) =>
    verdictCounts(planAll(await workspaceOf(folder, { 'pipeline.yaml': text, ...files }, { env })));
  assert.equal(await counts({}), { blocked: 1 });
  assert.equal(await counts({}, { KEY: 'k' }), { run: 1 });
  assert.equal(await counts({}, { KEY: '' }), { blocked: 1 });
  assert.equal(await counts({ '.env': 'KEY=\n' }), { blocked: 1 });
  assert.equal(await counts({ '.env': 'KEY=k\n' }), { run: 1 });
});

test('a tool is the package behind a command of node_modules/.bin', async ({ folder }) => {
  const files = {
    'pipeline.yaml': 'targets: { t: { run: tool a } }\n',
    'node_modules/.bin/tool': '',
    'node_modules/.bin/package.json': '{"name": "p", "version": "1.2.3"}',
  };
  const { world } = await workspaceOf(folder, files);
  assert.equal(
    [world.tool('tool'), world.tool('none'), world.tool('../tool')],
    ['p@1.2.3', undefined, undefined],
  );
});

test('the environment that counts is the one that was given', async ({ folder }) => {
  const { world } = await workspaceOf(
    folder,
    { 'pipeline.yaml': pipeline, 'config.yaml': '' },
    { env: { LANG: 'C', NONE: undefined } },
  );
  assert.equal([world.env('LANG'), world.env('NONE'), world.env('PATH')], ['C', undefined, undefined]);
  assert.is(typeof world.env('constructor'), 'undefined');
});

test('damage of the journal is told when the workspace is opened', async ({ folder }) => {
  const files = {
    'pipeline.yaml': pipeline,
    'config.yaml': '',
    '.evalmake/journal.jsonl': 'evalmake-journal 1\n0123456789abcdef finished t {"to',
  };
  assert.equal((await open(folder, files)).warnings, [
    'the journal ended in the middle of a line; only what that line said is lost',
  ]);
});

test('the pipeline is looked for upwards', ({ folder }) => {
  folder.write({ 'pipeline.yaml': '', 'a/b/': '', 'c/pipeline.yaml': '', 'c/d/': '' });
  assert.is(findRoot(folder.path('a/b'), 'pipeline.yaml'), folder.root);
  assert.is(findRoot(folder.path('c/d'), 'pipeline.yaml'), folder.path('c'));
  assert.is(findRoot(folder.path('a'), 'no-such-pipeline.yaml'), undefined);
});

test.run();
