// The fingerprint of one task in a world where everything it needs is settled.
import { type Fingerprint, fingerprint } from '@evalmake/core';
import { MemoryWorld } from './memory-world.ts';
import { configOf, type GraphOptions, graphOf } from './pipeline-text.ts';

/** The whole fingerprint of a task, by default of the first. */
export function fingerprintIn(text: string, options: GraphOptions = {}, id?: string): Fingerprint {
  const world = options.world ?? new MemoryWorld();
  const graph = graphOf(text, { ...options, world });
  const task = graph.tasks[id === undefined ? 0 : (graph.byId.get(id) ?? -1)];
  if (task === undefined) throw new Error(`no task "${id}"`);
  return fingerprint(task, {
    graph,
    config: configOf(options.config),
    world,
    unsettled: () => false,
    accepted: (producer) => world.journal.get(graph.tasks[producer]?.id ?? '')?.[0],
    proven: () => false,
    memo: new Map(),
  });
}

/** The labelled parts alone. */
export function partsOf(
  text: string,
  options: GraphOptions = {},
  id?: string,
): Readonly<Record<string, string>> {
  return fingerprintIn(text, options, id).parts;
}

/** Labels by which two fingerprints differ, sorted. */
export function differing(
  a: Readonly<Record<string, string>>,
  b: Readonly<Record<string, string>>,
): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((label) => a[label] !== b[label]).sort();
}
