// Fingerprints: exactly what decides what a task produces, under labels that say what it is; place and price are not in it.
import { fingerprintKey, shorten, writtenByUs } from '@evalmake/core/fingerprint';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { differing, fingerprintIn, partsOf } from './doubles/fingerprint-of.ts';
import { digestOf, MemoryWorld } from './doubles/memory-world.ts';

/** Parts of a lone target with this body. */
function parts(
  body: string,
  options: { config?: string; world?: MemoryWorld; vars?: string } = {},
): Readonly<Record<string, string>> {
  const vars = options.vars === undefined ? '' : `vars: ${options.vars}\n`;
  return partsOf(`${vars}targets:\n  t:\n${body.replace(/^/gm, '    ')}\n`, options);
}

/** Labels that differ between two bodies. */
function changes(one: string, two: string, options: Parameters<typeof parts>[1] = {}): string[] {
  return differing(parts(one, options), parts(two, options));
}

test('every kind of part has its label', () => {
  const world = new MemoryWorld({
    'data/a.txt': 'a',
    'data/b.txt': 'b',
    'src/run.py': 'code',
    'lib/x.py': 'x',
    'm/model': 'weights',
  });
  world.variables.set('LANG', 'C');
  world.tools.set('evalkit', 'evalkit@1.2.0');
  const body = `
run: evalkit x | python run.py \${{ config.lr }} \${{ m }} \${{ env.LANG }} \${{ inputs.raw }} \${{ outputs }}
each: { m: [gpt] }
config: [seed, model]
env: { A: "v \${{ config.lr }}" }
inputs: { raw: data/*.txt, big: { path: m/model, digest: listing } }
outputs: { one: o/1, set: s/* }
prelude: module load cuda
cwd: src
version: 3
code: lib/*.py`.trim();
  const made = parts(body, { world, config: 'seed: 7\nmodel: { name: x, t: 1.0 }\nlr: 0.1\nother: 1\n' });
  assert.equal(Object.keys(made).sort(), [
    'command',
    'config:lr',
    'config:model.name',
    'config:model.t',
    'config:seed',
    'cwd',
    'each:m',
    'env:A',
    'env:LANG',
    'input:big:m/model',
    'input:raw:data/a.txt',
    'input:raw:data/b.txt',
    'outputs',
    'prelude',
    'script:lib/x.py',
    'script:src/run.py',
    'shell',
    'tool:evalkit',
    'version',
  ]);
  const { command, shell, outputs, version } = made;
  assert.match(command as string, /^evalkit x \| python run\.py \$\{\{ config\.lr \}\}/);
  assert.equal([shell, version, outputs], ['bash', '3', '[["one","file"],["set","glob"]]']);
  assert.equal(
    [made['config:model.t'], made['config:model.name'], made['each:m'], made['env:A']],
    ['1', '"x"', '"gpt"', 'v 0.1'],
  );
  assert.equal(
    [made['input:raw:data/a.txt'], made['input:big:m/model'], made['script:lib/x.py']],
    [digestOf('a'), 'size:7', digestOf('x')],
  );
});

test('the place of outputs does not count: not their path, the manifest, a path in the command', () => {
  const body = (dir: string) =>
    `run: x \${{ outputs }} \${{ outputs.dir }}\noutputs: ${dir}/f\nmanifest: ${dir}/m.json`;
  assert.equal(changes(body('a'), body('b/c')), []);
  const config = (run: string) =>
    parts('run: x ${{ outputs }}\noutputs: "${{ config.run }}/f"', { config: `run: ${run}\n` });
  assert.equal(config('r1'), config('r2'));
});

test('the place of outputs does not count in a variable either', () => {
  const body = (dir: string) => `run: x\nenv: { OUT: "\${{ outputs }}" }\noutputs: ${dir}/f`;
  assert.equal(changes(body('a'), body('b')), []);
});

test('names and kinds of outputs count', () => {
  assert.equal(changes('run: x\noutputs: { a: f }', 'run: x\noutputs: { b: f }'), ['outputs']);
  assert.equal(changes('run: x\noutputs: f', 'run: x\noutputs: f/'), ['outputs']);
});

test('what does not decide the result does not count', () => {
  const more =
    'run: x\ndesc: d\nwhen: true\nretries: 3\ntimeout: 1h\npool: p\nkeep: true\nstage: s\nmetrics: { m: a.json#/x }\noutputs: o\nchecks: { non_empty: true }';
  const pools = 'pools: { p: 1 }\n';
  const one = partsOf('targets: { t: { run: x, outputs: o } }\n');
  assert.equal(partsOf(`${pools}targets:\n  t:\n${more.replace(/^/gm, '    ')}\n`), one);
});

