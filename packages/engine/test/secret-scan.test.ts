// SecretScan: values are found wherever a piece of a file ends, and a large file takes no more memory than a small one.
import { writeFileSync } from 'node:fs';
import { SecretScan } from '@evalmake/engine/secret-scan';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { TemporaryFolder } from './doubles/temporary-folder.ts';

const test = suite<{ folder: TemporaryFolder }>('secret scan');
test.before.each((context) => {
  context.folder = new TemporaryFolder();
});
test.after.each(({ folder }) => folder.remove());

const secret = 'sk-47f1c0ffee"\\';
const scan = new SecretScan(['short', secret, 'another-value']);
const piece = 1 << 20;

test('a value is found at the beginning, the end, and wherever a piece ends', async ({ folder }) => {
  const path = folder.path('out.bin');
  for (const before of [0, 1, piece - secret.length, piece - 1, piece, 2 * piece - 3, 3 * piece + 5]) {
    const bytes = Buffer.alloc(3 * piece + 100, 'x');
    bytes.write(secret, Math.min(before, bytes.length - secret.length), 'latin1');
    writeFileSync(path, bytes);
    assert.is(await scan.findsIn(path), true, `${before}`);
  }
});

test('what is not there is not found, nor what is cut off or shorter than 8 bytes', async ({ folder }) => {
  const path = folder.path('out.bin');
  for (const text of ['', 'short short short', secret.slice(1), secret.slice(0, -1), 'x'.repeat(2 * piece)]) {
    writeFileSync(path, text);
    assert.is(await scan.findsIn(path), false, text.slice(0, 40));
  }
  assert.is(await new SecretScan(['short']).findsIn(folder.path('nowhere')), false, 'nothing to look for');
});

test('a value is found as JSON writes it, and among bytes that are no text', async ({ folder }) => {
  const path = folder.path('out.json');
  writeFileSync(path, JSON.stringify({ key: secret }));
  assert.is(await scan.findsIn(path), true);
  writeFileSync(
    path,
    Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from('another-value'), Buffer.from([0xc3])]),
  );
  assert.is(await scan.findsIn(path), true);
  assert.is(new SecretScan(['schlüssel-ß']).finds(Buffer.from('der schlüssel-ß!')), true);
});

test('nothing of a scan shows a value', () => {
  assert.is(JSON.stringify(scan), '{}');
});

test.run();
