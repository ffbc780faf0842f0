// Rows: only what was never answered is asked; answers are kept whatever happens, and merged in the order of the input.
// test-timeout: 240
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { questions, writeAsker, writeQuestions } from './workspace/asker.ts';
import { assertReason, idsWith, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { assertSettled, step as plainStep, type Step, type StepOptions } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

const step = (ws: Workspace, args: readonly string[] = [], options: StepOptions = {}): Promise<Step> =>
  plainStep(ws, args, { rows: ['ask'], ...options });

/** Ids that were asked since the last call, sorted. */
function asked(ws: Workspace): string[] {
  const path = ws.beside('asked');
  if (!existsSync(path)) return [];
  const ids = readFileSync(path, 'utf8').split('\n').slice(0, -1).sort();
  rmSync(path);
  return ids;
}

const ids = (ws: Workspace, name = 'out.jsonl'): string[] =>
  ws
    .read(name)
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { id: string }).id);

const trouble = (ws: Workspace, on: boolean): void => writeFileSync(ws.beside('trouble'), on ? 'yes' : '');

scenario(
  'A new, a changed and a moved row: one, one and none are asked, and the plan says so before.',
  async (ws) => {
    writeAsker(ws);
    writeQuestions(ws, 'in.jsonl', questions(1, 2, 3));
    const first = await step(ws);
    assert.equal(first.ran, ['ask', 'count']);
    assert.equal(asked(ws), ['q1', 'q2', 'q3']);
    await assertSettled(ws);

    writeQuestions(ws, 'in.jsonl', questions(1, 2, 3, 4));
    const second = await step(ws);
    assertReason(second.plan, 'ask', 'rows-stale', { subject: '1 new, 3 reused' });
    assert.equal(asked(ws), ['q4']);
    assert.equal(ids(ws), ['q1', 'q2', 'q3', 'q4']);

    const changed = questions(1, 2, 3, 4).map((r) => (r.id === 'q2' ? { ...r, q: 'why?' } : r));
    writeQuestions(ws, 'in.jsonl', changed);
    const third = await step(ws);
    assertReason(third.plan, 'ask', 'rows-stale', { subject: '1 changed, 3 reused' });
    assert.equal(asked(ws), ['q2']);
    assert.match(ws.read('out.jsonl'), 'be brief: why?');

    writeQuestions(ws, 'in.jsonl', questions(4, 2, 1));
    await step(ws);
    assert.equal(asked(ws), [], 'former answers come back with former questions');
    assert.equal(ids(ws), ['q4', 'q2', 'q1'], 'in the order of the input');
    assert.match(ws.read('out.jsonl'), 'be brief: what is 2?');
    await assertSettled(ws);
  },
);

scenario('Another prompt asks everything; the former one returns from the store.', async (ws) => {
  writeAsker(ws);
  writeQuestions(ws, 'in.jsonl', questions(1, 2));
  await step(ws);
  asked(ws);
  const before = ws.read('out.jsonl');
  ws.write('prompt.md', 'be long\n');
  const { plan } = await step(ws);
  assertReason(plan, 'ask', 'rows-stale', { subject: '2 changed' });
  assert.equal(asked(ws), ['q1', 'q2']);
  ws.write('prompt.md', 'be brief\n');
  await step(ws);
  assert.equal(asked(ws), []);
  assert.is(ws.read('out.jsonl'), before);
});

scenario('With .evalmake deleted and one question more, one row is asked.', async (ws) => {
  writeAsker(ws);
  writeQuestions(ws, 'in.jsonl', questions(1, 2, 3));
  await step(ws);
  asked(ws);
  ws.remove('.evalmake');
  const fresh = await step(ws);
  assert.equal(idsWith(fresh.plan, 'fresh').includes('ask'), true, 'the manifest proves it');
  writeQuestions(ws, 'in.jsonl', questions(1, 2, 3, 4));
  const { plan } = await step(ws);
  assertReason(plan, 'ask', 'rows-stale', { subject: '1 new, 3 reused' });
  assert.equal(asked(ws), ['q4']);
  ws.remove('.evalmake', 'm.json');
  writeQuestions(ws, 'in.jsonl', questions(1, 2, 3, 4, 5));
  await step(ws);
  assert.equal(asked(ws), ['q5'], 'without the manifest too');
});

for (const [how, damage] of [
  [
    'has a damaged line',
    (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace('"answer"', '"answeR"')),
  ],
  ['is deleted', (path: string) => rmSync(path)],
] as const)
  scenario(
    `The store of answers ${how}: the answers beside the output count, and one row is asked.`,
    async (ws) => {
      writeAsker(ws);
      writeQuestions(ws, 'in.jsonl', questions(1, 2));
      await step(ws);
      trouble(ws, true);
      writeQuestions(ws, 'in.jsonl', [...questions(1, 2), { id: 'bad', q: 'x', do: 'error' }]);
      await step(ws, [], { exit: 1 });
      assert.equal(asked(ws), ['bad', 'q1', 'q2'], 'what lay beside the output was brought into the store');
      damage(ws.path('.evalmake/rows/ask.jsonl'));
      trouble(ws, false);
      await step(ws);
      assert.equal(asked(ws), ['bad']);
      await assertSettled(ws);
    },
  );

