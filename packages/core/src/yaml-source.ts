// A YamlSource is a YAML text read into plain values, which remembers where each value stands and how it was written.
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Json } from './json.ts';
import type { Parsed, Pointer, Problem } from './problem.ts';
import { unquotedTemplate } from './yaml-flow.ts';

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

/**
 * Reads a YAML text. Duplicate keys are found here, since the library's own check is quadratic.
 * @param text the document
 * @param file its name, for problems
 */
export function readYaml(text: string, file: string): Parsed<YamlValues> {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: false, lineCounter: lines, merge: true });
  if (document.errors.length > 0) return { value: undefined, problems: syntaxProblems(document, text, file) };
  const problems: Problem[] = [];
  const texts: Record<string, string> = {};
  const value = toJson(document.contents, [], { document, lines, file, problems, texts });
  return { value: { value, texts }, problems };
}

interface Walk {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly file: string;
  readonly problems: Problem[];
  readonly texts: Record<string, string>;
}

function syntaxProblems(document: Document, text: string, file: string): Problem[] {
  const flow = unquotedTemplate(text);
  if (flow !== undefined) {
    return [
      {
        code: 'template-not-quoted',
        severity: 'error',
        message: 'a template inside { } or [ ] must be quoted',
        file,
        ...flow,
        hint: `write "\${{ … }}" with quotes, or use the block style with one item per line`,
      },
    ];
  }
  return document.errors.map((e) => ({
    code: 'yaml-syntax',
    severity: 'error',
    message: (e.message.split('\n')[0] ?? e.message).replace(/ at line \d+, column \d+:?$/, ''),
    file,
    ...(e.linePos === undefined ? {} : { line: e.linePos[0].line, column: e.linePos[0].col }),
  }));
}

function toJson(node: unknown, pointer: Pointer, walk: Walk): Json {
  if (isAlias(node)) return toJson(node.resolve(walk.document), pointer, walk);
  if (isMap(node)) return mapToJson(node.items as PairNode[], pointer, walk);
  if (isSeq(node)) return node.items.map((item, i) => toJson(item, [...pointer, i], walk));
  if (!isScalar(node)) return null;
  const value = node.value;
  if (typeof value === 'number' && node.source !== undefined && node.source !== String(value)) {
    walk.texts[pointerKey(pointer)] = node.source;
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(node.source);
  return node.source ?? String(value);
}

interface PairNode {
  readonly key: unknown;
  readonly value: unknown;
}

function mapToJson(pairs: readonly PairNode[], pointer: Pointer, walk: Walk): Json {
  const result: Record<string, Json> = {};
  for (const pair of pairs) {
    const key = isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : String(pair.key);
    if (key === '<<' && (isAlias(pair.value) || isMap(pair.value))) {
      const merged = toJson(pair.value, pointer, walk) as Record<string, Json>;
      for (const [k, v] of Object.entries(merged)) if (!Object.hasOwn(result, k)) result[k] = v;
      continue;
    }
    if (key === '__proto__') continue;
    if (Object.hasOwn(result, key)) duplicate(key, pair.key, pointer, walk);
    result[key] = toJson(pair.value, [...pointer, key], walk);
  }
  return result;
}

function duplicate(key: string, node: unknown, pointer: Pointer, walk: Walk): void {
  const start = (node as Node).range?.[0];
  const at = start === undefined ? undefined : walk.lines.linePos(start);
  walk.problems.push({
    code: 'duplicate-key',
    severity: 'error',
    message: `the key "${key}" stands twice in ${pointer.length === 0 ? 'the file' : pointer.join('.')}`,
    file: walk.file,
    ...(at === undefined ? {} : { line: at.line, column: at.col }),
    hint: 'remove one of the two, or rename it',
  });
}

/**
 * Fills in line and column of problems that know only their pointer. Reads the text again: errors are the rare path,
 * so places are not carried through the fast one.
 * @param problems problems, some with a pointer and this file
 * @param text the document
 * @param file the name given to problems without one
 */
export function locate(problems: readonly Problem[], text: string, file: string): Problem[] {
  if (problems.every((p) => p.line !== undefined)) return [...problems];
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: false, lineCounter: lines, merge: true });
  return problems.map((p) => {
    if (p.line !== undefined || p.pointer === undefined || (p.file !== undefined && p.file !== file))
      return p;
    const start = nodeStart(document, p.pointer, p.atKey === true);
    const at = start === undefined ? { line: 1, col: 1 } : lines.linePos(start);
    return { ...p, file, line: at.line, column: at.col };
  });
}

/** Offset of the node a pointer names, or of the nearest one above it that exists. */
function nodeStart(document: Document, pointer: Pointer, atKey: boolean): number | undefined {
  let node: unknown = document.contents;
  let start = (node as Node | null)?.range?.[0];
  for (const [depth, step] of pointer.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = (node.items as PairNode[]).findLast(
        (p) => isScalar(p.key) && String(p.key.source ?? p.key.value) === step,
      );
      if (pair === undefined) return start;
      const last = depth === pointer.length - 1;
      const value = pair.value as Node | null;
      start = ((last && atKey) || !value?.range ? (pair.key as Node) : value).range?.[0] ?? start;
      node = value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)] as Node | undefined;
      if (item === undefined) return start;
      start = item.range?.[0] ?? start;
      node = item;
    } else return start;
  }
  return start;
}
