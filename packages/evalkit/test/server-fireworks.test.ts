// Tests of the server as Fireworks' batch API: datasets and jobs with chosen names, states, lineage, refusals.
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { at, chatBody, fireworksText, idsIn, jsonl, rowsIn, withServer } from './server-caller.ts';

const ACCOUNT = '/v1/accounts/me';
const JOBS = `${ACCOUNT}/batchInferenceJobs`;
const LIVE = ['PENDING', 'CREATING', 'RUNNING', 'COMPLETED'].map((state) => `JOB_STATE_${state}`);

test('a job goes through the live states to an output dataset', () =>
  withServer({}, async (server) => {
    await server.dataset('in', fireworksText(3));
    const { json } = await server.fireworksJob('job', 'accounts/me/datasets/in');
    assert.is(json['state'], 'JOB_STATE_VALIDATING');
    assert.is(json['jobProgress'], null);
    assert.is(json['outputDatasetId'], 'accounts/me/datasets/job-out');
    assert.is((await server.get(`${ACCOUNT}/datasets/job-out`)).status, 404);
    assert.equal(await server.fireworksEnd('job'), LIVE);
    const progress = (await server.get(`${JOBS}/job`)).json['jobProgress'];
    assert.is(at(progress, 'successfullyProcessedRequests'), 3);
    const output = await server.fireworksOutput('job-out');
    assert.equal(idsIn(output.text).sort(), ['r0', 'r1', 'r2']);
    const row = rowsIn(output.text).find((one) => String(one['custom_id']) === 'r0');
    assert.is(at(row, 'response', 'object'), 'chat.completion');
    assert.is(at(row, 'response', 'choices', 0, 'message', 'content'), 'Ada Lund');
    assert.is((await server.fireworksOutput('job-out', 'error-data')).text, '');
  }));

test('datasets: exampleCount is a text and required, names are taken once', () =>
  withServer({}, async (server) => {
    const create = (dataset: object, datasetId = 'in') =>
      server.post(`${ACCOUNT}/datasets`, { datasetId, dataset });
    const without = await create({ userUploaded: {} });
    assert.is(without.status, 400);
    assert.equal(without.json, {
      code: 3,
      message: 'example_count is required for uploaded datasets',
      details: [],
    });
    assert.is((await create({ userUploaded: {}, exampleCount: 3 })).status, 400);
    assert.is((await create({ userUploaded: {}, exampleCount: '3' }, 'In')).status, 400);
    const made = await create({ userUploaded: {}, exampleCount: '3' });
    assert.is(made.json['state'], 'UPLOADING');
    assert.is(made.json['externalUrl'], '');
    const again = await create({ userUploaded: {}, exampleCount: '3' });
    assert.equal([again.status, again.json['code']], [409, 6]);
  }));

test('a big file goes to a signed URL, and the upload is validated', () =>
  withServer({}, async (server) => {
    const text = fireworksText(3);
    await server.post(`${ACCOUNT}/datasets`, {
      datasetId: 'big',
      dataset: { userUploaded: {}, exampleCount: '3' },
    });
    const size = String(Buffer.byteLength(text));
    const path = `${ACCOUNT}/datasets/big`;
    assert.is((await server.post(`${path}:validateUpload`)).status, 400);
    const { json } = await server.post(`${path}:getUploadEndpoint`, { filenameToSize: { 'in.jsonl': size } });
    const url = String(at(json, 'filenameToSignedUrls', 'in.jsonl'));
    const put = (range: string) => server.send('PUT', url, text, { 'x-goog-content-length-range': range });
    assert.is((await put('1,2')).status, 400);
    assert.is((await put(`${size},${size}`)).status, 200);
    assert.is((await server.get(path)).json['state'], 'UPLOADING');
    assert.equal((await server.post(`${path}:validateUpload`)).json, {});
    assert.is((await server.get(path)).json['state'], 'READY');
    await server.fireworksJob('job', 'big');
    assert.equal(await server.fireworksEnd('job'), LIVE);
  }));

test('signed URLs last ten minutes and cannot be forged', async () => {
  let now = 1_700_000_000_000;
  await withServer({ readyAtOnce: true, clock: () => now }, async (server) => {
    await server.dataset('in', fireworksText(1));
    const urls = await server.get(`${ACCOUNT}/datasets/in:getDownloadEndpoint`);
    const url = String(at(urls.json, 'filenameToSignedUrls', 'dataset/in/in.jsonl'));
    assert.is((await server.get(url)).text, fireworksText(1));
    assert.is((await server.get(url.replace('Signature=', 'Signature=0'))).status, 403);
    now += 600_000;
    assert.is((await server.get(url)).status, 403);
  });
});

test('the download endpoint wants GET without a body', () =>
  withServer({}, async (server) => {
    await server.dataset('in', fireworksText(1));
    const path = `${ACCOUNT}/datasets/in:getDownloadEndpoint`;
    assert.is((await server.post(path)).status, 405);
    const { request } = await import('node:http');
    const status = await new Promise((done) => {
      const headers = { authorization: 'Bearer key', 'content-length': '2' };
      const sent = request(`${server.url}${path}`, { method: 'GET', headers }, (response) => {
        response.resume();
        done(response.statusCode);
      });
      sent.end('{}');
    });
    assert.is(status, 400);
  }));

