// An Artifact is how a manifest describes what an output holds: where it lies, its checksum and what is known of it.
import { type CheckFormat, type Facts, formatOf, type UniqueFact } from './check.ts';
import type { TaskOutput } from './graph.ts';
import type { Json } from './json.ts';
import { commonDir, resolvedFrom, seenFrom } from './manifest-path.ts';
import type { OutputFile, TaskRecord } from './record.ts';

/** A file, or a directory (its path ends in `/`, its checksum covers what is in it). */
export type FileArtifact = {
  /** Relative to the folder of the manifest, with `/`. */
  readonly path: string;
  /** 64 hex digits; of a file what `sha256sum` prints. */
  readonly sha256: string;
  readonly bytes: number;
  readonly rows?: number;
  readonly members?: readonly string[];
  /** Left out when the number of rows, read by the file's extension, is all that is known. */
  readonly facts?: ArtifactFacts;
  /** The declared name of the output, when the key is another: an output without a name is listed by its file's. */
  readonly output?: string;
};

/** The files of a glob. */
export type SetArtifact = {
  /** The pattern, or the folder that holds all files where the pattern is not known. */
  readonly path: string;
  readonly files: readonly FileArtifact[];
  readonly output?: string;
};

export type Artifact = FileArtifact | SetArtifact;

/** `Facts` with the names that programs in other languages expect. */
export type ArtifactFacts = {
  /** Left out when it is that of the file's extension. */
  readonly format?: CheckFormat;
  readonly keys?: readonly string[];
  readonly schema_version?: Json;
  readonly columns?: readonly string[];
  readonly lacks?: Readonly<Record<string, number>>;
  /** A number where it is all that is known, else the whole `UniqueFact`. */
  readonly unique?: Readonly<Record<string, number | UniqueFact>>;
  readonly broken?: string;
};

/** What is known of the declared outputs: only so can a set of one file be told from a file. */
export type DeclaredOutput = Pick<TaskOutput, 'name' | 'kind' | 'path'>;

/**
 * The artifacts of a record, in the order of its outputs.
 * @param outputs the outputs of a record
 * @param dir the folder of the manifest, relative to the workspace
 * @param declared the outputs as declared; without them an output of one file counts as a file
 */
export function artifactsOf(
  outputs: TaskRecord['outputs'],
  dir: string,
  declared: readonly DeclaredOutput[],
): Readonly<Record<string, Artifact>> {
  const keys = new Set(Object.keys(outputs));
  return Object.fromEntries(
    Object.entries(outputs).map(([name, files]): [string, Artifact] => {
      const decl = declared.find((d) => d.name === name);
      const place =
        decl?.path ??
        (files.length === 1 ? (files[0] as OutputFile).path : commonDir(files.map((f) => f.path)));
      const single = files.length === 1 && decl?.kind !== 'glob';
      const artifact: Artifact = single
        ? fileArtifact(files[0] as OutputFile, dir)
        : { path: seenFrom(dir, place), files: files.map((f) => fileArtifact(f, dir)) };
      return name === '' ? [freeKey(place, keys), { output: name, ...artifact }] : [name, artifact];
    }),
  );
}

