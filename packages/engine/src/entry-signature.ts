// An EntrySignature proves who wrote an entry of a shared cache, of which work it is a result, and which files it has.
import { byCodeUnit } from '@evalmake/core';
import type { ActionFile } from './action-result.ts';
import { isSignedBy, type SigningKey } from './signing-key.ts';

// Format, version 1, a line of text that stands in `stderr_raw` of the ActionResult:
//   evalmake-signature 1 ed25519:<public key> <signature>
// What is signed is `evalmake-signature 1`, the key below /ac/ and the number of bytes of what follows, each as a line, and
// then a JSON list of [path, digest, bytes, executable] of all files, those of evalmake too, in code-unit order of paths.
// Constraints: the namespace, the task and the fingerprint are in the key, and the record is one of the files; so an entry
// counts for nothing else than what it was signed for. Bytes of the message are not signed, since servers encode it anew.

const domain = 'evalmake-signature 1';
const form = /^evalmake-signature 1 (ed25519:[A-Za-z0-9_-]{43}) ([A-Za-z0-9_-]{86})\n?$/;

/** What is signed: an entry, by its key and its files. */
export interface Signed {
  /** 64 hex digits: where it stands below /ac/. */
  readonly key: string;
  readonly files: readonly ActionFile[];
}

function textOf({ key, files }: Signed): string {
  const list = [...files].sort((a, b) => byCodeUnit(a.path, b.path));
  const body = JSON.stringify(list.map((f) => [f.path, f.digest, f.bytes, f.executable]));
  return `${domain}\n${key}\n${Buffer.byteLength(body)}\n${body}`;
}

/** Signs an entry. */
export function signEntry(signed: Signed, key: SigningKey): string {
  return `${domain} ${key.publicText} ${key.sign(textOf(signed))}\n`;
}

/**
 * Why an entry is not to be trusted, in words; undefined when it is.
 * @param line what stands where a signature would
 * @param trust public keys of those who may write
 */
export function whyNotTrusted(
  signed: Signed,
  line: string | undefined,
  trust: readonly string[],
): string | undefined {
  const [, by = '', signature = ''] = form.exec(line ?? '') ?? [];
  if (by === '') return 'results that nobody has signed';
  if (!trust.includes(by)) return `results signed by ${by}, whom \`trust\` does not name`;
  return isSignedBy(by, textOf(signed), signature)
    ? undefined
    : `results that ${by} has not signed as they are, or for something else`;
}
