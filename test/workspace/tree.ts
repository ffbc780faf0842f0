// A tree: every path below a folder with what is there, so that two moments can be compared byte for byte.
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Path below the root, with `/` -> kind, mode, modification time and digest of the content. */
export type Tree = ReadonlyMap<string, string>;

function describe(path: string): string {
  const stat = lstatSync(path, { bigint: true });
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`;
  if (stat.isDirectory()) return 'folder';
  if (!stat.isFile()) return 'special';
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex');
  return `${(stat.mode & 0o777n).toString(8)} mtime ${stat.mtimeNs} sha256 ${digest}`;
}

/**
 * Reads a whole tree, hidden folders included. Modification times count: a file rewritten with equal bytes differs.
 * A path that vanishes while it is read is left out.
 */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder)).sort()) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const what = describe(join(root, path));
      tree.set(path, what);
      if (what === 'folder') visit(path);
    }
  };
  visit('');
  return tree;
}

/** Every difference between two trees as one readable line, in the order of paths. */
export function compareTrees(before: Tree, after: Tree): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const [was, now] = [before.get(path), after.get(path)];
    if (was === now) return [];
    if (was === undefined) return [`appeared: ${path}`];
    return now === undefined ? [`vanished: ${path}`] : [`changed: ${path}: ${was} -> ${now}`];
  });
}

/** A part of a tree: the paths for which `keep` is true. */
export function partOfTree(tree: Tree, keep: (path: string) => boolean): Tree {
  return new Map([...tree].filter(([path]) => keep(path)));
}
