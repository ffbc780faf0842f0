// Globs: which files match a pattern. Plain patterns in one folder are read directly; the rest goes to fast-glob.

import { createRequire } from 'node:module';
import { byCodeUnit, fixedDir } from '@evalmake/core';
import { Unreadable } from './failure.ts';
import { lstatSync, readdirSync, statSync } from './fs.ts';

const load = createRequire(import.meta.url);

/** Folders that are never searched unless a pattern names them. */
const ignored = ['**/.evalmake/**', '**/node_modules/**', '**/.git/**'];
const simplePart = /^[^[\]{}()!+@\\/]*$/;

/**
 * Files that match a pattern, relative to the workspace unless the pattern is absolute, in code-unit order. Hidden files
 * match only when named.
 * @param root the workspace
 * @param pattern a glob with `*`, `**`, `?`, `[…]` or `{a,b}`
 */
export function globFiles(root: string, pattern: string): string[] {
  const dir = fixedDir(pattern);
  const last = pattern.slice(dir === '' ? 0 : dir.length + 1);
  if (!last.includes('/') && !last.includes('**') && simplePart.test(last)) return oneFolder(root, dir, last);
  return manyFolders(root, dir, pattern);
}

function manyFolders(root: string, dir: string, pattern: string): string[] {
  const glob = load('fast-glob') as typeof import('fast-glob');
  const ignore = ignored.filter((i) => !pattern.includes(i.split('/')[1] as string));
  let entries: { readonly path: string; readonly dirent: Kind }[];
  try {
    const fs = { lstatSync, statSync, readdirSync };
    entries = glob.sync(pattern, { cwd: root, onlyFiles: false, unique: true, ignore, objectMode: true, fs });
  } catch (error) {
    return notThere(error, dir);
  }
  return entries
    .filter(({ path, dirent }) => isFileEntry(dirent, within(root, path)))
    .map(({ path }) => path)
    .sort(byCodeUnit);
}

function oneFolder(root: string, dir: string, last: string): string[] {
  const test = partRegExp(last);
  const out: string[] = [];
  const full = within(root, dir);
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(full, { withFileTypes: true });
  } catch (error) {
    return notThere(error, dir);
  }
  for (const entry of entries) {
    if (!test.test(entry.name) || !isFileEntry(entry, `${full}/${entry.name}`)) continue;
    out.push(dir === '' ? entry.name : `${dir}/${entry.name}`);
  }
  return out.sort(byCodeUnit);
}

/** Where a path of the workspace lies; an input that lies elsewhere may have an absolute one. */
function within(root: string, path: string): string {
  if (path === '') return root;
  return path.startsWith('/') ? path : `${root}/${path}`;
}

/** No files where there is no folder; a folder that cannot be read is not an empty one. */
function notThere(error: unknown, dir: string): [] {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return [];
  throw new Unreadable(`the folder "${dir || '.'}" cannot be read: ${message}`);
}

type Kind = Pick<import('node:fs').Dirent, 'isFile' | 'isSymbolicLink'>;

/** A link counts unless it leads to a folder. One that leads nowhere counts: what it stands for is missing, and is asked for. */
function isFileEntry(entry: Kind, full: string): boolean {
  if (entry.isFile()) return true;
  if (!entry.isSymbolicLink()) return false;
  try {
    const stat = statSync(full, { throwIfNoEntry: false });
    return stat === undefined || stat.isFile();
  } catch {
    return false;
  }
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
