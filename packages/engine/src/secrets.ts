// Secrets are passed to commands and to nothing else: only whether they are there is ever looked at.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Reads a `.env` file: NAME=value lines, `export` and quotes allowed; a file that is not there is empty. */
export function readEnvFile(root: string, file: string | undefined): Record<string, string> {
  if (file === undefined) return {};
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch {
    return {};
  }
  const out: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (match === null) continue;
    const [, name, value] = match as unknown as [string, string, string];
    out[name] = /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value;
  }
  return out;
}

/** Replaces secret values in a stream of output; what could be the beginning of one is held back until it is known. */
export class Redactor {
  private rest = '';
  private readonly values: readonly string[];
  private readonly longest: number;

  /** @param secrets values to hide; very short ones would hide ordinary text and are left */
  constructor(secrets: readonly string[]) {
    this.values = secrets.filter((s) => s.length >= 4).map((s) => Buffer.from(s).toString('latin1'));
    this.longest = Math.max(0, ...this.values.map((v) => v.length));
  }

  /** Takes a chunk and gives what may be written. */
  take(chunk: Buffer): Buffer {
    if (this.values.length === 0) return chunk;
    const text = this.hide(this.rest + chunk.toString('latin1'));
    const keep = Math.min(text.length, this.longest - 1);
    this.rest = text.slice(text.length - keep);
    return Buffer.from(text.slice(0, text.length - keep), 'latin1');
  }

  /** What was held back. */
  end(): Buffer {
    const rest = this.rest;
    this.rest = '';
    return Buffer.from(rest, 'latin1');
  }

  private hide(text: string): string {
    let out = text;
    for (const value of this.values) out = out.replaceAll(value, '***');
    return out;
  }
}
