// Secrets: hidden in every output however it is cut, and read from a .env file as other programs read it.
import { Redactor, readEnvFile } from '@evalmake/engine/secrets';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('secrets');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

/** Output cut into chunks of these sizes, and what comes out of the redactor. */
function redacted(secrets: readonly string[], text: string, sizes: readonly number[]): string {
  const bytes = Buffer.from(text);
  const redactor = new Redactor(secrets);
  const out: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : Math.max(1, sizes[i % sizes.length] as number);
    out.push(redactor.take(bytes.subarray(at, at + size)));
    at += size;
  }
  return Buffer.concat([...out, redactor.end()]).toString();
}

test('a secret is replaced, wherever a chunk ends', () => {
  const text = 'key=hunter2! and again hunter2!hunter2! end';
  for (let size = 1; size <= text.length; size++)
    assert.is(redacted(['hunter2!'], text, [size]), 'key=*** and again ****** end');
});

test('without secrets the bytes pass as they are, at once', () => {
  const redactor = new Redactor(['', 'abc']);
  const bytes = Buffer.from([0, 255, 128, 10]);
  assert.is(redactor.take(bytes), bytes);
  assert.is(redactor.end().length, 0);
});

test('text that is no UTF-8 passes unchanged beside a secret', () => {
  const redactor = new Redactor(['hunter2']);
  const bytes = Buffer.from([0, 255, 128, 10, 195]);
  assert.equal(Buffer.concat([redactor.take(bytes), redactor.end()]), bytes);
});

test('a secret that begins with another is hidden whole, in whatever order they are given', () => {
  for (const secrets of [
    ['hunter2', 'hunter2-and-more'],
    ['hunter2-and-more', 'hunter2'],
  ])
    for (const size of [1, 5, 8, 100])
      assert.is(
        redacted(secrets, 'x hunter2-and-more y hunter2 z', [size]),
        'x *** y *** z',
        `${secrets} ${size}`,
      );
});

test('a secret inside another, and one that overlaps another', () => {
  for (const size of [1, 3, 50]) {
    assert.is(redacted(['cdef', 'abcdefgh'], '1 abcdefgh 2 cdef 3', [size]), '1 *** 2 *** 3');
    assert.not.match(redacted(['abcdef', 'defghi'], '1 abcdefghi 2', [size]), /abcdef|defghi/);
  }
});

const letters = fc.constantFrom('a', 'b', 'é', '-', '\n');
const secret = fc.array(letters, { minLength: 4, maxLength: 8 }).map((l) => l.join(''));
const text = (secrets: readonly string[]) =>
  fc
    .array(fc.oneof(fc.constantFrom(...secrets), letters, fc.string({ maxLength: 3 })), { maxLength: 12 })
    .map((parts) => parts.join(''));
const scene = fc.array(secret, { minLength: 1, maxLength: 3 }).chain((secrets) =>
  fc.record({
    secrets: fc.constant(secrets),
    output: text(secrets),
    sizes: fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 6 }),
  }),
);

test('no secret ever leaks, however the output is cut', () => {
  fc.assert(
    fc.property(scene, ({ secrets, output, sizes }) => {
      const out = redacted(secrets, output, sizes);
      for (const value of secrets)
        assert.not.ok(out.includes(value), `${JSON.stringify(value)} in ${JSON.stringify(out)}`);
    }),
    { numRuns: 500 },
  );
});

test('how the output is cut does not matter', () => {
  fc.assert(
    fc.property(scene, ({ secrets, output, sizes }) => {
      assert.is(redacted(secrets, output, sizes), redacted(secrets, output, []));
    }),
    { numRuns: 500 },
  );
});

test('what holds no secret comes out as it was', () => {
  fc.assert(
    fc.property(scene, ({ secrets, output, sizes }) => {
      fc.pre(!secrets.some((value) => output.includes(value)));
      assert.is(redacted(secrets, output, sizes), Buffer.from(output).toString());
    }),
  );
});

test('a .env file: names and values, quotes, export, blank lines and comments', ({ folder }) => {
  folder.write({
    '.env':
      '# keys\n\nA=1\nexport B = two words \nC="quoted # not a comment"\nD=\'single\'\nE=\nF=a=b\r\n1bad=x\nG="un\nno equals\n',
  });
  assert.equal(readEnvFile(folder.root, '.env'), {
    A: '1',
    B: 'two words',
    C: 'quoted # not a comment',
    D: 'single',
    E: '',
    F: 'a=b',
    G: '"un',
  });
});

test('a .env file: a comment behind a value is no part of it', ({ folder }) => {
  folder.write({ '.env': 'KEY=abc123 # my key\nURL=http://x/#part\n' });
  assert.equal(readEnvFile(folder.root, '.env'), { KEY: 'abc123', URL: 'http://x/#part' });
});

test('a .env file that is not there, or is not declared, is empty', ({ folder }) => {
  assert.equal(readEnvFile(folder.root, '.env'), {});
  assert.equal(readEnvFile(folder.root, undefined), {});
  folder.write({ '.env/': '' });
  assert.equal(readEnvFile(folder.root, '.env'), {});
});

test.run();
