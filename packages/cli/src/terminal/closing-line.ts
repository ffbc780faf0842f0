// The closing line ends a build: what ran, what was spared, what is wrong, in one honest line.
import type { EndCounts } from '@evalmake/core';
import { durationText } from '../style.ts';

/** The one line that closes a build: what ran, what was spared, what is wrong. */
export function closingLine(counts: EndCounts, ms: number): string {
  const parts = [
    counts.failed > 0 ? `${counts.failed} failed` : '',
    counts.blocked > 0 ? `${counts.blocked} blocked` : '',
    counts.ask > 0 ? `${counts.ask} to decide` : '',
    (counts.waiting ?? 0) > 0 ? `${counts.waiting} waiting: evalmake goes on when it is called again` : '',
    counts.ran > 0 ? `${counts.ran} ran` : '',
    counts.rechecked > 0 ? `${counts.rechecked} rechecked` : '',
    (counts.restored ?? 0) > 0 ? `${counts.restored} restored` : '',
    counts.cutOff > 0 ? `${counts.cutOff} cut off` : '',
    counts.notStarted > 0 ? `${counts.notStarted} not started` : '',
    counts.fresh > 0 ? `${counts.fresh} fresh` : '',
    counts.off > 0 ? `${counts.off} off` : '',
  ].filter((p) => p !== '');
  const nothing =
    counts.ran +
      counts.failed +
      counts.rechecked +
      (counts.restored ?? 0) +
      counts.cutOff +
      counts.notStarted +
      counts.blocked +
      counts.ask +
      (counts.waiting ?? 0) ===
    0;
  const head = nothing
    ? 'evalmake: everything is fresh, nothing ran'
    : counts.failed + counts.blocked + counts.ask > 0
      ? 'evalmake: not done'
      : (counts.waiting ?? 0) > 0
        ? 'evalmake: not yet'
        : counts.notStarted > 0
          ? 'evalmake: stopped'
          : 'evalmake: done';
  return `${head}${parts.length === 0 ? '' : ` (${parts.join(', ')})`} in ${durationText(ms)}`;
}
