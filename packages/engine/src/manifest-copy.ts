// A manifest's copy is what stood in its place before: `x.backup.<time>.json` of an old version, `x.json.corrupt.<time>` of a damaged one.
import type { ManifestReading } from '@evalmake/core/manifest';

/**
 * Names the copy of a manifest that is about to be replaced.
 * @param path the manifest
 * @param about.reading why it is replaced
 * @param about.at ISO 8601 in UTC
 * @param about.taken whether there is a file of a name
 */
export function copyName(
  path: string,
  about: {
    readonly reading: Pick<ManifestReading, 'problem'>;
    readonly at: string;
    readonly taken: (name: string) => boolean;
  },
): string {
  const time = about.at.replace(/[^0-9A-Za-z]+/g, '-').replace(/^-+|-+$/g, '');
  for (let n = 0; ; n += 1) {
    const stamp = n === 0 ? time : `${time}-${n}`;
    const old = about.reading.problem === 'old-version';
    const name = old ? `${path.replace(/\.json$/, '')}.backup.${stamp}.json` : `${path}.corrupt.${stamp}`;
    if (!about.taken(name)) return name;
  }
}
