// A result file is a JSON document of an earlier phase; its version and its main members are checked before it is used.
import { readJson } from '../json-in.ts';

/**
 * Reads a result document.
 * @param keys members it must have; the phase that writes it guarantees the rest
 * @throws Failure naming the file and the member
 */
export function readResult<T extends { readonly schema_version: 2 }>(
  path: string,
  keys: readonly (keyof T & string)[],
): T {
  const document = readJson(path);
  if (document.number('schema_version') !== 2)
    document.reject('schema_version', '2 (made by this version of evalkit)');
  for (const key of keys) if (document.raw(key) === undefined) document.reject(key, 'a member of that name');
  return document.whole() as T;
}
