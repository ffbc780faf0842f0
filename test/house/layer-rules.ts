// House rules on who may know whom: the direction of imports, no cycles, nothing undeclared.
import { isBuiltin } from 'node:module';
import { findCycles, type Import, importsOf, packageFolders, packageName, resolveImport } from './imports.ts';
import type { SourceFile } from './repository.ts';
import { packageOf, type Rule, type Violation } from './rule.ts';

/** Which of our packages a package may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  engine: ['core'],
  cli: ['engine', 'core'],
  evalkit: [],
};

const sources = (files: readonly SourceFile[]): SourceFile[] => files.filter(({ path }) => packageOf(path));

/** What is wrong with one import of a source file, if anything. */
function layerProblem(one: Import): string | undefined {
  const self = packageOf(one.from) ?? '';
  const allowed = mayImport[self];
  if (allowed === undefined)
    return `package \`${self}\` is unknown: say in test/house/layer-rules.ts what it may import`;
  if (one.specifier.startsWith('.')) {
    const target = resolveImport(one) ?? '';
    if (packageOf(target) === self) return undefined;
    return `\`${one.specifier}\` leaves the package: import another package by its name`;
  }
  const ours = packageFolders.get(packageName(one.specifier));
  if (ours === self) return `\`${one.specifier}\`: inside a package, import by relative path`;
  if (ours !== undefined && !allowed.includes(ours))
    return `${self} may import ${allowed.join(', ') || 'none of our packages'}, not ${ours}: move the code to where it may be used`;
  if (self === 'core' && ours === undefined && one.specifier !== 'yaml')
    return `\`${one.specifier}\`: core is pure and imports only \`yaml\`; do this in engine, or take its result as a value`;
  return undefined;
}

export const importDirection: Rule = {
  name: 'imports go one way: cli -> engine -> core, and evalkit knows none of them',
  check: (files) =>
    sources(files)
      .flatMap(importsOf)
      .flatMap((one): Violation[] => {
        const says = layerProblem(one);
        return says === undefined ? [] : [{ path: one.from, line: one.line, says }];
      }),
};

export const noCycles: Rule = {
  name: 'imports make no cycle, type imports included',
  check: (files) =>
    findCycles(sources(files)).map((cycle) => ({
      path: cycle[0] ?? '',
      line: 1,
      says: `import cycle ${cycle.join(' -> ')}: move what both need into a file of its own`,
    })),
};

export const declaredImports: Rule = {
  name: 'every imported package is a dependency of the package that imports it',
  check: (files) => {
    const text = new Map(files.map((file) => [file.path, file.text]));
    return sources(files).flatMap((file) => {
      const manifest = `packages/${packageOf(file.path)}/package.json`;
      const { dependencies = {} } = JSON.parse(text.get(manifest) ?? '{}') as {
        dependencies?: Record<string, string>;
      };
      return importsOf(file)
        .filter(({ specifier }) => !specifier.startsWith('.') && !isBuiltin(specifier))
        .filter(({ specifier }) => dependencies[packageName(specifier)] === undefined)
        .map(({ specifier, line }) => ({
          path: file.path,
          line,
          says: `\`${specifier}\` is not among the dependencies in ${manifest}: add it there, or do without`,
        }));
    });
  },
};
