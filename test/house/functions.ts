// The functions of a source file: name, first line and length, found by their braces.
import { lineAt } from './rule.ts';
import { codeOf } from './source-text.ts';

export interface FunctionSpan {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

const notAFunction =
  /^\s*(?:export\s+|default\s+|declare\s+|abstract\s+)*(?:\w+:\s*)?(?:if|for|while|switch|catch|else|do|try|finally|class)\b/;

/** The pairs of matching braces in blanked code, as offsets. */
function bracePairs(code: string): [open: number, close: number][] {
  const pairs: [number, number][] = [];
  const open: number[] = [];
  for (const { 0: brace, index } of code.matchAll(/[{}]/g)) {
    if (brace === '{') open.push(index);
    else {
      const start = open.pop();
      if (start !== undefined) pairs.push([start, index]);
    }
  }
  return pairs;
}

/** Where the statement or member that a brace belongs to begins: after the last `;`, `{`, `}` or `,` outside brackets. */
function headStart(code: string, open: number): number {
  let depth = 0;
  for (let at = open - 1; at >= 0; at--) {
    const char = code[at] ?? '';
    if (')]}'.includes(char)) {
      if (char === '}' && depth === 0 && /\n/.test(code.slice(at, open))) return at + 1;
      depth++;
    } else if ('([{'.includes(char)) {
      if (depth === 0) return at + 1;
      depth--;
    } else if (depth === 0 && char === ';') return at + 1;
  }
  return 0;
}

/** Whether the brace after `head` opens the body of a function (and no object, class, type or control block). */
function opensFunction(head: string): boolean {
  const before = head.trimEnd();
  if (before.endsWith('=>')) return true;
  if (!/[)\w$>\]'}]$/.test(before) || !before.includes(')')) return false;
  return !notAFunction.test(before) && !/\b(?:return|default|as|satisfies|extends)$/.test(before);
}

/**
 * Functions, methods and arrow functions with a block body, outer ones before inner ones.
 * The length counts from the line where its declaration starts to its closing brace.
 */
export function functionsOf(text: string): FunctionSpan[] {
  const code = codeOf(text);
  return bracePairs(code)
    .flatMap(([open, close]) => {
      const start = headStart(code, open);
      const head = code.slice(start, open);
      if (!opensFunction(head)) return [];
      const line = lineAt(code, start + (head.length - head.trimStart().length));
      const name =
        /(?:function\*?|const|let|get|set|async)\s+([\w$]+)|^\s*(?:\w+\s+)*?([\w$#]+)\s*[(<=:]/.exec(head);
      return [{ name: name?.[1] ?? name?.[2] ?? '(unnamed)', line, lines: lineAt(code, close) - line + 1 }];
    })
    .sort((a, b) => a.line - b.line);
}
