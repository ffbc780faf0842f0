// `evalmake cache key`: makes the key that signs results for others, and prints the half of it that readers name.
import { relative, resolve } from 'node:path';
import { makeKeyFile } from '@evalmake/engine/signing-key';
import { UsageError } from './exit.ts';
import type { Options } from './options.ts';
import { oneLine } from './style.ts';

/** Runs the command; gives the exit code. Only the public half is ever printed. */
export async function cacheKey(options: Options): Promise<number> {
  const [file, ...more] = options.targets;
  if (file === undefined || more.length > 0)
    throw new UsageError(
      'evalmake cache key needs the file of one private key: a new one is made, one that is there is read',
      'evalmake cache key ~/.config/evalmake/cache-key.pem',
    );
  const path = resolve(options.dir, file);
  const { publicText, made } = keyIn(path);
  if (publicText === undefined)
    throw new UsageError(
      `"${file}" is there, and is no Ed25519 private key in PEM (PKCS8)`,
      'name another file',
    );
  const text = options.json
    ? JSON.stringify({ format: 'evalmake.cache', version: 1, verb: 'key', public: publicText, made })
    : publicText;
  process.stdout.write(`${text}\n`);
  if (made && !options.json) process.stderr.write(`${wordsOf(file, path)}\n`);
  return 0;
}

function keyIn(path: string): ReturnType<typeof makeKeyFile> {
  try {
    return makeKeyFile(path);
  } catch (error) {
    throw new UsageError(`the key cannot be kept there: ${(error as Error).message}`, 'name another file');
  }
}

/** What to do with a new key. */
function wordsOf(file: string, path: string): string {
  const inside = !relative(process.cwd(), path).startsWith('..');
  return [
    `evalmake: the private key is in ${oneLine(file)}; only who may write to the cache may have it`,
    ...(inside ? ['          it must not be committed: add it to .gitignore, or put it elsewhere'] : []),
    '          writers:  cache: { sign: … }, the path of this file, or ${{ env.NAME }}',
    '          readers:  cache: { trust: [the key above] }',
  ].join('\n');
}
