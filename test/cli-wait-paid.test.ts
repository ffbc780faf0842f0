// Paid work without rows: how an attempt ended decides whether it goes on, is asked about, or is never bought again.
import { writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** How a command ends: a word of the file `$SIDE/how`. */
type How = 'well' | 'exit-1' | 'exit-5' | 'killed' | 'sleeps' | 'waits' | 'lacks';

function how(ws: Workspace, word: How): void {
  writeFileSync(ws.beside('how'), word);
}

/** A paid command that ends as it is told, without or with a state to go on from. */
function writeBuyer(ws: Workspace, more: { readonly state: boolean }): void {
  ws.write('in.txt', 'x\n');
  ws.pipeline(`
    budget: { usd: 50 }
    targets:
      buy:
        run: |
          echo buy >> "$RAN_LOG"
          ${more.state ? 'echo look >> ${{ state }}/looks' : 'true'}
          case $(cat "$SIDE/how") in
            exit-1) exit 1 ;;
            exit-5) echo "perhaps batch-7 was created" >&2; exit 5 ;;
            killed) kill -9 $$ ;;
            sleeps) echo "evalmake:note runs"; exec sleep 600 ;;
            waits) echo "evalmake:job provider=somebody id=job-1"; echo "evalmake:wait 500 queued"; exit 75 ;;
            lacks) echo bad > \${{ outputs }} ;;
            *) { echo "forced=\${EVALMAKE_FORCE:-no}"; cat \${{ inputs }}; } > \${{ outputs }} ;;
          esac
        inputs: in.txt
        outputs: out.txt
        manifest: m.json
        checks: { rows: 2 }
        paid: { usd: 1 }
  `);
}

for (const word of ['exit-1', 'killed'] as const) {
  scenario(
    `Without a state an attempt that ended by "${word}" may have bought something: it asks.`,
    async (ws) => {
      writeBuyer(ws, { state: false });
      how(ws, word);
      assert.is((await ws.build()).code, 1);
      assertReason(await ws.plan(), 'buy', 'outcome-unknown');
      assert.equal(idsWith(await ws.plan(), 'ask'), ['buy']);
    },
  );
  scenario(`With a state an attempt that ended by "${word}" is run again and goes on.`, async (ws) => {
    writeBuyer(ws, { state: true });
    how(ws, word);
    assert.is((await ws.build()).code, 1);
    how(ws, 'well');
    assert.is((await ws.build()).code, 0);
    await assertSettled(ws);
  });
}

for (const state of [false, true]) {
  const words = state ? 'With' : 'Without';
  scenario(`${words} a state, exit 5 asks with the last line of the command.`, async (ws) => {
    writeBuyer(ws, { state });
    how(ws, 'exit-5');
    assert.is((await ws.build()).code, 5);
    assertReason(await ws.plan(), 'buy', 'outcome-unknown', { subject: 'perhaps batch-7 was created' });
    assert.is((await ws.build(['--force=buy'])).code, 5, 'forced, and still nobody knows');
    how(ws, 'well');
    assert.is((await ws.build(['--force=buy'])).code, 0);
    assert.is(ws.read('out.txt'), 'forced=1\nx\n', 'the command was told of the consent');
    await assertSettled(ws);
  });

  scenario(`${words} a state, results that fail their check are kept and not bought again.`, async (ws) => {
    writeBuyer(ws, { state });
    how(ws, 'lacks');
    assert.is((await ws.build()).code, 1);
    const { reasons } = taskOf(await ws.plan(), 'buy');
    const subject = String(reasons.find((r) => r.code === 'paid')?.subject);
    const kept = /kept in (\S+)/.exec(subject)?.[1] ?? 'nowhere';
    assert.is(ws.read(`${kept}/out.txt`), 'bad\n');
    how(ws, 'well');
    ws.ran();
    assert.is((await ws.build()).code, 5);
    assert.equal(ws.ran(), []);
    assert.is(ws.read(`${kept}/out.txt`), 'bad\n');
    assert.is((await ws.build(['--force=buy'])).code, 0);
    await assertSettled(ws);
  });

  scenario(`${words} a state, evalmake is killed while the command runs.`, async (ws) => {
    writeBuyer(ws, { state });
    how(ws, 'sleeps');
    const running = ws.start(['--json']);
    await running.line((line) => line.includes('"event":"note"') && line.includes('runs'));
    running.kill('SIGKILL');
    await running.done;
    how(ws, 'well');
    assert.is((await ws.build()).code, state ? 0 : 5);
    if (!state) assertReason(await ws.plan(), 'buy', 'outcome-unknown');
  });

  scenario(`${words} a state, a job that waits is asked about when its inputs change.`, async (ws) => {
    writeBuyer(ws, { state });
    how(ws, 'waits');
    assert.is((await ws.build(['--detach'])).code, 75);
    assert.is(taskOf(await ws.plan(), 'buy').verdict, 'waiting');
    ws.write('in.txt', 'y\n');
    assertReason(await ws.plan(), 'buy', 'outcome-unknown');
    ws.ran();
    assert.is((await ws.build()).code, 5);
    assert.equal(ws.ran(), []);
    ws.write('in.txt', 'x\n');
    how(ws, 'well');
    assert.is((await ws.build()).code, 0, 'the same work goes on');
  });
}

runScenarios();
