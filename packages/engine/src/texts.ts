// Texts keeps what fingerprints hold only as digests: commands and long values in full, of files how large they were.
import { isMap, type Json } from '@evalmake/core';
import { digestText } from './digest.ts';
import { openMaking, writeAll } from './disk.ts';
import { closeSync, readFileSync } from './fs.ts';

// Format: one JSON object per line, {"digest": "sha256:…", "text": "…"} or {"digest": "sha256:…", "bytes": 812, "lines": 41};
// only ever appended to. A text proves itself: one that has another digest is not there; a size is only ever shown.
// Deleting the file is always safe: then digests are shown instead of words.

/** Its name, below the state folder. */
export const textsFile = 'texts.jsonl';

/** Texts longer than this are not kept: nobody reads them in a difference. */
const longest = 20_000;

/** How large a file was. */
export interface FileSize {
  readonly bytes: number;
  /** Undefined for what is no text. */
  readonly lines: number | undefined;
}

/** Texts and sizes by their digests. */
export class Texts {
  private texts = new Map<string, string>();
  private sizes = new Map<string, FileSize>();
  private loaded = false;

  /** @param file where they are kept, absolute */
  constructor(private readonly file: string) {}

  /** The text with a digest; undefined when it was not kept. */
  get(digest: string): string | undefined {
    this.load();
    return this.texts.get(digest);
  }

  /** How large the file with a digest was; undefined when it was not kept. */
  size(digest: string): FileSize | undefined {
    this.load();
    return this.sizes.get(digest);
  }

  /** Keeps texts and sizes that are new. What cannot be written is lost to explanations only. */
  keep(texts: ReadonlyMap<string, string>, sizes: ReadonlyMap<string, FileSize>): void {
    this.load();
    const lines: string[] = [];
    for (const [digest, text] of texts) {
      if (this.texts.has(digest) || text.length > longest) continue;
      this.texts.set(digest, text);
      lines.push(`${JSON.stringify({ digest, text })}\n`);
    }
    for (const [digest, size] of sizes) {
      if (this.sizes.has(digest)) continue;
      this.sizes.set(digest, size);
      lines.push(`${JSON.stringify({ digest, ...size })}\n`);
    }
    if (lines.length > 0) append(this.file, lines);
  }

  private load(): void {
    if (this.loaded) return;
    this.loaded = true;
    for (const line of linesOf(this.file)) {
      const value = line === '' ? null : read(line);
      if (!isMap(value) || typeof value.digest !== 'string') continue;
      const { digest, text, bytes, lines } = value;
      if (typeof text === 'string' && digestText(text) === digest) this.texts.set(digest, text);
      if (typeof bytes === 'number')
        this.sizes.set(digest, { bytes, lines: typeof lines === 'number' ? lines : undefined });
    }
  }
}

function append(file: string, lines: readonly string[]): void {
  try {
    const fd = openMaking(file, 'a');
    try {
      // What was cut off before must not take a whole line with it.
      writeAll(fd, `\n${lines.join('')}`);
    } finally {
      closeSync(fd);
    }
  } catch {
    // A full disk must not end a build whose records could still be written.
  }
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function read(line: string): Json {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return null;
  }
}
