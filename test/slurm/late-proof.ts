// Files that are seen late, for real: the build sees its workspace through a mount that believes for seconds what it has seen.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from '../workspace/scenario.ts';
import { how } from './cluster.ts';

/** For so long a name, its size, and that there is no such name are believed; a mount of NFS does so for 3 to 60 s. */
const believedS = 4;

const kept = `attr_timeout=${believedS},entry_timeout=${believedS},negative_timeout=${believedS}`;
/** Starts what follows where the folder it is in is such a mount, which is its own: nodes go on with the folder itself. */
const mount = `bindfs -o ${kept},nonempty "$PWD" "$PWD" && cd "$PWD" && exec "$@"`;
const through = ['unshare', '-m', 'bash', '-c', mount, '-'];

const title = 'What nodes write is seen late, and nothing of it is lost.';
const [first = '', ...words] = [...through, 'true'];
const probe = mkdtempSync(join(tmpdir(), 'evalmake-mount-'));
const mounts = spawnSync(first, words, { cwd: probe }).status === 0;
rmSync(probe, { recursive: true });
if (!mounts) console.log('without bindfs, or the leave to mount: files that are seen late were not tried');
else
  scenario(title, async (ws) => {
    ws.pipeline(`
    defaults: { executor: slurm, slurm: { mem: 20M } }
    targets:
      part:
        each: { n: [1, 2, 3, 4] }
        run: |
          echo "$EVALMAKE_TASK" >> "$RAN_LOG"
          echo evalmake:note "begun \${{ n }}"
          sleep 2
          seq 20000 > \${{ outputs.numbers }}
          for i in 1 2 3; do echo \${{ n }} > \${{ outputs.folder }}/$i; done
          echo evalmake:cost usd=0.25
        outputs: { numbers: 'out/\${{ n }}.txt', folder: 'out/\${{ n }}/' }
      all:
        run: cat \${{ inputs.part }} > \${{ outputs }}
        inputs: { part: { from: part.numbers } }
        outputs: all.txt
  `);
    const { code, stderr, stdout } = await ws.build([], {
      ...how,
      through,
    });
    assert.is(code, 0, `${stderr}\n${stdout}`);
    assert.is(ws.read('all.txt').split('\n').length - 1, 80_000);
    assert.is(ws.read('out/3/2'), '3\n');
    const costs = ws.read('.evalmake/costs.jsonl').match(/"usd":0.25/g) ?? [];
    assert.is(costs.length, 4, 'each command said what it had cost with its last line');
    assert.equal(ws.ran().sort(), ['part@1', 'part@2', 'part@3', 'part@4']);
  });

runScenarios();
