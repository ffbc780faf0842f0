// Checks: what an output must be like before it counts as done.
import * as assert from 'uvu/assert';
import { assertReason, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

const rows = (...ids: number[]): string => ids.map((id) => `{"id":"q${id}","text":"t${id}"}\n`).join('');

/** One target that copies in.jsonl to out.jsonl, judged by `checks`; ids.jsonl names q1 and q2. */
function writeCopy(ws: Workspace, checks: string): void {
  ws.write('ids.jsonl', rows(1, 2));
  ws.pipeline(`
    targets:
      copy:
        run: |
          echo copy >> "$RAN_LOG"
          cat \${{ inputs.rows }} > \${{ outputs }}
        inputs: { rows: in.jsonl, ids: ids.jsonl }
        outputs: out.jsonl
        checks: ${checks}
  `);
}

scenario('A failing check keeps the last good output, and the next plan says why.', async (ws) => {
  ws.write('in.jsonl', rows(1, 2, 3));
  writeCopy(ws, '{ min_rows: 3 }');
  await step(ws);
  ws.write('in.jsonl', rows(1, 2));
  const failed = await step(ws, [], { exit: 1 });
  assert.match(failed.said, /min_rows/);
  assert.match(failed.said, /\b2\b/);
  assert.match(failed.said, /\b3\b/);
  assert.is(ws.read('out.jsonl'), rows(1, 2, 3));
  const plan = await ws.plan();
  assert.is(taskOf(plan, 'copy').verdict, 'run');
  const codes = taskOf(plan, 'copy').reasons.map((reason) => reason.code);
  assert.ok(codes.includes('previous-run-failed') || codes.includes('check-failed'), codes.join());
  ws.write('in.jsonl', rows(1, 2, 3, 4));
  assert.equal((await step(ws)).ran, ['copy']);
  await assertSettled(ws);
});

scenario(
  'A check that is tightened and still passes is judged from recorded facts: nothing runs.',
  async (ws) => {
    ws.write('in.jsonl', rows(1, 2, 3));
    writeCopy(ws, '{ min_rows: 1 }');
    await step(ws);
    writeCopy(ws, '{ min_rows: 3 }');
    await assertSettled(ws);
  },
);

scenario(
  'A check that is tightened beyond the facts makes the target stale; loosened again, it is fresh.',
  async (ws) => {
    ws.write('in.jsonl', rows(1, 2, 3));
    writeCopy(ws, '{ min_rows: 1 }');
    await step(ws);
    writeCopy(ws, '{ min_rows: 4 }');
    const plan = await ws.plan();
    assert.is(taskOf(plan, 'copy').verdict, 'run');
    assertReason(plan, 'copy', 'check-failed', { subject: 'min_rows' });
    writeCopy(ws, '{ min_rows: 2 }');
    await assertSettled(ws);
    writeCopy(ws, '{ min_rows: 4 }');
    const failed = await step(ws, [], { exit: 1 });
    assert.equal(failed.ran, ['copy']);
    assert.is(ws.read('out.jsonl'), rows(1, 2, 3));
  },
);

scenario(
  'A check that facts cannot answer is judged by reading the output, not by running the command.',
  async (ws) => {
    ws.write('in.jsonl', rows(1, 2, 3));
    ws.write('schema.json', '{"type":"object","required":["id"]}\n');
    writeCopy(ws, '{ min_rows: 1 }');
    await step(ws);
    writeCopy(ws, '{ min_rows: 1, json_schema: schema.json }');
    const { plan, ran } = await step(ws);
    assert.is(taskOf(plan, 'copy').verdict, 'recheck');
    assert.equal(ran, []);
    await assertSettled(ws);
    ws.write('schema.json', '{"type":"object","required":["id","text"]}\n');
    const edited = await step(ws);
    assert.is(taskOf(edited.plan, 'copy').verdict, 'recheck', 'the schema is part of the check');
    assert.equal(edited.ran, []);
    await assertSettled(ws);
  },
);

scenario('A rechecked output that fails makes the target stale.', async (ws) => {
  ws.write('in.jsonl', rows(1, 2, 3));
  ws.write('schema.json', '{"type":"object","required":["absent"]}\n');
  writeCopy(ws, '{ min_rows: 1 }');
  await step(ws);
  writeCopy(ws, '{ json_schema: schema.json }');
  const outcome = await ws.evalmake([]);
  assert.is(outcome.code, 1);
  assert.match(outcome.stderr, 'absent');
  assert.is(ws.read('out.jsonl'), rows(1, 2, 3));
  assert.is.not(taskOf(await ws.plan(), 'copy').verdict, 'fresh');
});

/** [what is declared, content that passes, content that fails, text the message must have] */
const kinds: readonly (readonly [string, string, string, string])[] = [
  ['{ non_empty: true }', rows(1), '', 'non_empty'],
  ['{ max_rows: 2 }', rows(1, 2), rows(1, 2, 3), 'max_rows'],
  ['{ rows: 2 }', rows(1, 2), rows(1), 'rows'],
  ['{ unique: id }', rows(1, 2), rows(1, 2, 1), 'q1'],
  ['{ covers: { id: id, of: inputs.ids } }', rows(1, 2, 9), rows(1, 9), 'q2'],
  ['{ rows: { equals_unique: id, of: inputs.ids } }', rows(1, 2), rows(1, 2, 3), '3'],
  ['{ json_schema: strict.json }', rows(1), '{"id":1}\n', 'id'],
  ['{ command: "grep -q q1 ${{ outputs }}" }', rows(1), rows(2), 'command'],
];

for (const [checks, good, bad, text] of kinds) {
  scenario(`The check ${checks} passes what is right and refuses what is wrong.`, async (ws) => {
    ws.write('strict.json', '{"type":"object","properties":{"id":{"type":"string"}}}\n');
    ws.write('in.jsonl', good);
    writeCopy(ws, checks);
    await step(ws);
    await assertSettled(ws);
    ws.write('in.jsonl', bad);
    const { said } = await step(ws, [], { exit: 1 });
    assert.match(said, text);
    assert.is(ws.read('out.jsonl'), good);
  });
}

/** The same for checks of JSON and CSV documents. */
const documents: readonly (readonly [string, string, string, string, string])[] = [
  ['out.json', '{ has_keys: [model, fit] }', '{"model":1,"fit":2}', '{"model":1}', 'fit'],
  ['out.json', '{ schema_version: ">=2" }', '{"schema_version":2}', '{"schema_version":1}', 'schema_version'],
  ['out.json', '{ non_empty: true }', '{"a":1}', '{not json', 'out.json'],
  ['out.csv', '{ columns: [id, score], rows: 2 }', 'id,score\na,"1,\n2"\nb,2\n', 'id\na\nb\n', 'score'],
  ['out.csv', '{ unique: id }', 'id,x\na,1\nb,1\n', 'id,x\na,1\na,2\n', 'a'],
];

for (const [file, checks, good, bad, text] of documents) {
  scenario(`The check ${checks} of ${file} refuses ${JSON.stringify(bad)}.`, async (ws) => {
    ws.write('in', good);
    ws.pipeline(`
      targets:
        make:
          run: |
            echo make >> "$RAN_LOG"
            cat \${{ inputs }} > \${{ outputs }}
          inputs: in
          outputs: ${file}
          checks: ${checks}
    `);
    await step(ws);
    ws.write('in', bad);
    const { said } = await step(ws, [], { exit: 1 });
    assert.match(said, text);
    assert.is(ws.read(file), good);
  });
}

scenario('Checks are given per output when there are several.', async (ws) => {
  ws.write('in.jsonl', rows(1));
  ws.pipeline(`
    targets:
      two:
        run: |
          echo two >> "$RAN_LOG"
          cat \${{ inputs }} > \${{ outputs.all }}
          head -n 1 \${{ inputs }} > \${{ outputs.first }}
        inputs: in.jsonl
        outputs: { all: all.jsonl, first: first.jsonl }
        checks:
          all: { min_rows: 1 }
          first: { max_rows: 1 }
  `);
  await step(ws);
  ws.edit('pipeline.yaml', 'min_rows: 1', 'min_rows: 2');
  const plan = await ws.plan();
  assertReason(plan, 'two', 'check-failed', { subject: 'all' });
});

runScenarios();
