// The digest of a check names its text and the content of the files that it mentions.
import { checkDigest } from './check-judge.ts';
import type { DecideContext } from './decision.ts';
import type { Task } from './graph.ts';
import { codeWords } from './usage.ts';

/** The digest of a check: its text and the content of the files it names. */
export function checkDigestOf(
  spec: Task['target']['checks'][number],
  context: Pick<DecideContext, 'world'>,
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
