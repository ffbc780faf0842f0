// A WorkKey names some work wherever it is done: what goes into it, and where its files go.
import { byCodeUnit, fingerprintKey } from '@evalmake/core';
import { digestText } from './digest.ts';
import type { Wanted } from './store.ts';

/**
 * The key of some work: what it is, and where its files go. Nothing of the machine or the folder is in it, so the same work
 * in another checkout has the same key.
 */
export function workKey(namespace: string, { task, parts, outputs }: Wanted): string {
  const places = outputs.map(({ name, kind, path }) => `${name}\0${kind}\0${path}`).sort(byCodeUnit);
  const text = ['evalmake-result 1', namespace, task, ...places, fingerprintKey(parts, digestText)].join(
    '\n',
  );
  return digestText(text).slice('sha256:'.length);
}
