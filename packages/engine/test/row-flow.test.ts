// Rows from the question to the output: asked, answered, taken, merged, found again beside the output, against plain code.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { RowAnswers } from '@evalmake/engine/row-answers';
import { mergeRows } from '@evalmake/engine/row-merge';
import { SidecarKeys, sidecarPath } from '@evalmake/engine/row-sidecar-keys';
import { reusedKeys, rowState } from '@evalmake/engine/row-state';
import { RowStore } from '@evalmake/engine/row-store';
import { readRowTable } from '@evalmake/engine/row-table';
import { takeAnswers } from '@evalmake/engine/row-taking';
import { writeTodo } from '@evalmake/engine/row-todo';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keyOf } from './doubles/row-oracle.ts';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const seed = Number(process.env['EVALMAKE_FUZZ_SEED'] ?? 20_261_127);
const numRuns = Number(process.env['EVALMAKE_FUZZ_RUNS'] ?? 100);

const test = suite<{ folder: TemporaryFolder }>('row-flow');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

interface Question {
  readonly id: string;
  readonly q: string;
}

/** What a person types between two builds, and what the command does in the next one. */
interface Round {
  readonly questions: readonly Question[];
  readonly fingerprint: string;
  /** By the place in the todo: what the command does with a row. */
  readonly does: readonly ('answer' | 'fail' | 'nothing' | 'twice')[];
  readonly lose: 'nothing' | 'store' | 'sidecar' | 'both';
  readonly backwards: boolean;
}

const question = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  q: fc.constantFrom('1', '2', '3', '4', '5', '6'),
});
const round: fc.Arbitrary<Round> = fc.record({
  questions: fc
    .uniqueArray(question, { selector: ({ id }) => id, comparator: 'IsStrictlyEqual' })
    .map((list) => {
      const seen = new Set<string>();
      return list.filter(({ q }) => !seen.has(q) && seen.add(q));
    }),
  fingerprint: fc.constantFrom('f', 'g'),
  does: fc.array(
    fc.constantFrom(
      'answer' as const,
      'answer' as const,
      'fail' as const,
      'nothing' as const,
      'twice' as const,
    ),
  ),
  lose: fc.constantFrom(
    'nothing' as const,
    'nothing' as const,
    'store' as const,
    'sidecar' as const,
    'both' as const,
  ),
  backwards: fc.boolean(),
});

/** What plain code knows of the world. */
class Model {
  store = new Map<string, string>();
  failures = new Map<string, Set<number>>();
  output = new Map<string, { key: string; answer: string }>();
  hasSidecar = false;

  answerOf(key: string): string | undefined {
    return (
      this.store.get(key) ??
      (this.hasSidecar ? [...this.output.values()].find((o) => o.key === key)?.answer : undefined)
    );
  }
}

const maxAttempts = 2;
const csv = { format: 'csv' as const, line: (id: string, text: string) => `${id},"${text}\n""",` };
const json = {
  format: 'jsonl' as const,
  line: (id: string, text: string) => `{ "a": "${text}" , "id":"${id}"}`,
};

