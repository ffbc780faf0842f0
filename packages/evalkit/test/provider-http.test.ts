// The HTTP client: what is repeated and how long after, what is never repeated, what is said of the key.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Failure } from 'evalkit/failure';
import { HttpClient, retryAfterOf } from 'evalkit/provider/http-client';
import { OverQuota, Refused, Unanswered, Unavailable } from 'evalkit/provider/http-trouble';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

type Script = (response: ServerResponse, call: number) => void;

interface Tried {
  readonly calls: number;
  readonly waits: readonly number[];
  readonly result: unknown;
}

/** Makes one call against a server that follows a script; waits pass at once and are written down. */
async function tried(script: Script, once = false, secret = ''): Promise<Tried> {
  let calls = 0;
  const server = createServer((_, response) => {
    calls += 1;
    script(response, calls);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const waits: number[] = [];
  const client = new HttpClient({
    baseUrl: `http://127.0.0.1:${port}`,
    headers: {},
    secret,
    secretName: 'SOME_KEY',
    firstWaitMs: 100,
    clock: {
      now: () => Date.parse('2026-01-01T00:00:00Z'),
      sleep: async (ms) => void waits.push(ms),
      random: () => 0.5,
    },
  });
  const result = await client.json({ method: 'POST', path: '/v1/things?x=1', json: {}, once }).then(
    (body) => body.whole(),
    (error: unknown) => error,
  );
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  return { calls, waits, result };
}

const answer =
  (status: number, body = '{}', headers: Record<string, string> = {}): Script =>
  (response) =>
    void response.writeHead(status, headers).end(body);

const after =
  (fails: number, script: Script): Script =>
  (response, call) =>
    call <= fails ? script(response, call) : answer(200, '{"ok":true}')(response, call);

test('what may pass is repeated, each wait drawn from twice the range of the one before', async () => {
  for (const status of [408, 429, 500, 503]) {
    const { calls, waits, result } = await tried(after(3, answer(status)));
    assert.equal([calls, waits, result], [4, [50, 100, 200], { ok: true }], `${status}`);
  }
  const dropped = await tried(after(1, (response) => void response.destroy()));
  assert.equal([dropped.calls, dropped.result], [2, { ok: true }]);
});

test('Retry-After is kept to, in seconds or as a date; a long one ends the call', async () => {
  const one = await tried(after(1, answer(429, '{}', { 'retry-after': '7' })));
  assert.equal(one.waits, [7050]);
  const date = { headers: new Headers({ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }) };
  assert.is(retryAfterOf(date, Date.parse('2026-01-01T00:00:00Z')), 9);
  const long = await tried(answer(429, '{}', { 'retry-after': '3600' }));
  assert.instance(long.result, Unavailable);
  assert.equal([long.calls, (long.result as Unavailable).retryAfterS], [1, 3600]);
});

test('a service that stays down is unavailable, one that refuses is believed at once', async () => {
  const down = await tried(answer(503));
  assert.instance(down.result, Unavailable);
  assert.is(down.calls, 6);
  const refused = await tried(answer(400, '{"error":{"message":"no such model"}}'));
  assert.instance(refused.result, Refused);
  assert.equal([refused.calls, (refused.result as Refused).message], [1, '400: no such model']);
});

test('a call that may buy is not repeated once it may have been taken', async () => {
  for (const script of [answer(500), answer(504), (response: ServerResponse) => void response.destroy()]) {
    const { calls, result } = await tried(after(1, script), true);
    assert.is(calls, 1);
    assert.instance(result, Unanswered);
  }
  const busy = await tried(after(2, answer(429)), true);
  assert.equal([busy.calls, busy.result], [3, { ok: true }]);
});

test('a quota is told apart from a busy minute', async () => {
  for (const body of [
    '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}',
    '{"code":8,"message":"job-submission-count limit reached"}',
    '{"error":{"message":"Enqueued token limit reached"}}',
  ]) {
    const { calls, result } = await tried(answer(429, body));
    assert.is(calls, 1);
    assert.instance(result, OverQuota);
  }
});

test('a refused key is fatal; its variable is named and its value is not', async () => {
  for (const status of [401, 403]) {
    const body = '{"error":{"message":"Incorrect API key provided: sk-secret"}}';
    const { calls, result } = await tried(answer(status, body), false, 'sk-secret');
    assert.is(calls, 1);
    assert.instance(result, Failure);
    assert.match((result as Failure).message, 'SOME_KEY');
    assert.not.match((result as Failure).message, 'sk-secret');
  }
});

test.run();
