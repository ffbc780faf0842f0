// Parsing the top of a pipeline and its targets: every form it takes, and exactly one located problem for each wrong one.
import { parseLoosely, parsePipeline } from '@evalmake/core/parse';
import type { Target } from '@evalmake/core/pipeline';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseProblems, pipelineOf } from './doubles/pipeline-text.ts';

function targetOf(body: string, rest = ''): Target {
  return pipelineOf(`${rest}targets:\n  t:\n    run: x\n${body.replace(/^/gm, '    ')}\n`)
    .targets[0] as Target;
}

/** The problems of a target body; lines count from the body's first line. */
function wrong(body: string): string[] {
  const found = parseProblems(`targets:\n  t:\n    run: x\n${body.replace(/^/gm, '    ')}\n`);
  return found.map((line) => line.replace(/^(\d+):(\d+)/, (_, l, c) => `${Number(l) - 3}:${Number(c) - 4}`));
}

test('a whole pipeline', () => {
  const made = pipelineOf(`
name: n
config: c.yaml
config_schema: s.json
default: [a, "b@x"]
pools: { p: 2 }
vars: { v: "x/\${{ config.y }}" }
targets:
  a: { run: x }
  b: { run: [y, z], inputs: { from: a } }
`);
  assert.equal(
    { ...made, targets: made.targets.map((t) => t.name) },
    {
      name: 'n',
      configFile: 'c.yaml',
      configSchema: 's.json',
      default: ['a', 'b@x'],
      pools: { p: 2 },
      vars: { v: 'x/${{ config.y }}' },
      targets: ['a', 'b'],
      paidStore: undefined,
      budgetUsd: undefined,
      cache: undefined,
    },
  );
});

test('a pipeline of nothing but targets has a name and no default', () => {
  const made = pipelineOf('targets: { a: { run: x } }\n');
  assert.is(made.name, 'pipeline');
  assert.is(made.default, undefined);
  assert.equal(pipelineOf('default: a\ntargets: { a: { run: x } }\n').default, ['a']);
});

test('a pipeline is plain data, so that it can be cached', () => {
  const made = pipelineOf(
    'targets:\n  a: { run: x, each: { v: [1.0, {k: 2}] }, inputs: [b, c], outputs: o/ }\n',
  );
  assert.equal(JSON.parse(JSON.stringify(made)), JSON.parse(JSON.stringify({ ...made })));
  assert.ok(!JSON.stringify(made).includes('function'));
});

test('the language version is asked for and held against what is known', () => {
  const problems = (text: string) =>
    parsePipeline(text, 'p').problems.map((p) => `${p.line}:${p.column} ${p.code}: ${p.message}`);
  assert.equal(problems('targets: { a: { run: x } }\n'), [
    '1:1 version: the file does not say which version of the language it is written in',
  ]);
  assert.equal(problems('evalmake: 2\ntargets: { a: { run: x } }\n'), [
    '1:11 version: language version 2 is not known to this evalmake',
  ]);
  assert.equal(problems('evalmake: "1"\ntargets: { a: { run: x } }\n'), [
    '1:11 version: language version "1" is not known to this evalmake',
  ]);
});

test('a file that is no map, or has no targets', () => {
  const problems = (text: string) =>
    parsePipeline(text, 'p').problems.map((p) => `${p.line}:${p.column} ${p.message}`);
  assert.equal(problems(''), ['1:1 the file must be a map with "evalmake: 1" and "targets:"']);
  assert.equal(problems('- a\n'), ['1:1 the file must be a map with "evalmake: 1" and "targets:"']);
  assert.equal(problems('evalmake: 1\n'), ['1:1 the file has no "targets:"']);
  assert.equal(problems('evalmake: 1\ntargets:\n'), ['1:1 the file has no "targets:"']);
  assert.equal(problems('evalmake: 1\ntargets: []\n'), ['2:10 targets must be a map, not a list']);
});

test('an unknown key is told at the key, with the nearest known one; keys that begin with x- are left alone', () => {
  assert.equal(parseProblems('target: {}\nx-mine: 1\ntargets: { a: { run: x } }\n', { hint: true }), [
    '1:1 unknown-key: unknown key "target" in the file | did you mean "targets"?',
  ]);
  assert.equal(wrong('input: a\nx-note: b'), ['1:1 unknown-key: unknown key "input" in targets.t']);
});

test('all mistakes of a file are told at once, in one pass', () => {
  const found = parseProblems(`
pols: 1
targets:
  a: { run: x, retries: -1, inputs: { from: bb } }
  "2x": { run: x }
  b: { runn: x }
`);
  assert.equal(
    found.map((f) => f.replace(/:.*? /, ' ').split(':')[0]),
    ['1 unknown-key', '3 wrong-type', '4 bad-name', '5 unknown-key', '5 no-command', '3 unknown-target'],
  );
});

test('names of targets', () => {
  for (const name of ['a', '_a', 'A-b_9'])
    assert.equal(parseProblems(`targets: { "${name}": { run: x } }\n`), []);
  for (const name of ['1a', '-a', 'a.b', 'a@b', 'a b', 'a/b', 'é', '']) {
    assert.equal(parseProblems(`targets:\n  "${name}": { run: x }\n`), [
      `2:3 bad-name: "${name}" cannot name a target`,
    ]);
  }
});