/** The key of an output without a name: its file's name without extension, or `output`. */
function freeKey(path: string, taken: ReadonlySet<string>): string {
  const base = path.replace(/\/$/, '').split('/').at(-1) ?? '';
  const stem = base.replace(/(?<=.)\.[^.]*$/, '');
  let key = stem === '' || /[*?[{]/.test(stem) ? 'output' : stem;
  while (taken.has(key)) key += '_';
  return key;
}

function fileArtifact(file: OutputFile, dir: string): FileArtifact {
  const facts = file.facts === undefined ? undefined : artifactFacts(file.facts, file.path);
  return {
    path: seenFrom(dir, file.path),
    sha256: file.digest.replace(/^sha256:/, ''),
    bytes: file.bytes,
    ...(file.facts?.rows === undefined ? {} : { rows: file.facts.rows }),
    ...(file.members === undefined ? {} : { members: file.members }),
    ...(facts === undefined ? {} : { facts }),
  };
}

/** The facts besides `rows`; undefined when the extension and the number of rows say all. */
function artifactFacts(facts: Facts, path: string): ArtifactFacts | undefined {
  const out: ArtifactFacts = {
    ...(facts.format === formatOf(path) ? {} : { format: facts.format }),
    ...(facts.keys === undefined ? {} : { keys: facts.keys }),
    ...(facts.schemaVersion === undefined ? {} : { schema_version: facts.schemaVersion }),
    ...(facts.columns === undefined ? {} : { columns: facts.columns }),
    ...(facts.lacks === undefined ? {} : { lacks: facts.lacks }),
    ...(facts.unique === undefined ? {} : { unique: mapValues(facts.unique, shortUnique) }),
    ...(facts.broken === undefined ? {} : { broken: facts.broken }),
  };
  return facts.rows !== undefined && Object.keys(out).length === 0 ? undefined : out;
}

function shortUnique(fact: UniqueFact): number | UniqueFact {
  return fact.duplicate === undefined && fact.missing === undefined ? fact.count : fact;
}

/**
 * The outputs of a record, read back from its artifacts.
 * @returns undefined when a path is not inside the workspace
 */
export function outputsOf(
  artifacts: Readonly<Record<string, Artifact>>,
  dir: string,
): TaskRecord['outputs'] | undefined {
  const out: [string, readonly OutputFile[]][] = [];
  for (const [key, artifact] of Object.entries(artifacts)) {
    const files = ('files' in artifact ? artifact.files : [artifact]).map((file) => outputFile(file, dir));
    if (files.includes(undefined)) return undefined;
    out.push([artifact.output ?? key, files as OutputFile[]]);
  }
  return Object.fromEntries(out);
}

function outputFile(file: FileArtifact, dir: string): OutputFile | undefined {
  const path = resolvedFrom(dir, file.path);
  if (path === undefined) return undefined;
  const facts = factsOf(file, path);
  return {
    path,
    digest: `sha256:${file.sha256}`,
    bytes: file.bytes,
    ...(file.members === undefined ? {} : { members: file.members }),
    ...(facts === undefined ? {} : { facts }),
  };
}

function factsOf({ rows, facts }: FileArtifact, path: string): Facts | undefined {
  if (rows === undefined && facts === undefined) return undefined;
  return {
    format: facts?.format ?? formatOf(path),
    ...(rows === undefined ? {} : { rows }),
    ...(facts?.keys === undefined ? {} : { keys: facts.keys }),
    ...(facts?.schema_version === undefined ? {} : { schemaVersion: facts.schema_version }),
    ...(facts?.columns === undefined ? {} : { columns: facts.columns }),
    ...(facts?.lacks === undefined ? {} : { lacks: facts.lacks }),
    ...(facts?.unique === undefined ? {} : { unique: mapValues(facts.unique, longUnique) }),
    ...(facts?.broken === undefined ? {} : { broken: facts.broken }),
  };
}

function longUnique(fact: number | UniqueFact): UniqueFact {
  return typeof fact === 'number' ? { count: fact } : fact;
}

/** A map with each value replaced; safe for keys such as `__proto__`. */
function mapValues<A, B>(map: Readonly<Record<string, A>>, to: (value: A) => B): Readonly<Record<string, B>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]): [string, B] => [key, to(value)]));
}

/** Files and rows of some artifacts, added up: `rows`, and for each set its number of files under its key. */
export function countsOf(artifacts: Readonly<Record<string, Artifact>>): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  const add = (key: string, n: number): void => void counts.set(key, (counts.get(key) ?? 0) + n);
  for (const [key, artifact] of Object.entries(artifacts)) {
    const files = 'files' in artifact ? artifact.files : [artifact];
    if ('files' in artifact && !['rows', 'tasks', 'completed'].includes(key)) add(key, files.length);
    for (const file of files) if (file.rows !== undefined) add('rows', file.rows);
  }
  return Object.fromEntries(counts);
}
