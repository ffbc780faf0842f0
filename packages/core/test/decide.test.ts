// Decisions: one small test for each row of the table of verdicts, and for each policy an author can declare.
import type { Decision, Task, TaskRecord } from '@evalmake/core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { build, fileOf, type MemoryBuildOptions, planOf } from './doubles/memory-build.ts';
import { MemoryWorld } from './doubles/memory-world.ts';

const plain = `
targets:
  t:
    run: x \${{ inputs }} \${{ outputs }}
    inputs: src
    outputs: out
`;

/** A target with more declarations than the plain one. */
const withMore = (more: string) => plain + more.replace(/^/gm, '    ');

function decided(text: string, options: MemoryBuildOptions, id?: string): Decision {
  const plan = planOf(text, options);
  const index = id === undefined ? 0 : (plan.graph.byId.get(id) as number);
  return plan.decisions[index] as Decision;
}

/** Verdict and reasons as one line: `run: config-changed config:lr (root)`. */
function said(text: string, options: MemoryBuildOptions, id?: string): string {
  const { verdict, reasons } = decided(text, options, id);
  const words = reasons.map(
    (r) => `${r.code}${r.subject === undefined ? '' : ` ${r.subject}`}${r.root ? '' : ' (propagated)'}`,
  );
  return words.length === 0 ? verdict : `${verdict}: ${words.join(', ')}`;
}

/** A world in which this pipeline was built. */
function built(
  text: string,
  more: Partial<MemoryBuildOptions> = {},
  files: Record<string, string> = { src: '1' },
): MemoryBuildOptions & { world: MemoryWorld } {
  const options = { world: new MemoryWorld(files), ...more };
  build(text, options);
  return options;
}

test('never built: nothing is there', () => {
  assert.is(said(plain, { world: new MemoryWorld({ src: '1' }) }), 'run: never-built');
});

test('fresh: fingerprint and outputs are as recorded', () => {
  assert.is(said(plain, built(plain)), 'fresh');
});

test('record lost: outputs without any record prove nothing', () => {
  const options = built(plain);
  options.world.journal.clear();
  assert.is(said(plain, options), 'run: record-lost');
});

test('run: an input changed, and back again it is fresh', () => {
  const options = built(plain);
  options.world.files.set('src', '2');
  assert.is(said(plain, options), 'run: input-changed input:src');
  options.world.files.set('src', '1');
  assert.is(said(plain, options), 'fresh');
});

test('run: all reasons are collected, not only the first', () => {
  const text = withMore('config: [lr]\nversion: 1\n');
  const options = built(text, { config: 'lr: 1\n' });
  options.world.files.set('src', '2');
  options.world.files.delete('out');
  const now = { ...options, config: 'lr: 2\n' };
  assert.is(
    said(text.replace('version: 1', 'version: 2'), now),
    'run: version-changed version, config-changed config:lr, input-changed input:src, output-missing out',
  );
});

test('run: an output is missing or was modified', () => {
  const options = built(plain);
  options.world.files.set('out', 'by hand');
  assert.is(said(plain, options), 'run: output-modified out');
  options.world.files.delete('out');
  assert.is(said(plain, options), 'run: output-missing out');
});

test('run: an output has another place than recorded', () => {
  assert.is(
    said(plain.replace('outputs: out', 'outputs: elsewhere'), built(plain)),
    'run: output-missing elsewhere',
  );
});

test('run: an output that is declared now and was not before', () => {
  const text = plain.replace('outputs: out', 'outputs: { a: out, b: two }');
  assert.match(said(text, built(plain)), /^run: command-changed outputs, /);
});

test('any valid record will do: an older one of the journal, or the manifest', () => {
  const options = built(plain);
  options.world.files.set('src', '2');
  build(plain, options);
  options.world.files.set('src', '1');
  options.world.files.set('out', `${[...options.world.files.entries()].length}`);
  const [, older] = options.world.journal.get('t') as [TaskRecord, TaskRecord];
  assert.match(said(plain, options), /^run: /);
  const restored = built(plain);
  assert.equal(older.outputs, restored.world.journal.get('t')?.[0]?.outputs);
  options.world.files.set('out', restored.world.files.get('out') as string);
  assert.is(said(plain, options), 'fresh');
});

