// Tests of the flags of a phase: what is read, what is refused, what --help shows.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, Problems, UsageFailure } from 'evalkit/failure';
import { helpText, parseFlags } from 'evalkit/phase';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const options = {
  config: { kind: 'value', placeholder: 'FILE', required: true, describe: 'the configuration' },
  results: { kind: 'list', placeholder: 'FILE', describe: 'files' },
  size: { kind: 'value', placeholder: 'N', describe: 'a number' },
  strict: { kind: 'flag', describe: 'be strict' },
} as const;

function problemsOf(words: readonly string[]): readonly string[] {
  try {
    parseFlags({ options }, words);
  } catch (error) {
    assert.instance(error, UsageFailure);
    return error instanceof Failure ? error.problems : [];
  }
  return [];
}

test('values, lists and flags are read; words after a list flag belong to it', () => {
  const words = ['--config', 'c.json', '--results', 'a', 'b', '--strict', '--results', 'c'];
  const values = parseFlags({ options }, words);
  assert.equal(values, { config: 'c.json', results: ['a', 'b', 'c'], size: undefined, strict: true });
  assert.equal(parseFlags({ options }, ['--config=c=d', '--results=x']).config, 'c=d');
});

test('a list can come from a file, one value per line', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'phase-')), 'list');
  writeFileSync(file, 'one file\ntwo\n\n');
  const values = parseFlags({ options }, ['--config', 'c', '--results-list', file, '--results', 'three']);
  assert.equal(values.results, ['one file', 'two', 'three']);
});

test('all misuses are told at once', () => {
  assert.equal(problemsOf(['stray', '--colour', 'red', '--size', '1', '--size', '2', '--strict=yes']), [
    'unexpected word "stray"',
    'unknown flag --colour',
    'unexpected word "red"',
    '--strict takes no value',
    '--config FILE is required: the configuration',
    '--size is given 2 times; it takes one value',
  ]);
  assert.equal(problemsOf(['--config', 'c', '--size']), ['--size needs a value: N']);
});

test('an empty required list is missing', () => {
  const required = { in: { kind: 'list', placeholder: 'FILE', required: true, describe: 'files' } } as const;
  assert.throws(() => parseFlags({ options: required }, []), /--in FILE is required/);
});

test('--help names every flag', () => {
  const text = helpText({ name: 'demo', summary: 'Does it.', options, run: () => undefined });
  assert.match(text, 'Usage: evalkit demo --config FILE [--results FILE…] [--size N] [--strict]');
  for (const word of ['--results-list FILE', 'be strict', '-h, --help']) assert.match(text, word);
});

test('problems are gathered, and other errors pass through', () => {
  const problems = new Problems();
  problems.collect(() => {
    throw new Failure(['one', 'two']);
  });
  assert.is(
    problems.collect(() => 7),
    7,
  );
  assert.throws(() => problems.collect(() => JSON.parse('{')), /JSON/);
  assert.throws(() => problems.throwIfAny(), /^one\ntwo$/);
  for (let count = 0; count < 30; count += 1) problems.add('more');
  assert.throws(() => problems.throwIfAny(), /… and 12 more problems/);
});

test.run();
