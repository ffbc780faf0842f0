// The GitCommit is what is checked out, read from the files of git: a build waits for no other program to know it.
import { dirname, join, resolve } from 'node:path';
import { readFileSync, statSync } from './fs.ts';

/** The commit that is checked out around a folder; undefined where a plain look does not tell. */
export function gitCommit(from: string): string | undefined {
  for (let dir = from; ; dir = dirname(dir)) {
    const found = statSync(join(dir, '.git'), { throwIfNoEntry: false });
    if (found !== undefined) {
      const git = found.isDirectory() ? join(dir, '.git') : linked(dir);
      return git === undefined ? undefined : headOf(git);
    }
    if (dir === dirname(dir)) return undefined;
  }
}

/** A further work tree has a file that names its folder. */
function linked(dir: string): string | undefined {
  const named = /^gitdir: (.+)$/m.exec(textOf(join(dir, '.git')) ?? '')?.[1];
  return named === undefined ? undefined : resolve(dir, named.trim());
}

function headOf(git: string): string | undefined {
  const head = textOf(join(git, 'HEAD'))?.trim();
  if (head === undefined) return undefined;
  const ref = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  if (ref === undefined || ref.includes('..')) return hash(head);
  const common = textOf(join(git, 'commondir'))?.trim();
  const folders = common === undefined ? [git] : [git, resolve(git, common)];
  for (const folder of folders) {
    const found = hash(textOf(join(folder, ref))?.trim()) ?? packed(folder, ref);
    if (found !== undefined) return found;
  }
  return undefined;
}

function packed(folder: string, ref: string): string | undefined {
  const line = (textOf(join(folder, 'packed-refs')) ?? '').split('\n').find((l) => l.endsWith(` ${ref}`));
  return hash(line?.split(' ', 1)[0]);
}

function hash(text: string | undefined): string | undefined {
  return text !== undefined && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text) ? text : undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // whatever is wrong with it: what is checked out is then not known
  }
}