test('a manifest is opened only when the journal does not prove it, and then counts as much', () => {
  const options = built(plain);
  assert.equal([...options.world.opened], ['t']);
  options.world.opened.clear();
  assert.is(said(plain, options), 'fresh');
  assert.equal([...options.world.opened], []);
  const record = options.world.journal.get('t')?.[0] as TaskRecord;
  options.world.journal.clear();
  options.world.manifests.set('t', record);
  assert.is(said(plain, options), 'fresh');
  assert.equal([...options.world.opened], ['t']);
});

test('of several records that do not match, the nearest one explains', () => {
  const text = withMore('config: [a, b]\n');
  const options = built(text, { config: 'a: 1\nb: 1\n' });
  build(text, { ...options, config: 'a: 2\nb: 2\n' });
  options.world.files.set('out', 'x');
  assert.is(
    said(text, { ...options, config: 'a: 1\nb: 3\n' }),
    'run: config-changed config:b, output-modified out',
  );
});

test('the last attempt is a reason of its own beside why it ran', () => {
  const options: MemoryBuildOptions = { world: new MemoryWorld({ src: '1' }) };
  const attempt = (kind: 'failed' | 'interrupted' | 'input-moved' | 'stopped', message: string) => {
    options.world.attempts.set('t', { kind, message, at: '' });
    return said(plain, options);
  };
  assert.is(attempt('failed', 'exit code 1'), 'run: never-built, previous-run-failed exit code 1');
  assert.is(attempt('interrupted', ''), 'run: never-built, previous-run-interrupted');
  assert.is(attempt('stopped', 'stopped'), 'run: never-built, previous-run-interrupted stopped');
  assert.is(attempt('input-moved', 'src'), 'run: never-built, input-changed-during-run src');
});

test('a failed attempt after a good one does not make the good one stale', () => {
  const options = built(plain);
  options.world.attempts.set('t', { kind: 'failed', message: 'exit code 1', at: '' });
  assert.is(said(plain, options), 'fresh');
});

const chain = `
targets:
  a: { run: "x \${{ inputs }} \${{ outputs }}", inputs: src, outputs: oa }
  b: { run: "x \${{ inputs }} \${{ outputs }}", inputs: oa, outputs: ob }
  c: { run: "x \${{ inputs }} \${{ outputs }}", inputs: ob, outputs: oc }
`;

test('maybe: what reads the outputs of a task that will run is decided by what it produces', () => {
  const options = built(chain);
  options.world.files.set('src', '2');
  assert.is(said(chain, options, 'a'), 'run: input-changed input:src');
  assert.is(said(chain, options, 'b'), 'maybe: upstream-runs a (propagated)');
  assert.is(said(chain, options, 'c'), 'maybe: upstream-runs b (propagated)');
});

test('run and not maybe: a cause of its own is certain, the rest is propagated', () => {
  const options = built(chain);
  options.world.files.set('src', '2');
  options.world.files.delete('oc');
  assert.is(said(chain, options, 'c'), 'run: output-missing oc, upstream-runs b (propagated)');
  assert.is(
    said(chain.replace('inputs: oa', 'inputs: [oa, src]'), options, 'b'),
    'run: input-added input:src, upstream-runs a (propagated)',
  );
});

test('blocked: a source is missing, and all missing ones are named', () => {
  const text = plain.replace('inputs: src', 'inputs: [src, other, "data/*.x"]');
  assert.is(
    said(text, { world: new MemoryWorld() }),
    'blocked: input-missing src, input-missing other, input-missing data/*.x',
  );
});

test('blocked: what needs a blocked task is blocked by it', () => {
  const options = { world: new MemoryWorld() };
  assert.is(said(chain, options, 'b'), 'blocked: upstream-failed a (propagated)');
  assert.is(said(chain, options, 'c'), 'blocked: upstream-failed b (propagated)');
});

