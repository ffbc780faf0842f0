// Keeping texts: before anything runs, the words and sizes of what may run are kept, so that a later change can be shown.

import { resolve } from 'node:path';
import { inputLabel, longTexts, type Plan } from '@evalmake/core';
import { digestText } from './digest.ts';
import { measure } from './measure.ts';
import type { FileSize } from './texts.ts';
import type { Workspace } from './workspace.ts';

/** How many new files one build measures: a first build of a hundred thousand is not made to read them all once more. */
const mostFiles = 1000;

/** Keeps the texts behind the digests of tasks that may run, and how large the files are that they read. */
export function keepTexts({ pipeline, config, texts, root }: Workspace, plan: Plan): void {
  const long = new Map<string, string>();
  const sizes = new Map<string, FileSize>();
  const targets = new Set<string>();
  for (const task of plan.graph.tasks) {
    const decision = plan.decisions[task.index];
    if (decision === undefined || decision.verdict === 'fresh' || decision.verdict === 'off') continue;
    if (!targets.has(task.target.name)) {
      targets.add(task.target.name);
      for (const [digest, text] of longTexts(task.target, { pipeline, config, digest: digestText }))
        long.set(digest, text);
    }
    for (const { input, paths } of decision.fingerprint.files) {
      for (const path of paths) {
        const digest = decision.fingerprint.parts[inputLabel(input.decl.name, path)];
        if (digest === undefined || sizes.size >= mostFiles || sizes.has(digest)) continue;
        if (texts.size(digest) !== undefined || plan.graph.builder(path) !== undefined) continue;
        const size = measure(resolve(root, path));
        if (size !== undefined) sizes.set(digest, size);
      }
    }
  }
  texts.keep(long, sizes);
}
