// Kept results: what failed its checks and is not made again without a word is judged again when its checks change.
import { writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertReason, idsWith, type PlanDocument, taskOf } from './workspace/documents.ts';
import { runScenarios, scenario } from './workspace/scenario.ts';
import { step } from './workspace/step.ts';
import type { Workspace } from './workspace/workspace.ts';

interface Maker {
  /** YAML of what makes it dear. */
  readonly more?: string;
  readonly checks: string;
  /** The script after the note. */
  readonly body?: string;
  readonly outputs?: string;
}

/** One target that writes the words of the file `$SIDE/text`. */
function writeMaker(ws: Workspace, { more = 'paid: { usd: 1 }', checks, ...rest }: Maker): void {
  const { outputs = 'out.txt', body = 'cat "$SIDE/text" > ${{ outputs }}' } = rest;
  ws.pipeline(`
    budget: { usd: 50 }
    config: config.yaml
    targets:
      make:
        run: |
          echo make >> "$RAN_LOG"
          : \${{ config.n }}
          echo "evalmake:cost usd=0.75 in=10 out=20"
          ${body}
        outputs: ${outputs}
        manifest: m.json
        ${more}
        checks: ${checks}
  `);
  if (!ws.exists('config.yaml')) setN(ws, 1);
}

const setN = (ws: Workspace, n: number): void => ws.write('config.yaml', `n: ${n}\n`);
const text = (ws: Workspace, words: string): void => writeFileSync(ws.beside('text'), words);

interface Made {
  /** The plan as the first event tells it. */
  readonly plan: PlanDocument;
  readonly ran: readonly string[];
  readonly said: string;
  /** Whether kept results passed, when they were judged again. */
  readonly passed: boolean | undefined;
}

/** Builds; gives what was planned, and what came of it. */
async function built(ws: Workspace, exit: number, ...args: string[]): Promise<Made> {
  ws.ran();
  const { code, events, stdout, stderr } = await ws.build(args);
  assert.is(code, exit, `${stdout}${stderr}`);
  const judged = events.find((e) => e.event === 'rechecked') as { passed?: boolean } | undefined;
  return {
    plan: events[0] as unknown as PlanDocument,
    ran: ws.ran(),
    said: `${stdout}${stderr}`,
    passed: judged?.passed,
  };
}

/** Builds; kept results were to be judged again, and nothing that made them ran. */
async function judgedAgain(ws: Workspace, exit: number, id = 'rows'): Promise<Made> {
  const made = await built(ws, exit);
  assert.is(taskOf(made.plan, 'make').verdict, 'recheck');
  assertReason(made.plan, 'make', 'check-changed', { subject: id });
  assert.not.ok(made.ran.includes('make'), 'its command does not run');
  assert.is(made.passed, exit === 0);
  return made;
}

/** Builds; a person is asked, and nothing runs. Gives where results are kept. */
async function asks(ws: Workspace, code = 'paid'): Promise<string> {
  const { plan, ran } = await built(ws, 5);
  assert.equal([idsWith(plan, 'ask'), ran], [['make'], []]);
  const { subject } = taskOf(plan, 'make').reasons.find((r) => r.code === code) ?? {};
  return /kept in (\S+)/.exec(String(subject))?.[1] ?? 'nowhere';
}

scenario(
  'A check of a paid target is corrected: what was bought is judged again, and published.',
  async (ws) => {
    text(ws, 'bad\n');
    writeMaker(ws, { checks: '{ rows: 2 }' });
    await built(ws, 1);
    const bill = ws.read('.evalmake/costs.jsonl');
    const kept = [...ws.tree().keys()].find((path) => path.endsWith('.kept')) as string;
    writeMaker(ws, { checks: '{ rows: 3 }' });
    const again = await judgedAgain(ws, 5);
    assert.match(again.said, /"verdict":"ask".*rows 1, expected 3/, 'the new result is told');
    assert.equal(again.ran, []);
    assert.is(ws.read(`${kept}/out.txt`), 'bad\n');
    assert.is(JSON.parse(ws.read('m.json')).stage_status.make.status, 'failed');
    writeMaker(ws, { checks: '{ rows: 1 }' });
    assert.match(
      (await ws.evalmake(['why', 'make'])).stdout,
      'judged again; nothing runs, nothing is bought',
    );
    const good = await step(ws);
    assert.is(taskOf(good.plan, 'make').verdict, 'recheck');
    assert.equal(good.ran, []);
    assert.is(ws.read('out.txt'), 'bad\n');
    assert.is(ws.read('.evalmake/costs.jsonl'), bill, 'nothing is billed');
    assert.match(ws.read('.evalmake/journal.jsonl'), /finished make .*"costUsd":0\.75/);
    assert.is(JSON.parse(ws.read('m.json')).stage_status.make.status, 'completed');
    ws.remove('out.txt');
    assert.equal((await judgedAgain(ws, 0)).ran, [], 'a lost output comes back');
    assert.is(ws.read('out.txt'), 'bad\n');
    await ws.evalmake(['gc']);
    assert.not.ok(ws.exists(kept), 'gc removes what is published');
  },
);

