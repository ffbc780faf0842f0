// `evalmake repair`: the state of every manifest, what proves its stages, and what is made anew.
import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { idsWith } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { step } from './workspace/step.ts';
import { compareTrees } from './workspace/tree.ts';
import type { Workspace } from './workspace/workspace.ts';

interface Repaired {
  readonly path: string;
  readonly state: string;
  readonly action: string;
  readonly why?: string;
  readonly kept?: string;
  readonly tasks: readonly { readonly id: string; readonly by: string; readonly message?: string }[];
}

const [made, scores] = ['data/made.json', 'out/scores.json'];

/** A target with checks, one with instances behind it, and one that keeps no manifest. */
function writeProject(ws: Workspace): void {
  ws.write('in.txt', '{"id": 1}\n{"id": 2}\n');
  ws.pipeline(`
    targets:
      make:
        run: |
          echo make >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs }}
        inputs: in.txt
        outputs: { rows: data/rows.jsonl }
        manifest: ${made}
        checks: { min_rows: 2, unique: id, command: 'echo "+checked" >> "$RAN_LOG"; test -s \${{ outputs }}' }
      score:
        each: { n: [a, b] }
        run: |
          echo score@\${{ n }} >> "$RAN_LOG"
          wc -l < \${{ inputs }} > \${{ outputs }}
        inputs: { from: make }
        outputs: out/\${{ n }}.txt
        manifest: ${scores}
      loose:
        run: |
          echo loose >> "$RAN_LOG"
          cp \${{ inputs }} \${{ outputs }}
        inputs: in.txt
        outputs: loose.txt
  `);
}

/** Repairs, asserts the exit code, and gives the document. */
async function repair(ws: Workspace, args: readonly string[] = [], exit = 0): Promise<readonly Repaired[]> {
  const { code, stdout, stderr } = await ws.evalmake(['repair', '--json', ...args]);
  assert.is(code, exit, stdout + stderr);
  const document = JSON.parse(stdout);
  assert.equal([document.format, document.version], ['evalmake.repair', 1]);
  return document.manifests;
}

const brief = (found: readonly Repaired[]): string[] => found.map((m) => `${m.path} ${m.state} ${m.action}`);
const proofs = (found: readonly Repaired[]): string[] =>
  found.flatMap((m) => m.tasks.map((t) => `${t.id} ${t.by}`));
const stagesOf = (ws: Workspace, path: string) => JSON.parse(ws.read(path)).stage_status;

scenario('Where nothing is to be repaired it says so and changes no byte.', async (ws) => {
  writeProject(ws);
  await step(ws);
  const before = ws.tree();
  assert.equal(brief(await repair(ws)), [`${made} good none`, `${scores} good none`]);
  const { stdout, code } = await ws.evalmake(['repair']);
  assert.match(stdout, /^data\/made\.json: good\n {4}make: proven by the journal\n/);
  assert.match(stdout, /score \(2 tasks\): proven by the journal/);
  assert.match(stdout, /nothing to repair \(2 manifests\)\n$/);
  assert.is(code, 0);
  assert.equal(compareTrees(before, ws.tree()), []);
  ws.remove('.evalmake');
  const found = await repair(ws);
  assert.equal(proofs(found), ['make manifest', 'score@a manifest', 'score@b manifest']);
});

scenario(
  'A pipeline of which nothing was built has nothing to repair, and gets no manifests.',
  async (ws) => {
    writeProject(ws);
    const before = ws.tree();
    assert.equal(brief(await repair(ws, ['-n'])), [`${made} unbuilt none`, `${scores} unbuilt none`]);
    assert.equal(compareTrees(before, ws.tree()), []);
    await repair(ws);
    assert.not.ok(ws.exists(made));
  },
);

scenario(
  'Missing and damaged manifests are made anew from the journal; a dry run only says so.',
  async (ws) => {
    writeProject(ws);
    await step(ws);
    const before = [made, scores].map((path) => stagesOf(ws, path));
    ws.remove(made);
    ws.write(scores, '<<<<<<< HEAD\n');
    const tree = ws.tree();
    const dry = await repair(ws, ['-n']);
    assert.equal(compareTrees(tree, ws.tree()), [], 'a dry run changes nothing');
    assert.equal(brief(dry), [`${made} missing due`, `${scores} damaged due`]);
    const found = await repair(ws);
    assert.equal(brief(found), [`${made} missing written`, `${scores} damaged written`]);
    assert.equal(proofs(found), ['make journal', 'score@a journal', 'score@b journal']);
    assert.match(found[1]?.why ?? '', /git conflict markers \(line 1\)/);
    assert.is(ws.read(found[1]?.kept ?? ''), '<<<<<<< HEAD\n');
    assert.equal(
      [made, scores].map((path) => stagesOf(ws, path)),
      before,
    );
    assert.equal(brief(await repair(ws)), [`${made} good none`, `${scores} good none`]);
    ws.remove('.evalmake');
    assert.equal(idsWith(await ws.plan(), 'fresh'), ['make', 'score@a', 'score@b']);
  },
);

