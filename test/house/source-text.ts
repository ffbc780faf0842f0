// Source text with its comments, or its comments and literals, blanked out: what is left can be searched by pattern.

/** Both views have the length and the line breaks of the source, so that an offset means the same in all three. */
export interface Blanked {
  /** Comments, and what stands inside strings, templates and regular expressions, are spaces. */
  readonly code: string;
  /** Only comments are spaces: import paths can be read. */
  readonly uncommented: string;
}

const blankOut = (text: string): string => text.replace(/[^\n]/g, ' ');
/** A literal with its marks but without what is between them; a regular expression keeps its flags. */
function hollow(literal: string): string {
  const end = literal.lastIndexOf(literal[0] ?? '');
  return literal[0] + blankOut(literal.slice(1, end)) + literal.slice(end);
}

const wordBeforeRegex =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|void|delete|throw|new|do|else|await|yield)$/;

/** Whether a `/` after this code starts a regular expression (and is no division). */
function regexMayStart(before: string): boolean {
  const code = before.slice(-200).trimEnd();
  return code === '' || /[(,=:[!&|?{};+\-*%~^<>]$/.test(code) || wordBeforeRegex.test(code);
}

/** The token at the start of `rest`: a comment, a literal without substitutions, or one character of code. */
function token(rest: string, code: string): { kind: 'comment' | 'literal' | 'code'; text: string } {
  const comment = /^(?:\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/.exec(rest);
  if (comment) return { kind: 'comment', text: comment[0] };
  const string = /^(?:'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")/.exec(rest);
  if (string) return { kind: 'literal', text: string[0] };
  const regex = /^\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/.exec(rest);
  if (regex && regexMayStart(code)) return { kind: 'literal', text: regex[0] };
  const run = /^(?:[\w$]+|\s+)/.exec(rest);
  return { kind: 'code', text: run ? run[0] : (rest[0] ?? '') };
}

/**
 * Blanks comments and literals out of TypeScript source. Templates are followed through nested substitutions.
 * A scanner, not a parser: code that the compiler accepts in our style is read right.
 */
export function blank(text: string): Blanked {
  let code = '';
  let uncommented = '';
  const templates: number[] = []; // for each open `${`: how many braces are open inside it
  const templateText = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(`|\$\{|$)/y;
  for (let at = 0; at < text.length; ) {
    const inside = templates.at(-1);
    const closes = text[at] === '}' && inside === 0;
    if (text[at] === '`' || closes) {
      templateText.lastIndex = at + 1;
      const match = templateText.exec(text);
      const body = match?.[0] ?? '';
      const end = match?.[1] ?? '';
      if (closes) templates.pop();
      if (end === '${') templates.push(0);
      // The braces of a substitution are blanked with the text around it, so that the braces left pair up.
      code += `${closes ? ' ' : '`'}${blankOut(body.slice(0, body.length - end.length))}${end === '`' ? '`' : blankOut(end)}`;
      uncommented += text.slice(at, at + 1 + body.length);
      at += 1 + body.length;
      continue;
    }
    const { kind, text: piece } = token(text.slice(at, at + 20_000), code);
    if (inside !== undefined && piece === '{') templates[templates.length - 1] = inside + 1;
    if (inside !== undefined && piece === '}') templates[templates.length - 1] = inside - 1;
    const quoted = kind === 'literal' ? hollow(piece) : piece;
    code += kind === 'comment' ? blankOut(piece) : quoted;
    uncommented += kind === 'comment' ? blankOut(piece) : piece;
    at += piece.length;
  }
  return { code, uncommented };
}

const known = new Map<string, Blanked>();

/** The code view of a text; remembered, since many rules read the same files. */
export function codeOf(text: string): string {
  return blankedOf(text).code;
}

/** Both views of a text, remembered. */
export function blankedOf(text: string): Blanked {
  const found = known.get(text) ?? blank(text);
  known.set(text, found);
  return found;
}
