// Large files are hashed off the main thread, so that other commands go on being read while a big result is digested.
import { statSync } from './fs.ts';

/** Above this a file is worth a worker: hasha costs some ten times plain code on small files, and nothing on large ones. */
export const largeBytes = 16 * 1024 * 1024;

/** Digests made ahead, by full path. */
export type Ahead = ReadonlyMap<string, { readonly digest: string; readonly bytes: number }>;

/**
 * Hashes those of some files that are large, all at once in worker threads.
 * @param paths full paths; what is missing or small is left out
 */
export async function hashLarge(paths: readonly string[]): Promise<Ahead> {
  const large = paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat?.isFile() === true && stat.size >= largeBytes ? [{ path, bytes: stat.size }] : [];
  });
  if (large.length === 0) return new Map();
  const { hashFile } = await import('hasha');
  const made = await Promise.all(
    large.map(async ({ path, bytes }) => {
      const digest = `sha256:${await hashFile(path, { algorithm: 'sha256' })}`;
      return [path, { digest, bytes }] as const;
    }),
  );
  return new Map(made);
}