scenario('A file that a check names changes, and a check goes: judged again.', async (ws) => {
  text(ws, '{"id": 1}\n');
  ws.write('schema.json', '{"required": ["name"]}\n');
  writeMaker(ws, { checks: '{ json_schema: schema.json }', outputs: 'out.jsonl' });
  await built(ws, 1);
  ws.write('schema.json', '{"required": ["id"]}\n');
  await judgedAgain(ws, 0, 'json_schema');
  setN(ws, 2);
  writeMaker(ws, { checks: '{ rows: 2 }', outputs: 'out.jsonl' });
  await built(ws, 1);
  writeMaker(ws, { checks: '{}', outputs: 'out.jsonl' });
  assert.equal((await judgedAgain(ws, 0)).ran, []);
});

scenario('keep: a forced attempt that fails its check asks, and is judged again.', async (ws) => {
  const more = 'keep: true';
  text(ws, 'old\n');
  writeMaker(ws, { more, checks: '{ rows: 1 }' });
  await built(ws, 0);
  text(ws, 'new\nnew\n');
  setN(ws, 2);
  await built(ws, 1, '--force=make');
  assert.is(ws.read('out.txt'), 'old\n', 'the last good output stays');
  assert.is(ws.read(`${await asks(ws, 'keep')}/out.txt`), 'new\nnew\n');
  writeMaker(ws, { more, checks: '{ rows: 2 }' });
  await judgedAgain(ws, 0);
  assert.is(ws.read('out.txt'), 'new\nnew\n');
});

scenario('nondeterministic: retries are tried, then what they made is judged again.', async (ws) => {
  const more = 'nondeterministic: true\n        retries: 1';
  const body = 'echo $RANDOM $$ > ${{ outputs }}';
  writeMaker(ws, { more, body, checks: '{ rows: 2 }' });
  assert.equal((await built(ws, 1)).ran, ['make', 'make']);
  writeMaker(ws, { more, body, checks: '{ rows: 1 }' });
  await judgedAgain(ws, 0);
  const kept = [...ws.tree().keys()].filter((path) => /kept(-2)?\/out\.txt$/.test(path));
  assert.equal([kept.length, ws.read(kept[1] ?? '')], [2, ws.read('out.txt')], 'what was made last');
});

scenario(
  'A set and a folder at fixed places, under a command check: as their attempt would have been.',
  async (ws) => {
    const outputs = '{ set: set/*.txt, tree: tree/ }';
    const body = `mkdir -p set tree/in; for w in $(cat "$SIDE/text"); do echo $w > set/$w.txt; done; cp "$SIDE/text" tree/in/x`;
    const write = (word: string): void =>
      writeMaker(ws, { outputs, body, checks: `{ command: "grep -q ${word} tree/in/x" }` });
    text(ws, 'b c');
    write('a');
    await built(ws, 1);
    write('d');
    await judgedAgain(ws, 5, 'command');
    assert.equal([ws.exists('set/c.txt'), ws.exists('tree/in')], [false, false]);
    write('c');
    await judgedAgain(ws, 0, 'command');
    assert.equal([ws.read('set/c.txt'), ws.read('tree/in/x')], ['c\n', 'b c']);
  },
);

scenario(
  'Of several the newest is judged first; one that is damaged is neither published nor bought again.',
  async (ws) => {
    text(ws, 'one\n');
    writeMaker(ws, { checks: '{ rows: 9 }' });
    await built(ws, 1);
    text(ws, 'one\ntwo\n');
    await built(ws, 1, '--force=make');
    const [first, second] = [...ws.tree().keys()].filter((path) => /kept(-2)?$/.test(path));
    assert.is(ws.read(`${first}/out.txt`), 'one\n', 'the first one stays');
    ws.write(`${second}/out.txt`, 'one\n2wo\n');
    writeMaker(ws, { checks: '{ rows: 2 }' });
    assert.match((await judgedAgain(ws, 5)).said, `what was kept in ${second} is damaged`);
    writeMaker(ws, { checks: '{ rows: 1 }' });
    await judgedAgain(ws, 0);
    assert.is(ws.read('out.txt'), 'one\n');
  },
);

scenario(
  'Rows: what the answers make is judged again when a check changes, and asked about before.',
  async (ws) => {
    const write = (rows: number): void =>
      ws.pipeline(`
      budget: { usd: 50 }
      targets:
        make:
          run: echo make >> "$RAN_LOG"; sed 's/"q"/"a"/' \${{ rows.todo }} > \${{ rows.done }}
          inputs: in.jsonl
          outputs: out.jsonl
          rows: { id: id, by: [q] }
          manifest: m.json
          paid: { usd: 1 }
          checks: { rows: ${rows} }
    `);
    ws.write('in.jsonl', '{"id": "1", "q": "why"}\n');
    write(2);
    await built(ws, 1);
    await asks(ws);
    write(1);
    const { plan, ran } = await built(ws, 0);
    assert.is(taskOf(plan, 'make').verdict, 'recheck');
    assertReason(plan, 'make', 'check-changed', { subject: 'rows' });
    assert.equal(ran, []);
    assert.is(ws.read('out.jsonl'), '{"id": "1", "a": "why"}\n');
  },
);

runScenarios();
