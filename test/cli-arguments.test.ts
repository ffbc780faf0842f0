// The command line: every way to write an option, verbs beside targets, and exit codes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonMap } from '@evalmake/core/json';
import * as assert from 'uvu/assert';
import { compiled, documentOf, refusals, schemaOf } from './house/schema.ts';
import { parsePlan } from './workspace/documents.ts';
import { writeChain } from './workspace/pipelines.ts';
import { repository } from './workspace/program.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** Asserts that the arguments explain and do not run anything. */
async function assertDry(ws: Workspace, args: readonly string[]): Promise<string> {
  const outcome = await ws.evalmake(args);
  assert.is(outcome.code, 0, `${args.join(' ')}: ${outcome.stderr}`);
  assert.equal(ws.ran(), [], args.join(' '));
  return outcome.stdout;
}

scenario('A dry run is a dry run, wherever -n stands and whatever follows it.', async (ws) => {
  writeChain(ws);
  for (const args of [['--dry-run'], ['-n'], ['--dry-run', 'report'], ['-n', 'report'], ['report', '-n']]) {
    assert.match(await assertDry(ws, args), 'report', args.join(' '));
  }
  for (const args of [['-nk'], ['-kn'], ['-nj4'], ['-n', '-j', '4', 'report'], ['build', '-n']])
    await assertDry(ws, args);
});

scenario(
  'Targets after a flag stay targets: `--dry-run upper norm` explains both and not the rest.',
  async (ws) => {
    writeChain(ws);
    for (const args of [
      ['--dry-run', 'upper', 'norm'],
      ['-n', 'upper', 'norm'],
      ['-nk', 'norm', 'upper'],
    ]) {
      const plan = parsePlan(await assertDry(ws, ['--json', ...args]));
      assert.equal(plan.tasks.map((task) => task.id).sort(), ['norm', 'upper'], args.join(' '));
    }
  },
);

scenario('--dry-run with an unknown second target is an error and no build.', async (ws) => {
  writeChain(ws);
  const outcome = await ws.evalmake(['--dry-run', 'report', 'extra']);
  assert.is(outcome.code, 2);
  assert.match(outcome.stderr, 'extra');
  assert.equal(ws.ran(), []);
});

scenario('-k, --json and --quiet do not swallow the next word either.', async (ws) => {
  writeChain(ws);
  for (const flag of ['-k', '--keep-going', '--json', '--quiet', '--verbose', '--resume']) {
    ws.write('in.txt', `${flag}\n`);
    const outcome = await ws.evalmake([flag, 'norm']);
    assert.is(outcome.code, 0, `${flag}: ${outcome.stderr}`);
    assert.equal(ws.ran(), ['norm'], flag);
  }
});

scenario('-j4, -j 4, --jobs 4 and --jobs=4 are the same; zero, words and nothing are errors.', async (ws) => {
  writeChain(ws);
  for (const args of [['-j4'], ['-j', '4'], ['--jobs', '4'], ['--jobs=4'], ['-j4', 'norm']])
    await assertDry(ws, ['-n', ...args]);
  for (const args of [['-j0'], ['-j', 'many'], ['--jobs=-1'], ['--jobs']]) {
    const outcome = await ws.evalmake(['-n', ...args]);
    assert.is(outcome.code, 2, args.join(' '));
    assert.match(outcome.stderr, /jobs|-j/);
  }
});

scenario('After -- everything is a target.', async (ws) => {
  writeChain(ws);
  assert.is((await ws.evalmake(['--', 'norm'])).code, 0);
  assert.equal(ws.ran(), ['norm']);
  const outcome = await ws.evalmake(['--', '--dry-run']);
  assert.is(outcome.code, 2);
  assert.match(outcome.stderr, '--dry-run');
  assert.equal(ws.ran(), []);
});

scenario('A target named like a verb is built with `evalmake build NAME`.', async (ws) => {
  ws.pipeline(`
    targets:
      status:
        run: echo status >> "$RAN_LOG"; echo 1 > \${{ outputs }}
        outputs: status.txt
  `);
  assert.is((await ws.evalmake(['status'])).code, 0);
  assert.equal(ws.ran(), []);
  assert.is((await ws.evalmake(['build', 'status'])).code, 0);
  assert.equal(ws.ran(), ['status']);
});

scenario('An unknown option is an error with a suggestion, and nothing runs.', async (ws) => {
  writeChain(ws);
  for (const [wrong, right] of [
    ['--dryrun', '--dry-run'],
    ['--keepgoing', '--keep-going'],
    ['--jsn', '--json'],
  ] as const) {
    const outcome = await ws.evalmake([wrong, 'report']);
    assert.is(outcome.code, 2, wrong);
    assert.match(outcome.stderr, wrong);
    assert.match(outcome.stderr, /did you mean/i);
    assert.match(outcome.stderr, right);
  }
  assert.is((await ws.evalmake(['-z'])).code, 2);
  assert.equal(ws.ran(), []);
});

scenario('--version prints the bare number, --help the usage; neither needs a pipeline.', async (ws) => {
  const { version } = JSON.parse(readFileSync(join(repository, 'packages/cli/package.json'), 'utf8'));
  const outcome = await ws.evalmake(['--version']);
  assert.is(outcome.code, 0);
  assert.is(outcome.stdout, `${version}\n`);
  const help = await ws.evalmake(['--help']);
  assert.is(help.code, 0);
  for (const text of ['--dry-run', '--watch', '--set', 'status', 'why', 'init'])
    assert.match(help.stdout, text);
});

