// Tests of the layouts of data sets, with small files of our own, and of the sample that is drawn from them.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClosedJsonl, readOpenJsonl } from 'evalkit/datasets/evalkit-jsonl';
import { readNqOpen } from 'evalkit/datasets/nq-open';
import { clusterName, type Located, normaliseAnswers, normaliseText } from 'evalkit/datasets/question';
import { drawSample } from 'evalkit/datasets/sample';
import { readSquad2 } from 'evalkit/datasets/squad2';
import { readTriviaQa } from 'evalkit/datasets/triviaqa';
import { Problems } from 'evalkit/failure';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
let files = 0;

function file(content: unknown): string {
  files += 1;
  const path = join(folder, `f${files}`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

type Reader<Q> = (path: string, dataset: string, problems: Problems) => Iterable<Located<Q>>;

function read<Q>(reader: Reader<Q>, content: unknown): { questions: Q[]; problems: string[] } {
  const problems = new Problems();
  const questions = [...reader(file(content), 'demo', problems)].map(({ question }) => question);
  let told: string[] = [];
  try {
    problems.throwIfAny();
  } catch (error) {
    told = error instanceof Error ? error.message.replaceAll(/[^\n]*\/f\d+/g, 'FILE').split('\n') : [];
  }
  return { questions, problems: told };
}

function squad(qas: unknown[], context = 'The  mill at Corr\nwas built in 1702 by Ada Lund.'): unknown {
  return { version: 'v', data: [{ title: 'Corr Mill', paragraphs: [{ context, qas }] }] };
}

test('squad2: normalised questions, a cluster per passage, unanswerable ones without answers', () => {
  const { questions, problems } = read(
    readSquad2,
    squad([
      {
        id: 'q1',
        question: ' When was it  built? ',
        is_impossible: false,
        answers: [
          { text: '1702', answer_start: 31 },
          { text: '1702', answer_start: 31 },
        ],
      },
      {
        id: 'q2',
        question: 'Who burnt it?',
        is_impossible: true,
        answers: [],
        plausible_answers: [{ text: 'Ada Lund', answer_start: 39 }],
      },
    ]),
  );
  assert.equal(problems, []);
  assert.is(questions.length, 2);
  assert.equal(questions[0], {
    id: 'q1',
    dataset: 'demo',
    cluster: clusterName('Corr Mill', 'The mill at Corr was built in 1702 by Ada Lund.'),
    question: 'When was it built?',
    context: 'The mill at Corr was built in 1702 by Ada Lund.',
    answers: ['1702'],
    is_unanswerable: false,
  });
  assert.equal(questions[1]?.answers, []);
  assert.is(questions[0]?.cluster, questions[1]?.cluster);
  assert.match(questions[0]?.cluster ?? '', /^corr-mill-[0-9a-f]{8}$/);
});

test('squad2: every malformed question is told with its place, the others are read', () => {
  const { questions, problems } = read(
    readSquad2,
    squad([
      { id: 'a', question: 'When?', is_impossible: false, answers: [{ text: '1702', answer_start: 30 }] },
      { id: 'b', question: 'When?', is_impossible: false, answers: [] },
      { id: 'c', question: 'When?', is_impossible: true, answers: [{ text: '1702', answer_start: 31 }] },
      { question: 'No id?', is_impossible: true, answers: [] },
      { id: 'e', question: 'Who?', is_impossible: 'no', answers: [] },
      { id: 'f', question: 'Who?', is_impossible: false, answers: [{ text: 'Ada Lund', answer_start: 39 }] },
    ]),
  );
  assert.equal(
    questions.map((question) => question.id),
    ['f'],
  );
  const place = 'FILE: data[0]: paragraphs[0]: qas';
  assert.equal(problems, [
    `${place}[0]: answers[0]: answer_start: at 30 the passage reads " 170", not "1702"`,
    `${place}[1]: answers: expected at least one answer, since is_impossible is not true, found a list`,
    `${place}[2]: answers: expected an empty list, since is_impossible is true, found a list`,
    `${place}[3]: id: expected a non-empty text, found missing`,
    `${place}[4]: is_impossible: expected true or false, found the text "no"`,
  ]);
});

test('squad2: offsets in code points are accepted as well as in code units', () => {
  const context = '𝔸 mill stands at Corr.';
  const answer = (start: number): unknown =>
    squad([{ id: 'q', question: 'Where?', answers: [{ text: 'Corr', answer_start: start }] }], context);
  assert.is(read(readSquad2, answer(context.indexOf('Corr'))).questions.length, 1);
  assert.is(read(readSquad2, answer(context.indexOf('Corr') - 1)).questions.length, 1);
  assert.is(read(readSquad2, answer(3)).problems.length, 1);
});

test('squad2: a file of another layout is told', () => {
  assert.equal(read(readSquad2, { Data: [] }).problems, [
    'FILE: data: expected a list of objects, found missing',
  ]);
  assert.match(read(readSquad2, '{"data": [').problems[0] ?? '', /^FILE:1:11: not valid JSON/);
});

test('triviaqa: value and aliases, sorted, each once', () => {
  const { questions, problems } = read(readTriviaQa, {
    Data: [
      {
        QuestionId: 'tc_1',
        Question: 'Which  river?',
        Answer: { Value: 'Ister', Aliases: ['Danube', 'Ister '], NormalizedAliases: ['danube'] },
      },
      { QuestionId: 'tc_2', Question: 'Which?', Answer: { Aliases: ['x'] } },
    ],
  });
  assert.equal(questions, [
    {
      id: 'tc_1',
      dataset: 'demo',
      cluster: 'tc_1',
      question: 'Which river?',
      answers: ['Danube', 'Ister', 'danube'],
    },
  ]);
  assert.equal(problems, ['FILE: Data[1]: Answer: Value: expected a non-empty text, found missing']);
});

test('nq_open: ids are digests of the question, and a question that stands twice is one item', () => {
  const { questions, problems } = read(
    readNqOpen,
    '{"question":"who built the mill","answer":["Ada Lund"]}\n{"question":"who  built the mill","answer":["A. Lund"]}\n{"question":"when","answer":[]}\n',
  );
  assert.is(questions.length, 1);
  assert.match(questions[0]?.id ?? '', /^nq-[0-9a-f]{16}$/);
  assert.equal(questions[0]?.answers, ['A. Lund', 'Ada Lund']);
  assert.equal(problems, ['FILE:3: answer: expected at least one non-empty answer, found a list']);
});

test('evalkit: closed-book and open-book rows, with their own data set and cluster', () => {
  const closed = read(
    readClosedJsonl,
    '{"id":"c1","question":"Capital?","answers":["Oslo"],"dataset":"geo"}\n{"id":"c2","question":"?","answers":[" "]}\n',
  );
  assert.equal(closed.questions, [
    { id: 'c1', dataset: 'geo', cluster: 'c1', question: 'Capital?', answers: ['Oslo'] },
  ]);
  assert.equal(closed.problems, ['FILE:2: answers: expected at least one non-empty answer, found a list']);
  const open = read(
    readOpenJsonl,
    '{"id":"o1","question":"Who?","context":"It was Ada.","answers":["Ada"],"cluster":"p1"}\n{"id":"o2","question":"Why?","context":"It was Ada.","answers":[],"is_unanswerable":true}\n{"id":"o3"}\nnot json\n{"id":"o5"}\n',
  );
  assert.equal(
    open.questions.map(({ id, cluster, is_unanswerable }) => [id, cluster, is_unanswerable]),
    [
      ['o1', 'p1', false],
      ['o2', clusterName('', 'It was Ada.'), true],
    ],
  );
  assert.is(open.problems.length, 2);
  assert.match(open.problems[1] ?? '', /^FILE:4: not valid JSON/);
});

test('texts: one Unicode form, single spaces; answers sorted by code unit', () => {
  assert.is(normaliseText(' e\u0301\t\u00a0 x '), 'é x');
  assert.equal(normaliseAnswers(['b', 'a', 'B', 'a ', '']), ['B', 'a', 'b']);
});

function items(count: number): Located<{ id: string }>[] {
  return Array.from({ length: count }, (_, index) => ({
    question: { id: `q${index}` },
    where: `f:${index + 1}`,
  }));
}

function sample(from: Located<{ id: string }>[], seed: number, maxItems: number | null): string[] {
  return drawSample(from, { seed, maxItems }, new Problems()).map(({ id }) => id);
}

test('sample: independent of file order, a prefix of a larger one, changed by the seed', () => {
  const all = sample(items(50), 1, null);
  assert.is(all.length, 50);
  assert.equal(sample(items(50).reverse(), 1, null), all);
  assert.equal(sample(items(50), 1, 20), all.slice(0, 20));
  assert.not.equal(sample(items(50), 2, null), all);
  assert.not.equal(all, [...all].sort());
  const grown = sample(items(51), 1, null);
  assert.equal(
    grown.filter((id) => id !== 'q50'),
    all,
  );
});

test('sample: a duplicate id names both places', () => {
  const problems = new Problems();
  const twice = [...items(2), { question: { id: 'q1' }, where: 'g:9' }];
  assert.is(drawSample(twice, { seed: 1, maxItems: null }, problems).length, 2);
  assert.throws(() => problems.throwIfAny(), /^g:9: the id "q1" stands already at f:2; ids must be unique$/);
});

test.run();
