// Globs: which files match a pattern. Plain patterns in one folder are read directly; the rest goes to fast-glob.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { byCodeUnit, fixedDir } from '@evalmake/core';
import { Unreadable } from './failure.ts';

const load = createRequire(import.meta.url);

/** Folders that are never searched unless a pattern names them. */
const ignored = ['**/.evalmake/**', '**/node_modules/**', '**/.git/**'];
const simplePart = /^[^[\]{}()!+@\\/]*$/;

/**
 * Files that match a pattern, relative to the workspace, in code-unit order. Hidden files match only when named.
 * @param root the workspace
 * @param pattern a glob with `*`, `**`, `?`, `[…]` or `{a,b}`
 */
export function globFiles(root: string, pattern: string): string[] {
  const dir = fixedDir(pattern);
  const last = pattern.slice(dir === '' ? 0 : dir.length + 1);
  if (!last.includes('/') && !last.includes('**') && simplePart.test(last)) return oneFolder(root, dir, last);
  const glob = load('fast-glob') as typeof import('fast-glob');
  const ignore = ignored.filter((i) => !pattern.includes(i.split('/')[1] as string));
  return glob
    .sync(pattern, { cwd: root, onlyFiles: true, unique: true, ignore, suppressErrors: true })
    .sort(byCodeUnit);
}

function oneFolder(root: string, dir: string, last: string): string[] {
  const test = partRegExp(last);
  const out: string[] = [];
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(dir === '' ? root : `${root}/${dir}`, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return out;
    // A folder that cannot be read is not an empty one.
    throw new Unreadable(`the folder "${dir || '.'}" cannot be read: ${(error as Error).message}`);
  }
  for (const entry of entries) {
    if (entry.isDirectory() || !test.test(entry.name)) continue;
    out.push(dir === '' ? entry.name : `${dir}/${entry.name}`);
  }
  return out.sort(byCodeUnit);
}

const parts = new Map<string, RegExp>();

function partRegExp(part: string): RegExp {
  let made = parts.get(part);
  if (made === undefined) {
    const source = part
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replace(/\*/g, '[^/]*')
      .replace(/\?/g, '[^/]');
    made = new RegExp(`^${/^[*?]/.test(part) ? '(?!\\.)' : ''}${source}$`, 's');
    parts.set(part, made);
  }
  return made;
}

const matchers = new Map<string, (path: string) => boolean>();

/** Whether a path matches a pattern, by the same rules. */
export function globMatches(pattern: string, path: string): boolean {
  let match = matchers.get(pattern);
  if (match === undefined) {
    match = makeMatcher(pattern);
    matchers.set(pattern, match);
  }
  return match(path);
}

function makeMatcher(pattern: string): (path: string) => boolean {
  const dir = fixedDir(pattern);
  const last = pattern.slice(dir === '' ? 0 : dir.length + 1);
  if (!last.includes('/') && !last.includes('**') && simplePart.test(last)) {
    const test = partRegExp(last);
    const prefix = dir === '' ? '' : `${dir}/`;
    return (path) =>
      path.startsWith(prefix) &&
      !path.slice(prefix.length).includes('/') &&
      test.test(path.slice(prefix.length));
  }
  const micromatch = load('micromatch') as typeof import('micromatch');
  return micromatch.matcher(pattern);
}