scenario('--set takes KEY=VALUE, several times; a wrong form or an unknown key is an error.', async (ws) => {
  writeChain(ws);
  const { ran } = await step(ws, ['--set', 'title=Two words', '--set=model.size=3', 'build', 'report']);
  assert.equal(ran, ['norm', 'report', 'upper']);
  assert.match(ws.read('out/report.txt'), /^Two words\n/);
  for (const args of [['--set', 'title'], ['--set', '=x'], ['--set']]) {
    assert.is((await ws.evalmake(['-n', ...args])).code, 2, args.join(' '));
  }
  const unknown = await ws.evalmake(['-n', '--set', 'titel=x']);
  assert.is(unknown.code, 2);
  assert.match(unknown.stderr, /titel.*title/is);
});

scenario('A value with an equals sign keeps it.', async (ws) => {
  writeChain(ws);
  await step(ws, ['--set', 'title=a=b=c']);
  assert.match(ws.read('out/report.txt'), /^a=b=c\n/);
});

scenario('--exit-code turns "stale" into 3; fresh is 0.', async (ws) => {
  writeChain(ws);
  assert.is((await ws.evalmake(['--dry-run', '--exit-code'])).code, 3);
  assert.is((await ws.evalmake(['status', '--exit-code'])).code, 3);
  assert.is((await ws.evalmake(['--dry-run'])).code, 0);
  await step(ws);
  assert.is((await ws.evalmake(['--dry-run', '--exit-code'])).code, 0);
  assert.is((await ws.evalmake(['status', '--exit-code'])).code, 0);
});

scenario(
  '-C starts elsewhere, -f names the pipeline, and both are found from a folder below.',
  async (ws) => {
    writeChain(ws);
    ws.write('deep/er/x.txt', '');
    assert.is((await ws.evalmake(['-C', '..', 'norm'], { from: 'deep' })).code, 0);
    assert.equal(ws.ran(), ['norm']);
    assert.is((await ws.evalmake(['upper'], { from: 'deep/er' })).code, 0, 'searched upwards');
    assert.equal(ws.ran(), ['upper']);
    ws.write('other.yaml', ws.read('pipeline.yaml').replace('echo report', 'echo other'));
    assert.is((await ws.evalmake(['-f', 'other.yaml', 'report'])).code, 0);
    assert.equal(ws.ran(), ['other']);
  },
);

scenario(
  'An output path is a target, relative to the folder of the caller; a glob of names is several.',
  async (ws) => {
    writeChain(ws);
    assert.equal((await step(ws, ['norm.txt'])).ran, ['norm']);
    ws.write('out/keep.txt', '');
    assert.equal((await step(ws, ['../upper.txt'], { from: 'out' })).ran, ['upper']);
    assert.equal((await step(ws, ['report.txt'], { from: 'out' })).ran, ['report']);
    ws.edit('in.txt', 'alpha', 'omega');
    assert.equal((await step(ws, ['n*', 'up*'])).ran, ['norm', 'upper']);
  },
);

scenario(
  '`status`, `why` and `graph` answer, change nothing, and put the answer on standard output.',
  async (ws) => {
    writeChain(ws);
    await step(ws);
    ws.edit('config.yaml', 'Results', 'Findings');
    const before = ws.tree();
    const why = await ws.evalmake(['why', 'report']);
    assert.is(why.code, 0);
    for (const text of ['Results', 'Findings', 'title']) assert.match(why.stdout, text);
    const status = await ws.evalmake(['status']);
    for (const id of ['norm', 'upper', 'report']) assert.match(status.stdout, id);
    for (const format of ['text', 'dot', 'mermaid']) {
      const graph = await ws.evalmake(['graph', '--format', format]);
      assert.is(graph.code, 0, graph.stderr);
      for (const id of ['norm', 'upper', 'report']) assert.match(graph.stdout, id);
    }
    assert.equal([...ws.tree()], [...before]);
    assert.equal(ws.ran(), []);
  },
);

scenario('`init` writes a pipeline that builds, and does not overwrite one.', async (ws) => {
  const init = await ws.evalmake(['init']);
  assert.is(init.code, 0, init.stderr);
  assert.is((await ws.evalmake([])).code, 0);
  await assertSettled(ws);
  assert.match(ws.read('.gitignore'), '.evalmake');
  const text = ws.read('pipeline.yaml');
  const modeline = /^# yaml-language-server: \$schema=\.\/(\S+)\n/.exec(text)?.[1];
  assert.is(modeline, 'schemas/pipeline.schema.json', 'the first line names the schema for editors');
  const written = JSON.parse(ws.read(modeline as string)) as JsonMap;
  assert.equal(written, schemaOf('pipeline'));
  assert.equal(refusals(compiled('pipeline'), documentOf(text)), []);
  const before = ws.tree();
  assert.is.not((await ws.evalmake(['init'])).code, 0);
  assert.equal([...ws.tree()], [...before]);
});

scenario('`schema` prints JSON Schema; with --json nothing else reaches standard output.', async (ws) => {
  const schema = await ws.evalmake(['schema']);
  assert.is(schema.code, 0);
  assert.type(JSON.parse(schema.stdout), 'object');
  writeChain(ws);
  for (const args of [
    ['status', '--json'],
    ['-n', '--json'],
    ['-n', '--json', '--verbose'],
  ]) {
    const outcome = await ws.evalmake(args);
    assert.is(outcome.code, 0, outcome.stderr);
    assert.type(JSON.parse(outcome.stdout), 'object', args.join(' '));
  }
});

runScenarios();
