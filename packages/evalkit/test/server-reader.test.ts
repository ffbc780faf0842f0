// Tests of what the server answers: as the reader itself does, in every protocol, with models of differing quality, and as a judge.
import { renderMessage } from 'evalkit/message';
import { Reader } from 'evalkit/reader/reader';
import { judge, readComparison } from 'evalkit/server/judge-reader';
import { countTokens } from 'evalkit/tokens';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at, idsIn, jsonl, READER, rowsIn, type ServerCaller, withServer } from './server-caller.ts';

const PASSAGE =
  'Asp Bridge was opened on 4 May 1868. It was designed by Bo Berg and has seven arches. A flood broke the parapet in 1953.';
const SYSTEM = 'Do not guess. Reply "I don\'t know." when in doubt.';
const TURNS = ['Who designed Asp Bridge?', 'How many arches has it?', 'Who owns the bridge?'].flatMap(
  (question) => [renderMessage({ question, context: PASSAGE }), renderMessage({ question, context: null })],
);
const KNOWLEDGE = ['Asp Bridge was designed by Bo Berg.'];

interface Answer {
  readonly text: unknown;
  readonly support: unknown;
}

const body = (turn: string) => ({
  model: 'embedded-reader-1',
  messages: [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: turn },
  ],
  temperature: 0.7,
  max_tokens: 32,
});

const choiceOf = (completion: unknown): Answer => ({
  text: at(completion, 'choices', 0, 'message', 'content'),
  support: at(completion, 'choices', 0, 'message', 'support'),
});

const wires: Readonly<Record<string, (server: ServerCaller) => Promise<Answer[]>>> = {
  chat: async (server) => {
    const answers: Answer[] = [];
    for (const [index, turn] of TURNS.entries()) {
      const headers = { 'x-client-request-id': `r${index}` };
      const { json } = await server.send('POST', '/v1/chat/completions', body(turn), headers);
      assert.is(at(json, 'usage', 'prompt_tokens'), countTokens(SYSTEM) + countTokens(turn));
      answers.push(choiceOf(json));
    }
    return answers;
  },
  openai: async (server) => {
    const lines = TURNS.map((turn, index) => ({
      custom_id: `r${index}`,
      method: 'POST',
      url: '/v1/chat/completions',
      body: body(turn),
    }));
    const { json } = await server.openaiBatch(lines);
    await server.openaiEnd(json['id']);
    const file = (await server.get(`/v1/batches/${json['id']}`)).json['output_file_id'];
    const rows = rowsIn((await server.get(`/v1/files/${file}/content`)).text);
    return rows.map((row) => choiceOf(at(row, 'response', 'body')));
  },
  fireworks: async (server) => {
    await server.dataset(
      'in',
      jsonl(TURNS.map((turn, index) => ({ custom_id: `r${index}`, body: body(turn) }))),
    );
    await server.fireworksJob('job', 'in');
    await server.fireworksEnd('job');
    const { text } = await server.fireworksOutput('job-out');
    const rows = new Map(rowsIn(text).map((row, index) => [idsIn(text)[index], row]));
    return TURNS.map((_, index) => choiceOf(at(rows.get(`r${index}`), 'response')));
  },
  anthropic: async (server) => {
    const requests = TURNS.map((turn, index) => {
      const { messages, ...rest } = body(turn);
      return { custom_id: `r${index}`, params: { ...rest, system: SYSTEM, messages: messages.slice(1) } };
    });
    const { json } = await server.post('/v1/messages/batches', { requests });
    await server.anthropicEnd(json['id']);
    const rows = rowsIn((await server.get(`/v1/messages/batches/${json['id']}/results`)).text);
    return rows.map((row) => {
      const message = at(row, 'result', 'message');
      return { text: at(message, 'content', 0, 'text'), support: at(message, 'support') };
    });
  },
};