scenario(
  'Without any record outputs that pass their checks are listed as evidence, and stay stale.',
  async (ws) => {
    writeProject(ws);
    await step(ws);
    const digest = stagesOf(ws, made).make.artifacts.rows.sha256;
    ws.remove('.evalmake', made, scores, 'out/b.txt');
    ws.ran();
    ws.notes();
    const dry = await repair(ws, ['-n']);
    ws.ran();
    assert.equal(ws.notes(), [], 'a dry run starts no command, not even of a check');
    assert.equal(proofs(dry), ['make artifacts', 'score@a artifacts', 'score@b nothing']);
    const found = await repair(ws);
    assert.equal(ws.ran(), [], 'no target runs');
    assert.equal(ws.notes(), ['checked']);
    assert.equal(proofs(found), ['make artifacts', 'score@a artifacts', 'score@b nothing']);
    const { status, artifacts, message, fingerprint } = stagesOf(ws, made).make;
    assert.equal([status, fingerprint], ['pending', undefined]);
    assert.equal(
      [artifacts.rows.path, artifacts.rows.sha256, artifacts.rows.rows],
      ['rows.jsonl', digest, 2],
    );
    assert.match(message, /evalmake adopt make --reason/);
    const { tasks } = stagesOf(ws, scores).score;
    assert.equal([tasks['score@a'].status, tasks['score@b'].status], ['pending', 'pending']);
    assert.is(tasks['score@b'].artifacts, undefined);
    assert.equal(idsWith(await ws.plan(), 'fresh'), []);
    const tree = ws.tree();
    assert.equal(brief(await repair(ws)), [`${made} good none`, `${scores} good none`]);
    assert.equal(compareTrees(tree, ws.tree()), [], 'what was said once is not said again');
    ws.remove('out/a.txt');
    await repair(ws);
    assert.is(
      stagesOf(ws, scores).score.tasks['score@a'].artifacts,
      undefined,
      'and not longer than it lies there',
    );
  },
);

scenario(
  'What fails a check is no evidence; a changed output is told of and left to the build.',
  async (ws) => {
    writeProject(ws);
    await step(ws);
    ws.write('data/rows.jsonl', '{"id": 1}\n{"id": 1}\n');
    const [changed] = await repair(ws);
    assert.equal(
      changed?.tasks.map((t) => t.by),
      ['differs'],
    );
    assert.match(changed?.tasks[0]?.message ?? '', /data\/rows\.jsonl/);
    ws.remove('.evalmake', made);
    const [failing] = await repair(ws, ['make']);
    assert.equal(
      failing?.tasks.map((t) => t.by),
      ['nothing'],
    );
    assert.match(failing?.tasks[0]?.message ?? '', /fails a check: unique/);
  },
);

scenario(
  'Only the manifests of the named targets are touched; one without a manifest is named.',
  async (ws) => {
    writeProject(ws);
    await step(ws);
    ws.remove(made, scores);
    assert.equal(brief(await repair(ws, ['score@a'])), [`${scores} missing written`]);
    assert.not.ok(ws.exists(made));
    const { stdout, stderr, code } = await ws.evalmake(['repair', 'loose']);
    assert.equal([code, stdout], [0, 'nothing to repair (0 manifests)\n']);
    assert.match(stderr, /"loose" keeps no manifest/);
    assert.is((await ws.evalmake(['repair', 'lose'])).code, 2);
    assert.equal(brief(await repair(ws, ['rows.jsonl', '-C', 'data'])), [`${made} missing written`]);
  },
);

scenario(
  'A newer version and a place that cannot be written are named and exit 4; the rest is repaired.',
  async (ws) => {
    writeProject(ws);
    await step(ws);
    const newer = ws.read(made).replace('"schema_version": 2', '"schema_version": 7');
    ws.write(made, newer);
    ws.remove(scores);
    assert.equal(brief(await repair(ws, [], 4)), [`${made} newer impossible`, `${scores} missing written`]);
    assert.is(ws.read(made), newer);
    ws.remove(scores);
    ws.write(`${scores}/in-the-way`, '');
    const { code, stdout } = await ws.evalmake(['repair', 'score']);
    assert.is(code, 4);
    assert.match(stdout, /scores\.json: damaged: .*\n {4}not repaired: it could not be written\n/);
  },
);

scenario('Version 1 is upgraded with a backup and keeps its stages.', async (ws) => {
  writeProject(ws);
  ws.write('data/rows.jsonl', ws.read('in.txt'));
  const old = JSON.stringify({
    created_at: '2025',
    datasets: { rows: { path: 'data/rows.jsonl', items: 2 } },
  });
  ws.write(made, old);
  const [found] = await repair(ws, ['make']);
  assert.equal([found?.state, found?.action, found?.tasks[0]?.by], ['version-1', 'written', 'artifacts']);
  assert.match(found?.kept ?? '', /^data\/made\.backup\..*\.json$/);
  assert.is(ws.read(found?.kept ?? ''), old);
  const { status, artifacts } = stagesOf(ws, made).make;
  assert.equal([status, artifacts], ['completed', { rows: { path: 'rows.jsonl', rows: 2 } }]);
  assert.equal(brief(await repair(ws, ['make'])), [`${made} good none`]);
  assert.equal(idsWith(await ws.plan(), 'fresh'), []);
});

scenario(
  'A repair waits for nobody: while a build runs it exits 6, and a dry run works all the same.',
  async (ws) => {
    writeProject(ws);
    ws.edit('pipeline.yaml', 'echo loose >> "$RAN_LOG"', 'node "$GATE_CLIENT" loose $$');
    await ws.gate();
    const building = ws.start(['-j4']);
    const visit = await ws.arrival(building, 'loose');
    assert.is((await ws.evalmake(['repair'])).code, 6);
    assert.is((await ws.evalmake(['repair', '-n'])).code, 0);
    visit.pass();
    assert.is((await building.done).code, 0);
    assert.equal(readdirSync(ws.path('out')).sort(), ['a.txt', 'b.txt', 'scores.json']);
  },
);

runScenarios();