test('a bad row fails the whole job, and there is no output dataset', () =>
  withServer({}, async (server) => {
    const bad = { custom_id: 'bad', body: chatBody(0, { messages: [{ role: 'wizard', content: 'x' }] }) };
    await server.dataset('in', `${fireworksText(2)}${jsonl([bad])}`);
    await server.fireworksJob('job', 'in');
    assert.equal(await server.fireworksEnd('job'), ['JOB_STATE_FAILED']);
    const { json } = await server.get(`${JOBS}/job`);
    assert.is(at(json, 'status', 'code'), 'INVALID_ARGUMENT');
    assert.match(String(at(json, 'status', 'message')), 'line 2');
    const output = await server.get(`${ACCOUNT}/datasets/job-out`);
    assert.equal(
      [output.status, output.json],
      [404, { code: 5, message: 'resource not found', details: [] }],
    );
  }));

test('a name is taken once: the second job with it is refused and changes nothing', () =>
  withServer({}, async (server) => {
    await server.dataset('in', fireworksText(1));
    await server.fireworksJob('job', 'in');
    const again = await server.fireworksJob('job', 'in');
    assert.equal([again.status, again.json['code']], [409, 6]);
    assert.is((await server.fireworksJob('other', 'in', { outputDatasetId: 'job-out' })).status, 409);
    assert.is((await server.fireworksJob('other', 'none')).status, 404);
    assert.is(at((await server.get('/_billing')).json, 'creates'), 1);
    assert.equal((await server.send('DELETE', `${JOBS}/job`)).json, {});
    assert.is((await server.get(`${JOBS}/job`)).json['state'], 'JOB_STATE_DELETING_CLEANING_UP');
    assert.is((await server.fireworksJob('job', 'in', { outputDatasetId: 'x' })).status, 409);
  }));

test('a continued job runs only what is missing, and the lineage has both outputs', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    await server.dataset('in', fireworksText(4));
    await server.faults({ kind: 'job-expires', finished: 3, match: { job: 'one' } });
    await server.fireworksJob('one', 'in');
    assert.is((await server.fireworksJob('two', 'in', { continuedFromJobName: 'one' })).status, 400);
    assert.equal(await server.fireworksEnd('one'), ['JOB_STATE_EXPIRED']);
    const name = 'accounts/me/batchInferenceJobs/one';
    const { json } = await server.fireworksJob('two', 'in', { continuedFromJobName: name });
    assert.is(json['continuedFromJobName'], name);
    await server.fireworksEnd('two');
    assert.equal(idsIn((await server.fireworksOutput('two-out')).text), ['r3']);
    const urls = await server.get(`${ACCOUNT}/datasets/two-out:getDownloadEndpoint?downloadLineage=true`);
    assert.equal(Object.keys(at(urls.json, 'filenameToSignedUrls') as object).sort(), [
      'dataset/one-out/BIJOutputSet.jsonl',
      'dataset/one-out/error-data',
      'dataset/two-out/BIJOutputSet.jsonl',
      'dataset/two-out/error-data',
    ]);
    assert.equal(at((await server.get('/_billing')).json, 'byRow'), { r0: 1, r1: 1, r2: 1, r3: 1 });
  }));

test('jobs are listed in pages, by filter', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    await server.dataset('in', fireworksText(1));
    for (const id of ['a', 'b', 'c']) await server.fireworksJob(id, 'in', { displayName: `set ${id}` });
    await server.fireworksEnd('b');
    const names = (json: unknown): string[] =>
      (at(json, 'batchInferenceJobs') as { name: string }[]).map(({ name }) => name.slice(-1));
    const first = (await server.get(`${JOBS}?pageSize=2`)).json;
    assert.equal([names(first), first['totalSize']], [['c', 'b'], 3]);
    assert.equal(names((await server.get(`${JOBS}?pageSize=2&pageToken=${first['nextPageToken']}`)).json), [
      'a',
    ]);
    const filter = encodeURIComponent('state="JOB_STATE_COMPLETED" AND display_name="set b"');
    assert.equal(names((await server.get(`${JOBS}?filter=${filter}`)).json), ['b']);
    assert.is((await server.get(`${JOBS}?filter=what`)).status, 400);
  }));

test('defaults of the job hold for rows that say nothing, and exampleCount is believed', () =>
  withServer({ readyAtOnce: true }, async (server) => {
    const { messages } = chatBody(0) as { messages: object[] };
    await server.dataset('in', jsonl([{ custom_id: 'r0', body: { messages } }]), '99');
    await server.fireworksJob('job', 'in', { inferenceParameters: { maxTokens: 1, temperature: 0 } });
    await server.fireworksEnd('job');
    const [row] = rowsIn((await server.fireworksOutput('job-out')).text);
    assert.is(at(row, 'response', 'choices', 0, 'message', 'content'), 'Ada');
    assert.is(at(row, 'response', 'choices', 0, 'finish_reason'), 'length');
    const progress = (await server.get(`${JOBS}/job`)).json['jobProgress'];
    assert.equal([at(progress, 'totalInputRequests'), at(progress, 'totalProcessedRequests')], [99, 1]);
  }));

test.run();
