// Fireworks datasets: both ways of an upload bring the same content, a repeated one changes nothing, a lost one is named.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResultsGone } from 'evalkit/provider/batch-api';
import { systemClock } from 'evalkit/provider/clock';
import { type DatasetPlace, datasetFiles, putDataset } from 'evalkit/provider/fireworks-dataset';
import { HttpClient } from 'evalkit/provider/http-client';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ProviderProxy } from './provider-proxy.ts';
import { startService } from './provider-service.ts';

const folder = mkdtempSync(join(tmpdir(), 'provider-dataset-'));

async function withPlace(
  play: (place: DatasetPlace, calls: readonly string[]) => Promise<void>,
): Promise<void> {
  const service = await startService();
  const proxy = await ProviderProxy.start(service.url);
  const http = new HttpClient({
    baseUrl: proxy.url,
    headers: { authorization: 'Bearer x' },
    secret: 'x',
    secretName: 'X',
    firstWaitMs: 1,
    clock: systemClock,
  });
  try {
    await play({ http, account: 'demo', firectl: '' }, proxy.calls);
  } finally {
    await proxy.close();
    await service.close();
  }
}

const bytes = Buffer.from('{"custom_id":"a","body":{}}\n{"custom_id":"b","body":{}}\n');

/** What the service holds of a dataset. */
async function contentOf({ http }: DatasetPlace, id: string): Promise<string> {
  const path = `/v1/accounts/demo/datasets/${id}:getDownloadEndpoint`;
  const urls = (await http.json({ method: 'GET', path })).object('filenameToSignedUrls');
  const to = join(folder, id);
  await http.download({ url: urls.fullText(urls.keys()[0] ?? ''), auth: false }, to);
  return readFileSync(to, 'utf8');
}

test('an upload goes in a form or, when it is long, to a signed URL, with the same content', () =>
  withPlace(async (place, calls) => {
    await putDataset(place, { id: 'short', rows: 2, bytes });
    assert.ok(calls.some((call) => call.endsWith('short:upload')));
    await putDataset({ ...place, mostFormBytes: 10 }, { id: 'long', rows: 2, bytes });
    assert.ok(calls.some((call) => call.endsWith('long:validateUpload')));
    assert.not.ok(calls.some((call) => call.endsWith('long:upload')));
    assert.is(await contentOf(place, 'short'), bytes.toString());
    assert.is(await contentOf(place, 'long'), bytes.toString());
  }));

test('a dataset that is there is not sent again', () =>
  withPlace(async (place, calls) => {
    await putDataset(place, { id: 'twice', rows: 2, bytes });
    await putDataset(place, { id: 'twice', rows: 2, bytes });
    assert.is(calls.filter((call) => call.endsWith(':upload')).length, 1);
  }));

test('a dataset that nobody has is named', () =>
  withPlace(async (place) => {
    try {
      await datasetFiles(place, 'none', folder);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, ResultsGone);
      assert.match((error as Error).message, 'dataset none: 404');
    }
  }));

test.after(() => rmSync(folder, { recursive: true, force: true }));

test.run();