test('a config value is what it is as JSON: 1 is 1.0, but not "1", and missing is not null', () => {
  const of = (config: string) => parts('run: x\nconfig: [a, b]', { config });
  assert.equal(of('a: 1\n'), of('a: 1.0\n'));
  assert.equal(of('a: { c: 1, d: 2 }\n'), of('a: { d: 2, c: 1 }\n'));
  assert.equal(differing(of('a: 1\n'), of('a: "1"\n')), ['config:a']);
  assert.equal(differing(of('a: 1\n'), of('a: 1\nb: null\n')), ['config:b']);
  assert.equal(differing(of('a: true\n'), of('a: "true"\n')), ['config:a']);
  assert.equal(differing(of('a: []\n'), of('a: {}\n')), ['config:a']);
  assert.equal(differing(of('a: [1, 2]\n'), of('a: [2, 1]\n')), ['config:a']);
  assert.equal(differing(of('a: { c: 1 }\n'), of('a: { c: 2, e: 1 }\n')), ['config:a.c', 'config:a.e']);
});

test('numbers that JSON cannot tell apart, but the command can, differ', () => {
  const of = (seed: string) => parts('run: x ${{ config.seed }}', { config: `seed: ${seed}\n` });
  assert.equal(differing(of('12345678901234567890'), of('12345678901234567891')), ['config:seed']);
});

test('only declared and used keys count; all of them with a star', () => {
  const of = (config: string, body = 'run: x\nconfig: a') => parts(body, { config });
  assert.equal(of('a: 1\nz: 1\n'), of('a: 1\nz: 2\n'));
  const star = 'run: x ${{ config }}\nconfig: "*"';
  assert.equal(differing(of('a: 1\nz: 1\n', star), of('a: 1\nz: 2\n', star)), ['config:z']);
  assert.is(
    differing(of('"gpt-4.1": 1\n', star), of('"gpt-4.1": 2\n', star)).length,
    1,
    'a key with a dot in it',
  );
});

test('each values count only when the command uses them, and only the used field', () => {
  const of = (run: string, fields: string) =>
    parts(`run: ${run}\neach: { m: [${fields}] }\noutputs: "o/\${{ m.name }}"`);
  const run = 'x ${{ m.size }} ${{ outputs }}';
  assert.equal(of(run, '{ name: a, size: 1 }'), of(run, '{ name: b, size: 1.0 }'));
  assert.equal(differing(of(run, '{ name: a, size: 1 }'), of(run, '{ name: a, size: 2 }')), ['each:m.size']);
  assert.equal(
    Object.keys(of('x ${{ outputs }}', '{ name: a }')).filter((l) => l.startsWith('each')),
    [],
  );
  assert.ok('each:m' in of('x ${{ task }}', '{ name: a }'), 'the task file holds all values');
});

test('another value added to each leaves the parts of the others as they were', () => {
  const text = (values: string) =>
    `targets: { t: { run: "x \${{ m }} \${{ outputs }}", each: { m: ${values} }, outputs: "o/\${{ m }}" } }\n`;
  assert.equal(partsOf(text('[a]'), {}, 't@a'), partsOf(text('[z, a, b]'), {}, 't@a'));
});

test('vars are opened: what they say counts, their names do not', () => {
  assert.equal(parts('run: x ${{ v }}', { vars: '{ v: --fast }' }).command, 'x --fast');
  assert.equal(
    differing(
      parts('run: x ${{ v }}', { vars: '{ v: a }' }),
      parts('run: x ${{ w }}', { vars: '{ w: "${{ u }}", u: a }' }),
    ),
    [],
  );
  const nested = { vars: '{ v: "--lr ${{ config.lr }} ${{ w }}", w: "${{ m }}" }', config: 'lr: 1\n' };
  assert.equal(Object.keys(parts('run: x ${{ v }}\neach: { m: [q] }', nested)).sort(), [
    'command',
    'config:lr',
    'each:m',
    'outputs',
    'shell',
  ]);
});

test('vars are opened in env too, beside references that stay symbolic', () => {
  const of = (flag: string) =>
    parts('run: x\nenv: { OPTS: "${{ v }} --out ${{ outputs }}" }\noutputs: o', { vars: `{ v: ${flag} }` });
  assert.equal(differing(of('--slow'), of('--fast')), ['env:OPTS']);
});

test('a var counts as well when only what is made of it stands in the command', () => {
  const of = (x: string) =>
    parts('run: x ${{ v.slug }}\noutputs: o', { vars: '{ v: "a ${{ config.x }}" }', config: `x: ${x}` });
  assert.equal(differing(of('1'), of('2')), ['config:x']);
});

