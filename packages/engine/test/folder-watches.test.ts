// Folder watches: what is made, written, replaced and removed is told, however it comes about.
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderPolling } from '@evalmake/engine/folder-polling';
import { FolderWatches, type Watching } from '@evalmake/engine/folder-watches';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** A folder, what is told about it, and a way to wait for that. */
class Place {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'evalmake-watch-')));
  private told = new Set<string>();
  private wanted: { path: string; done: () => void }[] = [];
  readonly watching: Watching;

  constructor(make: (told: (path: string) => void) => Watching = kernel) {
    this.watching = make((path) => {
      this.told.add(path);
      const [now, later] = [
        this.wanted.filter((w) => w.path === path),
        this.wanted.filter((w) => w.path !== path),
      ];
      this.wanted = later;
      for (const { done } of now) done();
    });
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, text = path): void {
    mkdirSync(join(this.path(path), '..'), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  follow(files: string[], folders: string[]): Promise<void> {
    const absolute = (paths: string[]) => new Set(paths.map((path) => this.path(path)));
    return this.watching.follow({ files: absolute(files), folders: absolute(folders) });
  }

  /** Does something, and waits until this path is told of. */
  async tells(path: string, act: () => void): Promise<void> {
    this.told.clear();
    act();
    if (this.told.has(this.path(path))) return;
    await new Promise<void>((done) => {
      this.wanted.push({ path: this.path(path), done });
    });
  }

  hasTold(path: string): boolean {
    return this.told.has(this.path(path));
  }

  async remove(): Promise<void> {
    await this.watching.close();
    rmSync(this.root, { recursive: true });
  }
}

const kernel = (told: (path: string) => void): Watching =>
  new FolderWatches(told, (error) => {
    throw error;
  });

const test = suite('folder watches');

test('A file that is written, replaced, removed and made again is told each time; its neighbours need not exist.', async () => {
  const at = new Place();
  at.write('in.txt');
  await at.follow(['in.txt', 'later/deep/er.txt'], []);
  await at.tells('in.txt', () => at.write('in.txt', 'more'));
  at.write('new.txt', 'new');
  await at.tells('in.txt', () => renameSync(at.path('new.txt'), at.path('in.txt')));
  await at.tells('in.txt', () => rmSync(at.path('in.txt')));
  await at.tells('in.txt', () => at.write('in.txt'));
  await at.tells('later', () => at.write('later/deep/er.txt'));
  await at.follow(['in.txt', 'later/deep/er.txt'], []);
  await at.tells('later/deep/er.txt', () => at.write('later/deep/er.txt', 'again'));
  await at.remove();
});

test('In a folder that is made while others are, everything is told from then on (200 times).', async () => {
  const at = new Place();
  at.write('corpus/a.txt');
  await at.follow([], ['corpus']);
  for (let i = 0; i < 200; i++) {
    await at.tells(`corpus/${i}`, () => at.write(`corpus/${i}/deep/er/b.txt`));
    await at.tells(`corpus/${i}/deep/er/b.txt`, () => at.write(`corpus/${i}/deep/er/b.txt`, 'B'));
  }
  await at.remove();
});

test('A folder that moves is told under its new name, and its old name is free for another.', async () => {
  const at = new Place();
  at.write('corpus/one/two/a.txt');
  await at.follow([], ['corpus']);
  await at.tells('corpus/other', () => renameSync(at.path('corpus/one'), at.path('corpus/other')));
  await at.tells('corpus/other/two/a.txt', () => at.write('corpus/other/two/a.txt', 'moved'));
  await at.tells('corpus/one', () => at.write('corpus/one/two/a.txt'));
  await at.tells('corpus/one/two/a.txt', () => at.write('corpus/one/two/a.txt', 'new'));
  await at.remove();
});

test('A followed folder that is replaced whole, or removed and made again, is followed again.', async () => {
  const at = new Place();
  at.write('corpus/a.txt');
  at.write('next/a.txt');
  await at.follow([], ['corpus']);
  await at.tells('corpus', () => {
    renameSync(at.path('corpus'), at.path('old'));
    renameSync(at.path('next'), at.path('corpus'));
  });
  await at.follow([], ['corpus']);
  await at.tells('corpus/a.txt', () => at.write('corpus/a.txt', 'new'));
  await at.tells('corpus', () => rmSync(at.path('corpus'), { recursive: true }));
  await at.follow([], ['corpus']);
  await at.tells('corpus', () => at.write('corpus/a.txt', 'back'));
  await at.follow([], ['corpus']);
  await at.tells('corpus/a.txt', () => at.write('corpus/a.txt', 'again'));
  await at.remove();
});

test('What a link leads to is told by the name of the link; one that leads back ends nowhere.', async () => {
  const at = new Place();
  at.write('blobs/1');
  at.write('shared/x/data.txt');
  at.write('models/readme');
  symlinkSync('../blobs/1', at.path('models/weights'));
  symlinkSync('../shared', at.path('models/shared'));
  symlinkSync('..', at.path('shared/back'));
  symlinkSync('blobs/1', at.path('single'));
  await at.follow(['single'], ['models']);
  await at.tells('models/weights', () => at.write('blobs/1', 'other'));
  await at.tells('single', () => at.write('blobs/1', 'third'));
  await at.tells('models/shared/x/data.txt', () => at.write('shared/x/data.txt', 'other'));
  await at.remove();
});

test('Folders of tools are not entered.', async () => {
  const at = new Place();
  at.write('src/.git/index');
  at.write('src/a.txt');
  await at.follow([], ['src']);
  at.write('src/.git/index', 'other');
  at.write('src/node_modules/x/y');
  await at.tells('src/a.txt', () => at.write('src/a.txt', 'other'));
  assert.not.ok(at.hasTold('src/.git/index'));
  await at.remove();
});

test('Where the kernel tells nothing, files are looked at: changed, made and removed, and only those that are followed.', async () => {
  const at = new Place((told) => new FolderPolling(told));
  at.write('in.txt');
  at.write('other.txt');
  at.write('corpus/a.txt');
  at.write('corpus/node_modules/x');
  await at.follow(['in.txt'], ['corpus']);
  at.write('other.txt', 'not followed');
  at.write('corpus/node_modules/x', 'not followed');
  await at.tells('in.txt', () => at.write('in.txt', 'longer'));
  await at.tells('corpus/deep/b.txt', () => at.write('corpus/deep/b.txt'));
  await at.tells('corpus/a.txt', () => rmSync(at.path('corpus/a.txt')));
  assert.not.ok(at.hasTold('other.txt') || at.hasTold('corpus/node_modules/x'));
  await at.remove();
});

test.run();
