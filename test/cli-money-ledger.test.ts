// The ledger of payments: each counts once, failed attempts too, and no command of evalmake removes it.
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

/** in.txt -> ask, which says what it costs and then does what `does` says. */
function writeAsk(ws: Workspace, costs: string, does = ''): void {
  ws.write('in.txt', 'a\n');
  ws.pipeline(`
    targets:
      ask:
        run: |
          echo ask >> "$RAN_LOG"
          mkdir -p \${{ state }}
          printf '%s\\n' ${costs}
          ${does}
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: out.txt
        manifest: ask.json
        paid: { usd: 1 }
  `);
}

const line = (usd: number, id = ''): string =>
  `"evalmake:cost usd=${usd} in=10 out=2${id === '' ? '' : ` id=${id}`}"`;

async function paid(ws: Workspace): Promise<number> {
  return JSON.parse((await ws.evalmake(['log', '--costs', '--json'])).stdout).totalUsd;
}

scenario(
  'A payment with a name counts once, however often and in how many builds it is told.',
  async (ws) => {
    writeAsk(ws, `${line(0.5, 'b1')} ${line(0.25)} ${line(0.5, 'b1')}`);
    await step(ws, ['--yes']);
    assert.is(await paid(ws), 0.75);
    const { events } = await step(ws, ['--yes', '--force']);
    assert.is(await paid(ws), 1, 'the one without a name is another payment');
    const finished = events.find((e) => e.event === 'finished') as unknown as { costUsd: number };
    assert.is(finished.costUsd, 0.75, 'what the result cost when it was bought');
    assert.match((await ws.evalmake(['log', '--costs'])).stdout, /2 {2}.* ask .* 1 .* \$0\.25 /);
  },
);

scenario('What a failed attempt paid is counted when it is heard.', async (ws) => {
  writeAsk(ws, line(0.5, 'b1'), 'test ! -e fails');
  ws.write('fails', '');
  const failed = await step(ws, ['--yes'], { exit: 1 });
  assert.match(JSON.stringify(failed.events.at(-1)), '"money":{"spentUsd":0.5,');
  assert.is(await paid(ws), 0.5);
  ws.remove('fails');
  await step(ws, ['--yes']);
  assert.is(await paid(ws), 0.5);
});

scenario(
  'What was paid before a build was killed is in the ledger, and is not counted again.',
  async (ws) => {
    writeAsk(ws, line(0.5, 'b1'), 'node "$GATE_CLIENT" told $$');
    await ws.gate();
    const running = ws.start(['--yes', '--json']);
    const visit = await ws.arrival(running, 'told');
    await running.line((text) => text.includes('"event":"cost"'));
    running.kill('SIGKILL');
    await running.done;
    visit.pass();
    assert.is(await paid(ws), 0.5);
    // Another command has another fingerprint: what was begun may be paid for, so a person says that it goes on.
    ws.edit('pipeline.yaml', 'node "$GATE_CLIENT" told $$', '');
    await step(ws, ['--yes', '--force=ask']);
    assert.is(await paid(ws), 0.5);
  },
);

scenario('A damaged line of the ledger is told, and costs only what it said.', async (ws) => {
  writeAsk(ws, `${line(0.5, 'b1')} ${line(0.25, 'b2')}`);
  await step(ws, ['--yes']);
  ws.edit('.evalmake/costs.jsonl', '"usd":0.25', '"usd":0.01');
  const { code, stdout, stderr } = await ws.evalmake(['log', '--costs']);
  assert.is(code, 0);
  assert.match(stdout, /in all +1 +\$0\.50/);
  assert.match(stderr, '1 line of');
});

scenario('gc, clean and orphans leave the ledger alone.', async (ws) => {
  writeAsk(ws, line(0.5, 'b1'));
  await step(ws, ['--yes']);
  const before = ws.read('.evalmake/costs.jsonl');
  for (const args of [['gc', '--keep', '1'], ['clean', '--force'], ['clean', '--orphans'], ['gc']]) {
    const { code, stderr } = await ws.evalmake(args);
    assert.is(code, 0, `${args}: ${stderr}`);
    assert.is(ws.read('.evalmake/costs.jsonl'), before, args.join(' '));
  }
});

scenario('`log` says what a run paid; a ledger is read without a good pipeline.', async (ws) => {
  writeAsk(ws, line(0.5, 'b1'));
  await step(ws, ['--yes']);
  assert.match((await ws.evalmake(['log'])).stdout, /^ +1 .* \$0\.50 +evalmake/m);
  ws.write('pipeline.yaml', 'evalmake: [');
  const { code, stdout } = await ws.evalmake(['log', '--costs', 'ask']);
  assert.is(code, 0);
  assert.match(stdout, '50 % less than expected');
  assert.match((await ws.evalmake(['log', '--costs', 'other'])).stdout, 'nothing was paid for other');
});

scenario(
  '--watch spends nothing without --watch-budget, and with one no more than that in all.',
  async (ws) => {
    writeAsk(ws, line(0.6));
    const ended = (text: string): boolean => text.includes('"event":"ended"');
    for (const [args, expected] of [
      [['--watch', '--json', '--yes', '--max-usd', '9'], 0],
      [['--watch', '--json', '--watch-budget', '1.1'], 0.6],
    ] as const) {
      const running = ws.start(args);
      await running.line(ended);
      ws.write('in.txt', `again ${expected}\n`);
      await running.line(ended, 2);
      running.kill('SIGINT');
      await running.done;
      assert.is(await paid(ws), expected, args.join(' '));
    }
  },
);

scenario(
  'What runs keeps its money when a set turns out to be another and the plan is made anew.',
  async (ws) => {
    ws.write('in.txt', 'one\n');
    ws.pipeline(`
    targets:
      slow:
        run: |
          echo slow >> "$RAN_LOG"
          node "$GATE_CLIENT" slow $$
          cp in.txt \${{ outputs }}
        inputs: in.txt
        outputs: slow.txt
        manifest: slow.json
        paid: { usd: 0.5 }
      split:
        run: |
          node "$GATE_CLIENT" split $$
          mkdir -p \${{ outputs.dir }}
          for word in $(cat \${{ inputs }}); do echo $word > \${{ outputs.dir }}/$word.txt; done
        inputs: in.txt
        outputs: parts/*.txt
      ask:
        each: { part: { from: split } }
        run: |
          echo ask@\${{ part.stem }} >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: \${{ part.path }}
        outputs: asked/\${{ part.stem }}.txt
        manifest: asked/m.json
        paid: { usd: 0.3 }
  `);
    await ws.gate();
    const running = ws.start(['--max-usd', '0.9', '--json', '-j4']);
    const slow = await ws.arrival(running, 'slow');
    (await ws.arrival(running, 'split')).pass();
    await running.line((text) => text.includes('"event":"replanned"'));
    await running.line((text) => text.includes('"event":"finished"') && text.includes('ask@one'));
    slow.pass();
    const { code } = await running.done;
    assert.is(code, 0);
    ws.write('in.txt', 'one two\n');
    const again = ws.start(['--max-usd', '0.7', '--json', '-j4', '--keep-going']);
    const slowAgain = await ws.arrival(again, 'slow');
    (await ws.arrival(again, 'split')).pass();
    await again.line((text) => text.includes('"event":"blocked"') && text.includes('ask@two'));
    slowAgain.pass();
    assert.is((await again.done).code, 5);
    assert.equal(ws.ran().sort(), ['ask@one', 'slow', 'slow']);
  },
);

runScenarios();