test('a missing source is no reason to block what is not asked of it: an optional input', () => {
  const text = plain.replace('inputs: src', 'inputs: { p: { path: src, optional: true } }');
  assert.is(said(text, { world: new MemoryWorld() }), 'run: never-built');
});

test('recheck: a changed check that the recorded facts cannot judge', () => {
  const options = built(plain);
  assert.is(said(withMore('checks: { min_rows: 3 }\n'), options), 'recheck: check-changed min_rows');
});

test('a changed check that the facts can judge: passed is fresh, failed runs again', () => {
  const options = built(plain);
  const [record] = options.world.journal.get('t') as [TaskRecord];
  const facts = { format: 'text', rows: 2 } as const;
  options.world.journal.set('t', [
    { ...record, outputs: { '': [{ ...fileOf('out', options.world), facts }] } },
  ]);
  assert.is(said(withMore('checks: { min_rows: 2 }\n'), options), 'fresh');
  assert.is(
    said(withMore('checks: { min_rows: 3 }\n'), options),
    'run: check-failed min_rows: rows 2 < 3 (min_rows)',
  );
});

test('a check that is taken away, or only moved, changes nothing', () => {
  const options = built(withMore('checks: { min_rows: 3, non_empty: true }\n'));
  assert.is(said(plain, options), 'fresh');
  assert.is(said(withMore('checks: { non_empty: true, min_rows: 3 }\n'), options), 'fresh');
});

test('the file that a check names belongs to the check', () => {
  const text = withMore('checks: { json_schema: s.json }\n').replace('outputs: out', 'outputs: out.json');
  const options = built(text, {}, { src: '1', 's.json': '{}' });
  assert.is(said(text, options), 'fresh');
  options.world.files.set('s.json', '{ }');
  assert.is(said(text, options), 'recheck: check-changed json_schema');
});

test('blocked: a secret is missing when it must run, and of no matter while it is fresh', () => {
  const text = withMore('secrets: [KEY, OTHER]\n');
  const options: MemoryBuildOptions = { world: new MemoryWorld({ src: '1' }) };
  options.world.secrets.add('OTHER');
  assert.is(said(text, options), 'blocked: secret-missing KEY');
  options.world.secrets.add('KEY');
  build(text, options);
  options.world.secrets.clear();
  assert.is(said(text, options), 'fresh');
});

test('forced: runs though it is fresh, and says so first', () => {
  const forced = (task: Task) => task.target.name === 't';
  const options = built(plain);
  assert.is(said(plain, { ...options, forced }), 'run: forced');
  options.world.files.set('src', '2');
  assert.is(said(plain, { ...options, forced }), 'run: forced, input-changed input:src');
});

test('forced does not help against a missing input or secret', () => {
  const forced = () => true;
  assert.is(said(plain, { world: new MemoryWorld(), forced }), 'blocked: input-missing src');
  assert.is(
    said(withMore('secrets: [K]\n'), { world: new MemoryWorld({ src: '' }), forced }),
    'blocked: secret-missing K',
  );
});

test('keep: asks before anything that is there is replaced, in each kind of output', () => {
  for (const outputs of ['out', 'out/', 'out/*.txt', '{ a: out/*.txt, b: log/ }']) {
    const text = withMore('keep: true\n').replace('outputs: out', `outputs: ${outputs}`);
    const options = built(text);
    assert.is(said(text, options), 'fresh', outputs);
    options.world.files.set('src', '2');
    assert.is(said(text, options), 'ask: keep, input-changed input:src', outputs);
    assert.is(
      said(text, { ...options, forced: () => true }),
      'run: forced, input-changed input:src',
      outputs,
    );
  }
});

test('keep: what is not there can be made without asking', () => {
  const text = withMore('keep: true\n');
  assert.is(said(text, { world: new MemoryWorld({ src: '1' }) }), 'run: never-built');
  const options = built(text);
  options.world.files.delete('out');
  assert.is(said(text, options), 'run: output-missing out');
});

