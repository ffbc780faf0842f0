// Tests of the server as OpenAI's batch API: files, batches, what is refused, and the two result files.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at, chatBody, idsIn, openaiLines, rowsIn, withServer } from './server-caller.ts';

test('a batch goes through its states and its output holds every row', () =>
  withServer({}, async (server) => {
    const made = await server.openaiBatch(openaiLines(3), { metadata: { key: 'abc' } });
    assert.is(made.json['status'], 'validating');
    const id = made.json['id'];
    assert.equal(await server.openaiEnd(id), ['in_progress', 'finalizing', 'completed']);
    const { json } = await server.get(`/v1/batches/${id}`);
    assert.equal(json['request_counts'], { total: 3, completed: 3, failed: 0 });
    assert.equal(json['metadata'], { key: 'abc' });
    assert.is(json['error_file_id'], null);
    const file = json['output_file_id'];
    const output = await server.get(`/v1/files/${file}/content`);
    assert.is(at((await server.get(`/v1/files/${file}`)).json, 'bytes'), Buffer.byteLength(output.text));
    const [first] = rowsIn(output.text);
    assert.is(at(first, 'response', 'status_code'), 200);
    assert.is(at(first, 'error'), null);
    const body = at(first, 'response', 'body');
    assert.is(at(body, 'choices', 0, 'message', 'content'), 'Ada Lund');
    assert.type(at(body, 'choices', 0, 'message', 'support'), 'number');
    assert.equal(idsIn(output.text), ['r0', 'r1', 'r2']);
    assert.ok(Number(at(json, 'usage', 'total_tokens')) > 0);
  }));

test('extra steps are extra looks in progress, and with ready-at-once there is one look', async () => {
  await withServer({ steps: 2 }, async (server) => {
    const { json } = await server.openaiBatch(openaiLines(3));
    const states = await server.openaiEnd(json['id']);
    assert.equal(states, ['in_progress', 'in_progress', 'in_progress', 'finalizing', 'completed']);
  });
  await withServer({ readyAtOnce: true }, async (server) => {
    const { json } = await server.openaiBatch(openaiLines(3));
    assert.equal(await server.openaiEnd(json['id']), ['completed']);
  });
});

test('what validation finds makes the batch fail, with the lines', () =>
  withServer({ maxRequests: 3 }, async (server) => {
    const [one, two] = openaiLines(2) as [{ body: object }, { body: object }];
    const failing = async (lines: readonly object[]): Promise<unknown> => {
      const { json } = await server.openaiBatch(lines);
      assert.equal(await server.openaiEnd(json['id']), ['failed']);
      const errors = (await server.get(`/v1/batches/${json['id']}`)).json['errors'];
      return (at(errors, 'data') as { code: string; line: number | null }[]).map(({ code, line }) => [
        code,
        line,
      ]);
    };
    assert.equal(await failing([one, two, { ...two, custom_id: 'r0' }]), [['duplicate_custom_id', 3]]);
    assert.equal(await failing([one, { ...two, body: { ...two.body, model: 'other' } }]), [
      ['mismatched_model', 2],
    ]);
    assert.equal(await failing(openaiLines(4)), [['too_many_tasks', null]]);
    assert.equal(await failing([{ ...one, url: '/v1/other' }]), [['invalid_url', 1]]);
    assert.equal(await failing([]), [['empty_file', null]]);
  }));

test('what is refused at once', () =>
  withServer({ maxBytes: 2000 }, async (server) => {
    assert.is((await server.openaiBatch(openaiLines(20))).status, 413);
    const refused = async (more: object): Promise<unknown> => {
      const { status, json } = await server.openaiBatch(openaiLines(1), more);
      assert.type(at(json, 'error', 'message'), 'string');
      return status;
    };
    const pairs = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v']));
    assert.is(await refused({ metadata: pairs }), 400);
    assert.is(await refused({ metadata: { ['k'.repeat(65)]: 'v' } }), 400);
    assert.is(await refused({ metadata: { k: 'v'.repeat(513) } }), 400);
    assert.is(await refused({ endpoint: '/v1/embeddings' }), 400);
    assert.is(await refused({ input_file_id: 'file-none' }), 404);
    assert.is((await server.get('/v1/batches/batch_none')).status, 404);
  }));

test('a bad row is an error of its own, in the error file', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    const bad = { ...openaiLines(2)[1], body: chatBody(1, { messages: [{ role: 'wizard', content: 'x' }] }) };
    const { json } = await server.openaiBatch([...openaiLines(1), bad]);
    await server.openaiEnd(json['id']);
    const done = (await server.get(`/v1/batches/${json['id']}`)).json;
    assert.equal(done['request_counts'], { total: 2, completed: 1, failed: 1 });
    const [error] = rowsIn((await server.get(`/v1/files/${done['error_file_id']}/content`)).text);
    assert.is(at(error, 'custom_id'), 'r1');
    assert.is(at(error, 'response', 'status_code'), 400);
    assert.match(String(at(error, 'response', 'body', 'error', 'message')), 'wizard');
  }));

test('a cancelled batch keeps what it had done', () =>
  withServer({ steps: 1 }, async (server) => {
    const { json } = await server.openaiBatch(openaiLines(4));
    const id = json['id'];
    await server.get(`/v1/batches/${id}`);
    await server.get(`/v1/batches/${id}`);
    assert.is((await server.post(`/v1/batches/${id}/cancel`)).json['status'], 'cancelling');
    assert.equal(await server.openaiEnd(id), ['cancelled']);
    const done = (await server.get(`/v1/batches/${id}`)).json;
    const output = await server.get(`/v1/files/${done['output_file_id']}/content`);
    const rest = await server.get(`/v1/files/${done['error_file_id']}/content`);
    assert.equal(idsIn(output.text), ['r0', 'r1']);
    assert.equal(idsIn(rest.text), ['r2', 'r3']);
    assert.is((await server.post(`/v1/batches/${id}/cancel`)).status, 409);
  }));

test('batches are listed newest first, in pages', () =>
  withServer({}, async (server) => {
    const ids: unknown[] = [];
    for (let count = 0; count < 3; count += 1)
      ids.unshift((await server.openaiBatch(openaiLines(1))).json['id']);
    const first = (await server.get('/v1/batches?limit=2')).json;
    const found = (json: unknown): unknown[] => (at(json, 'data') as { id: string }[]).map(({ id }) => id);
    assert.equal([found(first), first['has_more']], [ids.slice(0, 2), true]);
    const second = (await server.get(`/v1/batches?limit=2&after=${first['last_id']}`)).json;
    assert.equal([found(second), second['has_more']], [ids.slice(2), false]);
    assert.is((await server.get('/v1/batches?limit=101')).status, 400);
  }));

test('files expire by the clock', async () => {
  let now = 1_700_000_000_000;
  await withServer({ clock: () => now }, async (server) => {
    const { json } = await server.openaiBatch(openaiLines(1));
    const file = `/v1/files/${json['input_file_id']}`;
    assert.is((await server.get(file)).json['created_at'], 1_700_000_000);
    now += 31 * 86_400_000;
    assert.is((await server.get(file)).status, 404);
  });
});

test.run();
