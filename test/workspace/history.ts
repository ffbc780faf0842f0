// A history: a small pipeline whose builds are told apart by what they change, so that there is a past to look at.
import type { Workspace } from './workspace.ts';

/** norm -> score@a, score@b (config.k; a metric) -> sum. score@b fails while a file `fails` lies there. */
export function writeHistory(ws: Workspace): void {
  ws.write('in.txt', 'one\n');
  ws.write('config.yaml', 'k: 1\nname: x\nparts: [a, b]\n');
  ws.pipeline(`
    config: config.yaml
    targets:
      norm:
        run: |
          echo norm >> "$RAN_LOG"
          tr a-z A-Z < \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: norm.txt
      score:
        each: { part: "\${{ config.parts }}" }
        run: |
          echo score@\${{ part }} >> "$RAN_LOG"
          echo "evalmake:metric told=2"
          echo "scoring \${{ part }}"
          if [ \${{ part }} = b ] && [ -e fails ]; then exit 3; fi
          printf '{"open":{"em":0.%s}}' \${{ config.k }} > \${{ outputs }}
        inputs: { from: norm }
        outputs: out/\${{ part }}.json
        metrics: { em: "out/\${{ part }}.json#/open/em" }
      sum:
        run: |
          echo sum >> "$RAN_LOG"
          cat \${{ inputs }} > /dev/null; echo \${{ config.name }} > \${{ outputs }}
        inputs: { from: score }
        outputs: sum.txt
  `);
}

/** Builds with these arguments, and expects this exit code. */
export async function built(ws: Workspace, args: readonly string[] = [], exit = 0): Promise<void> {
  const { code, stderr } = await ws.evalmake(args);
  if (code !== exit) throw new Error(`exit ${code} instead of ${exit}: ${stderr}`);
}

/** The one document that a command prints with --json. */
export async function answer<T>(ws: Workspace, args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await ws.evalmake([...args, '--json']);
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