scenario('With everything built deleted, a paid_store elsewhere buys nothing again.', async (ws) => {
  writeAsker(ws);
  const text = ws.read('pipeline.yaml');
  ws.write('pipeline.yaml', `${text}paid_store: ${ws.beside('bought')}\n`);
  writeQuestions(ws, 'in.jsonl', questions(1, 2));
  await step(ws);
  asked(ws);
  const copy = ws.copy((path) => !/^(\.evalmake|out\.jsonl.*|m\.json|count\.txt)/.test(path));
  try {
    const { plan } = await step(copy);
    assertReason(plan, 'ask', 'rows-stale', { subject: '2 reused' });
    assert.equal(asked(copy), []);
    assert.is(copy.read('out.jsonl'), ws.read('out.jsonl'));
  } finally {
    await copy.dispose();
  }
});

scenario('Errors are asked again, at most so often; what was answered is kept.', async (ws) => {
  writeAsker(ws, '', ', max_attempts: 2');
  trouble(ws, true);
  const rows = [...questions(1), { id: 'bad', q: 'x', do: 'error' }, ...questions(3)];
  writeQuestions(ws, 'in.jsonl', rows);
  const first = await step(ws, [], { exit: 1 });
  assert.match(first.said, /1 of 3 rows have no answer: bad \(refused: no\); 2 answers are kept/);
  assert.equal(asked(ws), ['bad', 'q1', 'q3']);
  assert.not(ws.exists('out.jsonl'));
  const second = await step(ws, [], { exit: 1 });
  assertReason(second.plan, 'ask', 'rows-stale', { subject: '1 new, 2 reused' });
  assert.equal(asked(ws), ['bad']);
  const third = await step(ws, [], { exit: 5 });
  assertReason(third.plan, 'ask', 'rows-refused');
  assert.equal(asked(ws), [], 'a refused row is not asked a third time');

  ws.edit('pipeline.yaml', 'max_attempts: 2', 'max_attempts: 2, allow_errors: 1');
  await step(ws);
  assert.equal(ids(ws), ['q1', 'q3'], 'so many may be let go');
  assert.match(ws.read('m.json'), '"bad"');
  await assertSettled(ws);

  trouble(ws, false);
  const again = await step(ws, ['--force=ask', '--force-rows']);
  assert.equal(again.ran, ['ask', 'count']);
  assert.equal(asked(ws), ['bad', 'q1', 'q3'], 'asked again, since a person said so');
  assert.equal(ids(ws), ['q1', 'bad', 'q3']);
});

scenario(
  'Foreign, duplicate and missing answers are named errors, and the good ones are kept.',
  async (ws) => {
    writeAsker(ws);
    trouble(ws, true);
    const troubles = ['foreign', 'twice', 'silent'].map((word) => ({ id: word, q: word, do: word }));
    writeQuestions(ws, 'in.jsonl', [...questions(1), ...troubles]);
    const { said } = await step(ws, [], { exit: 1 });
    assert.match(said, /1 foreign answers, to rows that were not asked: [^;]*nobody/);
    assert.match(said, /1 duplicate answers \(the first is kept\): [^;]*twice/);
    assert.match(said, /1 missing answers: silent/);
    asked(ws);
    trouble(ws, false);
    await step(ws);
    assert.equal(asked(ws), ['silent']);
    assert.match(ws.read('out.jsonl'), '"be brief: twice"');
  },
);

scenario('A command that dies midway: what it had answered is kept, a torn line is not.', async (ws) => {
  writeAsker(ws);
  trouble(ws, true);
  writeQuestions(ws, 'in.jsonl', [...questions(1, 2), { id: 'end', q: 'x', do: 'die' }, ...questions(4)]);
  await step(ws, [], { exit: 1 });
  assert.equal(asked(ws), ['end', 'q1', 'q2']);
  trouble(ws, false);
  await step(ws);
  assert.equal(asked(ws), ['end', 'q4']);
  assert.equal(ids(ws), ['q1', 'q2', 'end', 'q4']);
});

scenario('Duplicate ids and two rows with one key are refused before anything is asked.', async (ws) => {
  writeAsker(ws);
  writeQuestions(ws, 'in.jsonl', [
    ...questions(1, 2),
    { id: 'q1', q: 'other' },
    { id: 'q9', q: 'what is 2?' },
  ]);
  const { plan } = await step(ws, [], { exit: 1 });
  assert.is(taskOf(plan, 'ask').verdict, 'blocked');
  const subjects = taskOf(plan, 'ask').reasons.map((r) => String(r.subject));
  assert.ok(
    subjects.some((s) => s.includes('in.jsonl:1') && s.includes('in.jsonl:3')),
    subjects.join('\n'),
  );
  assert.ok(
    subjects.some((s) => s.includes('by')),
    subjects.join('\n'),
  );
  assert.equal(asked(ws), []);
});

