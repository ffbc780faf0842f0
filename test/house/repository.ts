// The repository as the house rules see it: every tracked text file, with its path relative to the root.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file: `path` is relative to the root and uses `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The root of the checkout; this module is compiled to build/test/all/house/. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));

const ignoredFolders = new Set([
  ...['node_modules', 'dist', 'build', '.git', '.evalmake', '__pycache__'],
  ...['data/prepared', 'data/batch_inputs', 'experiments', 'reports', 'archive'],
]);

/** What git tracks or would track; where there is no git (an unpacked archive), a walk with the same exclusions. */
function paths(): string[] {
  try {
    const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const listed = execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (listed !== '') return [...new Set(listed.split('\0'))].filter((path) => path !== '');
  } catch {
    // no git, or a checkout owned by somebody else: walk
  }
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (ignoredFolders.has(path) || ignoredFolders.has(entry.name)) continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile() && !entry.name.endsWith('.tsbuildinfo')) found.push(path);
    }
  };
  walk('');
  return found;
}

/** Reads the tracked text files, sorted by path. Links and files with a NUL byte (pictures) are left out. */
export function repositoryFiles(): SourceFile[] {
  return paths()
    .filter((path) => existsSync(join(root, path)) && statSync(join(root, path)).isFile())
    .sort((a, b) => (a < b ? -1 : 1))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'));
}
