// Tests of each fault of the server: that it strikes where it is told to, as often as it is told to, and is then gone.
import { readFileSync } from 'node:fs';
import { FAULTS } from 'evalkit/server/fault';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  anthropicRequests,
  at,
  chatBody,
  fireworksText,
  idsIn,
  openaiLines,
  rowsIn,
  type Said,
  type ServerCaller,
  withServer,
} from './server-caller.ts';

const CREATE = { route: 'openai.batches.create' };

/** Whether a request is cut off without an answer. */
async function dropped(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return false;
  } catch (error) {
    assert.match(String(error), /fetch failed|terminated/);
    return true;
  }
}

/** A finished OpenAI batch of four rows, and how to download its output. */
async function finished(server: ServerCaller): Promise<{ batch: unknown; output: () => Promise<Said> }> {
  const { json } = await server.openaiBatch(openaiLines(4));
  await server.openaiEnd(json['id']);
  const batch = (await server.get(`/v1/batches/${json['id']}`)).json;
  return { batch, output: () => server.get(`/v1/files/${batch['output_file_id']}/content`) };
}

const creates = async (server: ServerCaller): Promise<unknown> =>
  at((await server.get('/_billing')).json, 'creates');

test('faults before the request is heard: an answer, nothing done', () =>
  withServer({}, async (server) => {
    const cases: [object, number][] = [
      [{ kind: 'rate-limit', retry_after_s: 7 }, 429],
      [{ kind: 'server-error' }, 500],
      [{ kind: 'server-error', status: 503 }, 503],
      [{ kind: 'unauthorized' }, 401],
      [{ kind: 'forbidden' }, 403],
      [{ kind: 'enqueued-limit' }, 429],
    ];
    for (const [fault, status] of cases) {
      await server.faults({ ...fault, match: CREATE });
      const said = await server.openaiBatch(openaiLines(1));
      assert.is(said.status, status);
      assert.type(at(said.json, 'error', 'message'), 'string');
      if (status === 429 && at(fault, 'retry_after_s') === 7) assert.is(said.headers.get('retry-after'), '7');
    }
    assert.is(await creates(server), 0);
    assert.is((await server.openaiBatch(openaiLines(1))).status, 200);
  }));

test('dropped before and after acceptance: only the latter has created something', () =>
  withServer({}, async (server) => {
    await server.faults({ kind: 'drop-before', match: CREATE });
    assert.ok(await dropped(server.openaiBatch(openaiLines(1))));
    assert.is(await creates(server), 0);
    await server.faults({ kind: 'drop-after', match: CREATE });
    assert.ok(await dropped(server.openaiBatch(openaiLines(1))));
    assert.is(await creates(server), 1);
    await server.faults({ kind: 'server-error-after', match: CREATE, status: 502 });
    assert.is((await server.openaiBatch(openaiLines(1))).status, 502);
    assert.is(await creates(server), 2);
  }));

test('a fault that ends the process ends the server, before or after acceptance', async () => {
  for (const kind of ['exit-before', 'exit-after']) {
    await withServer({}, async (server) => {
      await server.faults({ kind, match: CREATE });
      assert.ok(await dropped(server.openaiBatch(openaiLines(1))));
      assert.ok(await dropped(server.get('/_billing')));
    });
  }
});

test('times, always, and matching by protocol, route and job', () =>
  withServer({}, async (server) => {
    const statuses = async (count: number): Promise<number[]> => {
      const all: number[] = [];
      for (let index = 0; index < count; index += 1) all.push((await server.get('/v1/batches')).status);
      return all;
    };
    await server.faults({ kind: 'server-error', times: 2, match: { protocol: 'openai' } });
    assert.equal(await statuses(3), [500, 500, 200]);
    await server.faults({ kind: 'server-error', times: 'always', match: { route: 'openai.*' } });
    assert.equal(await statuses(3), [500, 500, 500]);
    assert.is((await server.get('/v1/messages/batches')).status, 200);
    assert.is(((await server.get('/_faults')).json as unknown as object[]).length, 1);
    await server.send('DELETE', '/_faults');
    await server.faults({ kind: 'server-error', match: { job: 'batch_x' } });
    assert.equal(await statuses(1), [200]);
    assert.is((await server.get('/v1/batches/batch_x')).status, 500);
    assert.equal((await server.get('/_faults')).text, '[]');
  }));