scenario(
  'Tasks that share rows ask them once: a control in every trial, and shards cut otherwise.',
  async (ws) => {
    writeAsker(ws);
    writeQuestions(ws, 'in.jsonl', questions(1, 2, 3));
    ws.write('prompts/control.md', 'plain\n');
    for (const n of [1, 2, 3]) ws.write(`prompts/t${n}.md`, `treatment ${n}\n`);
    ws.pipeline(`
    targets:
      ask:
        each: { trial: [t1, t2, t3], arm: [control, treatment] }
        run: node ask.mjs \${{ rows.todo }} \${{ inputs.prompt }} \${{ rows.done }}
        inputs: { rows: in.jsonl, prompt: "runs/\${{ trial }}/\${{ arm }}.md" }
        outputs: runs/\${{ trial }}/\${{ arm }}.jsonl
        manifest: runs/\${{ trial }}/m.json
        rows: { from: rows, id: id, by: [q] }
  `);
    for (const n of [1, 2, 3]) {
      ws.write(`runs/t${n}/control.md`, 'plain\n');
      ws.write(`runs/t${n}/treatment.md`, `treatment ${n}\n`);
    }
    const { executions } = await step(ws, ['-j6']);
    const rows = asked(ws);
    assert.is(rows.length, 4 * 3, 'one control and three treatments');
    assert.is(executions.length, 4);
    for (const n of [1, 2, 3]) assert.equal(ids(ws, `runs/t${n}/control.jsonl`), ['q1', 'q2', 'q3']);
  },
);

scenario(
  'Paid: a comment in the script asks first; adopt lets the answers count, and a new row is asked alone.',
  async (ws) => {
    writeAsker(ws, 'paid: { usd_per_mtok: { in: 1, out: 2 }, tokens_per_row: [1000, 500] }');
    ws.write('pipeline.yaml', `${ws.read('pipeline.yaml')}budget: { usd: 1 }\n`);
    writeQuestions(ws, 'in.jsonl', questions(1, 2, 3));
    await step(ws);
    asked(ws);
    ws.write('ask.mjs', `// a comment\n${ws.read('ask.mjs')}`);
    const { plan } = await step(ws, [], { exit: 5 });
    assertReason(plan, 'ask', 'paid', {
      subject: 'only its script changed, and all its answers would be bought again',
    });
    assert.equal(asked(ws), []);
    const adopted = await ws.evalmake(['adopt', 'ask', '--reason', 'only a comment']);
    assert.is(adopted.code, 0, `${adopted.stdout}${adopted.stderr}`);
    assert.match(
      `${adopted.stdout}${adopted.stderr}`,
      /3 answers count for today's rows; nothing is left to ask/,
    );
    await step(ws);
    assert.equal(asked(ws), []);
    await assertSettled(ws);
    writeQuestions(ws, 'in.jsonl', questions(1, 2, 3, 4));
    await step(ws);
    assert.equal(asked(ws), ['q4']);
    ws.remove('.evalmake');
    writeQuestions(ws, 'in.jsonl', questions(1, 2, 3, 4, 5));
    await step(ws);
    assert.equal(asked(ws), ['q5'], 'the keys beside the output are those of today');
  },
);

scenario('A CSV of questions and answers, with quotes and line breaks in its fields.', async (ws) => {
  ws.write('prompt.md', 'p\n');
  ws.write(
    'ask.py',
    `import csv, os, sys
with open(sys.argv[1], newline='') as f: rows = list(csv.DictReader(f))
with open(os.environ['SIDE'] + '/asked', 'a') as f: f.writelines(r['id'] + '\\n' for r in rows)
with open(sys.argv[2], 'w', newline='') as f:
    out = csv.writer(f)
    out.writerow(['id', 'answer', 'error'])
    for r in rows: out.writerow([r['id'], 'to ' + r['q'], ''])
`,
  );
  ws.pipeline(`
    targets:
      ask:
        run: python3 ask.py \${{ rows.todo }} \${{ rows.done }}
        inputs: { rows: in.csv }
        outputs: out.csv
        rows: { from: rows, id: id, by: [q] }
  `);
  ws.write('in.csv', 'id,q\nq1,"a ""quoted"", text"\nq2,"two\nlines"\n');
  await step(ws);
  assert.equal(asked(ws), ['q1', 'q2']);
  ws.write('in.csv', 'id,q\nq3,new\nq2,"two\nlines"\nq1,"a ""quoted"", text"\n');
  await step(ws);
  assert.equal(asked(ws), ['q3']);
  const lines = ws.read('out.csv').replaceAll('\r', '');
  assert.is(lines, 'id,answer,error\nq3,to new,\nq2,"to two\nlines",\nq1,"to a ""quoted"", text",\n');
  await assertSettled(ws);
});

runScenarios();
