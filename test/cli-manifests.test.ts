// Manifests in builds: what is missing, damaged, old or changed by others is noticed although nothing runs.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

const path = 'out/manifest.json';

/** Two targets with a manifest in common, one of them with instances, and one target beside them. */
function writePair(ws: Workspace): void {
  ws.write('in.txt', 'alpha\nbeta\n');
  ws.write('other.txt', 'x\n');
  ws.pipeline(`
    targets:
      parse:
        run: |
          echo parse >> "$RAN_LOG"
          sort \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: { lines: out/lines.txt }
        manifest: ${path}
      score:
        each: { n: [1, 2] }
        run: |
          echo score@\${{ n }} >> "$RAN_LOG"
          head -n \${{ n }} \${{ inputs }} > \${{ outputs }}
        inputs: { from: parse }
        outputs: out/score-\${{ n }}.txt
        manifest: ${path}
      other:
        run: |
          echo other >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: other.txt
        outputs: other.out
  `);
}

interface Entry {
  readonly status: string;
  readonly fingerprint?: object;
  readonly artifacts?: Record<string, { path: string; sha256?: string; rows?: number; bytes?: number }>;
  readonly tasks?: Record<string, Entry>;
}

function stages(ws: Workspace, file = path): Record<string, Entry> {
  return JSON.parse(ws.read(file)).stage_status;
}

const copies = (ws: Workspace, folder = 'out'): string[] =>
  readdirSync(ws.path(folder)).filter((name) => /\.(backup|corrupt)\./.test(name));

/** A build in which nothing may run. */
async function idle(ws: Workspace, args: readonly string[] = []): Promise<string> {
  const { ran, said } = await step(ws, args);
  assert.equal(ran, []);
  return said;
}

scenario('A manifest that is gone is written again by a build in which nothing runs.', async (ws) => {
  writePair(ws);
  await step(ws);
  const before = stages(ws);
  ws.remove(path);
  await idle(ws, ['other']);
  assert.equal(stages(ws), before);
  ws.remove('.evalmake');
  assert.equal(idsWith(await ws.plan(), 'fresh'), ['parse', 'score@1', 'score@2']);
});

const damages: readonly (readonly [string, (text: string) => string, RegExp])[] = [
  [
    'conflict markers',
    (text) => `<<<<<<< HEAD\n${text}=======\n{}\n>>>>>>> theirs\n`,
    /git conflict markers \(line 1\)/,
  ],
  ['half a file', (text) => text.slice(0, 100), /not valid JSON/],
  ['nothing', () => '', /the file is empty/],
  ['a stage that is none', (text) => text.replace('"completed"', '"perhaps"'), /must be equal to one of/],
];

for (const [what, damage, said] of damages) {
  scenario(
    `A manifest with ${what} is noticed, kept aside and written anew, although nothing runs.`,
    async (ws) => {
      writePair(ws);
      await step(ws);
      const before = stages(ws);
      const bad = damage(ws.read(path));
      ws.write(path, bad);
      assert.match(await idle(ws), said);
      assert.equal(stages(ws), before);
      const [copy, ...more] = copies(ws);
      assert.equal(more, []);
      assert.match(copy ?? '', /^manifest\.json\.corrupt\./);
      assert.is(ws.read(`out/${copy}`), bad);
      assert.not.match(await idle(ws), /manifest/);
      assert.is(copies(ws).length, 1);
    },
  );
}

scenario(
  'Without .evalmake a damaged manifest proves nothing, and says so; what was not asked for is left pending.',
  async (ws) => {
    writePair(ws);
    await step(ws);
    ws.remove('.evalmake');
    ws.write(path, '<<<<<<< HEAD\n');
    const { stderr } = await ws.evalmake(['--dry-run']);
    assert.match(stderr, /out\/manifest\.json: git conflict markers .*proves nothing/);
    assert.equal(idsWith(await ws.plan(), 'fresh'), []);
    await step(ws, ['parse']);
    assert.equal(
      [
        stages(ws)['parse']?.status,
        stages(ws)['score']?.status,
        stages(ws)['score']?.tasks?.['score@1']?.status,
      ],
      ['completed', 'pending', 'pending'],
    );
    assert.is(copies(ws).length, 1);
    await step(ws, ['parse', 'score']);
    await assertSettled(ws, ['parse', 'score']);
  },
);

scenario(
  'Of a manifest with one damaged stage the others stay proven by it, also without .evalmake.',
  async (ws) => {
    writePair(ws);
    await step(ws);
    ws.remove('.evalmake');
    const broken = JSON.parse(ws.read(path));
    broken.owner = 'somebody';
    broken.stage_status.parse.status = 'perhaps';
    ws.write(path, JSON.stringify(broken));
    assert.equal(idsWith(await ws.plan(), 'fresh'), [], 'as it is it proves nothing');
    await step(ws, ['other']);
    assert.is(JSON.parse(ws.read(path)).owner, 'somebody');
    assert.equal([stages(ws)['parse']?.status, stages(ws)['score']?.status], ['pending', 'completed']);
    const { ran } = await step(ws);
    assert.equal(ran, ['parse'], 'and the scores are spared');
  },
);

