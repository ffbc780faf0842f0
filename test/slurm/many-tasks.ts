// Many tasks of one target, for a real cluster: what they do, and how often each was run.
import * as assert from 'uvu/assert';
import type { Workspace } from '../workspace/workspace.ts';

/** Many tasks of one target; each leaves its name in a log beside the outputs, and lasts as long as it is told. */
export function writeMany(ws: Workspace, count: number, lasting: string, more = ''): void {
  ws.write('in.txt', 'in\n');
  ws.pipeline(`
    defaults: { executor: slurm, slurm: { mem: 20M } }
    targets:
      part:
        each: { n: { range: [1, ${count}] } }
        run: |
          echo "$EVALMAKE_TASK" >> "$RAN_LOG"
          ${lasting}
          cat \${{ inputs }} > \${{ outputs }}
          echo \${{ n }} >> \${{ outputs }}
        inputs: in.txt
        outputs: out/\${{ n }}.txt
        ${more}
  `);
}

/** Lasts as long as there is a file named `wait`. */
export const holding = 'while [ -e wait ]; do sleep 0.1; done';

/** Each of so many tasks ran, and none twice. */
export function assertOnce(ran: readonly string[], count: number): void {
  assert.is(ran.length, count, 'each task ran, and none twice');
  assert.is(new Set(ran).size, count);
}
