// A table of an old manifest lists files with their checksums: the datasets that were prepared, the shards that were built.
import { isList, isMap, type Json, type JsonMap } from './json.ts';
import { commonDir, resolvedFrom, seenFrom } from './manifest-path.ts';
import { own } from './manifest-stage.ts';

/** Where files of an old manifest may lie. */
export interface TablePlaces {
  /** The folder of the manifest, relative to the workspace; '' for the workspace itself. */
  readonly dir: string;
  /** Whether something lies at a path relative to the workspace. */
  readonly exists: (path: string) => boolean;
}

/**
 * Reads a table.
 * @param key `datasets` gives an artifact per entry, `shards` one set of them
 * @returns artifacts in the form of version 2, their sums, and the entries that name no file
 */
export function artifactsOfTables(
  key: 'datasets' | 'shards',
  table: JsonMap,
  places: TablePlaces,
): { readonly artifacts: JsonMap; readonly counts: JsonMap; readonly others: JsonMap } {
  const files: [string, JsonMap][] = [];
  const others: [string, Json][] = [];
  for (const [name, entry] of Object.entries(table)) {
    const file = fileOf(key === 'shards' ? withPath(name, entry) : entry, places);
    if (file === undefined) others.push([name, entry]);
    else files.push([name, file]);
  }
  const rows = files.reduce((sum, [, file]) => sum + (typeof file.rows === 'number' ? file.rows : 0), 0);
  const counted = files.some(([, file]) => typeof file.rows === 'number') ? { rows } : {};
  const rest = Object.fromEntries(others);
  if (key === 'datasets' || files.length === 0)
    return { artifacts: Object.fromEntries(files), counts: counted, others: rest };
  const members = files.map(([name, file]) => (endsIn(file.path as string, name) ? file : { ...file, name }));
  const folder = commonDir(members.map((file) => own(file, 'path') as string));
  return {
    artifacts: { shards: { path: folder === '' ? './' : folder, files: members } },
    counts: { shards: members.length, ...counted },
    others: rest,
  };
}

/** The entry of a shard; one that says no path lies under its own name. */
function withPath(name: string, entry: Json): Json {
  return isMap(entry) && own(entry, 'path') === undefined ? { path: name, ...entry } : entry;
}

function endsIn(path: string, name: string): boolean {
  return path === name || path.endsWith(`/${name}`);
}

/** An artifact in the form of version 2: a path, a description of a file, or a list of these; anything else as it was. */
export function placedArtifact(value: Json, places: TablePlaces): Json {
  if (isList(value)) {
    const files = value.map((item) => fileOf(item, places));
    return files.length > 0 && files.every((file) => file !== undefined)
      ? { files: files as JsonMap[] }
      : value;
  }
  if (isMap(value) && isList(own(value, 'files'))) {
    const files = (value.files as readonly Json[]).map((item) => fileOf(item, places) ?? item);
    return { ...value, files };
  }
  return fileOf(value, places) ?? value;
}

/** A file with the names of version 2; undefined when no path is said. */
function fileOf(value: Json, places: TablePlaces): JsonMap | undefined {
  const map = typeof value === 'string' ? { path: value } : value;
  if (!isMap(map)) return undefined;
  const path = own(map, 'path');
  if (typeof path !== 'string' || path === '') return undefined;
  const rest = new Map(Object.entries(map));
  const taken = (to: string, names: readonly string[]): JsonMap => {
    const name = names.find((n) => isCount(own(map, n)));
    if (name === undefined) return {};
    rest.delete(name);
    return { [to]: map[name] as number };
  };
  const rows = taken('rows', ['rows', 'items', 'lines']);
  const bytes = taken('bytes', ['bytes', 'size']);
  const sha256 = own(map, 'sha256');
  for (const name of ['path', 'sha256']) rest.delete(name);
  return {
    path: placed(path, places),
    ...(sha256 === undefined ? {} : { sha256: hexOf(sha256) }),
    ...bytes,
    ...rows,
    ...Object.fromEntries(rest),
  };
}

function isCount(value: Json | undefined): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The bare digits of a checksum, however it was written. */
function hexOf(value: Json): Json {
  const hex =
    typeof value === 'string'
      ? value
          .trim()
          .replace(/^sha256:/i, '')
          .toLowerCase()
      : '';
  return /^[0-9a-f]{64}$/.test(hex) ? hex : value;
}

/** A path as seen from the manifest: old ones were often meant from the workspace. What lies there decides. */
function placed(path: string, { dir, exists }: TablePlaces): string {
  const here = resolvedFrom(dir, path);
  if (here !== undefined && exists(here)) return path;
  const fromRoot = resolvedFrom('', path);
  return fromRoot !== undefined && exists(fromRoot) ? seenFrom(dir, fromRoot) : path;
}
