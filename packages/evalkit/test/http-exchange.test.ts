// One exchange over HTTP: what is sent, what comes back however it is packed, and what is known when it breaks off.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { HttpClient } from 'evalkit/provider/http-client';
import { exchange, textOf } from 'evalkit/provider/http-exchange';
import { Refused, Unanswered } from 'evalkit/provider/http-trouble';
import { multipart } from 'evalkit/provider/multipart';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

interface Context {
  answer: Answer;
  url: string;
  stop: () => Promise<void>;
}

async function serving(answer: Answer): Promise<Pick<Context, 'url' | 'stop'>> {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    request.on('end', () => answer(request, response, body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}

const test = suite<Context>('http exchange');
test.before.each(async (context) => {
  Object.assign(context, await serving((...call) => context.answer(...call)));
});
test.after.each(({ stop }) => stop());

const post = { method: 'POST', headers: {}, timeoutMs: 20_000 };
const get = { method: 'GET', headers: {}, timeoutMs: 20_000 };

test('method, headers and body arrive; names of headers are one, in whichever case', async (c) => {
  c.answer = ({ method, headers }, response, body) =>
    void response.end(JSON.stringify({ method, headers, body }));
  const headers = { 'X-Key': 'k', 'Content-Type': 'text/plain' };
  const got = JSON.parse(await textOf(await exchange(c.url, { ...post, headers, body: Buffer.from('süß') })));
  assert.is(got.method, 'POST');
  assert.is(got.body, 'süß');
  assert.is(got.headers['x-key'], 'k');
  assert.is(got.headers['content-length'], '5');
  const empty = JSON.parse(await textOf(await exchange(c.url, post)));
  assert.is(empty.headers['content-length'], '0');
});

test('an answer is unpacked, however it was packed', async (c) => {
  const text = 'answers '.repeat(1000);
  const packed = { gzip: gzipSync(text), deflate: deflateSync(text), br: brotliCompressSync(text) };
  for (const [encoding, bytes] of Object.entries(packed)) {
    c.answer = (_, response) => void response.writeHead(200, { 'content-encoding': encoding }).end(bytes);
    assert.is(await textOf(await exchange(c.url, get)), text, encoding);
  }
  c.answer = (_, response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed.gzip.subarray(0, 40));
  const broken = await exchange(c.url, get)
    .then(textOf)
    .catch((error: unknown) => error);
  assert.instance(broken, Error);
  c.answer = (_, response) => void response.writeHead(200, { 'content-encoding': 'zebra' }).end('x');
  const unknown = await exchange(c.url, get).catch((error: unknown) => error);
  assert.match(String(unknown), /encoded as zebra/);
});

test('a body that is cut off, and a server that is silent, are errors', async (c) => {
  c.answer = (_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => void response.destroy());
  };
  const cut = await exchange(c.url, get)
    .then(textOf)
    .catch((error: unknown) => error);
  assert.instance(cut, Error);
  c.answer = () => {};
  const silent = await exchange(c.url, { ...get, timeoutMs: 50 }).catch((error: unknown) => error);
  assert.instance(silent, Error);
});

test('one that goes alone shares no connection with those before and after it', async (c) => {
  const ports: (number | undefined)[] = [];
  c.answer = ({ socket }, response) => {
    ports.push(socket.remotePort);
    response.end('{}');
  };
  for (const alone of [false, false, true, false]) await textOf(await exchange(c.url, { ...post, alone }));
  assert.is(ports[0], ports[1], 'a connection is kept');
  assert.is.not(ports[2], ports[1]);
});

test('a form is what others read from it', async () => {
  const bytes = Buffer.from('{"a":1}\n--boundary\r\nnot one\n');
  const form = {
    fields: { purpose: 'batch', 'odd"name': 'a\r\nb' },
    field: 'file',
    filename: 'q".jsonl',
    bytes,
  };
  const { body, type } = multipart(form);
  const read = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  assert.is(read.get('purpose'), 'batch');
  assert.is(read.get('odd"name'), 'a\r\nb');
  const file = read.get('file') as File;
  assert.is(file.name, 'q".jsonl');
  assert.is(file.type, 'application/jsonl');
  assert.equal(Buffer.from(await file.arrayBuffer()), bytes);
});

function clientOf(baseUrl: string): HttpClient {
  const clock = { now: () => 0, sleep: async () => {}, random: () => 0 };
  const headers = { authorization: 'Bearer s3cret-key' };
  return new HttpClient({ baseUrl, headers, secret: 's3cret-key', secretName: 'KEY', firstWaitMs: 1, clock });
}

test('a download follows where it is led, and the key stays behind', async (c) => {
  const keys: (string | undefined)[] = [];
  const other = await serving((request, response) => {
    keys.push(request.headers.authorization);
    response.end('rows\n');
  });
  c.answer = (request, response) => {
    keys.push(request.headers.authorization);
    const location = request.url === '/a' ? '/b' : `${other.url}/c`;
    response.writeHead(307, { location }).end('gone there');
  };
  const folder = mkdtempSync(join(tmpdir(), 'evalkit-exchange-'));
  try {
    const to = join(folder, 'rows');
    assert.is(await clientOf(c.url).download({ url: '/a', auth: true }, to), 5);
    assert.is(readFileSync(to, 'utf8'), 'rows\n');
    assert.equal(keys, ['Bearer s3cret-key', 'Bearer s3cret-key', undefined]);
    // A redirect whose own body breaks off is a redirect.
    c.answer = (_, response) => {
      response.writeHead(302, { location: `${other.url}/c`, 'content-length': '100' });
      response.write('half', () => void setImmediate(() => response.destroy()));
    };
    assert.is(await clientOf(c.url).download({ url: '/a', auth: true }, to), 5);
    c.answer = (_, response) => void response.writeHead(302, { location: '/a' }).end();
    const round = await clientOf(c.url)
      .download({ url: '/a', auth: true }, to)
      .catch((error: unknown) => error);
    assert.instance(round, Refused, 'a circle ends');
    c.answer = (_, response) => void response.socket?.destroy();
    const cut = await clientOf(c.url)
      .download({ url: '/a', auth: true }, join(folder, 'none'))
      .catch((error: unknown) => error);
    assert.instance(cut, Unanswered);
    assert.not.ok(existsSync(join(folder, 'none')));
  } finally {
    rmSync(folder, { recursive: true });
    await other.stop();
  }
});

test('where nobody listens nothing was sent: a purchase may be tried again', async (c) => {
  await c.stop();
  const call = { method: 'POST', path: '/buy', json: {}, once: true } as const;
  const error = await clientOf(c.url)
    .text(call)
    .catch((e: unknown) => e);
  assert.match(String(error), /ECONNREFUSED/);
  assert.not.instance(error, Unanswered);
  c.stop = async () => {};
});

test.run();
