// A MemoryWorld is all the core may ask of the world, held in maps: what a test puts in is what the core sees.
import type {
  Entry,
  KeptResult,
  LastAttempt,
  OpenAttempt,
  Parts,
  Restorable,
  RowStanding,
  Snapshot,
  Task,
  TaskRecord,
  World,
} from '@evalmake/core';

/** A hash good enough for tests (cyrb53, twice), written like a sha256. */
export function digestOf(text: string): string {
  return `sha256:${[1, 2, 3, 4].map((seed) => cyrb53(text, seed).toString(16).padStart(16, '0')).join('')}`;
}

function cyrb53(text: string, seed: number): number {
  let one = 0xdeadbeef ^ seed;
  let two = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    one = Math.imul(one ^ code, 2654435761);
    two = Math.imul(two ^ code, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return 4294967296 * (2097151 & two) + (one >>> 0);
}

/** Whether a path matches a glob: `*`, `**`, `?`, `[…]` and `{a,b}`; brackets without a partner are literal. */
export function globMatches(pattern: string, path: string): boolean {
  let source = '';
  for (const [part] of pattern.matchAll(/\*\*\/|\*\*|\*|\?|\[[^\]]+\]|\{[^{}]*\}|./gsu))
    source += sourceOf(part);
  return new RegExp(`^${source}$`, 'su').test(path);
}

function sourceOf(part: string): string {
  if (part === '**/') return '(?:.*/)?';
  if (part === '**') return '.*';
  if (part === '*') return '[^/]*';
  if (part === '?') return '[^/]';
  if (/^\[[\w-]+\]$/.test(part)) return part;
  if (/^\{.*\}$/s.test(part)) return `(?:${part.slice(1, -1).split(',').map(literal).join('|')})`;
  return literal(part);
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** A world in memory. A directory is there when a file lies in it. */
export class MemoryWorld implements World {
  /** Content by path. */
  readonly files = new Map<string, string>();
  readonly variables = new Map<string, string>();
  readonly secrets = new Set<string>();
  readonly tools = new Map<string, string>();
  /** Records of the journal, newest first, by task. */
  readonly journal = new Map<string, TaskRecord[]>();
  readonly manifests = new Map<string, TaskRecord>();
  readonly attempts = new Map<string, LastAttempt>();
  readonly openAttempts = new Map<string, OpenAttempt>();
  /** How the rows of tasks stand, by task. */
  readonly standings = new Map<string, RowStanding>();
  /** Former results that can be brought back. */
  readonly formers: TaskRecord[] = [];
  /** Whether results of others can be brought, too. */
  shared = false;
  /** What failed its checks and was kept. */
  readonly keptResults: KeptResult[] = [];
  /** Paths whose content was asked for. */
  readonly read = new Set<string>();
  /** Tasks whose manifest was opened. */
  readonly opened = new Set<string>();

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, content] of Object.entries(files)) this.files.set(path, content);
  }

  readonly snapshot: Snapshot = {
    entry: (path, how) => this.entry(path, how),
    exists: (path) => this.entryKind(path) !== 'missing',
    glob: (pattern) => [...this.files.keys()].filter((path) => globMatches(pattern, path)).sort(),
  };

  readonly records = {
    journal: (task: string): readonly TaskRecord[] => this.journal.get(task) ?? [],
    manifest: (task: Pick<Task, 'id'>): TaskRecord | undefined => {
      this.opened.add(task.id);
      return this.manifests.get(task.id);
    },
    lastAttempt: (task: string): LastAttempt | undefined => this.attempts.get(task),
    openAttempt: (task: string): OpenAttempt | undefined => this.openAttempts.get(task),
  };

  private below(path: string): string[] {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    return [...this.files.keys()].filter((other) => other.startsWith(prefix)).sort();
  }

  private entryKind(path: string): Entry['kind'] {
    if (!path.endsWith('/') && this.files.has(path)) return 'file';
    return this.below(path).length > 0 ? 'dir' : 'missing';
  }

  private entry(path: string, how: 'content' | 'listing' = 'content'): Entry {
    const kind = this.entryKind(path);
    if (kind === 'missing') return { kind };
    this.read.add(path);
    const paths = kind === 'file' ? [path] : this.below(path);
    const texts = paths.map((p) => this.files.get(p) ?? '');
    const bytes = texts.reduce((sum, text) => sum + text.length, 0);
    if (how === 'listing') return { kind, digest: `size:${texts.map((t) => t.length).join(',')}`, bytes };
    const digest = kind === 'file' ? digestOf(texts[0] ?? '') : digestOf(JSON.stringify([paths, texts]));
    return { kind, digest, bytes };
  }

  restorable({ id: task }: { readonly id: string }, parts: Parts): Restorable | undefined {
    const key = (of: Parts) => JSON.stringify(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)));
    const record = this.formers.find((one) => one.task === task && key(one.parts) === key(parts));
    return record && { record, origin: 'store' };
  }

  kept(task: string, parts: Parts): readonly KeptResult[] {
    const key = (of: Parts) => JSON.stringify(Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1)));
    return this.keptResults.filter(({ record }) => record.task === task && key(record.parts) === key(parts));
  }

  formerly(task: string): boolean {
    return this.formers.some((record) => record.task === task);
  }

  env(name: string): string | undefined {
    return this.variables.get(name);
  }

  hasSecret(name: string): boolean {
    return this.secrets.has(name);
  }

  tool(name: string): string | undefined {
    return this.tools.get(name);
  }

  digest(text: string): string {
    return digestOf(text);
  }

  rows(task: Task): RowStanding {
    const standing = this.standings.get(task.id);
    if (standing === undefined) throw new Error(`nobody said how the rows of ${task.id} stand`);
    return standing;
  }

  matches(pattern: string, path: string): boolean {
    return globMatches(pattern, path);
  }
}
