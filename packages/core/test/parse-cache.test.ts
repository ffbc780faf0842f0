// The key `cache`: what is read of it, and which mistakes are told.
import { parsePipeline } from '@evalmake/core/parse';
import { wrongUrl } from '@evalmake/core/parse-cache';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const read = (cache: string) =>
  parsePipeline(`evalmake: 1\ncache: ${cache}\ntargets: { a: { run: x } }\n`, 'pipeline.yaml');
const wrong = (cache: string): string[] => read(cache).problems.map((p) => p.message);

test('an address alone, and all keys', () => {
  const usual = {
    url: 'https://c.example/x',
    read: true,
    write: 'never',
    headers: {},
    timeoutMs: 5000,
    namespace: undefined,
    insecure: false,
    sign: undefined,
    trust: undefined,
  };
  assert.equal(read('https://c.example/x').value?.cache, usual);
  const all =
    '{ url: http://c.example, read: false, write: ci, timeout: 2s, namespace: n, insecure: true, headers: { Authorization: "Bearer ${{ env.T }}", X-Team: eval } }';
  assert.equal(read(all).value?.cache, {
    ...usual,
    url: 'http://c.example',
    read: false,
    write: 'ci',
    timeoutMs: 2000,
    namespace: 'n',
    insecure: true,
    headers: { Authorization: 'Bearer ${{ env.T }}', 'X-Team': 'eval' },
  });
  assert.is(read('{ url: "https://c", write: true }').value?.cache?.write, 'always');
});

test('what an address may not be', () => {
  for (const url of ['https://c.example', 'http://localhost:8080/x', 'http://127.0.0.1/', 'http://[::1]:1'])
    assert.is(wrongUrl(url, false), undefined, url);
  assert.match(wrongUrl('ftp://c', false) ?? '', 'must be an address');
  assert.match(wrongUrl('https://', false) ?? '', 'must be an address');
  assert.match(wrongUrl('https://me:pw@c', false) ?? '', 'must not hold a name or a password');
  assert.match(wrongUrl('https://c/?key=1', false) ?? '', 'must end before');
  assert.match(wrongUrl('http://c.example', false) ?? '', 'must be https');
  assert.match(wrongUrl('http://127.0.0.1.example', false) ?? '', 'must be https');
  assert.is(wrongUrl('http://c.example', true), undefined);
});

test('mistakes are told, and no secret may stand in the file', () => {
  assert.equal(wrong('{ read: true }'), ['cache needs "url": where the server of the cache is']);
  assert.match(wrong('{ url: "https://c", write: sometimes }')[0] ?? '', 'must be true, false or ci');
  assert.match(wrong('{ url: "https://c", urls: x }')[0] ?? '', 'unknown key "urls"');
  const header = (text: string): string => wrong(`{ url: "https://c", headers: { ${text} } }`)[0] ?? '';
  assert.match(header('Authorization: Bearer 123'), 'is a secret');
  assert.match(header('X-Api-Key: 123'), 'is a secret');
  assert.match(header('X-A: "${{ config.a }}"'), 'may only refer to');
  assert.match(header('Host: a'), 'cannot be a header');
  assert.match(header('"a b": a'), 'cannot be a header');
});

test('who signs and who is trusted: keys by their public half, and no private one in the file', () => {
  const key = `ed25519:${'Ab_-9'.repeat(8)}xyz`;
  const of = (more: string) => `{ url: "https://c", ${more} }`;
  assert.equal(read(of(`trust: ["${key}"], sign: "\${{ env.K }}"`)).value?.cache?.trust, [key]);
  assert.equal(read(of(`trust: ${key}, sign: keys/k.pem`)).value?.cache?.sign, 'keys/k.pem');
  for (const nobody of ['[]', 'null', ''])
    assert.match(wrong(of(`trust: ${nobody}`))[0] ?? '', 'at least one');
  for (const bad of ['abc', `${key}x`, `"${key} "`])
    assert.match(wrong(of(`trust: [${bad}]`))[0] ?? '', 'is no public key');
  assert.match(wrong(of('sign: "-----BEGIN PRIVATE KEY-----"'))[0] ?? '', 'must not hold a private key');
  for (const bad of ['"a ${{ env.K }}"', '"${{ config.k }}"', '""'])
    assert.match(wrong(of(`sign: ${bad}`))[0] ?? '', 'must be the path');
});

test.run();
