// The pipelines that several suites start from: a chain of three targets, and a set of shards with its consumers.
import type { Workspace } from './workspace.ts';

/**
 * in.txt -> norm (drops comments) -> upper -> report (with a title from the config). Each output is one file, each
 * command reports itself to the side log.
 */
export function writeChain(ws: Workspace): void {
  ws.write('in.txt', '# a comment\nalpha\nbeta\n');
  ws.write('config.yaml', 'title: Results\nmodel:\n  name: small\n  size: 1\nunused: 5\n');
  ws.pipeline(`
    config: config.yaml
    targets:
      norm:
        run: |
          echo norm >> "$RAN_LOG"
          sed '/^#/d' \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: norm.txt
      upper:
        run: |
          echo upper >> "$RAN_LOG"
          tr a-z A-Z < \${{ inputs }} > \${{ outputs }}
        inputs: { from: norm }
        outputs: upper.txt
      report:
        run: |
          echo report >> "$RAN_LOG"
          { printf '%s\\n' \${{ config.title }}; cat \${{ inputs }}; } > \${{ outputs }}
        inputs: { from: upper }
        outputs: out/report.txt
  `);
}

/** The ids of `writeChain`, sorted. */
export const chainIds = ['norm', 'report', 'upper'];

/** A script that writes shards of two lines and, in a partial run, only those it was asked for. */
const splitScript = `#!/usr/bin/env bash
# usage: split.sh IN DIR MISSING
set -euo pipefail
mkdir -p "$2"
awk -v dir="$2" '{ print > sprintf("%s/part-%04d.txt", dir, int((NR - 1) / 2) + 1) }' "$1"
[ "$(cat "$3")" = '*' ] && exit 0
for file in "$2"/part-*.txt; do
  if grep -qF "\${file##*/}" "$3"; then echo "+wrote \${file##*/}" >> "$RAN_LOG"; else rm "$file"; fi
done
`;

/**
 * lines.txt -> split (a glob of shards, \`rebuild: missing\`) -> infer per shard -> score per shard -> total.
 * Every target keeps a manifest, so the records survive the loss of \`.evalmake\`.
 */
export function writeShards(
  ws: Workspace,
  lines: readonly string[] = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2'],
): void {
  ws.write('lines.txt', `${lines.join('\n')}\n`);
  ws.write('split.sh', splitScript);
  ws.pipeline(`
    targets:
      split:
        run: |
          echo split >> "$RAN_LOG"
          bash split.sh \${{ inputs }} \${{ outputs.shards.dir }} \${{ outputs.missing }}
        inputs: lines.txt
        outputs: { shards: parts/part-*.txt }
        rebuild: missing
        manifest: manifest.json
      infer:
        each: { part: { from: split.shards } }
        run: |
          echo infer@\${{ part.stem }} >> "$RAN_LOG"
          sed 's/^/answer to /' \${{ inputs }} > \${{ outputs }}
        inputs: \${{ part.path }}
        outputs: answers/\${{ part.stem }}.txt
        manifest: manifest.json
      score:
        each: { part: { from: split.shards } }
        run: |
          echo score@\${{ part.stem }} >> "$RAN_LOG"
          wc -c < \${{ inputs.answers }} | tr -d ' ' > \${{ outputs }}
        inputs: { answers: { from: infer } }
        outputs: scores/\${{ part.stem }}.txt
        manifest: manifest.json
      total:
        run: |
          echo total >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: { from: score }
        outputs: total.txt
        manifest: manifest.json
  `);
}

/** The targets of `writeShards` whose instances follow from the shards. */
export const shardTargets = ['infer', 'score'];
