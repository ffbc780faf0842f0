// A check as it is now: its digest covers its text and the content of the files that it names.
import type { CheckSpec } from './check.ts';
import { checkDigest } from './check-judge.ts';
import type { World } from './ports.ts';
import { codeWords } from './usage.ts';

/** The digest of a check: its text and the content of the files it names. */
export function checkDigestOf(
  spec: CheckSpec,
  context: { readonly world: Pick<World, 'snapshot' | 'digest'> },
): string {
  const { world } = context;
  const { demand } = spec;
  const named =
    demand.kind === 'json_schema' ? [demand.schema] : demand.kind === 'command' ? codeWords(demand.run) : [];
  const digests: Record<string, string> = {};
  for (const path of named) {
    const entry = world.snapshot.entry(path);
    if (entry.kind !== 'missing') digests[path] = entry.digest;
  }
  return checkDigest(spec, digests, (text) => world.digest(text));
}