test('a malformed fault is refused and named', () =>
  withServer({}, async (server) => {
    const refused = async (fault: object): Promise<string> => {
      const { status, text } = await server.post('/_faults', [fault]);
      assert.is(status, 400);
      return text;
    };
    assert.match(await refused({ kind: 'nonsense' }), 'rate-limit');
    assert.match(await refused({ kind: 'slow', seconds: 1 }), 'slow takes ms');
    assert.match(await refused({ kind: 'slow', times: -1 }), 'times');
    assert.match(await refused({ kind: 'slow', match: { host: 'x' } }), 'host');
  }));

test('slow answers are right answers', () =>
  withServer({}, async (server) => {
    await server.faults({ kind: 'slow', ms: 2 });
    assert.is((await server.get('/v1/batches')).status, 200);
    assert.equal((await server.get('/_faults')).text, '[]');
  }));

test('downloads: cut off with status 200, too short for their length, and well again', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    const { output } = await finished(server);
    const whole = (await output()).text;
    await server.faults({ kind: 'truncate', bytes: 50 });
    const cut = await output();
    assert.equal([cut.status, cut.text, cut.headers.get('content-length')], [200, whole.slice(0, 50), '50']);
    await server.faults({ kind: 'truncate' });
    assert.is((await output()).text.length, Math.floor(whole.length / 2));
    await server.faults({ kind: 'wrong-length' });
    assert.ok(await dropped(output()));
    assert.is((await output()).text, whole);
  }));

test('downloads: rows missing, twice, of others, in another order', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    const { output } = await finished(server);
    const ids = async (fault: object): Promise<string[]> => {
      await server.faults(fault);
      return idsIn((await output()).text);
    };
    assert.equal(await ids({ kind: 'drop-rows', count: 2 }), ['r2', 'r3']);
    assert.equal(await ids({ kind: 'duplicate-rows' }), ['r0', 'r1', 'r2', 'r3', 'r0']);
    assert.equal(await ids({ kind: 'foreign-rows' }), ['r0', 'r1', 'r2', 'r3', 'foreign-1']);
    assert.equal(await ids({ kind: 'reorder-rows' }), ['r3', 'r2', 'r1', 'r0']);
  }));

test('a job that expires keeps and bills what it has finished', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    await server.faults({ kind: 'job-expires', finished: 3 });
    const { batch, output } = await finished(server);
    assert.is(at(batch, 'status'), 'expired');
    assert.equal(idsIn((await output()).text), ['r0', 'r1', 'r2']);
    const [rest] = rowsIn((await server.get(`/v1/files/${at(batch, 'error_file_id')}/content`)).text);
    assert.equal(
      [at(rest, 'custom_id'), at(rest, 'response'), at(rest, 'error', 'code')],
      ['r3', null, 'batch_expired'],
    );
    assert.is(at((await server.get('/_billing')).json, 'rows'), 3);
    await server.faults({ kind: 'job-expires' });
    const { json } = await server.post('/v1/messages/batches', { requests: anthropicRequests(4) });
    await server.anthropicEnd(json['id']);
    const done = (await server.get(`/v1/messages/batches/${json['id']}`)).json;
    assert.equal(done['request_counts'], {
      processing: 0,
      succeeded: 2,
      errored: 0,
      canceled: 0,
      expired: 2,
    });
  }));

test('chosen rows fail: by number, id or text', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    const good = async (fault: object): Promise<string[]> => {
      await server.faults({ kind: 'row-errors', ...fault });
      const { batch, output } = await finished(server);
      assert.is(at(batch, 'request_counts', 'total'), 4);
      return idsIn((await output()).text);
    };
    assert.equal(await good({ count: 2 }), ['r2', 'r3']);
    assert.equal(await good({ every: 2 }), ['r0', 'r2']);
    assert.equal(await good({ ids: ['r1'] }), ['r0', 'r2', 'r3']);
    assert.equal(await good({ contains: 'Who built' }), ['r1', 'r2']);
    await server.faults({ kind: 'row-errors', contains: 'When', status: 429, match: { protocol: 'chat' } });
    assert.is((await server.post('/v1/chat/completions', chatBody(0))).status, 200);
    assert.is((await server.post('/v1/chat/completions', chatBody(1))).status, 429);
  }));

