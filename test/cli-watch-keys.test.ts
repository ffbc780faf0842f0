// A watch on a terminal: it says what changed and why, answers keys, spends nothing by itself, and gives the terminal back.
import * as assert from 'uvu/assert';
import { runScenarios, scenario } from './workspace/scenario.ts';
import type { Workspace } from './workspace/workspace.ts';

function write(ws: Workspace): void {
  ws.write('config.yaml', 'least: 1\n');
  ws.write('in.txt', 'a\nb\n');
  ws.write(
    'pipeline.yaml',
    `evalmake: 1
name: watched
config: config.yaml
targets:
  count:
    run: "head -n \${{ config.least }} \${{ inputs }} > \${{ outputs }}"
    inputs: in.txt
    outputs: out.txt
  buy:
    run: "cat \${{ inputs }} > \${{ outputs }}; echo evalmake:cost usd=0.25"
    inputs: { from: count }
    outputs: bought.txt
    manifest: manifest.json
    paid: { usd: 0.25 }
`,
  );
}

type Watch = ReturnType<Workspace['onScreen']>;

const has = (text: RegExp) => (screen: { readonly lines: readonly string[] }) =>
  screen.lines.some((line) => text.test(line));

const offer = /^watching \d+ paths · b build · w why · o open report · q quit$/;

/** Waits until it has offered its keys so many times. */
async function waits(watch: Watch, times: number): Promise<void> {
  await watch.until(({ lines }) => lines.filter((line) => offer.test(line)).length >= times);
}

scenario('It says what changed and where, and spends nothing before a person presses b.', async (ws) => {
  write(ws);
  const watch = ws.onScreen(['--watch', '--color', 'never'], { rows: 60, columns: 120 });
  await waits(watch, 1);
  assert.ok(
    has(/^would cost at most \$0\.25, and a watch spends nothing by itself: press b to build it$/)(
      watch.screen,
    ),
    watch.output,
  );
  assert.is(ws.exists('bought.txt'), false);
  watch.type('b');
  await waits(watch, 2);
  assert.is(ws.read('bought.txt'), 'a\n');
  ws.write('config.yaml', 'least: 2\n');
  await watch.until(has(/^\d\d:\d\d:\d\d config least: 1 -> 2 \(config\.yaml:1\)$/));
  await waits(watch, 3);
  assert.is(ws.read('out.txt'), 'a\nb\n');
  assert.is(ws.read('bought.txt'), 'a\n', 'bought once, by hand');
  watch.type('w');
  await watch.until(has(/^ask +buy/));
  await watch.until(has(/^1 ask, 1 fresh/));
  watch.type('q');
  assert.is(await watch.done, 0);
});

scenario('Ctrl-C ends a watch that waits, and a mistake in the pipeline does not.', async (ws) => {
  write(ws);
  ws.edit('pipeline.yaml', 'usd: 0.25', 'usd: 0');
  const watch = ws.onScreen(['--watch', '--color', 'never'], { rows: 60, columns: 120 });
  await waits(watch, 1);
  ws.edit('pipeline.yaml', 'outputs: out.txt', 'outptus: out.txt');
  await watch.until(has(/outptus/));
  await waits(watch, 2);
  ws.edit('pipeline.yaml', 'outptus: out.txt', 'outputs: other.txt');
  await waits(watch, 3);
  assert.is(ws.read('other.txt'), 'a\n');
  watch.type('\u0003');
  assert.is(await watch.done, 0);
});

runScenarios();
