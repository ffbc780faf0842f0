// Folder polling: looks at files again and again, where the kernel tells of no change (some network and container mounts).

import { dirname } from 'node:path';
import { watch as chokidarWatch, type FSWatcher } from 'chokidar';
import { type Followed, isWithin, neverEntered, type Watching } from './folder-watches.ts';

/** How often it looks. */
const intervalMs = 500;

/** Watches by looking, with chokidar. */
export class FolderPolling implements Watching {
  private watcher: FSWatcher | undefined;
  private key = '';

  /** @param told called with the path in which something may have changed */
  constructor(private readonly told: (path: string) => void) {}

  async follow({ files, folders }: Followed): Promise<void> {
    const parents = new Set([...files, ...folders].map((path) => dirname(path)));
    const key = JSON.stringify([[...files].sort(), [...folders].sort()]);
    if (key === this.key) return;
    this.key = key;
    const before = this.watcher;
    // chokidar looks at every file that it finds, so it is kept out of folders in which nothing is followed.
    const isFollowed = (path: string, folder: string): boolean =>
      isWithin(path, folder) &&
      !path
        .slice(folder.length)
        .split('/')
        .some((name) => neverEntered.has(name));
    const ignored = (path: string): boolean =>
      !parents.has(path) && !files.has(path) && ![...folders].some((folder) => isFollowed(path, folder));
    const watcher = chokidarWatch([...parents, ...folders], {
      ignoreInitial: true,
      ignored,
      interval: intervalMs,
      usePolling: true,
    });
    watcher.on('all', (_event, path) => this.told(path));
    watcher.on('error', () => {}); // of a folder that cannot be read nothing is told; the next build still sees it
    await new Promise<void>((done) => {
      watcher.once('ready', () => done());
    });
    this.watcher = watcher;
    await before?.close();
  }

  async close(): Promise<void> {
    await this.watcher?.close();
  }
}