test('scripts of a command that hides in a var count as well', () => {
  const of = (code: string) =>
    parts('run: ${{ tool }} --out ${{ outputs }}\noutputs: o', {
      vars: '{ tool: python tools/run.py }',
      world: new MemoryWorld({ 'tools/run.py': code }),
    });
  assert.equal(differing(of('one'), of('two')), ['script:tools/run.py']);
});

test('env: a name that is set, one that is taken over, and one that is not there', () => {
  const world = (value?: string) => {
    const made = new MemoryWorld();
    if (value !== undefined) made.variables.set('LANG', value);
    return made;
  };
  assert.equal(parts('run: x\nenv: [LANG]', { world: world('C') })['env:LANG'], 'C');
  assert.not.ok('env:LANG' in parts('run: x\nenv: [LANG]', { world: world() }));
  assert.equal(parts('run: x\nenv: { LANG: de }', { world: world('C') })['env:LANG'], 'de');
  assert.equal(parts('run: x', { world: world('C') }), parts('run: x', { world: world('D') }));
});

test('env: a variable made from its own outer value counts as it is made', () => {
  const world = new MemoryWorld();
  world.variables.set('PYTHONPATH', '/lib');
  const of = (dir: string) =>
    parts(`run: x\nenv: { PYTHONPATH: "${dir}:\${{ env.PYTHONPATH }}" }`, { world });
  assert.equal(differing(of('src'), of('other')), ['env:PYTHONPATH']);
});

test('the value of a secret is in no part', () => {
  const world = new MemoryWorld();
  world.variables.set('KEY', 'hunter2-hunter2');
  world.secrets.add('KEY');
  for (const body of [
    'run: x\nsecrets: [KEY]',
    'run: x\nsecrets: [KEY]\nenv: [KEY]',
    'run: x\nsecrets: [KEY]\nenv: { KEY: }',
  ]) {
    assert.not.match(JSON.stringify(parts(body, { world })), /hunter2/, body);
  }
});

test('an option word that stands before an input counts, since the command gets it', () => {
  const world = new MemoryWorld({ f: '' });
  const body = (flag: string) => `run: x \${{ inputs.i }}\ninputs: { i: { path: f, flag: ${flag} } }`;
  assert.is(changes(body('--old'), body('--new'), { world }).length, 1);
});

test('inputs: content counts, and where it lies; order and repetition in a list count too', () => {
  const world = new MemoryWorld({ a: '1', b: '2', c: '1' });
  const body = (list: string) => `run: cat \${{ inputs }}\ninputs: ${list}`;
  assert.equal(changes(body('a'), body('c'), { world }), ['input:a', 'input:c']);
  assert.equal(changes(body('[a, b]'), body('[b, a]'), { world }), ['input:#order']);
  assert.is(changes(body('[a, b]'), body('[a, b, b]'), { world }).length, 1);
  assert.equal(changes('run: x\ninputs: { p: a }', 'run: x\ninputs: { q: a }', { world }), [
    'input:p:a',
    'input:q:a',
  ]);
  assert.equal(changes('run: x\ninputs: { p: a, q: b }', 'run: x\ninputs: { q: b, p: a }', { world }), []);
});

test('inputs: what is only for the order does not count', () => {
  const one = new MemoryWorld({ a: '1' });
  const two = new MemoryWorld({ a: '2' });
  const body = 'run: x\ninputs: { p: { path: a, order_only: true } }';
  assert.equal(parts(body, { world: one }), parts(body, { world: two }));
});

test('inputs: an optional one that is missing leaves no trace, a required one is named', () => {
  const of = (input: string) => fingerprintIn(`targets: { t: { run: x, inputs: { p: ${input} } } }\n`);
  assert.equal(of('{ path: nope, optional: true }').missing, []);
  assert.equal(of('{ glob: "nope/*", optional: true }').missing, []);
  assert.equal(of('nope').missing, ['nope']);
  assert.equal(of('nope/*').missing, ['nope/*']);
});

test('files that evalmake writes are never inputs', () => {
  const files = ['d/x.json', 'd/m.json', 'd/m.backup.2024-01-01T00-00-00Z.json', 'd/m.json.corrupt.2024'];
  const world = new MemoryWorld(Object.fromEntries(files.map((f) => [f, f])));
  const made = parts('run: x\ninputs: { p: d/* }\nmanifest: d/m.json', { world });
  assert.equal(
    Object.keys(made).filter((l) => l.startsWith('input')),
    ['input:p:d/x.json'],
  );
  const manifests = new Set(['d/m.json', 'd/other']);
  assert.equal(
    [...files, 'd/m.backup.json', 'd/other.corrupt.1'].map((f) => writtenByUs(f, manifests)),
    [false, true, true, true, false, true],
  );
});

