// Globs: the fast path over one folder, the general path and the matcher all mean the same.
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { globFiles, globMatches } from '@evalmake/engine/glob';
import fc from 'fast-check';
import fastGlob from 'fast-glob';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('glob');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

/** What fast-glob itself finds, in code-unit order. */
function reference(folder: TemporaryFolder, pattern: string): string[] {
  return fastGlob.sync(pattern, { cwd: folder.root, onlyFiles: true }).sort();
}

test('one folder: stars, question marks and plain names', ({ folder }) => {
  folder.write({
    'd/a.txt': '',
    'd/b.txt': '',
    'd/ab.txt': '',
    'd/a.json': '',
    'd/.a.txt': '',
    'd/sub/a.txt': '',
    'a.txt': '',
  });
  assert.equal(globFiles(folder.root, 'd/*.txt'), ['d/a.txt', 'd/ab.txt', 'd/b.txt']);
  assert.equal(globFiles(folder.root, 'd/?.txt'), ['d/a.txt', 'd/b.txt']);
  assert.equal(globFiles(folder.root, 'd/.*'), ['d/.a.txt']);
  assert.equal(globFiles(folder.root, '*'), ['a.txt']);
  assert.equal(globFiles(folder.root, 'none/*'), []);
  assert.equal(globFiles(folder.root, 'a.txt/*'), []);
});

test('many folders, sets and ranges', ({ folder }) => {
  folder.write({ 'd/a1.txt': '', 'd/b2.txt': '', 'd/c/a1.txt': '', 'd/c/e/a1.txt': '', 'd/.h/a1.txt': '' });
  assert.equal(globFiles(folder.root, 'd/**/a1.txt'), ['d/a1.txt', 'd/c/a1.txt', 'd/c/e/a1.txt']);
  assert.equal(globFiles(folder.root, 'd/*/a1.txt'), ['d/c/a1.txt']);
  assert.equal(globFiles(folder.root, 'd/[ab]?.txt'), ['d/a1.txt', 'd/b2.txt']);
  assert.equal(globFiles(folder.root, 'd/{a1,c/a1}.txt'), ['d/a1.txt', 'd/c/a1.txt']);
});

test('an absolute pattern finds absolute paths, a dotted one dotted paths', ({ folder }) => {
  folder.write({ 'd/a.txt': '', 'd/c/b.txt': '', 'e/x': '' });
  symlinkSync('nowhere', `${folder.root}/d/c/lost.txt`);
  const [inside, d] = [`${folder.root}/e`, `${folder.root}/d`];
  assert.equal(globFiles(inside, `${d}/*.txt`), [`${d}/a.txt`]);
  assert.equal(globFiles(inside, `${d}/**/*.txt`), [`${d}/a.txt`, `${d}/c/b.txt`, `${d}/c/lost.txt`]);
  assert.equal(globFiles(inside, '../d/*.txt'), ['../d/a.txt']);
  assert.equal(globFiles(inside, '../d/*/b.txt'), ['../d/c/b.txt']);
  for (const path of globFiles(inside, `${d}/*.txt`)) assert.ok(globMatches(`${d}/*.txt`, path));
});

test('order is by code unit', ({ folder }) => {
  folder.write({ 'd/b': '', 'd/B': '', 'd/a': '', 'd/é': '', 'd/Z': '', 'd/10': '', 'd/9': '' });
  assert.equal(globFiles(folder.root, 'd/*'), ['d/10', 'd/9', 'd/B', 'd/Z', 'd/a', 'd/b', 'd/é']);
});

test('state, packages and version control are searched only when they are named', ({ folder }) => {
  folder.write({
    '.evalmake/x.txt': '',
    'node_modules/p/x.txt': '',
    '.git/x.txt': '',
    'd/node_modules/x.txt': '',
    'x.txt': '',
  });
  assert.equal(globFiles(folder.root, '**/x.txt'), ['x.txt']);
  assert.equal(globFiles(folder.root, 'node_modules/**/x.txt'), ['node_modules/p/x.txt']);
  assert.equal(globFiles(folder.root, 'd/*/x.txt'), []);
});

test('links: to a file they are files, to a folder they are none', ({ folder }) => {
  folder.write({ 'd/a.txt': '', 'sub/x': '' });
  symlinkSync('a.txt', folder.path('d/l.txt'));
  symlinkSync('../sub', folder.path('d/s.txt'));
  assert.equal(globFiles(folder.root, 'd/*.txt'), ['d/a.txt', 'd/l.txt']);
  assert.equal(globFiles(folder.root, 'd/[a-z].txt'), ['d/a.txt', 'd/l.txt']);
});

const letter = fc.constantFrom(
  'a',
  'b',
  'A',
  '.',
  '-',
  ' ',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '+',
  '!',
  '@',
  '#',
  '$',
  '^',
  '|',
  ',',
  "'",
  '"',
  'é',
  '~',
  '%',
);
const name = fc
  .array(letter, { minLength: 1, maxLength: 4 })
  .map((l) => l.join(''))
  .filter((n) => !['.', '..'].includes(n));
const part = fc
  .array(fc.constantFrom('*', '?', 'a', 'b', '.', '-', ' ', '#', "'", 'é'), { minLength: 1, maxLength: 4 })
  .map((l) => l.join(''));

test('the fast path agrees with fast-glob on any names', ({ folder }) => {
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { maxLength: 8 }),
      part,
      fc.constantFrom('', 'd/', 'd e/.f/'),
      (names, pattern, dir) => {
        fc.pre(
          !pattern.includes('**') &&
            /[*?]/.test(pattern) &&
            !pattern.startsWith('#') &&
            !pattern.startsWith(' '),
        );
        rmSync(folder.root, { recursive: true });
        mkdirSync(folder.root);
        folder.write({ [`${dir}folder-a/`]: '' });
        for (const n of names) folder.write({ [dir + n]: '' });
        assert.equal(
          globFiles(folder.root, dir + pattern),
          reference(folder, dir + pattern),
          `${dir}${pattern}`,
        );
      },
    ),
    { numRuns: 150 },
  );
});

test('a file is found exactly when its path matches', ({ folder }) => {
  const patterns = fc.constantFrom(
    'd/*',
    'd/a*',
    'd/*.b',
    'd/**',
    'd/**/*',
    '**/a*',
    'd/[ab]*',
    'd/{a,b}*',
    'd/?',
    '*',
    '**',
    'd/*/a*',
    'd/e/*',
    'd/.*',
  );
  const dirs = fc.constantFrom('', 'd/', 'd/e/', 'd/.h/', 'f/');
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.tuple(dirs, name).map((p) => p.join('')),
        { maxLength: 8 },
      ),
      patterns,
      (paths, pattern) => {
        const files = paths.filter((p) => !['d', 'f', 'd/e', 'd/.h'].includes(p));
        rmSync(folder.root, { recursive: true });
        mkdirSync(folder.root);
        for (const path of files) folder.write({ [path]: '' });
        assert.equal(
          globFiles(folder.root, pattern),
          files.filter((p) => globMatches(pattern, p)).sort(),
          pattern,
        );
      },
    ),
    { numRuns: 150 },
  );
});

test.run();
