// ChildLines are what a command says about itself: `evalmake:progress 12/500 text` and the like, among its other output.
import { StringDecoder } from 'node:string_decoder';

/** One line of the child protocol. */
export type ChildLine =
  | { readonly kind: 'progress'; readonly done: number; readonly of: number; readonly text: string }
  | { readonly kind: 'note' | 'warn'; readonly text: string }
  | {
      readonly kind: 'cost';
      readonly usd: number;
      readonly tokensIn: number;
      readonly tokensOut: number;
      /** Names the payment: it counts once for its target, however often the line is repeated. */
      readonly id?: string;
    }
  | { readonly kind: 'job'; readonly provider: string; readonly id: string }
  | { readonly kind: 'wait'; readonly seconds: number; readonly text: string }
  | { readonly kind: 'metric'; readonly name: string; readonly value: number };

const tailLines = 20;
const longestLine = 4096;

/** The last lines of a command's output, of all its streams in the order they came. */
export class Tail {
  readonly lines: string[] = [];

  /** Takes one line more. */
  push(line: string): void {
    this.lines.push(line);
    if (this.lines.length > tailLines) this.lines.shift();
  }
}

/**
 * Splits one stream of output into lines, keeps the last ones, and reports those of the protocol. Of a line that is
 * very long only the beginning is looked at. Where the chunks are cut makes no difference, inside a character either.
 */
export class LineReader {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  constructor(
    private readonly report: (line: ChildLine) => void,
    private readonly tail = new Tail(),
  ) {}

  /** Takes a chunk of output. */
  take(chunk: Buffer): void {
    const lines = this.decoder.write(chunk).split('\n');
    const rest = lines.pop() as string;
    for (const line of lines) {
      this.line(this.rest + line);
      this.rest = '';
    }
    if (this.rest.length < longestLine) this.rest = (this.rest + rest).slice(0, longestLine);
  }

  /** The last lines of all output. */
  end(): readonly string[] {
    const rest = this.rest + this.decoder.end();
    if (rest !== '') this.line(rest);
    this.rest = '';
    return this.tail.lines;
  }

  private line(raw: string): void {
    const cut = raw.length > longestLine ? raw.slice(0, longestLine) : raw;
    const line = cut.endsWith('\r') ? cut.slice(0, -1) : cut;
    const parsed = line.startsWith('evalmake:') ? parseChildLine(line) : undefined;
    if (parsed === undefined) this.tail.push(line);
    else this.report(parsed);
  }
}

/** Reads a line of the protocol, or undefined when it is only text. */
export function parseChildLine(line: string): ChildLine | undefined {
  const match = /^evalmake:(progress|note|warn|cost|wait|metric|job)\s+(.*)$/.exec(line);
  if (match === null) return undefined;
  const [, kind, rest] = match as unknown as [string, string, string];
  switch (kind) {
    case 'note':
    case 'warn':
      return { kind, text: rest };
    case 'progress': {
      const parts = /^(\d+)\/(\d+)\s*(.*)$/.exec(rest);
      return parts === null
        ? undefined
        : { kind, done: Number(parts[1]), of: Number(parts[2]), text: parts[3] as string };
    }
    case 'wait': {
      const parts = /^(\d+(?:\.\d+)?)\s*(.*)$/.exec(rest);
      return parts === null ? undefined : { kind, seconds: Number(parts[1]), text: parts[2] as string };
    }
    case 'job': {
      // A name is printable and without spaces: it is shown, and stands in manifests.
      const parts = /^provider=([\x21-\x7e]{1,100})\s+id=([\x21-\x7e]{1,200})$/.exec(rest.trim());
      return parts === null ? undefined : { kind, provider: parts[1] as string, id: parts[2] as string };
    }
    case 'metric': {
      const parts = /^([\w.-]+)(?:\s*=\s*|\s+)(\S+)$/.exec(rest);
      const value = numberOf(parts?.[2] ?? '');
      return parts === null || value === undefined ? undefined : { kind, name: parts[1] as string, value };
    }
    default: {
      // A field that is no number makes the line text: a cost that was misread would be money nobody counts.
      const [usd, tokensIn, tokensOut] = ['usd', 'in', 'out'].map((name) =>
        numberOf(new RegExp(`(?:^|\\s)${name}=(\\S*)`).exec(rest)?.[1] ?? '0'),
      ) as [number | undefined, number | undefined, number | undefined];
      if (usd === undefined || tokensIn === undefined || tokensOut === undefined) return undefined;
      if (usd < 0 || tokensIn < 0 || tokensOut < 0) return undefined;
      const id = /(?:^|\s)id=(\S+)/.exec(rest)?.[1];
      return { kind: 'cost', usd, tokensIn, tokensOut, ...(id === undefined ? {} : { id }) };
    }
  }
}

/** A number as programs write it, or undefined: a sign, digits with a point, an exponent. */
function numberOf(text: string): number | undefined {
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text) && Number.isFinite(Number(text))
    ? Number(text)
    : undefined;
}
