// Adopting in a workspace: the call, its answer in short lines, and the pipeline that most of it is tried on.
import * as assert from 'uvu/assert';
import { type AdoptDocument, parseAdopt } from './documents.ts';
import { partOfTree, type Tree } from './tree.ts';
import type { Workspace } from './workspace.ts';

/** The reason that every adoption here is given. */
export const because = ['--reason', 'checked by hand'];

/** Adopts, and reads the answer. Nothing may run. */
export async function adopt(ws: Workspace, args: readonly string[], exit = 0): Promise<AdoptDocument> {
  ws.ran();
  const outcome = await ws.evalmake(['adopt', '--json', ...because, ...args]);
  assert.is(outcome.code, exit, `${outcome.stdout}${outcome.stderr}`);
  assert.equal(ws.ran(), [], 'adopting runs nothing');
  return parseAdopt(outcome.stdout);
}

/** `adopted norm`, `refused upper output-missing upper.txt`: what became of each task. */
export function said({ tasks }: AdoptDocument): string[] {
  return tasks.map(({ outcome, id, because: why }) =>
    [outcome, id, ...why.map((r) => `${r.code} ${r.subject}`)].join(' '),
  );
}

/** All files but the cache of what was parsed. */
export function state(ws: Workspace): Tree {
  return partOfTree(ws.tree(), (path) => !path.startsWith('.evalmake/cache'));
}

/** One target with a script of its own and a manifest: score.sh reads in.txt. */
export function writeScore(ws: Workspace, more = ''): void {
  ws.write('in.txt', 'a\nb\n');
  if (!ws.exists('score.sh')) ws.write('score.sh', 'wc -l < "$1"\n');
  ws.pipeline(`
    targets:
      score:
        run: |
          echo score >> "$RAN_LOG"
          bash score.sh \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: score.txt
        manifest: manifest.json
        ${more}
  `);
}
