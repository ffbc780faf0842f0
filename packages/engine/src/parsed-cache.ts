// The parsed cache keeps the pipeline and the config as JSON under the digest of their text: YAML is read once per edit.

import type { Config, Parsed, Pipeline, Problem } from '@evalmake/core';
import { digestText } from './digest.ts';
import { writeAtomic } from './disk.ts';
import { readFileSync } from './fs.ts';

/** What parsing a file gave, with warnings that are shown again. */
interface Kept<T> {
  readonly key: string;
  readonly value: T;
  readonly problems: readonly Problem[];
}

/** Reads a file through a cache. */
export interface CacheOptions {
  /** Folder of the cache, or undefined to use none. */
  readonly dir: string | undefined;
  /** Takes the writes that keep new results: done when the plan is good, and never by a dry run. */
  readonly later: (write: () => void) => void;
  /** Names the program that parses; another one parses again. */
  readonly build: string;
}

/**
 * Gives what a parser makes of a text, from the cache when the same program has parsed the same text before.
 * @param name names the cache entry
 * @param text the document
 * @param parse called when it is not known; loads the YAML library
 */
async function through<T>(
  name: string,
  text: string,
  options: CacheOptions,
  parse: () => Promise<Parsed<T>>,
): Promise<Parsed<T>> {
  const key = digestText(`${options.build}\0${name}\0${text}`);
  const path = options.dir === undefined ? undefined : `${options.dir}/${name}.json`;
  if (path !== undefined) {
    const kept = readKept<T>(path);
    if (kept?.key === key) return { value: kept.value, problems: kept.problems };
  }
  const made = await parse();
  const { value, problems } = made;
  if (path !== undefined && value !== undefined) {
    options.later(() => writeAtomic(path, JSON.stringify({ key, value, problems } satisfies Kept<T>), false));
  }
  return made;
}

function readKept<T>(path: string): Kept<T> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Kept<T>;
  } catch {
    return undefined;
  }
}

/** The pipeline a text says. */
export function cachedPipeline(text: string, file: string, options: CacheOptions): Promise<Parsed<Pipeline>> {
  return through('pipeline', text, options, async () => {
    const { parsePipeline } = await import('@evalmake/core/parse');
    return parsePipeline(text, file);
  });
}

/** The config a text says: YAML, or JSON. */
export function cachedConfig(text: string, file: string, options: CacheOptions): Promise<Parsed<Config>> {
  return through('config', text, options, async () => {
    const { parseConfig } = await import('@evalmake/core/parse-config');
    return parseConfig(text, file);
  });
}
