// A BuildReport as a Mermaid flowchart of its targets, with their states.
import type { BuildReport } from '@evalmake/core';
import { printable } from '../style.ts';
import { verdictOrder, verdictSigns } from '../verdict-signs.ts';
import { verdictsText } from './words.ts';

/** The flowchart, with a line end. */
export function mermaidOf({ targets, edges }: BuildReport): string {
  const lines = targets.map(({ name, verdicts, offBy }, i) => {
    const worst = verdictOrder.find((v) => verdicts[v] !== undefined) ?? 'fresh';
    const state = offBy === undefined ? verdictsText(verdicts) : 'off';
    return `  t${i}["${safe(`${verdictSigns[worst].glyph} ${name}`)}<br/>${safe(state)}"]:::${worst}`;
  });
  const arrows = edges.targets.map(([from, to]) => `  t${from} --> t${to}`);
  return `${['flowchart LR', ...lines, ...arrows, ...styles].join('\n')}\n`;
}

const styles = [
  '  classDef fresh stroke:#1a7f37',
  '  classDef run stroke:#9a6700,stroke-width:2px',
  '  classDef maybe stroke:#9a6700,stroke-dasharray:4 3',
  '  classDef ask stroke:#cf222e,stroke-width:2px',
  '  classDef blocked stroke:#cf222e,stroke-width:2px',
  '  classDef waiting stroke:#0969da',
  '  classDef recheck stroke:#0969da',
  '  classDef restore stroke:#0969da',
  '  classDef off stroke-dasharray:2 4',
];

/** Mermaid reads entities in quotes, and nothing else there. */
function safe(text: string): string {
  return printable(text).replace(/[&"<>#`;]/g, (c) => `#${c.charCodeAt(0)};`);
}
