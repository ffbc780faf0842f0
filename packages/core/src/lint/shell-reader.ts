// A ShellReader reads bash text and collects its simple commands, those inside substitutions too.

/** A word of a command. */
export interface ShellWord {
  /** Without its quotes; references and expansions stay as they are written. */
  readonly text: string;
  /** Whether the shell puts something in. References of evalmake do not count. */
  readonly expands: boolean;
}

/** A command that is being read. */
export interface OpenCommand {
  readonly words: ShellWord[];
  readonly reads: ShellWord[];
  readonly uses: string[];
  readonly sets: string[];
  here: boolean;
  /** Whether its output goes to a file, a pipe or a variable. */
  taken: boolean;
  /** The command in a word of which this one stands. */
  readonly within: OpenCommand | undefined;
  /** Of the end of a block: where its commands begin. */
  block: number | undefined;
}

interface HereDocument {
  readonly end: string;
  readonly plain: boolean;
  readonly owner: OpenCommand;
}

const goesOn = new Set(['then', 'do', 'else', 'elif', '!', 'time']);
const opens = new Set(['{', 'if', 'while', 'until', 'case', 'for', 'select']);
const closes = new Set(['}', 'fi', 'done', 'esac']);

/** Follows bash text from command to command. What it cannot make out it takes for ordinary words: it never fails. */
export class ShellReader {
  readonly commands: OpenCommand[] = [];
  readonly functions = new Set<string>();
  readonly sets = new Set<string>();
  private at = 0;
  private pending: HereDocument[] = [];
  private readonly blocks: { readonly kind: string; readonly start: number }[] = [];

  constructor(private readonly text: string) {}

  /** Reads commands up to a closing character, which is taken too, or to the end. */
  list(within: OpenCommand | undefined, end: string): void {
    let open = this.begin(within);
    const outer = this.blocks.length;
    while (this.at < this.text.length) {
      const c = this.text[this.at] as string;
      const testing = open.words[0]?.text === '[[' && open.words.at(-1)?.text !== ']]';
      if (c === end && !testing && !this.blocks.slice(outer).some(({ kind }) => kind === '(')) {
        this.at++;
        break;
      }
      if (/[ \t]/.test(c) || this.text.startsWith('\\\n', this.at)) this.at += c === '\\' ? 2 : 1;
      else if (c === '#') this.skipLine();
      else if (c === '\n' || (';&|()'.includes(c) && !testing && !this.text.startsWith('&>', this.at)))
        open = this.operator(c, open);
      else if (/^(?:\d*[<>]|&>)/.test(this.text.slice(this.at, this.at + 12)) && !testing)
        this.redirection(open);
      else open = this.take(this.word(open), open);
    }
    this.finish(open);
  }

  private begin(within: OpenCommand | undefined): OpenCommand {
    return { words: [], reads: [], uses: [], sets: [], here: false, taken: false, within, block: undefined };
  }

  private finish(open: OpenCommand): void {
    if (open.block === undefined) {
      if (open.words.length > 0 || open.uses.length > 0) this.commands.push(open);
    } else if (open.taken) for (const inner of this.commands.slice(open.block)) inner.taken = true;
  }

