// Row sources are outputs that lie in the workspace with their sidecars: answers that were bought, though no store knows them.
import { join } from 'node:path';
import type { Pipeline, Target } from '@evalmake/core';
import { openVars } from '@evalmake/core/template-references';
import { remove, writeAtomic } from './disk.ts';
import { readFileSync } from './fs.ts';
import type { DiskSnapshot } from './observe.ts';
import { rowFormatOf } from './row-scan.ts';
import type { SidecarSource } from './row-sidecar.ts';
import { sidecarPath } from './row-sidecar-keys.ts';

/** A pattern that every output of a target matches, whatever its templates stand for: of other trials and older runs too. */
export function outputPattern(target: Target, pipeline: Pipeline): string | undefined {
  const output = target.outputs.find((o) => o.name === target.rows?.to);
  if (output === undefined) return undefined;
  return openVars(output.path, pipeline.vars)
    .map((piece) => (typeof piece === 'string' ? piece : '*'))
    .join('')
    .replace(/\*+/g, '*');
}

/** The sources of a target whose answers are not in its store yet. */
export class RowSources {
  /** Digests of sidecars whose answers the store has, each with that of the output it was read beside. */
  private readonly done: Set<string>;

  /** @param path the file that remembers what was brought into the store */
  constructor(private readonly path: string) {
    this.done = new Set(readDone(path));
  }

  /**
   * Outputs with sidecars that are new since answers were last brought into the store.
   * @param where.anew whether the store may have lost answers: then all of them
   */
  list(
    pattern: string,
    { root, snapshot, anew }: { root: string; snapshot: DiskSnapshot; anew: boolean },
  ): SidecarSource[] {
    return snapshot.glob(sidecarPath(pattern)).flatMap((path): SidecarSource[] => {
      const name = path.slice(0, -sidecarPath('').length);
      if (!anew && this.done.has(stampOf(name, snapshot))) return [];
      return [{ output: join(root, name), name, format: rowFormatOf(name) }];
    });
  }

  /** Forgets what was brought into a store that may have lost it; before anything is brought into it again. */
  forget(): void {
    this.done.clear();
    remove(this.path);
  }

  /** Notes that the answers of sources are in the store. Losing this note costs a reading, nothing else. */
  brought(sources: readonly SidecarSource[], snapshot: DiskSnapshot): void {
    for (const { name } of sources) this.done.add(stampOf(name, snapshot));
    writeAtomic(this.path, `${JSON.stringify([...this.done])}\n`, false);
  }
}

/** A sidecar that was passed over because its output was another one is read again when that changes. */
function stampOf(output: string, snapshot: DiskSnapshot): string {
  return [sidecarPath(output), output]
    .map((path) => {
      const entry = snapshot.entry(path);
      return entry.kind === 'missing' ? '' : entry.digest;
    })
    .join(' ');
}

function readDone(path: string): string[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(value) ? value.filter((v): v is string => typeof v === 'string') : [];
  } catch {
    return [];
  }
}
