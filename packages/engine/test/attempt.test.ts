// Attempts: the folder a command is given, and what is found in it when the command has ended.
import { appendFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Decision, Graph, Task } from '@evalmake/core';
import type { Workspace } from '@evalmake/engine';
import { type Attempt, attemptDir, prepareAttempt } from '@evalmake/engine/attempt';
import { digestText } from '@evalmake/engine/digest';
import { collect } from '@evalmake/engine/outcome';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';
import { planned, workspaceOf } from './doubles/workspace-on-disk.ts';

const test = suite<{ folder: TemporaryFolder }>('attempt');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

interface Prepared {
  readonly workspace: Workspace;
  readonly graph: Graph;
  readonly task: Task;
  readonly decision: Decision;
  readonly attempt: Attempt;
}

async function prepare(
  folder: TemporaryFolder,
  body: string,
  more: Record<string, string> = {},
  partial?: readonly string[],
): Promise<Prepared> {
  const text = `config: config.yaml\ntargets:\n  t:\n${body.replace(/^/gm, '    ')}\n`;
  const workspace = await workspaceOf(folder, {
    'pipeline.yaml': text,
    'config.yaml': 'a: 1.0\nb: { c: x, d: y }\n',
    src: '1',
    ...more,
  });
  const one = planned(workspace, 't');
  return { workspace, ...one, attempt: prepareAttempt({ workspace, ...one, partial }) };
}

const dir = '.evalmake/attempt/t';

/** What was written, by output: `path digest-of-content`. */
async function collected(
  folder: TemporaryFolder,
  { attempt, graph }: Prepared,
): Promise<Record<string, string[]>> {
  const found = await collect(attempt, graph, folder.root);
  return Object.fromEntries([...found].map(([output, list]) => [output.name, list.map((w) => w.path)]));
}