test('all protocols give the answers of the reader, seeded by the id on the wire', async () => {
  const reader = new Reader(READER, SYSTEM, KNOWLEDGE);
  const questions = TURNS.map((turn) => turn.slice(turn.lastIndexOf('\n') + 1));
  const expected = questions.map((question, index): Answer => {
    const context = index % 2 === 0 ? PASSAGE : null;
    const { text, support } = reader.answer({ question, context, temperature: 0.7, noiseKey: `r${index}` });
    return { text, support: Number(support.toFixed(4)) };
  });
  assert.is(expected[0]?.text, 'Bo Berg');
  for (const [name, answers] of Object.entries(wires)) {
    await withServer({ knowledge: KNOWLEDGE, readyAtOnce: true }, async (server) => {
      assert.equal(await answers(server), expected, name);
    });
  }
});

test('without a request id the noise follows from the body; n answers are drawn when asked for', () =>
  withServer({}, async (server) => {
    const { json } = await server.post('/v1/chat/completions', { ...body(TURNS[0] ?? ''), n: 3 });
    assert.is((at(json, 'choices') as unknown[]).length, 3);
    const again = await server.post('/v1/chat/completions', { ...body(TURNS[0] ?? ''), n: 3 });
    assert.equal(again.json['choices'], json['choices']);
    const parts = { ...body(''), messages: [{ role: 'user', content: [{ type: 'text', text: TURNS[0] }] }] };
    assert.is(choiceOf((await server.post('/v1/chat/completions', parts)).json).text, 'Bo Berg');
    assert.is((await server.post('/v1/chat/completions', { ...body('x'), stream: true })).status, 400);
  }));

const comparison = (a: string, b: string, more = ''): string =>
  `Which answer is better?\n\nQUESTION: Who designed Asp Bridge?\n${more}\nANSWER A: ${a}\nANSWER B: ${b}\n\nReply A, B or TIE.`;

test('a comparison is found in a turn, with and without passage and reference', () => {
  assert.equal(readComparison(comparison('one', 'two')), {
    question: 'Who designed Asp Bridge?',
    context: null,
    reference: null,
    a: 'one',
    b: 'two',
  });
  const read = readComparison(comparison('a\n\nlong one', '', 'CONTEXT:\nP1\n\nP2\nREFERENCE: R'));
  assert.equal([read?.context, read?.reference, read?.a, read?.b], ['P1\n\nP2', 'R', 'a\n\nlong one', '']);
  assert.is(readComparison('QUESTION: x\nANSWER A: y'), null);
});

test('a judge prefers what the reference or the passage bears out, also when the answers change places', () =>
  withServer({}, async (server) => {
    const verdict = async (turn: string): Promise<unknown> =>
      choiceOf((await server.post('/v1/chat/completions', { ...body(turn), temperature: 0 })).json).text;
    const context = `CONTEXT:\n${PASSAGE}`;
    assert.is(await verdict(comparison('Bo Berg', 'Cy Dahl', 'REFERENCE: Bo Berg')), 'A');
    assert.is(await verdict(comparison('Cy Dahl', 'Bo Berg', 'REFERENCE: Bo Berg')), 'B');
    assert.is(await verdict(comparison('Bo Berg', 'Cy Dahl', context)), 'A');
    assert.is(await verdict(comparison('a tall man', 'Bo Berg', context)), 'B');
    assert.is(await verdict(comparison('Bo Berg', 'bo berg.', context)), 'TIE');
  }));

test('models of the family differ: a later one judges less well and leans to the first answer', () => {
  const read = readComparison(comparison('Berg', 'Bo Berg', 'REFERENCE: Bo Berg'));
  assert.ok(read);
  const right = (model: string): number =>
    Array.from({ length: 200 }, (_, index) =>
      judge(read, { model, temperature: 0, seed: 1, noiseKey: `r${index}` }),
    ).filter(({ preference }) => preference === 'B').length;
  const counts = [1, 2, 3, 4].map((rank) => right(`embedded-reader-${rank}`));
  const [first = 0, second = 0, third = 0, fourth = 0] = counts;
  assert.ok(first > second && second > third && third > fourth, `${counts}`);
  assert.ok(
    Math.abs(right('another-model') - first) < 20,
    'a name outside the family judges as the first does',
  );
});

test.run();