test('completed without an output file, and with an empty error_file_id', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    await server.faults({ kind: 'no-output' });
    const { batch } = await finished(server);
    assert.equal([at(batch, 'status'), at(batch, 'output_file_id')], ['completed', null]);
    assert.equal(at(batch, 'request_counts'), { total: 4, completed: 0, failed: 4 });
    await server.faults({ kind: 'empty-error-file-id' });
    assert.is(at((await finished(server)).batch, 'error_file_id'), '');
    assert.is(at((await finished(server)).batch, 'error_file_id'), null);
  }));

test('a whole job fails, or stays pending until it does not', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    await server.faults({ kind: 'job-fails', message: 'out of luck', match: { protocol: 'openai' } });
    const { batch } = await finished(server);
    assert.is(at(batch, 'status'), 'failed');
    assert.is(at(batch, 'errors', 'data', 0, 'message'), 'out of luck');
    await server.dataset('in', fireworksText(2));
    await server.fireworksJob('job', 'in');
    await server.faults({ kind: 'job-stuck', times: 3, match: { job: 'job' } });
    assert.equal(await server.fireworksEnd('job'), [
      ...Array(3).fill('JOB_STATE_PENDING'),
      'JOB_STATE_COMPLETED',
    ]);
    await server.faults({ kind: 'job-fails', match: { protocol: 'anthropic' } });
    const { json } = await server.post('/v1/messages/batches', { requests: anthropicRequests(2) });
    await server.anthropicEnd(json['id']);
    const results = await server.get(`/v1/messages/batches/${json['id']}/results`);
    assert.equal(
      rowsIn(results.text).map((row) => at(row, 'result', 'type')),
      ['errored', 'errored'],
    );
  }));

test('Fireworks: an expired URL, a missing output dataset, a filled externalUrl, odd error lines', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    await server.dataset('in', fireworksText(4));
    await server.faults({ kind: 'row-errors', count: 1 }, { kind: 'error-lines', shape: 'flat' });
    await server.fireworksJob('job', 'in');
    await server.fireworksEnd('job');
    const [odd] = rowsIn((await server.fireworksOutput('job-out', 'error-data')).text);
    assert.equal(odd, { custom_id: 'r0', message: 'the row failed' } as never);
    await server.faults({ kind: 'url-expired' });
    assert.is((await server.fireworksOutput('job-out')).status, 403);
    await server.faults({ kind: 'url-expired', status: 404 });
    assert.is((await server.fireworksOutput('job-out')).status, 404);
    const route = 'fireworks.datasets.download-endpoint';
    await server.faults({ kind: 'output-missing', match: { job: 'job-out', route } });
    const missing = await server.fireworksOutput('job-out');
    assert.equal([missing.status, missing.json['code']], [404, 5]);
    assert.is(idsIn((await server.fireworksOutput('job-out')).text).length, 3);
    await server.faults({ kind: 'external-url' });
    const path = '/v1/accounts/me/datasets/job-out';
    assert.is((await server.get(path)).json['externalUrl'], 'gs://example-bucket/dataset');
    assert.is((await server.get(path)).json['externalUrl'], '');
  }));

test('a list that does not show the newest job yet', () =>
  withServer({}, async (server) => {
    await server.openaiBatch(openaiLines(1));
    await server.faults({ kind: 'list-lag' });
    const shown = async (): Promise<number> =>
      (at((await server.get('/v1/batches')).json, 'data') as unknown[]).length;
    assert.equal([await shown(), await shown()], [0, 1]);
  }));

test('docs/batch-server.md explains every kind of fault with its parameters', () => {
  const text = readFileSync(new URL('../../../docs/batch-server.md', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  for (const [kind, { params }] of Object.entries(FAULTS)) {
    const row = rows.find((line) => line.startsWith(`| \`${kind}\` |`));
    assert.ok(row, `${kind} is not in the table`);
    for (const name of Object.keys(params)) assert.match(row, `\`${name}\``, `${kind}: ${name}`);
  }
});

test.run();
