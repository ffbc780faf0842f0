// `evalmake verify`: every recorded file is hashed and every check judged again, whatever is remembered of them.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { writeChain, writeShards } from './workspace/pipelines.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees } from './workspace/tree.ts';
import type { RunOptions, Workspace } from './workspace/workspace.ts';

interface Mismatch {
  readonly code: string;
  readonly task?: string;
  readonly path?: string;
  readonly subject?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly message?: string;
  readonly downstream?: { readonly count: number; readonly tasks: readonly string[] };
}

interface Verified {
  readonly exit: number | null;
  readonly mismatches: readonly Mismatch[];
  readonly counts: Readonly<Record<string, number>>;
  readonly inFlux: boolean;
  readonly stderr: string;
}

/** Verifies, and fails when a single byte of the workspace changed. */
async function verify(
  ws: Workspace,
  args: readonly string[] = [],
  options: RunOptions = {},
): Promise<Verified> {
  const before = ws.tree();
  const { code, stdout, stderr } = await ws.evalmake(['verify', '--json', ...args], options);
  assert.equal(compareTrees(before, ws.tree()), [], 'verify changes nothing on disk');
  const document = JSON.parse(stdout);
  assert.is(document.format, 'evalmake.verify');
  assert.is(document.version, 1);
  assert.is(code, document.mismatches.length > 0 ? 4 : 0, stderr);
  return { ...document, exit: code, stderr };
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** `code task path subject` of every mismatch. */
function told({ mismatches }: Verified): string[] {
  return mismatches.map(({ code, task, path, subject }) =>
    [code, task ?? '-', path ?? '-', ...(subject === undefined ? [] : [subject])].join(' '),
  );
}

/** The chain, with a manifest that all three targets share and a check on the first. */
function writeChecked(ws: Workspace): void {
  writeChain(ws);
  for (const output of ['norm.txt', 'upper.txt', 'out/report.txt'])
    ws.edit('pipeline.yaml', `outputs: ${output}\n`, `outputs: ${output}\n    manifest: manifest.json\n`);
  ws.edit('pipeline.yaml', 'outputs: norm.txt\n', 'outputs: norm.txt\n    checks: { min_rows: 1 }\n');
}

scenario('After a build everything is as recorded, and what was looked at is counted.', async (ws) => {
  writeChecked(ws);
  const early = await verify(ws);
  assert.is(early.counts['unrecorded'], 3, 'before the first build nothing has a record');
  await step(ws);
  const found = await verify(ws);
  assert.equal(told(found), []);
  const bytes = ['norm.txt', 'upper.txt', 'out/report.txt'].reduce(
    (n, f) => n + statSync(ws.path(f)).size,
    0,
  );
  assert.equal(found.counts, { tasks: 3, files: 3, bytes, checks: 1, stale: 0, unrecorded: 0 });
  assert.is(found.inFlux, false);
  const { stdout, code } = await ws.evalmake(['verify']);
  assert.is(code, 0);
  assert.is(stdout, `evalmake: everything is as recorded: 3 tasks, 3 files, ${bytes} B, 1 check\n`);
});

scenario(
  'A tampered output is found though its size and time are those of before, with who reads it.',
  async (ws) => {
    writeChecked(ws);
    const later = { env: ws.anHourLater() };
    await step(ws, [], later);
    ws.sneak('norm.txt', ws.read('norm.txt').replace('alpha', 'alphA'));
    const found = await verify(ws, [], later);
    assert.equal(told(found), ['output-modified norm norm.txt']);
    const [mismatch] = found.mismatches;
    assert.match(mismatch?.expected ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.match(mismatch?.found ?? '', /^sha256:[0-9a-f]{64}$/);
    assert.is.not(mismatch?.expected, mismatch?.found);
    assert.equal(mismatch?.downstream, { count: 2, tasks: ['upper', 'report'] });
    const { stdout } = await ws.evalmake(['verify'], later);
    assert.match(
      stdout,
      /output-modified {2}norm {2}norm\.txt\n {4}recorded \w{8}, found \w{8}\n {4}downstream: upper, report\n/,
    );
    assert.match(stdout, /1 mismatch: 3 tasks/);
  },
);

scenario('A digest cache that lies deceives a dry run at most; verify does not look into it.', async (ws) => {
  writeChecked(ws);
  const later = { env: ws.anHourLater() };
  await step(ws, [], later);
  const recorded = digestOf(ws.read('norm.txt'));
  ws.write('norm.txt', 'tampered\n');
  assert.is((await ws.evalmake(['--only', 'upper'], later)).code, 0);
  ws.edit('.evalmake/filestate', digestOf('tampered\n'), recorded);
  assert.ok(told(await verify(ws, [], later)).includes('output-modified norm norm.txt'));
});

scenario(
  'A missing output is found; of a target that is named, only what it needs is looked at.',
  async (ws) => {
    writeChecked(ws);
    await step(ws);
    ws.remove('out/report.txt');
    assert.equal(told(await verify(ws)), ['output-missing report out/report.txt']);
    const upper = await verify(ws, ['upper']);
    assert.equal(told(upper), []);
    assert.is(upper.counts['tasks'], 2);
  },
);

scenario('At most ten tasks behind a mismatch are named, and all are counted.', async (ws) => {
  const lines = Array.from({ length: 24 }, (_, i) => `line ${i}`);
  writeShards(ws, lines);
  await step(ws, [], { dynamic: ['infer', 'score'] });
  ws.remove('parts/part-0003.txt');
  const found = await verify(ws);
  assert.equal(told(found), ['output-missing split parts/part-0003.txt']);
  const downstream = found.mismatches[0]?.downstream;
  assert.is(downstream?.count, 25);
  assert.is(downstream?.tasks.length, 10);
});

scenario('A target that is stale because its input changed is no mismatch, and is counted.', async (ws) => {
  writeChecked(ws);
  await step(ws);
  ws.write('in.txt', 'gamma\n');
  const found = await verify(ws);
  assert.equal(told(found), []);
  assert.is(found.counts['stale'], 3);
  assert.match((await ws.evalmake(['verify'])).stdout, /\(3 stale\)/);
});

scenario('A check that fails now is found although nothing recorded has changed.', async (ws) => {
  writeChecked(ws);
  ws.edit(
    'pipeline.yaml',
    'checks: { min_rows: 1 }',
    "checks: { min_rows: 1, command: 'test ! -e bad; test -s ${{ outputs }}' }",
  );
  await step(ws);
  assert.is((await verify(ws)).counts['checks'], 2);
  ws.write('bad', '');
  const found = await verify(ws);
  assert.equal(told(found), ['check-failed norm - command']);
  assert.match(found.mismatches[0]?.message ?? '', /exited with 1/);
  assert.is(found.mismatches[0]?.downstream?.count, 2);
});

scenario('A command check is given its config and lists again, to verify and to recheck.', async (ws) => {
  writeChecked(ws);
  ws.edit('pipeline.yaml', 'outputs: upper.txt\n', 'outputs: upper.txt\n    config: model\n');
  ws.edit(
    'pipeline.yaml',
    'config: model\n',
    "config: model\n    checks: { command: 'grep -q small ${{ config }}; grep -q norm.txt ${{ inputs.list }}' }\n",
  );
  await step(ws);
  assert.equal(told(await verify(ws)), []);
  ws.edit('pipeline.yaml', 'grep -q small', 'grep -q name');
  assert.equal((await step(ws)).ran, [], 'the changed check passes, so nothing runs');
});

scenario(
  'A manifest edited by hand contradicts the journal; without the journal its rows are counted.',
  async (ws) => {
    writeChecked(ws);
    await step(ws);
    const good = ws.read('manifest.json');
    const manifest = JSON.parse(good);
    const { norm } = manifest.stage_status;
    norm.artifacts.norm.sha256 = '0'.repeat(64);
    norm.checks.min_rows = 'failed';
    norm.fingerprint.shell = 'zsh';
    ws.write('manifest.json', JSON.stringify(manifest));
    const found = await verify(ws);
    assert.equal(told(found), [
      'manifest-differs norm manifest.json check min_rows',
      'manifest-differs norm manifest.json digest of norm.txt',
      'manifest-differs norm manifest.json fingerprint shell',
    ]);
    assert.is(found.mismatches[1]?.found, `sha256:${'0'.repeat(64)}`);
    ws.write('manifest.json', good.replace('"rows": 2', '"rows": 480'));
    assert.ok(told(await verify(ws)).includes('manifest-differs norm manifest.json rows of norm.txt'));
    ws.remove('.evalmake');
    assert.equal(told(await verify(ws)), ['manifest-differs norm manifest.json rows of norm.txt']);
  },
);

scenario('A manifest with conflict markers, a deleted one and one without a stage are named.', async (ws) => {
  writeChecked(ws);
  await step(ws);
  const good = ws.read('manifest.json');
  ws.write('manifest.json', `<<<<<<< ours\n${good}`);
  const damaged = await verify(ws);
  assert.equal(told(damaged), ['manifest-damaged norm manifest.json']);
  assert.match(damaged.mismatches[0]?.message ?? '', /conflict markers/);
  const manifest = JSON.parse(good);
  manifest.stage_status.upper = undefined;
  ws.write('manifest.json', JSON.stringify(manifest));
  assert.equal(told(await verify(ws)), ['manifest-differs upper manifest.json']);
  ws.remove('manifest.json');
  const gone = ['norm', 'upper', 'report'].map((task) => `manifest-missing ${task} manifest.json`);
  assert.equal(told(await verify(ws)), gone);
});

scenario('Results and manifests that came from another workspace are no mismatch.', async (ws) => {
  writeChecked(ws);
  await step(ws);
  const other = ws.copy();
  try {
    other.write('in.txt', 'gamma\n');
    await step(other);
    for (const file of ['in.txt', 'norm.txt', 'upper.txt', 'out/report.txt', 'manifest.json'])
      ws.write(file, other.read(file));
    assert.equal(told(await verify(ws)), []);
    ws.write('norm.txt', 'something else\n');
    assert.ok(told(await verify(ws)).includes('output-modified norm norm.txt'));
  } finally {
    await other.dispose();
  }
});

scenario('A damaged line of the journal is named with its task.', async (ws) => {
  writeChecked(ws);
  await step(ws);
  const lines = ws.read('.evalmake/journal.jsonl').split('\n');
  const at = lines.findIndex((line) => line.includes(' finished norm '));
  lines[at] = (lines[at] ?? '').replace('"run":1', '"run":7');
  ws.write('.evalmake/journal.jsonl', lines.join('\n'));
  const found = await verify(ws);
  assert.equal(told(found), ['journal-damaged norm .evalmake/journal.jsonl']);
  assert.match(found.mismatches[0]?.message ?? '', new RegExp(`line ${at + 1} `));
});

scenario('Of a directory the member is named, as far as names tell.', async (ws) => {
  ws.pipeline(`
    targets:
      model:
        run: |
          echo one > \${{ outputs }}/a.txt
          echo two > \${{ outputs }}/b.txt
        outputs: model/
  `);
  await ws.build();
  const messages = async (): Promise<string[]> => {
    const found = await verify(ws);
    assert.equal(told(found), ['output-modified model model/']);
    return found.mismatches.map(({ message }) => message ?? '');
  };
  ws.write('model/notes.txt', 'mine\n');
  assert.equal(await messages(), ['notes.txt was not recorded']);
  ws.remove('model/notes.txt', 'model/b.txt');
  assert.equal(await messages(), ['b.txt is missing']);
  ws.write('model/b.txt', 'Two\n');
  assert.match((await messages())[0] ?? '', /one of its 2 members/);
  ws.write('model/b.txt', 'two\n');
  assert.equal(told(await verify(ws)), []);
});

scenario('A file that slipped into a set is named.', async (ws) => {
  writeShards(ws);
  await step(ws, [], { dynamic: ['infer', 'score'] });
  ws.write('parts/part-9999.txt', 'mine\n');
  assert.equal(told(await verify(ws)), ['output-unrecorded split parts/part-9999.txt']);
});

scenario('While a build runs, verify says that what it sees may be in flux.', async (ws) => {
  await ws.gate();
  writeChain(ws);
  ws.edit('pipeline.yaml', '      tr a-z', '      node "$GATE_CLIENT" upper $$$$\n      tr a-z');
  const running = ws.start([]);
  const visit = await ws.arrival(running, 'upper');
  const { code, stdout, stderr } = await ws.evalmake(['verify', '--json']);
  assert.is(code, 0, stderr);
  assert.is(JSON.parse(stdout).inFlux, true);
  assert.match(stderr, /a build is running \(process \d+/);
  visit.pass();
  assert.is((await running.done).code, 0);
  assert.is((await verify(ws)).inFlux, false);
});

scenario('A target that is off, and built by name, is verified too.', async (ws) => {
  writeChain(ws);
  ws.edit('pipeline.yaml', '    outputs: out/report.txt\n', '    outputs: out/report.txt\n    when: false\n');
  await step(ws, ['report']);
  ws.write('out/report.txt', 'another\n');
  assert.equal(told(await verify(ws)), ['output-modified report out/report.txt']);
  ws.remove('out/report.txt');
  await step(ws, ['report']);
  await assertSettled(ws);
});

runScenarios();