test('a target that does nothing, or promises outputs without a command', () => {
  assert.equal(parseProblems('targets:\n  a:\n'), [
    '2:5 wrong-type: target "a" is empty: it needs at least "run" or "inputs"',
  ]);
  assert.equal(parseProblems('targets:\n  a: 5\n'), ['2:6 wrong-type: targets.a must be a map, not 5']);
  assert.equal(parseProblems('targets:\n  a: { desc: d }\n'), [
    '2:3 no-command: target "a" has neither "run" nor "inputs"',
  ]);
  assert.equal(parseProblems('targets:\n  a: { outputs: o }\n'), [
    '2:3 no-command: target "a" declares outputs but no "run"',
  ]);
});

test('run: a script, or an argv list', () => {
  assert.is(pipelineOf('targets: { a: { run: "x y" } }\n').targets[0]?.run, 'x y');
  assert.equal(pipelineOf('targets: { a: { run: [x, 1.0, "y z"] } }\n').targets[0]?.run, ['x', '1.0', 'y z']);
  assert.equal(parseProblems('targets:\n  a: { run: " " }\n'), ['2:13 wrong-type: targets.a.run is empty']);
  assert.equal(parseProblems('targets:\n  a: { run: [] }\n'), [
    '2:13 wrong-type: targets.a.run is an empty list',
  ]);
  assert.equal(parseProblems('targets:\n  a: { run: { x: 1 } }\n'), [
    '2:13 wrong-type: targets.a.run must be text, not a map',
  ]);
  assert.equal(parseProblems('targets:\n  a: { run: [x, [y]] }\n'), [
    '2:17 wrong-type: targets.a.run.1 must be text, not a list',
  ]);
});

test('config: one key or a list', () => {
  assert.equal(targetOf('config: a.b').config, ['a.b']);
  assert.equal(targetOf('config: [a, b.0.c]').config, ['a', 'b.0.c']);
  assert.equal(targetOf('config: "*"').config, ['*']);
  assert.equal(wrong('config: { a: 1 }'), ['1:9 wrong-type: targets.t.config must be text, not a map']);
  assert.equal(wrong('config: [[a]]'), ['1:10 wrong-type: targets.t.config.0 must be text, not a list']);
});

test('env: a map that sets, a list that names', () => {
  const both = targetOf('env: { A: 1.0, B: "x ${{ env.C }}", D: , E: true }');
  assert.equal(both.env, { A: '1.0', B: 'x ${{ env.C }}', E: 'true' });
  assert.equal(both.envNames, ['D']);
  assert.equal(targetOf('env: [LANG, TZ]').envNames, ['LANG', 'TZ']);
  assert.equal(wrong('env: { "A-B": 1 }'), ['1:15 wrong-type: "A-B" is not a variable name']);
  assert.equal(wrong('env: { A: [1] }'), ['1:11 wrong-type: targets.t.env.A must be text, not a list']);
  assert.equal(wrong('env: A'), ['1:6 wrong-type: targets.t.env must be a map, not "A"']);
});

test('flags, words, numbers and durations', () => {
  const made = targetOf(
    'keep: true\nfrozen: false\nrebuild: missing\nretries: 2\ntimeout: 1h30m\nversion: 1.0\nstage: s\nexecutor: local',
  );
  assert.equal(
    [
      made.keep,
      made.frozen,
      made.rebuild,
      made.retries,
      made.timeoutMs,
      made.version,
      made.stage,
      made.executor,
    ],
    [true, false, 'missing', 2, 5_400_000, '1.0', 's', 'local'],
  );
  assert.is(targetOf('desc: d').stage, 't');
  for (const [text, ms] of [
    ['90s', 90_000],
    ['250ms', 250],
    ['2d', 172_800_000],
    ['1.5m', 90_000],
    ['20', 20_000],
  ] as const)
    assert.is(targetOf(`timeout: ${text}`).timeoutMs, ms, text);
  assert.equal(wrong('keep: "yes"'), ['1:7 wrong-type: targets.t.keep must be true or false, not "yes"']);
  assert.equal(wrong('rebuild: some'), [
    '1:10 wrong-type: targets.t.rebuild must be one of all, missing, not "some"',
  ]);
  assert.equal(wrong('retries: 1.5'), [
    '1:10 wrong-type: targets.t.retries must be a whole number of at least 0, not 1.5',
  ]);
  for (const bad of ['5x', '-1', 'soon', '0'])
    assert.match(
      wrong(`timeout: ${bad}`).join(),
      /^1:10 wrong-type: targets\.t\.timeout must be a duration/,
      bad,
    );
});

test('when: true, false or a reference', () => {
  assert.is(targetOf('when: false').when, false);
  assert.is(targetOf('when: ${{ config.x }}').when, '${{ config.x }}');
  assert.is(targetOf('desc: d').when, undefined);
});