function play(
  folder: TemporaryFolder,
  rounds: readonly Round[],
  { format, line }: typeof csv | typeof json,
): void {
  const path = (name: string): string => folder.path(name);
  const output = path(`out.${format}`);
  const model = new Model();
  for (const [number, { questions, fingerprint, does, lose, backwards }] of rounds.entries()) {
    if (lose === 'store' || lose === 'both') {
      rmSync(path('rows'), { recursive: true, force: true });
      model.store.clear();
      model.failures.clear();
    }
    if (lose === 'sidecar' || lose === 'both') {
      rmSync(sidecarPath(output), { force: true });
      model.hasSidecar = false;
    }
    writeFileSync(path('in.jsonl'), questions.map((q) => `${JSON.stringify(q)}\n`).join(''));
    const table = readRowTable({
      files: [{ path: path('in.jsonl'), name: 'in.jsonl' }],
      spec: { format: 'jsonl', id: 'id', by: ['q'] },
      fingerprint,
    });
    assert.equal(table.problems, []);
    const store = new RowStore(path('rows/t.jsonl'));
    const answers = new RowAnswers(store, [{ output, name: 'out', format }]);
    const previous = new SidecarKeys(sidecarPath(output), 'out.keys.jsonl');
    const state = rowState({ table, answers, previous, maxAttempts });

    const wanted = {
      total: questions.length,
      reused: 0,
      new: 0,
      changed: 0,
      missing: 0,
      refused: 0,
      todo: 0,
    };
    const todo: Question[] = [];
    const kept: string[] = [];
    const keyed = questions.map((row) => ({ row, key: keyOf({ q: row.q }, ['q'], fingerprint) }));
    for (const { row, key } of keyed) {
      const before = model.hasSidecar ? model.output.get(row.id)?.key : undefined;
      if (model.answerOf(key) !== undefined) {
        wanted.reused += 1;
        kept.push(key);
      } else if ((model.failures.get(key)?.size ?? 0) >= maxAttempts) wanted.refused += 1;
      else {
        wanted[before === undefined ? 'new' : before === key ? 'missing' : 'changed'] += 1;
        wanted.todo += 1;
        todo.push(row);
      }
    }
    assert.equal(state.counts, wanted);
    assert.equal([...reusedKeys(table, state)], kept);
    writeTodo({ table, rows: state.todo }, path('todo.jsonl'));
    assert.is(folder.read('todo.jsonl'), todo.map((q) => `${JSON.stringify(q)}\n`).join(''));

    const lines: string[] = [];
    for (const [i, { id, q }] of todo.entries()) {
      const act = does[i] ?? 'answer';
      const key = keyOf({ q }, ['q'], fingerprint);
      const text = `${q} in ${number}`;
      if (act === 'fail') {
        lines.push(format === 'csv' ? `${id},,bad` : `{"id":"${id}","error":{"message":"bad"}}`);
        model.failures.set(key, (model.failures.get(key) ?? new Set()).add(number));
      } else if (act !== 'nothing') {
        lines.push(line(id, text));
        if (act === 'twice' && !backwards) lines.push(line(id, 'other'));
        model.store.set(key, text);
      }
    }
    if (backwards) lines.reverse();
    const header = format === 'csv' ? 'id,a,error\n' : '';
    writeFileSync(path('done'), `${header}${lines.map((l) => `${l}\n`).join('')}`);
    const take = {
      path: path('done'),
      name: 'done',
      format,
      error: 'error',
      table,
      rows: state.todo,
      store,
      at: 't',
    };
    const taken = takeAnswers({ ...take, attempt: String(number), ended: true });
    const acts = todo.map((_, i) => does[i] ?? 'answer');
    assert.is(taken.answers, acts.filter((a) => a === 'answer' || a === 'twice').length);
    assert.is(taken.failed.length, acts.filter((a) => a === 'fail').length);
    assert.is(taken.missing.count, acts.filter((a) => a === 'nothing').length);
    assert.is(taken.duplicate.count, backwards ? 0 : acts.filter((a) => a === 'twice').length);
    assert.is(taken.foreign.count + taken.bad.count, 0);
    takeAnswers({ ...take, attempt: String(number), ended: true });

    const without = new Set(keyed.flatMap(({ key }, i) => (model.answerOf(key) === undefined ? [i] : [])));
    const merged = mergeRows({
      table,
      answers,
      leaveOut: without,
      path: output,
      format,
      sidecar: sidecarPath(output),
    });
    assert.equal(merged.problems, []);
    const expected = keyed.flatMap(({ row, key }) => {
      const answer = model.answerOf(key);
      return answer === undefined ? [] : [{ id: row.id, key, answer }];
    });
    const text = expected.map(({ id, answer }) => `${line(id, answer)}\n`).join('');
    assert.is(readFileSync(output, 'utf8'), `${expected.length > 0 ? header : ''}${text}`);
    assert.is(merged.leftOut.length, without.size);
    model.output = new Map(expected.map(({ id, key, answer }) => [id, { key, answer }]));
    model.hasSidecar = true;
    assert.equal(answers.warnings, []);
    answers.close();
    store.close();
  }
}

for (const kind of [json, csv])
  test(`random rounds of asking give what plain code gives: ${kind.format}`, ({ folder }) => {
    const property = fc.property(fc.array(round, { minLength: 1, maxLength: 6 }), (rounds) => {
      folder.remove();
      folder.write({ 'x/': '' });
      play(folder, rounds, kind);
    });
    fc.assert(property, { seed, numRuns });
  });

test.run();