  /** Ends a command at an operator, and begins the next. */
  private operator(c: string, open: OpenCommand): OpenCommand {
    const { within } = open;
    const [operator = c] = /^(?:;;&|;;|;&|&&|\|\||\|&|.)/s.exec(this.text.slice(this.at, this.at + 3)) ?? [];
    this.at += operator.length;
    if (operator === '|' || operator === '|&') open.taken = true;
    if (c === '(') {
      const name = open.words[0]?.text;
      const empty = /^\s*\)/.exec(this.text.slice(this.at, this.at + 80));
      if (name !== undefined && empty !== null) {
        this.at += empty[0].length;
        this.functions.add(name);
        return this.begin(within);
      }
      if (open.words.length > 0) return open;
      this.blocks.push({ kind: '(', start: this.commands.length });
      return this.begin(within);
    }
    this.finish(open);
    const next = this.begin(within);
    if (c === ')' && this.blocks.at(-1)?.kind === '(') next.block = this.blocks.pop()?.start;
    if (c === '\n') this.hereDocuments();
    if (operator.startsWith(';;') || operator === ';&') this.pattern();
    return next;
  }

  /** Takes a word into a command; the words of the language begin and end blocks instead. */
  private take(word: ShellWord, open: OpenCommand): OpenCommand {
    const { text } = word;
    const first = open.words.length === 0 && open.block === undefined;
    const assigned = /^([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=/.exec(text)?.[1];
    if (first && assigned !== undefined) {
      this.sets.add(assigned);
      open.sets.push(assigned);
      if (text.endsWith('=') && this.text[this.at] === '(') this.elements(open);
      return open;
    }
    if (first && goesOn.has(text)) return open;
    if (first && closes.has(text)) {
      open.block = this.blocks.pop()?.start;
      return open;
    }
    if (first && text === 'function') {
      const [whole = '', name = ''] = /^\s*([^\s(){}]+)(?:\s*\(\s*\))?/.exec(this.text.slice(this.at)) ?? [];
      this.at += whole.length;
      this.functions.add(name);
      return open;
    }
    if (first && opens.has(text)) {
      this.blocks.push({ kind: text, start: this.commands.length });
      if (text !== 'for' && text !== 'case' && text !== 'select') return open;
    }
    if (text === 'in' && open.words[0]?.text === 'case' && this.blocks.at(-1)?.kind === 'case') {
      this.pattern();
      return this.begin(open.within);
    }
    open.words.push(word);
    return open;
  }

  /** Reads what an array is set to. */
  private elements(open: OpenCommand): void {
    this.at++;
    while (this.at < this.text.length && this.text[this.at] !== ')') {
      if (/\s/.test(this.text[this.at] as string)) this.at++;
      else this.word(open);
    }
    this.at++;
  }

  /** Skips the pattern of a `case`, unless it is its end. */
  private pattern(): void {
    const rest = /^(?:\s|#[^\n]*\n)*/.exec(this.text.slice(this.at))?.[0].length ?? 0;
    if (this.blocks.at(-1)?.kind !== 'case' || /^esac\b/.test(this.text.slice(this.at + rest))) return;
    const found = /^(?:\\.|'[^']*'|"[^"]*"|\((?!\()|[^()])*\)/s.exec(this.text.slice(this.at));
    this.at += found?.[0].length ?? 0;
  }

  private redirection(open: OpenCommand): void {
    const found = /^(\d*)(&>>|&>|<<<|<<-|<<|<>|<&|<\(|>\(|<|>>|>&|>\||>)/.exec(
      this.text.slice(this.at, this.at + 12),
    );
    const [whole = ' ', number = '', operator = ''] = found ?? [];
    this.at += whole.length;
    if (operator.endsWith('(')) {
      this.list({ ...this.begin(open.within), taken: true }, ')');
      return;
    }
    while (/[ \t]/.test(this.text[this.at] ?? '')) this.at++;
    const from = this.at;
    const target = this.word(open);
    if (operator === '<<' || operator === '<<-') {
      open.here = true;
      const plain = /['"\\]/.test(this.text.slice(from, this.at));
      this.pending.push({ end: target.text, plain, owner: open });
    } else if (operator === '<<<') open.here = true;
    else if (operator === '<' || operator === '<>') open.reads.push(target);
    else if (
      operator.includes('>') &&
      ['', '1'].includes(number) &&
      !/^(?:2|\/dev\/(?:stderr|null))$/.test(target.text)
    )
      open.taken = true;
  }

  /** Reads the bodies of the here-documents that were announced on the line before. */
  private hereDocuments(): void {
    for (const { end, plain, owner } of this.pending.splice(0)) {
      const lines: string[] = [];
      while (this.at < this.text.length) {
        const stop = this.text.indexOf('\n', this.at);
        const line = this.text.slice(this.at, stop < 0 ? this.text.length : stop);
        this.at = stop < 0 ? this.text.length : stop + 1;
        if (line.replace(/^\t+/, '') === end) break;
        lines.push(line);
      }
      if (plain) continue;
      const inner = new ShellReader(lines.join('\n'));
      inner.until('', owner);
      this.commands.push(...inner.commands);
    }
  }

  private skipLine(): void {
    const stop = this.text.indexOf('\n', this.at);
    this.at = stop < 0 ? this.text.length : stop;
  }

  /** Reads one word. */
  private word(open: OpenCommand): ShellWord {
    let text = '';
    let expands = false;
    const from = this.at;
    while (this.at < this.text.length) {
      const c = this.text[this.at] as string;
      if (/[\s;&|<>()]/.test(c)) break;
      const part = this.part(c, open);
      text += part.text;
      expands ||= part.expands;
    }
    // A character that begins no word is one all the same: reading always goes on.
    if (this.at === from) text = this.text[this.at++] ?? '';
    return { text, expands };
  }

  private part(c: string, open: OpenCommand): ShellWord {
    if (c === "'") return { text: this.upTo("'", 1), expands: false };
    if (c === '"') {
      this.at++;
      return this.until('"', open);
    }
    if (this.text.startsWith("$'", this.at)) return { text: this.upTo("'", 2), expands: false };
    if (c === '\\') {
      const text = this.text[this.at + 1] ?? '';
      this.at += 2;
      return { text: text === '\n' ? '' : text, expands: false };
    }
    if (c === '$' || c === '`') return this.expansion(open);
    this.at++;
    return { text: c, expands: false };
  }

  /** What stands behind an opening, up to its end, which is taken too. */
  private upTo(end: string, opening: number): string {
    const stop = this.text.indexOf(end, this.at + opening);
    const text = this.text.slice(this.at + opening, stop < 0 ? undefined : stop);
    this.at = stop < 0 ? this.text.length : stop + end.length;
    return text;
  }

  /** Text in which only expansions mean something: in double quotes, in a here-document. */
  private until(end: string, open: OpenCommand): ShellWord {
    let text = '';
    let expands = false;
    while (this.at < this.text.length && this.text[this.at] !== end) {
      const c = this.text[this.at] as string;
      if ('\\$`'.includes(c)) {
        const part = this.part(c, open);
        text += part.text;
        expands ||= part.expands;
      } else {
        text += c;
        this.at++;
      }
    }
    this.at++;
    return { text, expands };
  }

  private expansion(open: OpenCommand): ShellWord {
    const from = this.at;
    const shown = (expands: boolean) => ({ text: this.text.slice(from, this.at), expands });
    if (this.text.startsWith('${{', this.at)) {
      this.upTo('}}', 3);
      return shown(false);
    }
    if (this.text[this.at] === '`') {
      const inner = new ShellReader(this.upTo('`', 1).replace(/\\([`$\\])/g, '$1'));
      inner.list(open, '');
      this.commands.push(...inner.commands);
      return shown(true);
    }
    if (this.text.startsWith('$((', this.at)) {
      const inner = this.upTo('))', 3);
      for (const [name] of inner.matchAll(/[A-Za-z_]\w*/g)) open.uses.push(name);
    } else if (this.text.startsWith('$(', this.at)) {
      this.at += 2;
      this.list(open, ')');
    } else if (this.text.startsWith('${', this.at)) {
      open.uses.push(/^[#!]?(\w+|\$)/.exec(this.upTo('}', 2))?.[1] ?? '');
    } else {
      const name = /^\$(\w+|[$?!#*@-])/.exec(this.text.slice(this.at, this.at + 200))?.[1];
      this.at += 1 + (name?.length ?? 0);
      if (name !== undefined) open.uses.push(name);
    }
    return shown(true);
  }
}
