// `evalmake gc`: what nothing needs any more goes from .evalmake; what a crash left, and what is in doubt, stays.
import * as assert from 'uvu/assert';
import { changesOf, crashAt } from './workspace/crash.ts';
import { idsWith } from './workspace/documents.ts';
import { writeChain } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees, partOfTree } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

interface Collected {
  readonly paths: readonly string[];
  readonly forgotten: readonly string[];
  readonly bytes: number;
}

/** Collects; a dry run comes first, says the same and changes nothing; nothing outside .evalmake changes. */
async function gc(ws: Workspace, ...args: string[]): Promise<Collected> {
  const before = ws.tree();
  const dry = await ws.evalmake(['gc', '--json', '-n', ...args]);
  assert.is(dry.code, 0, dry.stderr);
  assert.equal(compareTrees(before, ws.tree()), [], 'gc -n changes nothing on disk');
  const { code, stdout, stderr } = await ws.evalmake(['gc', '--json', ...args]);
  assert.is(code, 0, stderr);
  const outside = (path: string): boolean => !path.startsWith('.evalmake');
  const changes = compareTrees(partOfTree(before, outside), partOfTree(ws.tree(), outside));
  assert.equal(changes, [], 'gc changes nothing outside .evalmake');
  const document = JSON.parse(stdout);
  assert.is(document.format, 'evalmake.gc');
  assert.equal(JSON.parse(dry.stdout).removed, document.removed, 'gc -n says what gc does');
  for (const { path } of document.removed) assert.not.ok(ws.exists(path), path);
  const paths = document.removed.map(({ path }: { path: string }) => path);
  return { paths, forgotten: document.forgotten, bytes: document.bytes };
}

/** One target that asks its state, and fails while a file `bad` is there. */
function writeState(ws: Workspace, text: string, more = ''): void {
  ws.pipeline(`
    targets:
      ask:
        each: { model: [small, large] }
        run: |
          echo ask@\${{ model }} >> "$RAN_LOG"
          echo ${text} >> \${{ state }}/bought
          test ! -e bad
          echo ${text} > \${{ outputs }}
        outputs: answers/\${{ model }}.txt
        ${more}
  `);
}

const states = (ws: Workspace): string[] =>
  [...ws.tree().keys()].filter((path) => /^\.evalmake\/state\/[^/]+\/[^/]+$/.test(path));

scenario('After a build there is nothing to collect, and everything stays fresh.', async (ws) => {
  writeChain(ws);
  await step(ws);
  const { paths, forgotten } = await gc(ws);
  assert.equal([paths, forgotten], [[], []]);
  const { stdout } = await ws.evalmake(['gc']);
  assert.is(stdout, 'evalmake: removed nothing; 0 B\n');
  await assertSettled(ws);
});

scenario('Runs beyond the newest go, and numbers go on.', async (ws) => {
  writeChain(ws);
  for (const text of ['a', 'b', 'c', 'd']) {
    ws.write('in.txt', `${text}\n`);
    await step(ws);
  }
  assert.equal((await gc(ws)).paths, [], 'fifty stay');
  const { paths, bytes } = await gc(ws, '--keep', '2');
  assert.equal(paths, ['.evalmake/runs/1', '.evalmake/runs/2']);
  assert.ok(bytes > 0);
  ws.write('in.txt', 'e\n');
  await step(ws);
  assert.ok(ws.exists('.evalmake/runs/5/events.jsonl'));
  assert.is((await ws.evalmake(['gc', '--keep', '0'])).code, 2);
  assert.is((await ws.evalmake(['gc', 'norm'])).code, 2);
});

scenario('The attempt of a failed task goes; that of a keep target stays to be looked at.', async (ws) => {
  writeState(ws, 'one');
  ws.write('bad', '');
  assert.is((await ws.evalmake(['-k'])).code, 1);
  assert.ok(ws.exists('.evalmake/attempt/ask@small'));
  writeState(ws, 'one', 'keep: true');
  assert.equal((await gc(ws)).paths, []);
  writeState(ws, 'one');
  assert.equal((await gc(ws)).paths, ['.evalmake/attempt/ask@large', '.evalmake/attempt/ask@small']);
  writeState(ws, 'two');
  assert.equal((await gc(ws)).paths, []);
  assert.is(states(ws).length, 2, 'the state of a failed attempt stays: it may be what was paid for');
});

scenario(
  'State of a fingerprint that nothing has any more goes; that of records and of today stays.',
  async (ws) => {
    writeState(ws, 'one');
    await step(ws);
    writeState(ws, 'two');
    await step(ws);
    assert.is(states(ws).length, 4);
    assert.equal((await gc(ws)).paths, [], 'the journal still has records of both');
    for (const text of ['three', 'four', 'five']) {
      writeState(ws, text);
      await step(ws);
    }
    assert.is(states(ws).length, 10);
    assert.is((await gc(ws)).paths.length, 4);
    writeState(ws, 'six');
    assert.is((await gc(ws)).paths.length, 0);
    await step(ws);
    assert.is(states(ws).length, 8);
  },
);

scenario(
  'A task that is gone is forgotten when its outputs are gone too, and its state goes.',
  async (ws) => {
    writeState(ws, 'one');
    await step(ws);
    ws.edit('pipeline.yaml', '[small, large]', '[small]');
    const first = await gc(ws);
    assert.is(first.paths.length, 1);
    assert.match(first.paths[0] ?? '', /^\.evalmake\/state\/ask@large$/);
    assert.equal(first.forgotten, [], 'its output lies there: orphans must know whose it is');
    assert.is((await ws.evalmake(['clean', '--orphans'])).code, 0);
    assert.not.ok(ws.exists('answers/large.txt'));
    assert.equal((await gc(ws)).forgotten, ['ask@large']);
    assert.not.match(ws.read('.evalmake/journal.jsonl'), /ask@large/);
    await assertSettled(ws);
  },
);

