// A ShellContext follows bash text as it is written, and knows what stands around a reference: quotes, here-documents, …

/** A here-document that was announced (`<<END`), or is being written. */
interface HereDocument {
  readonly end: string;
  /** `<<-`: tabs before the end are taken off. */
  readonly tabs: boolean;
  /** `<<'END'`: nothing in it is expanded. */
  quoted: boolean;
  /** Where its quoted end stands in the text before it. */
  readonly at: { readonly from: number; readonly to: number };
}

type Kind = 'code' | 'double' | 'single' | 'ansi' | 'parameter' | 'arithmetic' | 'here';

interface Frame {
  readonly kind: Kind;
  /** What ends it. */
  readonly end: string;
  /** Whether double quotes stand around it, so that single ones are only text. */
  readonly quoted: boolean;
  /** The word being written, of code; whether a command may begin here; how many `case` are open. */
  word: string;
  begins: boolean;
  cases: number;
  comment: boolean;
  pending: HereDocument[];
  here: HereDocument | undefined;
  /** Of a here-document: its current line, and where its text begins. */
  line: string;
  start: number;
}

const goesOn = new Set(['then', 'do', 'else', 'elif', 'if', 'while', 'until', '!', '{', 'time']);

/**
 * Follows bash text. A wrong guess (bash cannot be read without running it) breaks a command, never its safety: values
 * are only ever named here, as arrays that are set before the script.
 */
export class ShellContext {
  /** The text so far. */
  text = '';
  private readonly frames: Frame[] = [];

  constructor() {
    this.push('code', '');
  }

  /** Writes text of the author. */
  write(text: string): void {
    for (let i = 0; i < text.length; ) i += this.step(text, i);
  }

  /** Writes a value that means itself wherever it stands. */
  plain(text: string): void {
    this.text += text;
    this.mark();
  }

  /** Writes the expansion of an array so that it is one word, or in code as many words as it has values. */
  reference(name: string): void {
    const top = this.top();
    const here = top.kind === 'here' ? top.here : undefined;
    if (here?.quoted === true) this.unquote(top, here);
    this.text += this.expansion(top, name);
    this.mark();
  }

  private expansion(top: Frame, name: string): string {
    const words = `\${${name}[*]}`;
    if (top.kind === 'single') return `'"${words}"'`;
    if (top.kind === 'ansi') return `'"${words}"$'`;
    // Bash would read a text in arithmetic as an expression, and run what stands in its subscripts: quoted it is an error.
    if (top.kind === 'arithmetic') return `\${${name}[*]@Q}`;
    if (top.kind === 'parameter') return top.quoted ? words : `"${words}"`;
    return top.kind === 'code' && !top.comment ? `"\${${name}[@]}"` : words;
  }

  /** Makes a here-document one that expands: what its author wrote is escaped, so that it stays as it is. */
  private unquote(top: Frame, here: HereDocument): void {
    const { from, to } = here.at;
    const end = here.end.padEnd(to - from);
    const body = this.text.slice(top.start).replace(/[\\$`]/g, '\\$&');
    this.text = `${this.text.slice(0, from)}${end}${this.text.slice(to, top.start)}${body}`;
    here.quoted = false;
    this.escaped.add(here);
  }

  private readonly escaped = new Set<HereDocument>();

  private top(): Frame {
    return this.frames[this.frames.length - 1] as Frame;
  }

  private push(kind: Kind, end: string, quoted = false): void {
    this.frames.push({
      kind,
      end,
      quoted,
      word: '',
      begins: true,
      cases: 0,
      comment: false,
      pending: [],
      here: undefined,
      line: '',
      start: 0,
    });
  }

  /** A value was written: the word or line it belongs to is no keyword, comment or end. */
  private mark(): void {
    const top = this.top();
    top.word += '\0';
    top.line += '\0';
  }

  private take(text: string): number {
    this.text += text;
    return text.length;
  }

  /** Reads what begins at a place. @returns how many characters it was */
  private step(text: string, i: number): number {
    const top = this.top();
    if (top.kind === 'here') return this.inHere(text, i, top);
    if (top.kind === 'code') return this.inCode(text, i, top);
    const c = text[i] as string;
    if (top.kind === 'single') return this.closing(c, top);
    if (c === '\\') return this.take(text.slice(i, i + 2));
    if (top.kind === 'ansi') return this.closing(c, top);
    const opened = this.opened(text, i, top.kind === 'double' || top.quoted);
    if (opened > 0) return opened;
    if (top.kind === 'double') return this.closing(c, top);
    if (c === '"') return this.opens('double', '"', c);
    if (c === "'" && !top.quoted && top.kind === 'parameter') return this.opens('single', "'", c);
    if (top.kind === 'parameter') return this.closing(c, top);
    return this.inArithmetic(c, top);
  }

  private closing(c: string, top: Frame): number {
    if (c === top.end) this.frames.pop();
    return this.take(c);
  }

  private opens(kind: Kind, end: string, by: string, quoted = false): number {
    this.push(kind, end, quoted);
    return this.take(by);
  }

  /** Expansions, which open in code, in double quotes and in here-documents alike. */
  private opened(text: string, i: number, quoted: boolean): number {
    const c = text[i];
    if (c === '`') return this.top().end === '`' ? 0 : this.opens('code', '`', '`');
    if (c !== '$') return 0;
    if (text.startsWith('$((', i)) return this.opens('arithmetic', '', '$((', quoted);
    if (text[i + 1] === '(') return this.opens('code', ')', '$(');
    if (text[i + 1] === '{') return this.opens('parameter', '}', '${', quoted);
    return 0;
  }

  /** Parentheses are counted in `word`; the second that closes more than was opened is the end. */
  private inArithmetic(c: string, top: Frame): number {
    if (c === '(') top.word += '(';
    else if (c === ')') {
      if (top.word.endsWith('(')) top.word = top.word.slice(0, -1);
      else if (top.comment) this.frames.pop();
      else top.comment = true;
    }
    return this.take(c);
  }

  private inHere(text: string, i: number, top: Frame): number {
    const here = top.here as HereDocument;
    const c = text[i] as string;
    if (c === '\n') {
      const line = here.tabs ? top.line.replace(/^\t+/, '') : top.line;
      top.line = '';
      const written = this.take(c);
      if (line === here.end) this.nextHere(top);
      return written;
    }
    const rest = this.escaped.has(here) || here.quoted;
    if (!rest && c === '\\') {
      top.line += text.slice(i, i + 2);
      return this.take(text.slice(i, i + 2));
    }
    const opened = rest ? 0 : this.opened(text, i, true);
    if (opened > 0) {
      top.line += '\0';
      return opened;
    }
    top.line += c;
    if (this.escaped.has(here) && /[\\$`]/.test(c)) this.text += '\\';
    return this.take(c);
  }