async function refused(folder: TemporaryFolder, prepared: Prepared): Promise<string> {
  try {
    await collect(prepared.attempt, prepared.graph, folder.root);
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was wrong';
}

test('a script is executed from a file, whose folder is the same every time', async ({ folder }) => {
  const { attempt } = await prepare(
    folder,
    'run: x ${{ inputs }} > ${{ outputs }}\ninputs: src\noutputs: o/f',
  );
  assert.equal(attempt.argv, ['bash', `${dir}/run.sh`]);
  assert.is(folder.read(`${dir}/run.sh`), `set -euo pipefail\nx src > ${dir}/out/o/f\n`);
  assert.is(attempt.cwd, '');
  assert.equal(
    [attempt.env.EVALMAKE, attempt.env.EVALMAKE_TASK, attempt.env.EVALMAKE_CONFIG],
    ['1', 't', undefined],
  );
});

test('the config file holds exactly the declared keys', async ({ folder }) => {
  const { attempt } = await prepare(folder, 'run: [x, "${{ config }}"]\nconfig: [a, b.c]');
  assert.equal(attempt.argv, ['x', `${dir}/config.json`]);
  assert.is(attempt.env.EVALMAKE_CONFIG, `${dir}/config.json`);
  assert.equal(JSON.parse(folder.read(`${dir}/config.json`)), { a: 1, b: { c: 'x' } });
});

test('the task file tells everything: inputs, outputs, each values, config', async ({ folder }) => {
  await prepare(folder, 'run: x ${{ task }}\nconfig: a\ninputs: { i: [src, config2] }\noutputs: { o: o/f }', {
    config2: '',
  });
  assert.equal(JSON.parse(folder.read(`${dir}/task.json`)), {
    task: 't',
    target: 't',
    each: {},
    inputs: [{ name: 'i', paths: ['src', 'config2'] }],
    outputs: { o: `${dir}/out/o/f` },
    config: { a: 1 },
  });
});

test('lists of inputs: of one, and of all', async ({ folder }) => {
  await prepare(folder, 'run: x ${{ inputs.d.list }} ${{ inputs.list }}\ninputs: { d: d/*, s: src }', {
    'd/1': '',
    'd/2 x': '',
  });
  assert.is(folder.read(`${dir}/list-d`), 'd/1\nd/2 x\n');
  assert.is(folder.read(`${dir}/list-`), 'd/1\nd/2 x\nsrc\n');
});

test('what is missing of a set: a star for all, else paths below its fixed folder', async ({ folder }) => {
  const body = 'run: x ${{ outputs.missing }} ${{ outputs.dir }}\noutputs: s/t/part-*\nrebuild: missing';
  await prepare(folder, body);
  assert.is(folder.read(`${dir}/missing`), '*\n');
  await prepare(folder, body, {}, ['s/t/part-1', 's/t/part-2']);
  assert.is(folder.read(`${dir}/missing`), 'part-1\npart-2\n');
});

test('there is room for every output, and nothing of the attempt before', async ({ folder }) => {
  folder.write({ [`${dir}/out/old`]: 'of before' });
  await prepare(folder, 'run: x ${{ outputs }}\noutputs: { f: o/p/f, d: o/q/, s: "o/r/*.txt" }');
  const tree = Object.keys(folder.tree(dir)).sort();
  assert.equal(tree, ['out/o/p/', 'out/o/q/', 'out/o/r/', 'run.sh']);
});

test('files that an earlier attempt saved and that were not put back are never removed', async ({
  folder,
}) => {
  const saved = `${dir}/aside/out.txt`;
  folder.write({ [saved]: 'the only copy' });
  const message = await prepare(folder, 'run: echo\noutputs: out.txt').then(
    () => 'prepared',
    (error: Error) => error.message,
  );
  assert.match(message, /an earlier attempt saved are still in/);
  assert.is(folder.read(saved), 'the only copy');
});

test('a fixed path gets its folder too', async ({ folder }) => {
  await prepare(folder, 'run: x\noutputs: fixed/deep/f');
  assert.ok('fixed/deep/' in folder.tree());
});

test('the name of an attempt fits a file system, however long the task is, and is its own', () => {
  const names = [
    'a'.repeat(300),
    `${'a'.repeat(299)}b`,
    '東'.repeat(120),
    `${'東'.repeat(119)}京`,
    't@x,y',
  ].map((id) => attemptDir(id, digestText));
  for (const name of names) assert.ok(Buffer.byteLength(name.split('/').at(-1) as string) <= 255, name);
  assert.is(new Set(names).size, names.length);
  assert.is(names.at(-1), '.evalmake/attempt/t@x,y');
});

test('state of a task with a long name has a place as well', async ({ folder }) => {
  const name = `v${'東'.repeat(100)}`;
  const text = `targets:\n  t: { run: "x \${{ state }} \${{ v }}", each: { v: [${name}] } }\n`;
  const workspace = await workspaceOf(folder, { 'pipeline.yaml': text });
  const one = planned(workspace, `t@${name}`);
  const attempt = prepareAttempt({ workspace, ...one, partial: undefined });
  assert.match(attempt.places.stateDir, /^\.evalmake\/state\//);
});

test('outputs are collected where they were written, under the paths they shall have', async ({ folder }) => {
  const prepared = await prepare(folder, 'run: x ${{ outputs }}\noutputs: { f: o/f, d: o/d/, s: "s/*.txt" }');
  folder.write({
    [`${dir}/out/o/f`]: '1',
    [`${dir}/out/o/d/in/x`]: '2',
    [`${dir}/out/s/b.txt`]: '3',
    [`${dir}/out/s/a.txt`]: '4',
    [`${dir}/out/s/a.log`]: '',
  });
  assert.equal(await collected(folder, prepared), { f: ['o/f'], d: ['o/d/'], s: ['s/a.txt', 's/b.txt'] });
  const all = await collect(prepared.attempt, prepared.graph, folder.root);
  assert.equal([...all.values()][0]?.[0], {
    path: 'o/f',
    at: `${dir}/out/o/f`,
    digest: digestText('1'),
    bytes: 1,
  });
});

test('all outputs that were not written are named', async ({ folder }) => {
  const prepared = await prepare(folder, 'run: x ${{ outputs }}\noutputs: { f: o/f, g: o/g, h: o/h }');
  folder.write({ [`${dir}/out/o/f`]: '1', [`${dir}/out/o/h/x`]: '' });
  assert.is(
    await refused(folder, prepared),
    'the command ended well but did not write "o/g", "o/h (a folder stands there)"',
  );
});

test('an output that was not written is not excused by an old one in its place', async ({ folder }) => {
  const prepared = await prepare(folder, 'run: x ${{ outputs }}\noutputs: o/f', { 'o/f': 'old' });
  assert.is(await refused(folder, prepared), 'the command ended well but did not write "o/f"');
});

test('a set may be empty; a member that only the folder has is somebody’s', async ({ folder }) => {
  const body = 'run: x ${{ outputs }}\noutputs: s/*.txt';
  assert.equal(await collected(folder, await prepare(folder, body)), { '': [] });
  const text = `config: config.yaml\ntargets:\n  t:\n${body.replace(/^/gm, '    ')}\n`;
  const workspace = await workspaceOf(folder, { 'pipeline.yaml': text });
  const one = planned(workspace, 't');
  const attempt = prepareAttempt({ workspace, ...one, partial: undefined });
  folder.write({ 's/mine.txt': '' });
  assert.match(
    await refused(folder, { workspace, ...one, attempt }),
    /^"s\/mine\.txt" would belong to the output "s\/\*\.txt", but no build wrote it/,
  );
});

test('an output that is a link is what it leads to', async ({ folder }) => {
  const prepared = await prepare(folder, 'run: x ${{ outputs }}\noutputs: o/f');
  writeFileSync(folder.path(`${dir}/out/o/target`), 'content');
  symlinkSync('target', folder.path(`${dir}/out/o/f`));
  const all = await collect(prepared.attempt, prepared.graph, folder.root);
  assert.is([...all.values()][0]?.[0]?.digest, digestText('content'));
  appendFileSync(folder.path('src'), '');
});

test.run();
