// Deps files: as compilers write them, or one path a line.
import { parseDepsFile } from '@evalmake/engine/deps-file';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

test('rules of make', () => {
  assert.equal(parseDepsFile('out.o: a.c b.h\n'), ['a.c', 'b.h']);
  assert.equal(parseDepsFile('out.o: a.c \\\n  b.h \\\n  sub/c.h\n\nb.h:\n'), ['a.c', 'b.h', 'sub/c.h']);
  assert.equal(parseDepsFile('out.o :a.c\r\nx: a.c d.h\r\n').slice(-1), ['d.h']);
  assert.equal(parseDepsFile('out.o: my\\ file.c\n'), ['my file.c']);
});

test('one path a line, spaces and all', () => {
  assert.equal(parseDepsFile('a.py\nlib/my file.py\r\n\n  b.py  \na.py\n'), [
    'a.py',
    'lib/my file.py',
    'b.py',
  ]);
  assert.equal(parseDepsFile(''), []);
});

test('any list of plain paths comes back, without repetition, in its order', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', '.', '/', '-', 'é', ' '), { minLength: 1, maxLength: 6 })
    .map((l) => l.join('').trim());
  fc.assert(
    fc.property(
      fc.array(
        path.filter((p) => p !== ''),
        { maxLength: 5 },
      ),
      (paths) => {
        assert.equal(parseDepsFile(`${paths.join('\n')}\n`), [...new Set(paths)]);
      },
    ),
  );
});

test.run();