test('keep: outputs that no record explains are asked about, not replaced', () => {
  for (const outputs of ['out', 'out/*.txt']) {
    const text = withMore('keep: true\n').replace('outputs: out', `outputs: ${outputs}`);
    const options = built(text);
    options.world.journal.clear();
    assert.match(said(text, options), /^(ask: keep, record-lost|blocked: output-unrecorded)/, outputs);
  }
});

test('frozen: stale is told but nothing runs, missing blocks', () => {
  const text = withMore('frozen: true\n');
  const options = built(plain);
  options.world.files.set('src', '2');
  assert.is(said(text, options), 'fresh: frozen, input-changed input:src');
  options.world.files.delete('out');
  assert.match(said(text, options), /^blocked: frozen, /);
});

test('frozen: a member of a set that is missing blocks like a file that is missing', () => {
  const text = withMore('frozen: true\n').replace('outputs: out', 'outputs: o/*');
  const options = built(text.replace('    frozen: true\n', ''), { members: () => ['o/1', 'o/2'] });
  options.world.files.delete('o/2');
  assert.match(said(text, options), /^blocked: /);
});

test('nondeterministic: for one fingerprint the first result stays; a new fingerprint runs', () => {
  for (const outputs of ['out', 'out/*.txt']) {
    const text = withMore('nondeterministic: true\n').replace('outputs: out', `outputs: ${outputs}`);
    const options = built(text);
    const [path] = [...options.world.files.keys()].filter((p) => p !== 'src') as [string];
    options.world.files.set(path, 'another result');
    assert.is(said(text, options), `ask: nondeterministic, output-modified ${path}`, outputs);
    options.world.files.set('src', '2');
    assert.match(said(text, options), /^run: input-changed input:src/, outputs);
  }
});

test('nondeterministic: a former fingerprint whose result is gone is asked about; keep and it are both named', () => {
  const text = withMore('nondeterministic: true\n');
  const options = built(text);
  options.world.files.set('src', '2');
  build(text, options);
  options.world.files.set('src', '1');
  assert.is(said(text, options), 'ask: nondeterministic, input-changed input:src');
  options.world.files.set('src', '3');
  assert.is(said(text, options), 'run: input-changed input:src');
  options.world.journal.clear();
  const both = withMore('nondeterministic: true\nkeep: true\n');
  assert.is(said(both, options), 'ask: keep, nondeterministic, record-lost');
});

test('nondeterministic: while upstream may still make it new work, it is not asked yet', () => {
  const text = chain.replace('outputs: ob', 'outputs: ob, nondeterministic: true');
  const options = built(text);
  options.world.files.set('src', '2');
  options.world.files.set('ob', 'by hand');
  assert.is(said(text, options, 'b'), 'maybe: output-modified ob, upstream-runs a (propagated)');
  options.world.journal.delete('b');
  assert.is(said(text, options, 'b'), 'ask: nondeterministic, record-lost, upstream-runs a (propagated)');
});

test('a missing secret does not hide that somebody must decide, and still blocks what is forced', () => {
  const text = withMore('keep: true\nsecrets: [KEY]\n');
  const options = built(withMore('keep: true\n'));
  options.world.files.set('src', '2');
  assert.match(said(text, options), /^ask: keep, /);
  assert.is(said(text, { ...options, forced: () => true }), 'blocked: secret-missing KEY');
});

test('nondeterministic: outputs without a record are asked about', () => {
  const text = withMore('nondeterministic: true\n');
  const options = built(text);
  options.world.journal.clear();
  assert.is(said(text, options), 'ask: nondeterministic, record-lost');
});

const set = plain.replace('outputs: out', 'outputs: { shards: s/part-*.txt }');
const members = () => ['s/part-1.txt', 's/part-2.txt', 's/part-3.txt'];

