// What git has checked out, read from its files: a branch, a packed one, a detached head, a further work tree.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gitCommit } from '@evalmake/engine/git-commit';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const [one, two] = ['1'.repeat(40), '2'.repeat(64)];

/** The commit seen from `from` in a folder with these files. */
function commitIn(files: Readonly<Record<string, string>>, from = 'a/b'): string | undefined {
  const root = mkdtempSync(join(tmpdir(), 'evalmake-git-'));
  try {
    mkdirSync(join(root, from), { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return gitCommit(join(root, from));
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('a branch, looked for upwards; a packed one; a detached head', () => {
  assert.is(commitIn({ '.git/HEAD': 'ref: refs/heads/x/y\n', '.git/refs/heads/x/y': `${one}\n` }), one);
  const packed = `# pack-refs with: peeled\n${two} refs/heads/xx\n${one} refs/heads/x\n^${two}\n`;
  assert.is(commitIn({ '.git/HEAD': 'ref: refs/heads/x\n', '.git/packed-refs': packed }), one);
  assert.is(commitIn({ '.git/HEAD': `${two}\n` }), two);
});

test('a further work tree, whose branches lie in the first one', () => {
  const files = {
    'a/.git': 'gitdir: ../main/.git/worktrees/a\n',
    'main/.git/worktrees/a/HEAD': 'ref: refs/heads/x\n',
    'main/.git/worktrees/a/commondir': '../..\n',
    'main/.git/refs/heads/x': `${one}\n`,
  };
  assert.is(commitIn(files), one);
});

test('whatever is odd is not known', () => {
  assert.is(commitIn({}), undefined);
  assert.is(commitIn({ '.git/HEAD': 'ref: refs/heads/none\n' }), undefined);
  assert.is(commitIn({ '.git/HEAD': 'ref: refs/../../secret\n', secret: one }), undefined);
  assert.is(commitIn({ '.git/HEAD': 'ref: refs/heads/x\n', '.git/refs/heads/x': 'nonsense\n' }), undefined);
  assert.is(commitIn({ '.git': 'nonsense\n' }), undefined);
});

test.run();
