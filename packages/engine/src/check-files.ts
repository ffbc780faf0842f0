// The files that checks read: members of directories, and the distinct ids of other inputs and outputs.

import { join } from 'node:path';
import { type CheckFormat, formatOf, type Needs } from '@evalmake/core/check';
import { brokenMessage, placeIn } from '@evalmake/core/check-judge';
import { byCodeUnit } from '@evalmake/core/json';
import { FactsGatherer, noNeeds } from './facts.ts';
import { Distinct } from './facts-distinct.ts';
import { fieldText, plainText } from './facts-field.ts';
import { readChunksGently } from './facts-lines.ts';
import { readdirSync, statSync } from './fs.ts';

/** A file under its published name (relative to the workspace), and where its content lies now. */
export interface CheckFile {
  readonly path: string;
  readonly at: string;
  /** `sha256:` and hex, when it is known. */
  readonly digest?: string;
}

/** Replaces each directory (a path that ends in `/`) by its files, in code-unit order of their paths. */
export function withMembers(files: readonly CheckFile[]): CheckFile[] {
  return files.flatMap((file) => (file.path.endsWith('/') ? members(file.path, file.at) : [file]));
}

function members(path: string, at: string): CheckFile[] {
  const found: CheckFile[] = [];
  for (const name of readdirSync(at).sort(byCodeUnit)) {
    const inside = join(at, name);
    const kind = statSync(inside, { throwIfNoEntry: false });
    if (kind?.isDirectory()) found.push(...members(`${path}${name}/`, inside));
    else if (kind?.isFile()) found.push({ path: `${path}${name}`, at: inside });
  }
  return found.sort((a, b) => byCodeUnit(a.path, b.path));
}

/** What ids are asked of, and of which files. */
export interface IdSource {
  readonly field: string;
  readonly files: readonly CheckFile[];
  readonly format: CheckFormat | undefined;
  /** Whether 7 and "7" are one id, as they are when CSV and JSON are compared. */
  readonly plain: boolean;
  readonly signal: AbortSignal | undefined;
}

/** The distinct ids of some files, or why they cannot be known. A file of unknown extension is read as JSONL. */
export async function distinctIds(source: IdSource): Promise<Distinct | string> {
  const ids = new Distinct();
  const needs: Needs = { ...noNeeds, content: true };
  for (const { path, at } of source.files) {
    const guess = source.format ?? formatOf(path);
    const format = guess === 'text' ? 'jsonl' : guess;
    let without: number | undefined;
    const reader = {
      fields: [source.field],
      row: (row: Parameters<typeof fieldText>[0]) => {
        const text = fieldText(row, [source.field]);
        if (text === undefined) without ??= row.line;
        else ids.add(source.plain ? plainText(text) : text, row.line);
      },
    };
    const gatherer = new FactsGatherer(format, needs, { path, readers: [reader] });
    await readChunksGently(at, (chunk) => gatherer.feed(chunk), source.signal);
    const { broken } = gatherer.end();
    if (broken !== undefined) return brokenMessage(path, broken);
    if (without !== undefined) return `no ${source.field} in ${placeIn({ path, format }, without)}`;
  }
  return ids;
}