test('a set is fresh with the members it was recorded with', () => {
  assert.is(said(set, built(set, { members })), 'fresh');
});

test('a member that is missing or was modified can be written alone', () => {
  const options = built(set, { members });
  options.world.files.delete('s/part-2.txt');
  options.world.files.set('s/part-3.txt', 'by hand');
  const decision = decided(set, options);
  assert.is(decision.verdict, 'run');
  assert.equal(decision.partial, ['s/part-2.txt', 's/part-3.txt']);
});

test('with another fingerprint all members are written', () => {
  const options = built(set, { members });
  options.world.files.delete('s/part-2.txt');
  options.world.files.set('src', '2');
  assert.is(decided(set, options).partial, undefined);
});

test('a file that would belong to a set, and that nobody recorded, blocks: it is never removed', () => {
  const options = built(set, { members });
  options.world.files.set('s/part-9.txt', 'mine');
  assert.is(said(set, options), 'blocked: output-unrecorded s/part-9.txt');
});

test('a set that has another place now is not there yet', () => {
  const options = built(set, { members });
  assert.match(said(set.replace('s/part-', 'run2/part-'), options), /^run: output-missing /);
  assert.match(said(set.replace('s/part-*', 's/shard-*'), options), /^run: output-missing /);
});

test('an empty set that was recorded as empty is fresh', () => {
  assert.is(said(set, built(set, { members: () => [] })), 'fresh');
});

test('a target without a command is as fresh as what it needs', () => {
  const text = `${chain}  all: { inputs: [{ from: b }, { from: c }] }\n`;
  const options = built(text);
  assert.is(said(text, options, 'all'), 'fresh');
  options.world.files.delete('oc');
  assert.is(said(text, options, 'all'), 'maybe: upstream-runs c (propagated)');
});

const dynamic = `
targets:
  build: { run: "x \${{ inputs }} \${{ outputs.dir }}", inputs: src, outputs: s/part-*.txt }
  infer:
    each: { part: { from: build } }
    inputs: { part: "\${{ part.path }}" }
    run: x \${{ inputs.part }} \${{ outputs }}
    outputs: o/\${{ part.stem }}.txt
`;

test('a reader of a set that no record tells is blocked: it never runs on nothing', () => {
  const text = (more: string) => `
targets:
  b: { run: "x \${{ outputs.dir }}", outputs: s/part-*.txt${more} }
  use: { run: "x \${{ inputs }} \${{ outputs }}", inputs: { from: b }, outputs: o }
`;
  for (const files of [{}, { 's/part-1.txt': '' }]) {
    const excluded = (t: Task) => t.id === 'b';
    assert.match(
      said(text(''), { world: new MemoryWorld(files), excluded }, 'use'),
      /^blocked: /,
      'left out',
    );
  }
  const frozen = { world: new MemoryWorld({ 's/part-1.txt': '' }) };
  assert.match(said(text(', frozen: true'), frozen, 'use'), /^blocked: /, 'frozen without a record');
});

test('instances of a set that may change are not certain to exist, so not certain to run', () => {
  const options = { world: new MemoryWorld({ src: '1' }), members };
  assert.is(said(dynamic, options, 'infer@*'), 'maybe: set-may-change build (propagated)');
  build(dynamic, options);
  build(dynamic, options);
  assert.is(said(dynamic, options, 'infer@part-2'), 'fresh');
  options.world.files.set('src', '2');
  assert.is(said(dynamic, options, 'infer@part-2'), 'maybe: set-may-change build (propagated)');
  options.world.files.delete('o/part-2.txt');
  assert.is(
    said(dynamic, options, 'infer@part-2'),
    'maybe: output-missing o/part-2.txt, set-may-change build (propagated)',
  );
});

test('a decision reads no content that the record of a fresh producer already tells', () => {
  const options = built(chain);
  options.world.read.clear();
  assert.is(said(chain, options, 'c'), 'fresh');
  assert.equal([...options.world.read].sort(), ['oa', 'ob', 'oc', 'src']);
});

test.run();
