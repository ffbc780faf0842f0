// The bytes of a manifest: read as one, and compared with what they were.
import { type ManifestReading, readManifest } from '@evalmake/core/manifest';

/** Reads bytes as a manifest; what is not UTF-8 would be changed by writing it again, so it counts as damaged. */
export function readBytes(bytes: Uint8Array): ManifestReading {
  try {
    return readManifest(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { problem: 'unparsable', message: 'not valid UTF-8' };
  }
}

/** Whether two contents are the same; nothing is the same as nothing. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}