scenario('What a crash left half written goes; foreign files stay.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.write('.evalmake/.filestate.tmp-1', 'half');
  ws.write('.evalmake/cache/.config.json.tmp-1', 'half');
  ws.write('.evalmake/cache/old.json', '{}');
  ws.write('.evalmake/notes.txt', 'mine\n');
  ws.write('.norm.txt.tmp-1', 'outside\n');
  assert.equal((await gc(ws)).paths, [
    '.evalmake/.filestate.tmp-1',
    '.evalmake/cache/.config.json.tmp-1',
    '.evalmake/cache/old.json',
  ]);
  assert.is(ws.read('.evalmake/notes.txt'), 'mine\n');
  assert.ok(ws.exists('.norm.txt.tmp-1'));
});

scenario('What an interrupted command left is kept until it has run again.', async (ws) => {
  await ws.gate();
  writeState(ws, 'one');
  ws.edit('pipeline.yaml', '[small, large]', '[small]');
  ws.edit('pipeline.yaml', 'test ! -e bad', 'node "$GATE_CLIENT" ask $$$$');
  const running = ws.start([]);
  const visit = await ws.arrival(running, 'ask');
  assert.is((await ws.evalmake(['gc'])).code, 6);
  assert.is((await ws.evalmake(['gc', '-n'])).code, 0);
  running.kill('SIGKILL');
  await running.done;
  assert.equal((await gc(ws, '--keep', '1')).paths, []);
  await visit.gone;
  assert.ok(ws.exists('.evalmake/attempt/ask@small/run.sh'));
  assert.is(states(ws).length, 1);
});

scenario('Of a damaged journal nothing is concluded.', async (ws) => {
  writeState(ws, 'one');
  await step(ws);
  ws.write('bad', '');
  writeState(ws, 'two');
  assert.is((await ws.evalmake(['-k'])).code, 1);
  const lines = ws.read('.evalmake/journal.jsonl').split('\n');
  const last = lines.length - 2;
  lines[last] = (lines[last] ?? '').replace('"failed"', '"fAiled"');
  ws.write('.evalmake/journal.jsonl', lines.join('\n'));
  const { stdout, code } = await ws.evalmake(['gc', '--json']);
  assert.is(code, 0);
  assert.equal(JSON.parse(stdout).removed, []);
});

/** A rebuild that writes at fixed paths, where a crash leaves most behind. */
function writeFixed(ws: Workspace): void {
  ws.pipeline(`
    targets:
      both:
        run: |
          echo both >> "$RAN_LOG"
          mkdir -p set
          for name in $(cat in.txt) same; do cat in.txt > set/$name.txt; done
          cat in.txt > file.txt
        inputs: in.txt
        outputs: { file: file.txt, set: set/*.txt }
        manifest: manifest.json
  `);
  ws.write('in.txt', 'old\n');
}

scenario('gc after a crash at any instant takes nothing that recovery needs.', async (base) => {
  writeFixed(base);
  assert.is((await base.evalmake([])).code, 0);
  const counted = base.copy();
  counted.write('in.txt', 'new\n');
  assert.is((await counted.evalmake([], { env: crashAt(counted, 0) })).code, 0);
  const total = changesOf(counted);
  await counted.dispose();
  for (let at = 1; at <= total; at += 5) {
    const ws = base.copy();
    try {
      ws.write('in.txt', 'new\n');
      await ws.evalmake([], { env: crashAt(ws, at) });
      ws.write('in.txt', 'old\n');
      const before = ws.tree();
      assert.is((await ws.evalmake(['gc', '-n', '--keep', '1'])).code, 0);
      assert.equal(compareTrees(before, ws.tree()), [], 'gc -n changes nothing on disk');
      const collected = await ws.evalmake(['gc', '--keep', '1']);
      assert.is(collected.code, 0, `gc after a crash at change ${at}: ${collected.stderr}`);
      const fresh = idsWith(await ws.plan(), 'fresh').length > 0;
      if (fresh) assert.is(ws.read('file.txt'), 'old\n', `called fresh after a crash at change ${at}`);
      const { code, stderr } = await ws.evalmake([]);
      assert.is(code, 0, `after a crash at change ${at}: ${stderr}`);
      for (const name of ['file.txt', 'set/old.txt', 'set/same.txt'])
        assert.is(ws.read(name), 'old\n', `${name} after a crash at change ${at}`);
      assert.not.ok(ws.exists('set/new.txt'), `after a crash at change ${at}`);
    } finally {
      await ws.dispose();
    }
  }
});

scenario('Words that explanations show go when there are too many of them, and come again.', async (ws) => {
  writeChain(ws);
  await step(ws);
  ws.edit('pipeline.yaml', "sed '/^#/d'", `: ${'word '.repeat(60)}; sed '/^#/d'`);
  await step(ws);
  assert.match(ws.read('.evalmake/texts.jsonl'), 'word word');
  assert.is((await ws.evalmake(['gc'])).code, 0);
  assert.ok(ws.exists('.evalmake/texts.jsonl'));
  ws.write('.evalmake/texts.jsonl', `${' '.repeat(4_000_001)}\n`);
  assert.is((await ws.evalmake(['gc'])).code, 0);
  assert.not.ok(ws.exists('.evalmake/texts.jsonl'));
});

runScenarios();