const code = new MemoryWorld({
  'run.py': '1',
  'a.sh': '2',
  'lib/b.py': '3',
  'data.json': '4',
  tool: '5',
  'sub/run.py': '6',
  'uv.lock': '7',
});

function scripts(body: string): string[] {
  return Object.keys(parts(body, { world: code }))
    .filter((l) => l.startsWith('script:'))
    .map((l) => l.slice(7))
    .sort();
}

test('code: the first word of a command, and words with the ending of a script, when they are files', () => {
  assert.equal(scripts('run: python run.py --lib=lib/b.py data.json'), ['lib/b.py', 'run.py']);
  assert.equal(scripts('run: ./tool data.json'), ['tool']);
  assert.equal(scripts('run: A=1 bash ./a.sh | tool && x; python "run.py"'), ['a.sh', 'run.py', 'tool']);
  assert.equal(scripts('run: [python, run.py, data.json]'), ['run.py']);
  assert.equal(scripts('run: echo tool'), []);
  assert.equal(scripts('run: python nope.py ../run.py /run.py'), []);
});

test('code: words are seen from the folder of the command', () => {
  assert.equal(scripts('run: python run.py\ncwd: sub'), ['sub/run.py']);
  assert.equal(scripts('run: python ../a.sh\ncwd: sub/'), ['a.sh']);
});

test('code: patterns of the target; an output is never code', () => {
  assert.equal(scripts('run: x\ncode: ["lib/*.py", uv.lock, "*.nope"]'), ['lib/b.py', 'uv.lock']);
  assert.equal(scripts('run: python gen.py > run.py\noutputs: run.py'), []);
  assert.equal(scripts('run: x\noutputs: lib/\ncode: lib/*.py'), []);
  assert.equal(scripts('run: python lib/b.py\noutputs: lib/'), []);
});

test('tools: a command of node_modules/.bin is known by its version', () => {
  const world = (version: string) => {
    const made = new MemoryWorld();
    made.tools.set('evalkit', `evalkit@${version}`);
    return made;
  };
  const of = (run: string, version: string) => parts(`run: ${run}`, { world: world(version) });
  for (const run of [
    'evalkit a',
    'x && evalkit b',
    '[evalkit, a]',
    'A=1 evalkit c',
    '"if true; then evalkit d; fi"',
  ])
    assert.equal(differing(of(run, '1'), of(run, '2')), ['tool:evalkit'], run);
  assert.equal(of('echo evalkit', '1'), of('echo evalkit', '2'));
});

test('short values are stored as they are, long ones as their digest', () => {
  assert.is(shorten('x'.repeat(200), digestOf), 'x'.repeat(200));
  assert.is(shorten('x'.repeat(201), digestOf), digestOf('x'.repeat(201)));
  assert.match(parts(`run: ${'x'.repeat(300)}`).command as string, /^sha256:/);
});

test('a script and an argv list of the same words are two commands', () => {
  assert.equal(changes('run: x y', 'run: [x, y]'), ['command', 'shell']);
  assert.equal(changes('run: [x, "y z"]', 'run: [x, y, z]'), ['command']);
});

test('members of a set count by the record of its producer', () => {
  const world = new MemoryWorld({ 's/1': 'a', 's/2': 'b', 's/3': 'not of the set' });
  const files = ['s/1', 's/2'].map((path) => ({ path, digest: digestOf(path), bytes: 1 }));
  world.journal.set('p', [
    { task: 'p', target: 'p', parts: {}, outputs: { '': files }, checks: [], at: '', run: 1, ms: 1 },
  ]);
  const text = 'targets: { p: { run: x, outputs: s/* }, t: { run: y, inputs: { from: p } } }\n';
  const made = partsOf(text, { world }, 't');
  assert.equal(
    Object.entries(made).filter(([l]) => l.startsWith('input')),
    [
      ['input:s/1', digestOf('a')],
      ['input:s/2', digestOf('b')],
    ],
  );
});

test('the key of a fingerprint does not depend on the order of its parts, and no two share one', () => {
  const label = fc.constantFrom('a', 'b', 'c', 'a\0', 'input:x');
  const value = fc.constantFrom('', '1', '2', '1\nb\0', 'x');
  const map = fc.dictionary(label, value, { noNullPrototype: true });
  fc.assert(
    fc.property(map, map, (one, two) => {
      const same = differing(one, two).length === 0;
      const turned = Object.fromEntries(Object.entries(one).reverse());
      assert.is(
        fingerprintKey(one, (t) => t),
        fingerprintKey(turned, (t) => t),
      );
      if (same)
        assert.is(
          fingerprintKey(one, (t) => t),
          fingerprintKey(two, (t) => t),
        );
    }),
  );
});

test.run();
