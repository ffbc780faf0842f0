// YamlValues are the plain values of parsed YAML nodes: aliases followed, merges laid in, numbers kept as written.
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from 'yaml';
import type { Json } from './json.ts';
import type { Pointer, Problem } from './problem.ts';

/** A YAML text as values. */
export interface YamlValues {
  readonly value: Json;
  /** Pointer (joined by '\0') -> source text, of numbers that are not written as JavaScript writes them. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Joins a pointer to the key used in `YamlValues.texts`. */
export function pointerKey(pointer: Pointer): string {
  return pointer.join('\0');
}

/** A pair of a map as the library holds it. */
export interface KeyedPair {
  readonly key: unknown;
  readonly value: unknown;
}

/** Makes a problem of a place in the text. */
export type ProblemAt = (
  offset: number,
  problem: Pick<Problem, 'code' | 'message'> & { readonly hint?: string },
) => Problem;

/** More than this many values through aliases is a text made to exhaust memory. */
const mostAliased = 100_000;

interface Walk {
  readonly problemAt: ProblemAt;
  readonly problems: Problem[];
  readonly texts: Record<string, string>;
  /** The last node of each anchor so far: an alias means the one before it. */
  readonly anchors: Map<string, Node>;
  /** What an alias meant when it was first met; walked again through another alias it means the same. */
  readonly meant: Map<Alias, Node>;
  /** The nodes around the current one: an alias to one of them has no end. */
  readonly around: Set<unknown>;
  /** How many aliases lead to the current node. What lies behind one was reported where it stands. */
  within: number;
  aliased: number;
}

/**
 * The values of a parsed document. Duplicate keys, aliases without an end or an anchor, and keys that are not text are
 * problems.
 * @param contents the root node, or null of an empty document
 * @param problemAt makes a problem of an offset in the text
 */
export function readNodes(
  contents: unknown,
  problemAt: ProblemAt,
): YamlValues & { readonly problems: Problem[] } {
  const walk: Walk = {
    problemAt,
    problems: [],
    texts: {},
    anchors: new Map(),
    meant: new Map(),
    around: new Set(),
    within: 0,
    aliased: 0,
  };
  const value = toJson(contents, [], walk);
  return { value, texts: walk.texts, problems: walk.problems };
}

function toJson(node: unknown, pointer: Pointer, walk: Walk): Json {
  if (isAlias(node)) return aliasToJson(node, pointer, walk);
  if (walk.within > 0 && ++walk.aliased === mostAliased) {
    const message = `aliases make more than ${mostAliased} values of this file`;
    walk.problems.push(
      walk.problemAt((node as Node | null)?.range?.[0] ?? 0, { code: 'too-many-aliases', message }),
    );
  }
  if (isMap(node)) return around(node, walk, () => mapToJson(node, pointer, walk));
  if (isSeq(node))
    return around(node, walk, () => node.items.map((item, i) => toJson(item, [...pointer, i], walk)));
  return isScalar(node) ? scalarToJson(node, pointer, walk) : null;
}

function scalarToJson(node: Scalar, pointer: Pointer, walk: Walk): Json {
  noteAnchor(node, walk);
  const value = node.value;
  if (typeof value === 'number' && node.source !== undefined && node.source !== String(value)) {
    walk.texts[pointerKey(pointer)] = node.source;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(node.source);
  return node.source ?? String(value);
}

function around<T>(node: Node, walk: Walk, read: () => T): T {
  noteAnchor(node, walk);
  walk.around.add(node);
  const value = read();
  walk.around.delete(node);
  return value;
}

function noteAnchor(node: Node & { anchor?: string }, walk: Walk): void {
  if (walk.within === 0 && node.anchor !== undefined) walk.anchors.set(node.anchor, node);
}

/** The node an alias stands for; undefined, with a problem, when that is nothing or has no end. */
function meaning(alias: Alias, walk: Walk): Node | undefined {
  const target = walk.meant.get(alias) ?? walk.anchors.get(alias.source);
  if (target === undefined) {
    wrong(walk, alias, {
      code: 'unknown-alias',
      message: `the alias *${alias.source} has no anchor &${alias.source} before it`,
      hint: `write "*${alias.source}" with quotes if it is text`,
    });
    return undefined;
  }
  walk.meant.set(alias, target);
  if (walk.around.has(target)) {
    wrong(walk, alias, {
      code: 'endless-alias',
      message: `the alias *${alias.source} stands inside its own anchor: the value would have no end`,
    });
    return undefined;
  }
  return target;
}

function aliasToJson(alias: Alias, pointer: Pointer, walk: Walk): Json {
  const target = meaning(alias, walk);
  if (target === undefined || walk.aliased > mostAliased) return null;
  return behind(walk, () => toJson(target, pointer, walk));
}

function behind<T>(walk: Walk, read: () => T): T {
  walk.within++;
  const value = read();
  walk.within--;
  return value;
}

/** A key with its value: a merged one gives way to the map's own. */
interface Entry {
  readonly value: unknown;
  readonly aliased: boolean;
}

function mapToJson(map: YAMLMap, pointer: Pointer, walk: Walk): Json {
  const result: Record<string, Json> = {};
  for (const [key, entry] of entriesOf(map, pointer, walk)) {
    const read = (): Json => toJson(entry.value, [...pointer, key], walk);
    result[key] = entry.aliased ? behind(walk, read) : read();
  }
  return result;
}

function entriesOf(map: YAMLMap, pointer: Pointer, walk: Walk): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  const own = new Set<string>();
  for (const pair of map.items as KeyedPair[]) {
    if (isMergeKey(pair.key)) {
      for (const [key, entry] of mergedEntries(pair, pointer, walk))
        if (!entries.has(key)) entries.set(key, entry);
      continue;
    }
    const key = keyText(pair.key, walk);
    if (key === undefined) continue;
    if (own.has(key)) {
      // What the lost value holds is read for its problems only.
      toJson(entries.get(key)?.value, [...pointer, key], walk);
      duplicate(key, pair.key, pointer, walk);
    }
    own.add(key);
    entries.set(key, { value: pair.value, aliased: false });
  }
  return entries;
}

/** A plain `<<`; in quotes it is a key like any other. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<';
}

function mergedEntries(pair: KeyedPair, pointer: Pointer, walk: Walk): [string, Entry][] {
  const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
  return sources.flatMap((source: unknown): [string, Entry][] => {
    const node = isAlias(source) ? meaning(source, walk) : source;
    if (isAlias(source) && node === undefined) return [];
    if (!isMap(node)) {
      wrong(walk, (source ?? pair.key) as Node, {
        code: 'bad-merge',
        message: '"<<" merges a map, an alias of a map, or a list of these',
      });
      return [];
    }
    const read = (): [string, Entry][] => [...around(node, walk, () => entriesOf(node, pointer, walk))];
    if (!isAlias(source)) return read();
    return behind(walk, read).map(([key, entry]) => [key, { value: entry.value, aliased: true }]);
  });
}

/** The text of a key, or undefined, with a problem, when it is none. */
function keyText(key: unknown, walk: Walk): string | undefined {
  if (key === null || key === undefined) return '';
  if (!isScalar(key)) {
    wrong(walk, key as Node, {
      code: 'bad-key',
      message: `a key must be text, not ${isMap(key) ? 'a map' : isSeq(key) ? 'a list' : 'an alias'}`,
      hint: 'write the key with quotes',
    });
    return undefined;
  }
  noteAnchor(key, walk);
  const text = String(key.source ?? key.value);
  if (text !== '__proto__') return text;
  wrong(walk, key, { code: 'bad-key', message: '"__proto__" cannot be a key' });
  return undefined;
}

function duplicate(key: string, node: unknown, pointer: Pointer, walk: Walk): void {
  wrong(walk, node as Node, {
    code: 'duplicate-key',
    message: `the key "${key}" stands twice in ${pointer.length === 0 ? 'the file' : pointer.join('.')}`,
    hint: 'remove one of the two, or rename it',
  });
}

/** Notes a problem; behind an alias it was noted where the value stands. */
function wrong(
  walk: Walk,
  node: Node | null,
  problem: Pick<Problem, 'code' | 'message'> & { readonly hint?: string },
): void {
  if (walk.within === 0) walk.problems.push(walk.problemAt(node?.range?.[0] ?? 0, problem));
}
