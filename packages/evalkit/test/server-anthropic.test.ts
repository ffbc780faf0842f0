// Tests of the server as Anthropic's message batches: requests inline, counts at the end, results as JSONL.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { anthropicRequests, at, rowsIn, type ServerCaller, withServer } from './server-caller.ts';

const BATCHES = '/v1/messages/batches';
const create = (server: ServerCaller, requests: object[]) => server.post(BATCHES, { requests });

test('counts stay 0 until the batch has ended, then results are there', () =>
  withServer({}, async (server) => {
    const { json } = await create(server, anthropicRequests(3));
    const id = json['id'];
    assert.match(String(id), /^msgbatch_/);
    const still = (await server.get(`${BATCHES}/${id}`)).json;
    assert.is(still['processing_status'], 'in_progress');
    assert.equal(still['request_counts'], {
      processing: 3,
      succeeded: 0,
      errored: 0,
      canceled: 0,
      expired: 0,
    });
    assert.is(still['results_url'], null);
    assert.is((await server.get(`${BATCHES}/${id}/results`)).status, 404);
    assert.equal(await server.anthropicEnd(id), ['ended']);
    const done = (await server.get(`${BATCHES}/${id}`)).json;
    assert.equal(done['request_counts'], {
      processing: 0,
      succeeded: 3,
      errored: 0,
      canceled: 0,
      expired: 0,
    });
    const results = await server.get(String(done['results_url']));
    const first = rowsIn(results.text).find((row) => String(row['custom_id']) === 'r0');
    assert.is(at(first, 'result', 'type'), 'succeeded');
    const message = at(first, 'result', 'message');
    assert.is(at(message, 'content', 0, 'text'), 'Ada Lund');
    assert.type(at(message, 'support'), 'number');
    assert.is(at(message, 'usage', 'output_tokens'), 2);
  }));

test('what is refused at once, in the shape of the API', () =>
  withServer({ maxRequests: 3 }, async (server) => {
    const refused = async (requests: object[]): Promise<unknown> => {
      const { status, json } = await create(server, requests);
      assert.is(json['type'], 'error');
      return [status, at(json, 'error', 'type')];
    };
    const [one] = anthropicRequests(1) as [object];
    assert.equal(await refused([{ ...one, custom_id: 'a|b' }]), [400, 'invalid_request_error']);
    assert.equal(await refused([{ ...one, custom_id: 'a'.repeat(65) }]), [400, 'invalid_request_error']);
    assert.equal(await refused([one, one]), [400, 'invalid_request_error']);
    assert.equal(await refused(anthropicRequests(4)), [400, 'invalid_request_error']);
    assert.equal(await refused([]), [400, 'invalid_request_error']);
    const bare = await fetch(`${server.url}${BATCHES}`, { headers: { 'x-api-key': 'k' } });
    assert.is(bare.status, 400);
    await bare.text();
    const keyless = await fetch(`${server.url}${BATCHES}`, {
      headers: { 'anthropic-version': '2023-06-01' },
    });
    assert.is(keyless.status, 401);
    assert.is(at(await keyless.json(), 'error', 'type'), 'authentication_error');
  }));

test('a bad row is errored, a cancelled batch keeps what it had done', () =>
  withServer({ steps: 1 }, async (server) => {
    const [one, two, three, four] = anthropicRequests(4) as [object, { params: object }, object, object];
    const bad = { ...two, params: { ...two.params, messages: [{ role: 'wizard', content: 'x' }] } };
    const { json } = await create(server, [one, bad, three, four]);
    const id = json['id'];
    await server.get(`${BATCHES}/${id}`);
    await server.get(`${BATCHES}/${id}`);
    assert.is((await server.post(`${BATCHES}/${id}/cancel`)).json['processing_status'], 'canceling');
    assert.equal(await server.anthropicEnd(id), ['ended']);
    const rows = rowsIn((await server.get(`${BATCHES}/${id}/results`)).text);
    assert.equal(
      rows.map((row) => [row['custom_id'], at(row, 'result', 'type')]),
      [
        ['r0', 'succeeded'],
        ['r1', 'errored'],
        ['r2', 'canceled'],
        ['r3', 'canceled'],
      ],
    );
    assert.is(at(rows[1], 'result', 'error', 'error', 'type'), 'invalid_request_error');
    assert.is(at((await server.get('/_billing')).json, 'rows'), 1);
  }));

test('batches are listed newest first, in pages of both directions', () =>
  withServer({}, async (server) => {
    const ids: unknown[] = [];
    for (let count = 0; count < 3; count += 1)
      ids.unshift((await create(server, anthropicRequests(1))).json['id']);
    const found = (json: unknown): unknown[] => (at(json, 'data') as { id: string }[]).map(({ id }) => id);
    const first = (await server.get(`${BATCHES}?limit=2`)).json;
    assert.equal([found(first), first['has_more']], [ids.slice(0, 2), true]);
    const after = (await server.get(`${BATCHES}?limit=2&after_id=${ids[1]}`)).json;
    assert.equal([found(after), after['has_more']], [ids.slice(2), false]);
    const before = (await server.get(`${BATCHES}?limit=1&before_id=${ids[2]}`)).json;
    assert.equal([found(before), before['has_more']], [[ids[1]], true]);
  }));

test('a single message is answered at once', () =>
  withServer({}, async (server) => {
    const [one] = anthropicRequests(1) as [{ params: object }];
    const { json } = await server.post('/v1/messages', one.params);
    assert.is(at(json, 'content', 0, 'text'), 'Ada Lund');
    const { status } = await server.post('/v1/messages', { ...one.params, max_tokens: undefined });
    assert.is(status, 400);
  }));

test.run();
