// A BuildReport as a Graphviz graph of its families, with their states.
import type { BuildReport } from '@evalmake/core';
import { printable } from '../style.ts';
import { verdictOrder } from '../verdict-signs.ts';
import { verdictsText } from './words.ts';

const colors: Readonly<Record<string, string>> = {
  fresh: '#1a7f37',
  run: '#9a6700',
  maybe: '#9a6700',
  ask: '#cf222e',
  blocked: '#cf222e',
  off: '#6e7781',
};

/** The graph, with a line end. */
export function dotOf({ families, edges, pipeline }: BuildReport): string {
  const nodes = families.map(({ name, verdicts }, i) => {
    const worst = verdictOrder.find((v) => verdicts[v] !== undefined) ?? 'fresh';
    const style = worst === 'off' || worst === 'maybe' ? 'rounded,dashed' : 'rounded';
    return `  f${i} [label=${quoted(`${name}\n${verdictsText(verdicts)}`)}, color="${colors[worst] ?? '#0969da'}", style="${style}"];`;
  });
  const arrows = edges.families.map(
    ([from, to, kind]) => `  f${from} -> f${to}${kind === 'one' ? '' : ` [label="${kind}"]`};`,
  );
  return `digraph ${quoted(pipeline)} {\n  rankdir=LR;\n  node [shape=box, fontname="sans-serif"];\n${[...nodes, ...arrows].join('\n')}\n}\n`;
}

function quoted(text: string): string {
  const safe = text
    .split('\n')
    .map((line) => printable(line).replaceAll('\\', '\\\\').replaceAll('"', '\\"'));
  return `"${safe.join('\\n')}"`;
}
