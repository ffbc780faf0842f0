// The values of a JSON document, one by one, so that each can be taken out or replaced.
import type { Json } from '@evalmake/core/json';

/** A value of a document, and where it stands. */
export interface Value {
  readonly at: string;
  readonly parent: Record<string, Json>;
  readonly step: string;
}

/** All values in a document with where they stand; of a list the first twelve. */
export function* valuesOf(node: Json, at = ''): Generator<Value> {
  if (typeof node !== 'object' || node === null) return;
  const parent = node as Record<string, Json>;
  const steps = Array.isArray(node) ? Object.keys(node).slice(0, 12) : Object.keys(node);
  for (const step of steps) {
    yield { at: `${at}/${step}`, parent, step };
    yield* valuesOf(parent[step] as Json, `${at}/${step}`);
  }
}

/** A value that no schema takes for the other. */
export function otherType(value: Json): Json {
  if (Array.isArray(value)) return {};
  return typeof value === 'object' && value !== null ? [] : typeof value === 'string' ? 7 : 'text';
}