test('pools: limits of at least one; a pool must be declared', () => {
  assert.equal(parseProblems('pools: { p: 0 }\ntargets: { a: { run: x } }\n'), [
    '1:13 wrong-type: pools.p must be a whole number of at least 1, not 0',
  ]);
  assert.equal(parseProblems('pools: { gpu: 1 }\ntargets:\n  a: { run: x, pool: gpus }\n', { hint: true }), [
    '3:22 unknown-pool: no pool is named "gpus" | did you mean "gpu"?',
  ]);
  assert.equal(parseProblems('targets:\n  a: { run: x, pool: gpu }\n', { hint: true }), [
    '2:22 unknown-pool: no pool is named "gpu" | declare it: pools: { gpu: 1 }',
  ]);
});

test('defaults stand in for what a target does not say; code and env add up', () => {
  const text = `
env_file: .env
defaults: { timeout: 1m, retries: 3, code: [uv.lock], env: { A: x, B: y }, secrets: [K], prelude: p, cwd: d }
targets:
  a: { run: x }
  b: { run: x, timeout: 2m, retries: 0, code: lib.py, env: { B: z, C: w }, secrets: [], prelude: "", env_file: e }
`;
  const [a, b] = pipelineOf(text).targets as [Target, Target];
  assert.equal(
    [a.timeoutMs, a.retries, a.code, a.secrets, a.envFile, a.prelude, a.cwd],
    [60_000, 3, ['uv.lock'], ['K'], '.env', 'p', 'd'],
  );
  assert.equal(
    [b.timeoutMs, b.retries, b.code, b.secrets, b.envFile, b.prelude],
    [120_000, 0, ['uv.lock', 'lib.py'], [], 'e', ''],
  );
  assert.equal(a.env, { A: 'x', B: 'y' });
  assert.equal(b.env, { A: 'x', B: 'z', C: 'w' });
});

test('a mistake in the defaults is told once, where it stands', () => {
  const targets = 'targets: { a: { run: x }, b: { run: x }, c: { run: x } }\n';
  assert.equal(parseProblems(`defaults: { env: 5 }\n${targets}`), [
    '1:18 wrong-type: defaults.env must be a map, not 5',
  ]);
  assert.equal(parseProblems(`defaults: { code: [{}] }\n${targets}`), [
    '1:20 wrong-type: defaults.code.0 must be text, not a map',
  ]);
  assert.equal(parseProblems(`defaults: { timeout: soon }\n${targets}`).length, 1);
  assert.match(
    parseProblems(`defaults: { timeout: soon }\n${targets}`)[0] as string,
    /^1:22 wrong-type: defaults\.timeout /,
  );
  assert.equal(parseProblems(`defaults: { run: y }\n${targets}`), [
    '1:13 unknown-key: unknown key "run" in defaults',
  ]);
});

test('a paid target without a manifest is told where it stands', () => {
  assert.equal(wrong('paid: {}'), [
    '1:1 paid-without-manifest: a paid target needs a "manifest": the record that what was bought is there',
  ]);
});

test('what a job asks of a cluster: a map of words, merged over the defaults', () => {
  const text = `
defaults: { executor: slurm, slurm: { partition: cpu, time: 1h, extra: [--nice=5, -C a100] } }
targets:
  a: { run: x, slurm: { partition: gpu, cpus: 4, mem: "\${{ env.MEM }}" } }
  b: { run: x, executor: local }
`;
  const [a, b] = pipelineOf(text).targets;
  assert.is(a?.executor, 'slurm');
  assert.equal(a?.slurm, {
    partition: 'gpu',
    time: '1h',
    extra: '--nice=5 -C a100',
    cpus: '4',
    mem: '${{ env.MEM }}',
  });
  assert.is(b?.executor, 'local');
  assert.equal(wrong('slurm: { partion: gpu }'), [
    '1:10 unknown-key: unknown key "partion" in targets.t.slurm',
  ]);
  assert.match(
    wrong('executor: cloud')[0] ?? '',
    /^1:11 wrong-type: .*must be one of local, slurm, not "cloud"/,
  );
  assert.match(wrong('slurm: { mem: "${{ inputs }}" }')[0] ?? '', /bad-reference/);
});

test('a metric names a file and a place in it', () => {
  const written = (place: string) =>
    `targets: { a: { run: x, outputs: s.json, metrics: { em: "${place}" } } }\n`;
  for (const place of ['s.json#/open/em', '#/em', '${{ outputs }}#/0/em'])
    assert.equal(parseProblems(written(place)), [], place);
  assert.equal(parseProblems(written('s.json')), [
    '1:57 wrong-type: targets.a.metrics.em must name a file and a place in it, not "s.json"',
  ]);
  assert.match(parseProblems(written('${{ output }}#/em'))[0] ?? '', 'unknown-reference');
});

test('an error stops a pipeline; what could be read is still given loosely', () => {
  const text = 'evalmake: 1\ntargets: { a: { run: x, retries: no }, b: { run: y } }\n';
  assert.is(parsePipeline(text, 'p').value, undefined);
  assert.equal(
    parseLoosely(text, 'p').value?.targets.map((t) => t.name),
    ['a', 'b'],
  );
});

test.run();
