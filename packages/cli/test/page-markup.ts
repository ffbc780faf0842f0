// Page markup as the tests read it: elements and attributes of a parsed page, its policy, its data.
import { inflateRawSync } from 'node:zlib';
import { type Folded, unfold } from 'evalmake/dist/page/folded.js';
import { type DefaultTreeAdapterMap, defaultTreeAdapter, parse, parseFragment } from 'parse5';
import * as assert from 'uvu/assert';

export type Element = DefaultTreeAdapterMap['element'];
type Parent = DefaultTreeAdapterMap['parentNode'];

function elementsIn(root: Parent): Element[] {
  const found: Element[] = [];
  const visit = (node: Parent): void => {
    for (const child of node.childNodes) {
      if (!defaultTreeAdapter.isElementNode(child)) continue;
      found.push(child);
      visit(child);
    }
  };
  visit(root);
  return found;
}

/** The elements of a page or a piece of one in their order; markup that is not well-formed fails. */
export function elementsOf(html: string, kind: 'page' | 'piece' = 'page'): Element[] {
  const problems: string[] = [];
  const onParseError = ({ code, startLine }: { code: string; startLine: number }) =>
    problems.push(`${code}:${startLine}`);
  const root = kind === 'page' ? parse(html, { onParseError }) : parseFragment(html, { onParseError });
  assert.equal(problems, []);
  return elementsIn(root);
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}

export function textOf(node: DefaultTreeAdapterMap['node']): string {
  if (defaultTreeAdapter.isTextNode(node)) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

/** The data that a page holds. */
export function dataOf(elements: readonly Element[]): unknown {
  const element = elements.find((one) => attribute(one, 'id') === 'data') as Element;
  const text = textOf(element);
  if (attribute(element, 'type') === 'application/json') return JSON.parse(text);
  return unfold(JSON.parse(inflateRawSync(Buffer.from(text, 'base64')).toString('utf8')) as Folded);
}