  /** A here-document has ended: the next that was announced on the same line begins, or the code goes on. */
  private nextHere(top: Frame): void {
    this.frames.pop();
    this.beginHere(top.pending);
  }

  private beginHere(pending: HereDocument[]): void {
    const [here, ...others] = pending;
    if (here === undefined) return;
    this.push('here', '');
    const top = this.top();
    top.here = here;
    top.pending = others;
    top.start = this.text.length;
  }

  private inCode(text: string, i: number, top: Frame): number {
    const c = text[i] as string;
    if (c === '\n') return this.newline(top);
    if (top.comment) return this.take(c);
    if (c === '\\') {
      if (text[i + 1] !== '\n') top.word += '\\';
      return this.take(text.slice(i, i + 2));
    }
    if (c === '#' && top.word === '') {
      top.comment = true;
      return this.take(c);
    }
    if (c === top.end && !(c === ')' && top.cases > 0)) return this.closing(c, top);
    const quote = this.quoteOpened(text, i, top);
    if (quote > 0) return quote;
    if (/[\s;&|()<>]/.test(c)) return this.betweenWords(text, i, top);
    top.word += c;
    return this.take(c);
  }

  private quoteOpened(text: string, i: number, top: Frame): number {
    const c = text[i] as string;
    const ansi = c === '$' && text[i + 1] === "'";
    const opened = ansi
      ? this.opens('ansi', "'", "$'")
      : c === '"'
        ? this.opens('double', '"', c)
        : c === "'"
          ? this.opens('single', "'", c)
          : this.opened(text, i, false);
    if (opened > 0) top.word += '\0';
    return opened;
  }

  private newline(top: Frame): number {
    this.endWord(top);
    top.begins = true;
    top.comment = false;
    const { pending } = top;
    top.pending = [];
    const written = this.take('\n');
    this.beginHere(pending);
    return written;
  }

  private betweenWords(text: string, i: number, top: Frame): number {
    const c = text[i] as string;
    const before = top.word;
    this.endWord(top);
    if (text.startsWith('<<<', i)) return this.take('<<<');
    if (text.startsWith('<<', i)) return this.announceHere(text, i, top);
    if (c === '(') {
      if (text[i + 1] === '(' && top.begins && before === '') return this.opens('arithmetic', '', '((');
      return this.opens('code', ')', c);
    }
    if (/[;&|)]/.test(c)) top.begins = true;
    return this.take(c);
  }

  private endWord(top: Frame): void {
    const { word } = top;
    if (word === '') return;
    top.word = '';
    if (top.begins && word === 'case') top.cases++;
    if (top.begins && word === 'esac' && top.cases > 0) top.cases--;
    top.begins = top.begins && (goesOn.has(word) || /^[A-Za-z_]\w*=/.test(word));
  }

  private announceHere(text: string, i: number, top: Frame): number {
    const match = /^<<(-?)[ \t]*((?:'[^']*'|"[^"]*"|\\.|[^\s;&|()<>'"\\])+)/.exec(text.slice(i, i + 300));
    if (match === null) return this.take('<<');
    const [all, dash, word] = match as unknown as [string, string, string];
    const end = word.replace(/'([^']*)'|"([^"]*)"|\\(.)/g, '$1$2$3');
    const from = this.text.length + all.length - word.length;
    top.pending.push({
      end,
      tabs: dash === '-',
      quoted: end !== word,
      at: { from, to: from + word.length },
    });
    return this.take(all);
  }
}
