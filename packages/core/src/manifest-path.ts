// A manifest path is the place of an artifact as seen from the folder of its manifest.

/**
 * From the workspace to the manifest: `data/x` seen from `out` is `../data/x`; a directory keeps its `/`.
 * @param path relative to the workspace
 * @param dir the folder of the manifest, relative to the workspace; '' for the workspace itself
 */
export function seenFrom(dir: string, path: string): string {
  const from = segments(dir);
  const to = segments(path);
  let same = 0;
  while (same < from.length && same < to.length && from[same] === to[same]) same += 1;
  const up = from.slice(same).map(() => '..');
  const relative = [...up, ...to.slice(same)].join('/') || '.';
  return path.endsWith('/') ? `${relative}/` : relative;
}

/**
 * From the manifest back to the workspace, `.` and `..` resolved.
 * @param dir the folder of the manifest, relative to the workspace
 * @param path relative to that folder
 * @returns undefined when it is absolute, names no file or leads out of the workspace: a manifest is text that anybody may write
 */
export function resolvedFrom(dir: string, path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0')) return undefined;
  const out: string[] = [];
  for (const segment of [...segments(dir), ...segments(path)]) {
    if (segment !== '..') out.push(segment);
    else if (out.pop() === undefined) return undefined;
  }
  if (out.length === 0) return undefined;
  return path.endsWith('/') ? `${out.join('/')}/` : out.join('/');
}

/** The folder that holds all of some paths, ending in `/`; '' for the workspace. */
export function commonDir(paths: readonly string[]): string {
  const dirs = paths.map((path) => path.split('/').slice(0, -1));
  const first = dirs[0] ?? [];
  const differs = first.findIndex((part, i) => dirs.some((dir) => dir[i] !== part));
  const same = differs < 0 ? first : first.slice(0, differs);
  return same.map((part) => `${part}/`).join('');
}

function segments(path: string): string[] {
  return path.split('/').filter((s) => s !== '' && s !== '.');
}