scenario(
  'Keys and stages of other programs are no reason to rewrite, and survive every rewriting.',
  async (ws) => {
    writePair(ws);
    await step(ws);
    const theirs = JSON.parse(ws.read(path));
    theirs.owner = { name: 'somebody' };
    theirs.stage_status.uploaded = { status: 'completed', updated_at: 'monday' };
    theirs.stage_status.parse.artifacts.lines.url = 'there';
    const text = JSON.stringify(theirs);
    ws.write(path, text);
    await idle(ws);
    assert.is(ws.read(path), text, 'not a byte is changed');
    const journal = ws.read('.evalmake/journal.jsonl');
    const digest = createHash('sha256').update(text).digest('hex');
    assert.match(journal.split('\n').at(-2) ?? '', `"digest":"sha256:${digest}"`);
    await idle(ws);
    assert.is(ws.read('.evalmake/journal.jsonl'), journal, 'the file is known from now on');
    ws.write('in.txt', 'gamma\n');
    await step(ws);
    const after = JSON.parse(ws.read(path));
    assert.equal([after.owner, after.stage_status.uploaded], [theirs.owner, theirs.stage_status.uploaded]);
    assert.is(after.stage_status.parse.artifacts.lines.url, 'there');
  },
);

scenario(
  'A manifest that somebody changed to say something else is put right, with a warning.',
  async (ws) => {
    writePair(ws);
    await step(ws);
    const before = stages(ws);
    const digest = before['parse']?.artifacts?.['lines']?.sha256 as string;
    ws.edit(path, digest, 'ab'.repeat(32));
    assert.match(await idle(ws), /out\/manifest\.json: it was changed .* put right/);
    assert.equal(stages(ws), before);
    const gone = JSON.parse(ws.read(path));
    delete gone.stage_status.score.tasks['score@2'];
    ws.write(path, JSON.stringify(gone));
    await idle(ws, ['other']);
    assert.equal(stages(ws), before);
  },
);

scenario('A manifest of a newer version is named, proves nothing and is never rewritten.', async (ws) => {
  writePair(ws);
  await step(ws);
  const newer = ws.read(path).replace('"schema_version": 2', '"schema_version": 3');
  ws.write(path, newer);
  for (let i = 0; i < 2; i += 1) assert.match(await idle(ws), /schema_version 3 is newer than this evalmake/);
  ws.write('in.txt', 'gamma\n');
  await step(ws);
  assert.is(ws.read(path), newer);
  assert.equal(copies(ws), []);
  ws.remove('.evalmake');
  assert.equal(idsWith(await ws.plan(), 'fresh'), []);
});

scenario('A build in which nothing runs leaves every byte of the workspace as it was.', async (ws) => {
  writePair(ws);
  await step(ws);
  const later = { env: ws.anHourLater() };
  await step(ws, [], later);
  const before = ws.tree();
  await step(ws, [], later);
  assert.equal(compareTrees(before, ws.tree()), []);
});

scenario(
  'Results and manifest that came from elsewhere stay: an older record of this workspace is not put over them.',
  async (ws) => {
    writePair(ws);
    await step(ws);
    const other = ws.copy();
    try {
      other.write('in.txt', 'delta\ngamma\n');
      await step(other);
      for (const file of ['in.txt', 'out/lines.txt', 'out/score-1.txt', 'out/score-2.txt', path])
        ws.write(file, other.read(file));
      await idle(ws, ['other']);
      assert.is(ws.read(path), other.read(path), 'nor by a build that does not look at them');
      await idle(ws);
      assert.is(ws.read(path), other.read(path));
      ws.edit('pipeline.yaml', 'n: [1, 2]', 'n: [1, 2, 3]');
      const { ran } = await step(ws);
      assert.equal(ran, ['score@3']);
      ws.remove('.evalmake');
      assert.equal(idsWith(await ws.plan(), 'run', 'maybe'), ['other']);
    } finally {
      await other.dispose();
    }
  },
);

scenario(
  'Results that came from elsewhere are completed, although the last attempt here failed.',
  async (ws) => {
    writePair(ws);
    await step(ws);
    const other = ws.copy();
    try {
      other.write('in.txt', 'delta\ngamma\n');
      await step(other);
      ws.write('in.txt', 'delta\ngamma\n');
      ws.edit('pipeline.yaml', 'sort ', 'test -z "$BAD"; sort ');
      ws.edit('pipeline.yaml', 'inputs: in.txt', 'inputs: in.txt\n    env: { BAD: "1" }');
      await step(ws, ['parse'], { exit: 1 });
      assert.is(stages(ws)['parse']?.status, 'failed');
      for (const file of ['pipeline.yaml', 'out/lines.txt', 'out/score-1.txt', 'out/score-2.txt', path])
        ws.write(file, other.read(file));
      await idle(ws);
      assert.is(ws.read(path), other.read(path));
    } finally {
      await other.dispose();
    }
  },
);

scenario(
  'A manifest that is damaged while a build runs loses no stage, nor one that is damaged before an adoption.',
  async (ws) => {
    writePair(ws);
    await step(ws);
    const { score } = stages(ws);
    ws.edit('pipeline.yaml', 'sort ', "echo '{' > out/manifest.json; sort ");
    const { ran } = await step(ws, ['parse']);
    assert.equal(ran, ['parse']);
    assert.equal(stages(ws)['score'], score);
    ws.edit('pipeline.yaml', 'sort ', 'LC_ALL=C sort ');
    ws.write(path, '{');
    assert.is((await ws.evalmake(['adopt', 'parse', '--reason', 'the same order'])).code, 0);
    assert.equal([stages(ws)['parse']?.status, stages(ws)['score']], ['completed', score]);
  },
);

runScenarios();
