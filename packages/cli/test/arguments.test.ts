// Arguments reach cac in one canonical form: no flag swallows a target, whatever way it is written.
import { flags, normalise } from 'evalmake/dist/arguments.js';
import { type Options, readOptions } from 'evalmake/dist/options.js';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const options = (...argv: string[]): readonly string[] => normalise(argv).options;
const words = (...argv: string[]): readonly string[] => normalise(argv).words;

test('a dashed boolean flag takes no word', () => {
  assert.equal(options('--dry-run', 'report', 'extra'), ['--dry-run=true']);
  assert.equal(words('--dry-run', 'report', 'extra'), ['report', 'extra']);
  assert.equal(words('-n', 'report'), ['report']);
  assert.equal(options('--dry-run=false'), ['--dry-run=false']);
});

test('short flags cluster, and a value may stick to its letter', () => {
  assert.equal(options('-nk'), ['--dry-run=true', '--keep-going=true']);
  for (const argv of [['-j4'], ['-j', '4'], ['-j=4'], ['--jobs=4'], ['--jobs', '4']]) {
    assert.equal(options(...argv), ['--jobs=4'], argv.join(' '));
  }
  assert.equal(options('-kj4'), ['--keep-going=true', '--jobs=4']);
});

test('after -- everything is a target', () => {
  const read = normalise(['-n', '--', '--dry-run', '-j4']);
  assert.equal(read.options, ['--dry-run=true']);
  assert.equal(read.words, []);
  assert.equal(read.afterDashes, ['--dry-run', '-j4']);
});

test('--force takes a pattern only after =', () => {
  assert.equal(options('--force', 'score'), ['--force=*']);
  assert.equal(words('--force', 'score'), ['score']);
  assert.equal(options('--force=sc*'), ['--force=sc*']);
});

test('what no option is says so, with the nearest one', () => {
  for (const [wrong, near] of [
    ['--dryrun', '--dry-run'],
    ['--keep-goin', '--keep-going'],
  ] as const) {
    assert.throws(
      () => normalise([wrong]),
      (e: Error & { hint?: string }) => e.hint?.includes(near) === true,
    );
  }
  assert.throws(() => normalise(['-z']), /unknown option -z/);
  assert.throws(() => normalise(['--jobs']), /needs a value/);
  assert.throws(() => normalise(['--dry-run=maybe']), /takes no value/);
});

test('words keep their order and none is lost, however flags stand between them', () => {
  const booleans = flags.filter((f) => f.kind === 'boolean').map((f) => `--${f.name}`);
  const word = fc.stringMatching(/^[a-z@*][a-z0-9@,*/.-]*$/);
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          word.map((w) => ({ w })),
          fc.constantFrom(...booleans).map((f) => ({ f })),
        ),
      ),
      (mixed) => {
        const argv = mixed.map((x) => ('w' in x ? x.w : x.f));
        const read = normalise(argv);
        assert.equal(
          read.words,
          argv.filter((a) => !a.startsWith('--')),
        );
        assert.is(read.options.length, argv.filter((a) => a.startsWith('--')).length);
      },
    ),
  );
});

const read = (raw: Record<string, unknown>): Options => readOptions([], raw);

test('values are checked', () => {
  assert.is(read({ jobs: '4' }).jobs, 4);
  for (const jobs of ['0', '-1', 'x', '1.5']) assert.throws(() => read({ jobs }), /--jobs must be/);
  assert.throws(() => read({ color: 'blue' }), /--color must be one of auto, always, never/);
  assert.throws(() => read({ executor: 'cloud' }), /must be local or slurm/);
  assert.equal(read({ set: ['a=1', 'b=2'] }).sets, ['a=1', 'b=2']);
  assert.equal(read({ set: 'a=1' }).sets, ['a=1']);
});

test.run();
