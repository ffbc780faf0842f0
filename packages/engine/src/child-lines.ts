// ChildLines are what a command says about itself: `evalmake:progress 12/500 text` and the like, among its other output.

/** One line of the child protocol. */
export type ChildLine =
  | { readonly kind: 'progress'; readonly done: number; readonly of: number; readonly text: string }
  | { readonly kind: 'note' | 'warn'; readonly text: string }
  | { readonly kind: 'cost'; readonly usd: number; readonly tokensIn: number; readonly tokensOut: number }
  | { readonly kind: 'wait'; readonly seconds: number; readonly text: string }
  | { readonly kind: 'metric'; readonly name: string; readonly value: number };

const tailLines = 20;
const longestLine = 4096;

/** Splits output into lines, keeps the last ones, and reports those of the protocol. */
export class LineReader {
  private rest = '';
  private readonly tail: string[] = [];

  constructor(private readonly report: (line: ChildLine) => void) {}

  /** Takes a chunk of output. */
  take(chunk: Buffer): void {
    const text = this.rest + chunk.toString('utf8');
    const lines = text.split('\n');
    this.rest = (lines.pop() as string).slice(-longestLine);
    for (const line of lines) this.line(line);
  }

  /** The last lines of all output. */
  end(): readonly string[] {
    if (this.rest !== '') this.line(this.rest);
    this.rest = '';
    return this.tail;
  }

  private line(raw: string): void {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const parsed = line.startsWith('evalmake:') ? parseChildLine(line) : undefined;
    if (parsed !== undefined) {
      this.report(parsed);
      return;
    }
    this.tail.push(line.slice(0, longestLine));
    if (this.tail.length > tailLines) this.tail.shift();
  }
}

/** Reads a line of the protocol, or undefined when it is only text. */
export function parseChildLine(line: string): ChildLine | undefined {
  const match = /^evalmake:(progress|note|warn|cost|wait|metric)\s+(.*)$/.exec(line);
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
    case 'metric': {
      const parts = /^([\w.-]+)[=\s]\s*(-?[\d.]+(?:[eE][-+]?\d+)?)$/.exec(rest);
      return parts === null ? undefined : { kind, name: parts[1] as string, value: Number(parts[2]) };
    }
    default: {
      const field = (name: string) =>
        Number(new RegExp(`(?:^|\\s)${name}=([\\d.]+(?:[eE][-+]?\\d+)?)`).exec(rest)?.[1] ?? 0);
      return { kind: 'cost', usd: field('usd'), tokensIn: field('in'), tokensOut: field('out') };
    }
  }
}
