// The imports of source files and the graph they make, type imports included.
import { posix } from 'node:path';
import type { SourceFile } from './repository.ts';
import { lineAt } from './rule.ts';
import { blankedOf } from './source-text.ts';

/** One import, export-from or dynamic import of a file. */
export interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly line: number;
}

/** The name of each of our packages, as imports write it, and its folder under packages/. */
export const packageFolders: ReadonlyMap<string, string> = new Map([
  ['@evalmake/core', 'core'],
  ['@evalmake/engine', 'engine'],
  ['evalmake', 'cli'],
  ['evalkit', 'evalkit'],
]);

// The text 'import', such as the name of a phase, is no import: a quote stands before it.
const statement =
  /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*(['"])([^'"\n]+)\1|(?<!['"])\bimport\s*\(?\s*(['"])([^'"\n]+)\3/g;

/** All imports of one file, in order. */
export function importsOf(file: SourceFile): Import[] {
  const text = blankedOf(file.text).uncommented;
  return [...text.matchAll(statement)].map((match) => ({
    from: file.path,
    specifier: match[2] ?? match[4] ?? '',
    line: lineAt(text, match.index + match[0].length),
  }));
}

/** The package part of a bare specifier: `@evalmake/core/plan` -> `@evalmake/core`. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The path of the source file of ours that an import names; undefined for foreign packages. */
export function resolveImport({ from, specifier }: Import): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  const name = packageName(specifier);
  const folder = packageFolders.get(name);
  if (folder === undefined) return undefined;
  return `packages/${folder}/src/${specifier.slice(name.length + 1) || 'index'}.ts`;
}

/** Import cycles, each once, as the list of paths around it; found by a depth-first walk in path order. */
export function findCycles(files: readonly SourceFile[]): string[][] {
  const graph = new Map(files.map((file) => [file.path, importsOf(file).map(resolveImport)]));
  const state = new Map<string, 'open' | 'done'>();
  const trail: string[] = [];
  const cycles: string[][] = [];
  const visit = (path: string): void => {
    if (state.get(path) === 'open') cycles.push([...trail.slice(trail.indexOf(path)), path]);
    if (state.has(path)) return;
    state.set(path, 'open');
    trail.push(path);
    for (const next of graph.get(path) ?? []) if (next !== undefined && graph.has(next)) visit(next);
    trail.pop();
    state.set(path, 'done');
  };
  for (const path of [...graph.keys()].sort()) visit(path);
  return cycles;
}
