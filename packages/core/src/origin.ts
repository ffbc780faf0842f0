// An Origin is where a former result lies that comes back: in the store of the workspace, or in the cache shared with others.
import type { TaskRecord } from './record.ts';

export type Origin = 'store' | 'shared-cache';

/** A former result that can be brought back. */
export interface Restorable {
  readonly record: TaskRecord;
  readonly origin: Origin;
}

/** Where a result is brought from, in the words of every screen and page. */
export function originText(origin: Origin): string {
  return origin === 'store' ? 'from the store' : 'from the shared cache';
}

/** ` (2 from the shared cache)`: of so many results that are brought back; nothing when none of them is. */
export function fromSharedText(shared: number, all: number): string {
  if (shared === 0) return '';
  const words = originText('shared-cache');
  return shared === all ? ` ${words}` : ` (${shared} ${words})`;
}
