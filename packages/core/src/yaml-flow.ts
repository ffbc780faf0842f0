// Finds the one YAML mistake that templates invite: a `${{ … }}` without quotes inside `{ }` or `[ ]`.

/** A place in a text, counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * The first template that stands unquoted in a flow collection, or undefined.
 * @param text a YAML document, which need not parse
 */
export function unquotedTemplate(text: string): Place | undefined {
  let depth = 0;
  let blockIndent = -1;
  for (const [i, line] of text.split('\n').entries()) {
    const indent = line.length - line.trimStart().length;
    if (depth === 0 && blockIndent >= 0) {
      if (line.trim() === '' || indent > blockIndent) continue;
      blockIndent = -1;
    }
    const start = depth > 0 ? 0 : flowStart(line);
    if (start < 0) {
      if (/(^|[\s:-])[|>][+-]?\d?\s*(#.*)?$/.test(line)) blockIndent = indent;
      continue;
    }
    const scanned = scanFlow(line, start, depth);
    if (scanned.at !== undefined) return { line: i + 1, column: scanned.at + 1 };
    depth = scanned.depth;
  }
  return undefined;
}

/** Where a flow collection begins as a value on this line, or -1. */
function flowStart(line: string): number {
  const match = /^\s*(?:-\s+)*(?:(?:"[^"]*"|'[^']*'|[^\s#:"'{[][^:{[]*):\s+)?(?=[{[])/.exec(line);
  return match === null ? -1 : match[0].length;
}

function scanFlow(line: string, start: number, startDepth: number): { depth: number; at?: number } {
  let depth = startDepth;
  let quote = '';
  for (let i = start; i < line.length; i++) {
    const c = line[i] as string;
    if (quote !== '') {
      if (c === '\\' && quote === '"') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '#' && (i === 0 || /\s/.test(line[i - 1] as string))) break;
    else if (line.startsWith('${{', i)) return { depth, at: i };
    else if (c === '{' || c === '[') depth++;
    else if (c === '}' || c === ']') depth--;
    if (depth <= 0) return { depth: 0 };
  }
  return { depth };
}
