// A deps file lists inputs that a command found by itself, such as headers or imported modules: they count from then on.

import { isAbsolute, join, posix, relative } from 'node:path';
import { discoveredLabel } from '@evalmake/core';
import { Failure } from './failure.ts';
import { readFileSync } from './fs.ts';
import type { Workspace } from './workspace.ts';

/** Paths in a deps file: Makefile rules as compilers write them (`target: a b \`), or one path a line. */
export function parseDepsFile(text: string): string[] {
  const joined = text.replace(/\\\r?\n/g, ' ');
  const rule = /^[^\s:]+(?:\\ [^\s:]+)*\s*:(?:\s|$)/m.test(joined);
  const words = rule
    ? joined.split('\n').flatMap((line) => line.slice(line.search(/:(\s|$)/) + 1).match(/(?:\\ |\S)+/g) ?? [])
    : joined.split(/\r?\n/);
  return [...new Set(words.map((w) => w.trim().replaceAll('\\ ', ' ')).filter((w) => w !== ''))];
}

/**
 * Fingerprint parts of the inputs that a command has listed.
 * @param path the deps file, relative to the workspace
 * @param skip says which paths are the task's own outputs and so no inputs
 * @throws Failure when the file is not there or names what cannot be read
 */
export function discoveredParts(
  path: string,
  workspace: Workspace,
  skip: (path: string) => boolean,
): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(join(workspace.root, path), 'utf8');
  } catch {
    throw new Failure('output-missing', `the command ended well but did not write its deps_file "${path}"`);
  }
  const parts: Record<string, string> = {};
  for (const named of parseDepsFile(text)) {
    const inside = isAbsolute(named) ? relative(workspace.root, named) : posix.normalize(named);
    const clean = inside.startsWith('..') ? named : inside;
    if (skip(clean)) continue;
    const entry = workspace.snapshot.entry(clean);
    if (entry.kind === 'missing')
      throw new Failure('output-missing', `the deps_file "${path}" names "${named}", which is not there`);
    parts[discoveredLabel(clean)] = entry.digest;
  }
  return parts;
}
