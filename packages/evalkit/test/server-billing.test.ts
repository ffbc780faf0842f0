// Tests of the server's bills: what was processed is counted once per processing, by job, row and price.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { anthropicRequests, at, chatBody, openaiLines, withServer } from './server-caller.ts';

test('every row of a job is billed once, however often it is looked at', () =>
  withServer({ usdIn: 1, usdOut: 2 }, async (server) => {
    const { json } = await server.openaiBatch(openaiLines(3));
    const id = String(json['id']);
    assert.is(at((await server.get('/_billing')).json, 'rows'), 0);
    await Promise.all(Array.from({ length: 9 }, () => server.get(`/v1/batches/${id}`)));
    await server.openaiEnd(id);
    const bills = (await server.get('/_billing')).json;
    assert.equal(bills['byRow'], { r0: 1, r1: 1, r2: 1 });
    const usage = at((await server.get(`/v1/batches/${id}`)).json, 'usage');
    const usd = (Number(at(usage, 'input_tokens')) + 2 * Number(at(usage, 'output_tokens'))) / 1e6;
    assert.ok(Math.abs(Number(bills['usd']) - usd) < 1e-12);
    assert.is(at(bills, 'byJob', id, 'rows'), 3);
  }));

test('looks at the same time run a job once: a row that failed in it is not run by another look', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    await server.faults({ kind: 'row-errors', count: 1 });
    const id = String((await server.openaiBatch(openaiLines(120))).json['id']);
    await Promise.all(Array.from({ length: 3 }, () => server.get(`/v1/batches/${id}`)));
    const { json } = await server.get(`/v1/batches/${id}`);
    assert.equal(json['request_counts'], { total: 120, completed: 119, failed: 1 });
    assert.is(at((await server.get('/_billing')).json, 'rows'), 119);
  }));

test('the same rows in two jobs are billed twice, also when nobody looks at the jobs', () =>
  withServer({}, async (server) => {
    await server.openaiBatch(openaiLines(2));
    await server.openaiBatch(openaiLines(2));
    const before = (await server.get('/_billing')).json;
    assert.equal([before['rows'], before['creates'], before['unfinished']], [0, 2, 2]);
    const after = (await server.post('/_settle')).json;
    assert.equal([after['rows'], after['creates'], after['unfinished']], [4, 2, 0]);
    assert.equal(after['byRow'], { r0: 2, r1: 2 });
  }));

test('single requests are billed each time; failed rows are not billed', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    const headers = { 'x-client-request-id': 'row-1' };
    await server.send('POST', '/v1/chat/completions', chatBody(0), headers);
    await server.send('POST', '/v1/chat/completions', chatBody(0), headers);
    assert.equal(at((await server.get('/_billing')).json, 'byRow'), { 'row-1': 2 });
    await server.faults({ kind: 'row-errors', count: 1 });
    const { json } = await server.post('/v1/messages/batches', { requests: anthropicRequests(3) });
    await server.anthropicEnd(json['id']);
    assert.equal(at((await server.get('/_billing')).json, 'byRow'), { 'row-1': 2, r1: 1, r2: 1 });
  }));

test('billing.jsonl holds one line per row, with what the row was', async () => {
  const state = mkdtempSync(join(tmpdir(), 'server-'));
  await withServer({ state, clock: () => 1000, usdIn: 1 }, async (server) => {
    await server.send('POST', '/v1/chat/completions', chatBody(0), { 'x-client-request-id': 'a' });
    await server.send('POST', '/v1/chat/completions', chatBody(0), { 'x-client-request-id': 'b' });
  });
  const [a, b, ...rest] = readFileSync(join(state, 'billing.jsonl'), 'utf8').split('\n');
  rmSync(state, { recursive: true });
  assert.equal(rest, ['']);
  const { row, usd, in: tokens, ...known } = JSON.parse(a ?? '') as Record<string, unknown>;
  const model = 'embedded-reader-1';
  assert.equal(known, { at: 1000, protocol: 'chat', job: 'chat', custom_id: 'a', model, out: 2 });
  assert.is(usd, Number(tokens) / 1e6);
  assert.match(String(row), /^[0-9a-f]{64}$/);
  assert.is(at(JSON.parse(b ?? ''), 'row'), row, 'the same row');
});

test.run();
