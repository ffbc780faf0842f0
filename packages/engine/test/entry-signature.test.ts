// EntrySignature: what is trusted, and each way in which an entry is not.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ActionFile } from '@evalmake/engine/action-result';
import { decodeActionResult, encodeActionResult } from '@evalmake/engine/action-result';
import { signEntry, whyNotTrusted } from '@evalmake/engine/entry-signature';
import { makeKeyFile, SigningKey } from '@evalmake/engine/signing-key';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const pemOf = (kind: 'ed25519' | 'x25519'): string => {
  const { privateKey } = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
};
const keyOf = (pem: string): SigningKey => SigningKey.read(pem) as SigningKey;

const file = (path: string, hex: string): ActionFile => ({
  path,
  digest: `sha256:${hex.repeat(64)}`,
  bytes: 7,
  executable: false,
});
const files = [file('b.txt', 'b'), file('a.txt', 'a'), file('.evalmake/result.json', 'c')];
const entry = { key: 'd'.repeat(64), files };
const [writer, other] = [keyOf(pemOf('ed25519')), keyOf(pemOf('ed25519'))];
const line = signEntry(entry, writer);
const trust = [other.publicText, writer.publicText];

test('an entry counts as it was signed, in whatever order its files come back', () => {
  assert.is(whyNotTrusted(entry, line, trust), undefined);
  assert.is(whyNotTrusted({ ...entry, files: [...files].reverse() }, line, trust), undefined);
  const back = decodeActionResult(encodeActionResult(files, line));
  assert.equal(back, { files, signature: line });
  assert.is(decodeActionResult(encodeActionResult(files))?.signature, undefined);
});

test('what is not signed is not trusted', () => {
  for (const none of [undefined, '', 'warning: nothing', line.replace(' 1 ', ' 2 '), `${line}x`])
    assert.match(whyNotTrusted(entry, none, trust) ?? '', 'nobody has signed');
});

test('nor what somebody has signed who is not named', () => {
  assert.match(whyNotTrusted(entry, line, [other.publicText]) ?? '', `${writer.publicText}, whom`);
});

test('nor an entry with any other file, path, size or mode', () => {
  const changed = (at: number, change: Partial<ActionFile>) =>
    files.map((one, i) => (i === at ? { ...one, ...change } : one));
  for (const others of [
    changed(0, { digest: `sha256:${'e'.repeat(64)}` }),
    changed(1, { path: 'aa.txt' }),
    changed(1, { bytes: 8 }),
    changed(1, { executable: true }),
    changed(2, { digest: `sha256:${'e'.repeat(64)}` }),
    files.slice(1),
    [...files, file('z.txt', 'f')],
  ])
    assert.match(whyNotTrusted({ ...entry, files: others }, line, trust) ?? '', 'has not signed as they are');
});

test('nor under another key: of other work, or of another namespace', () => {
  assert.match(whyNotTrusted({ ...entry, key: 'e'.repeat(64) }, line, trust) ?? '', 'for something else');
});

test('nor a signature of one that is said to be of another, or is no signature', () => {
  const [head, name, by, signature = ''] = line.trim().split(' ');
  const forged = [head, name, other.publicText, signature].join(' ');
  assert.match(whyNotTrusted(entry, forged, trust) ?? '', `${other.publicText} has not signed`);
  const zero = [head, name, by, 'A'.repeat(86)].join(' ');
  assert.match(whyNotTrusted(entry, zero, trust) ?? '', 'has not signed');
});

test('a point that is none, and one that signs anything, sign nothing', () => {
  for (const bad of [`ed25519:${'_'.repeat(43)}`, `ed25519:${'A'.repeat(43)}`]) {
    const forged = `evalmake-signature 1 ${bad} ${'A'.repeat(86)}`;
    assert.match(whyNotTrusted(entry, forged, [bad]) ?? '', 'has not signed');
  }
});

test('only Ed25519 keys in PEM are keys, and nothing that holds one shows it', () => {
  assert.is(SigningKey.read('no key'), undefined);
  assert.is(SigningKey.read(pemOf('x25519')), undefined);
  const pem = pemOf('ed25519');
  const seed = Buffer.from(pem.split('\n')[1] ?? '', 'base64').subarray(-32);
  const shown = `${inspect(keyOf(pem), { depth: 9, showHidden: true })}${JSON.stringify({ key: keyOf(pem) })}`;
  for (const form of [seed.toString('hex'), seed.toString('base64'), pem.split('\n')[1] ?? ''])
    assert.not.ok(shown.includes(form));
});

test('a key is made once, for its owner alone', () => {
  const dir = mkdtempSync(join(tmpdir(), 'evalmake-key-'));
  try {
    const path = join(dir, 'deep/key.pem');
    const first = makeKeyFile(path);
    assert.is(first.made, true);
    assert.is(statSync(path).mode & 0o777, 0o600);
    const text = readFileSync(path, 'utf8');
    assert.equal(makeKeyFile(path), { publicText: first.publicText, made: false });
    assert.is(readFileSync(path, 'utf8'), text);
    assert.is(keyOf(text).publicText, first.publicText);
    writeFileSync(join(dir, 'other'), 'mine');
    assert.equal(makeKeyFile(join(dir, 'other')), { publicText: undefined, made: false });
    assert.is(readFileSync(join(dir, 'other'), 'utf8'), 'mine');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.run();
