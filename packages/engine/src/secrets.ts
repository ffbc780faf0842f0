// Secrets are passed to commands and to nothing else: only whether they are there is ever looked at.

import { join } from 'node:path';
import { byCodeUnit } from '@evalmake/core';
import { readFileSync, statSync } from './fs.ts';

/**
 * Reads a `.env` file: NAME=value lines; `export`, quotes, and comments after a value are allowed. A file that is not
 * there is empty.
 */
export function readEnvFile(root: string, file: string | undefined): Record<string, string> {
  if (file === undefined) return {};
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch {
    return {};
  }
  const out: Record<string, string> = {};
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/.exec(line);
    if (match !== null) out[match[1] as string] = envValue(match[2] as string);
  }
  return out;
}

function envValue(raw: string): string {
  const quoted = /^\s*(["'])(.*?)\1\s*(?:#.*)?$/.exec(raw);
  return quoted === null ? raw.replace(/\s#.*$/, '').trim() : (quoted[2] as string);
}

/** Looks secrets up: in the environment, then in the env_file of their target. One that is empty is missing. */
export class SecretPresence {
  private readonly files = new Map<string, { signature: string; values: Record<string, string> }>();

  constructor(
    private readonly root: string,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {}

  /** Whether a secret is there. */
  has(name: string, envFile: string | undefined): boolean {
    const given = Object.hasOwn(this.env, name) ? this.env[name] : undefined;
    if (given !== undefined || envFile === undefined) return given !== undefined && given !== '';
    const values = this.read(envFile);
    return Object.hasOwn(values, name) && values[name] !== '';
  }

  /** The file is read once per change: thousands of tasks may ask. */
  private read(file: string): Record<string, string> {
    const stat = statSync(join(this.root, file), { throwIfNoEntry: false });
    const signature = stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}`;
    const known = this.files.get(file);
    if (known?.signature === signature) return known.values;
    const values = readEnvFile(this.root, file);
    this.files.set(file, { signature, values });
    return values;
  }
}

/** Who declares secrets, and in which file they may lie. */
export interface DeclaresSecrets {
  readonly secrets: readonly string[];
  readonly envFile: string | undefined;
}

/** The values of declared secrets that are known: those in the environment, and those in the files of targets. */
export function secretValues(
  targets: readonly DeclaresSecrets[],
  { root, env }: { readonly root: string; readonly env: Readonly<Record<string, string | undefined>> },
): string[] {
  const values = targets.flatMap(({ secrets, envFile }) => {
    if (secrets.length === 0) return [];
    const fromFile = readEnvFile(root, envFile);
    return secrets.flatMap((name) => [env[name] ?? '', fromFile[name] ?? '']);
  });
  return [...new Set(values)].filter((value) => value !== '');
}

/**
 * Names of declared secrets whose value stands in a text.
 * @param targets who declares them, and in which file they may lie
 */
export function secretsIn(
  text: string,
  targets: readonly DeclaresSecrets[],
  { root, env }: { readonly root: string; readonly env: Readonly<Record<string, string | undefined>> },
): string[] {
  const found = new Set<string>();
  for (const { secrets, envFile } of targets) {
    if (secrets.length === 0) continue;
    const fromFile = readEnvFile(root, envFile);
    for (const name of secrets) {
      const values = [env[name], fromFile[name]];
      if (values.some((v) => v !== undefined && v.length >= shortestHidden && text.includes(v)))
        found.add(name);
    }
  }
  return [...found].sort(byCodeUnit);
}

/** Values shorter than this would hide ordinary text. */
const shortestHidden = 4;

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Replaces secret values in a stream of output. Values that overlap are hidden as one. Only what could be the beginning
 * of a value is held back until it is known, so that a line of progress is not late.
 */
export class Redactor {
  private rest = '';
  /** How much of the rest has been replaced already: the end of a value in which another may begin. */
  private covered = 0;
  private readonly values: readonly string[];
  private readonly longest: number;

  /** @param secrets values to hide; very short ones would hide ordinary text and are left */
  constructor(secrets: readonly string[]) {
    // Latin-1 keeps one character per byte, so that bytes which are no text pass as they are.
    this.values = secrets
      .filter((s) => s.length >= shortestHidden)
      .map((s) => Buffer.from(s).toString('latin1'));
    this.longest = Math.max(0, ...this.values.map((v) => v.length));
  }

  /** Takes a chunk and gives what may be written. */
  take(chunk: Buffer): Buffer {
    if (this.values.length === 0) return chunk;
    const text = this.rest + chunk.toString('latin1');
    return this.hide(text, this.openFrom(text));
  }

  /** What was held back. */
  end(): Buffer {
    return this.hide(this.rest, this.rest.length);
  }

  /** Where the first value might begin of which the end has not come yet. */
  private openFrom(text: string): number {
    for (let at = Math.max(0, text.length - this.longest + 1); at < text.length; at++) {
      const tail = text.slice(at);
      if (this.values.some((value) => value.length > tail.length && value.startsWith(tail))) return at;
    }
    return text.length;
  }

  /** Gives the text before a place with all values in it replaced, and keeps what follows. */
  private hide(text: string, until: number): Buffer {
    let out = '';
    let at = this.covered;
    for (const { start, end } of this.spans(text)) {
      if (start >= until) break;
      if (start >= at) out += `${text.slice(at, start)}***`;
      at = Math.max(at, end);
    }
    out += text.slice(at, until);
    this.rest = text.slice(until);
    this.covered = Math.max(0, at - until);
    return Buffer.from(out, 'latin1');
  }

  /** All places at which a value stands, those inside others too. */
  private spans(text: string): Span[] {
    const out: Span[] = [];
    for (const value of this.values)
      for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1))
        out.push({ start, end: start + value.length });
    return out.sort((a, b) => a.start - b.start);
  }
}
