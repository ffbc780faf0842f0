// A YamlSource is a YAML text read into plain values, which remembers where each value stands and how it was written.
import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import type { Parsed, Pointer, Problem } from './problem.ts';
import { type Place, unquotedTemplate } from './yaml-flow.ts';
import { type KeyedPair, readNodes, type YamlValues } from './yaml-values.ts';

export { pointerKey, type YamlValues } from './yaml-values.ts';

/**
 * Reads a YAML text. Duplicate keys are found here, since the library's own check is quadratic.
 * @param text the document
 * @param file its name, for problems
 */
export function readYaml(text: string, file: string): Parsed<YamlValues> {
  const document = read(text);
  if (document.errors.length > 0) return { value: undefined, problems: syntaxProblems(document, text, file) };
  const lines = new Lines(text);
  const { value, texts, problems } = readNodes(document.contents, (offset, problem) => ({
    ...problem,
    severity: 'error',
    file,
    ...lines.place(offset),
  }));
  return { value: { value, texts }, problems };
}

function read(text: string): Document {
  return parseDocument(text, { uniqueKeys: false, merge: true, prettyErrors: false });
}

/** Lines turns offsets into places. The library's own counter is wrong after a quoted text over several lines. */
class Lines {
  private readonly starts: number[] = [];
  constructor(private readonly text: string) {}

  place(offset: number): Place {
    const { starts, text } = this;
    if (starts.length === 0) {
      starts.push(0);
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    }
    const within = Math.min(offset, text.length);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] as number) <= within) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: within - (starts[low] as number) + 1 };
  }
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
  const lines = new Lines(text);
  return document.errors.map((e) => ({
    code: 'yaml-syntax',
    severity: 'error',
    message: e.message.split('\n')[0] ?? e.message,
    file,
    ...lines.place(e.pos[0]),
  }));
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
  const lines = new Lines(text);
  const document = read(text);
  return problems.map((p) => {
    if (p.line !== undefined || p.pointer === undefined || (p.file !== undefined && p.file !== file))
      return p;
    const start = nodeStart(document, p.pointer, p.atKey === true);
    return { ...p, file, ...lines.place(start ?? 0) };
  });
}

/** Offset of the node a pointer names, or of the nearest one above it that exists. */
function nodeStart(document: Document, pointer: Pointer, atKey: boolean): number | undefined {
  let node: unknown = document.contents;
  let start = (node as Node | null)?.range?.[0];
  for (const [depth, step] of pointer.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = (node.items as KeyedPair[]).findLast(
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
