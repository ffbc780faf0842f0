// A power cut of the disk in memory: what was not synced may be lost, in part or as a whole.
import type { FileInode } from './memory-disk-inode.ts';
import type { Volume } from './memory-disk-volume.ts';

export interface PowerCut {
  /** Whether a file that was not synced may have its new length and zeros in it; yes unless told. */
  readonly zeros?: boolean;
  /** Whether content that is not the synced one may come with the times of the synced one; no unless told. */
  readonly staleTimes?: boolean;
}

/** A number from 0 to `max`, both included; the ends are as likely as all between them. */
function between(random: () => number, max: number): number {
  const where = random();
  if (where < 0.25) return 0;
  if (where < 0.5) return max;
  return Math.min(max, Math.floor(((where - 0.5) / 0.5) * (max + 1)));
}

/**
 * Loses what was not synced. What is left is durable.
 * @param random numbers from 0 up to 1; the same numbers lose the same
 */
export function loseUnsynced(volume: Volume, random: () => number, options: PowerCut): void {
  volume.backlog.cut(between(random, volume.backlog.size));
  for (const inode of volume.inodes()) if (inode.kind === 'file') loseContent(inode, random, options);
  volume.recount();
}

function loseContent(file: FileInode, random: () => number, options: PowerCut): void {
  const { synced } = file;
  const sameTimes = file.mtime === synced.mtime && file.ctime === synced.ctime;
  if (file.clean && sameTimes) return;
  const oldTimes = random() < 0.5;
  const fresh = Buffer.from(file.content);
  const old = synced.bytes.subarray(0, synced.size);
  const left = file.clean ? old : mixed(fresh, old, { ...synced, random, options });
  if (!left.equals(fresh)) {
    file.truncate(0);
    file.write(left, 0);
  }
  if (oldTimes && (options.staleTimes === true || left.equals(old))) {
    file.mtime = synced.mtime;
    file.ctime = synced.ctime;
  }
  file.sync();
}

/** How a file changed since it was synced, and what decides about it. */
interface Change {
  readonly kept: number;
  readonly shortest: number;
  readonly random: () => number;
  readonly options: PowerCut;
}

/**
 * What may be left of new content in place of old content. The first `kept` bytes are the same in both. What lies in
 * front of `shortest` was written in place: each byte is old or new. What lies behind is new ground, where the length and
 * the content reach the disk each in its own time.
 */
function mixed(fresh: Buffer, old: Buffer, { kept, shortest, random, options }: Change): Buffer {
  const cut = between(random, fresh.length - shortest) + shortest;
  const torn = between(random, shortest - kept) + kept;
  const grown = Buffer.concat([
    fresh.subarray(0, torn),
    old.subarray(torn, shortest),
    fresh.subarray(shortest, cut),
  ]);
  switch (Math.floor(random() * (options.zeros === false ? 3 : 4))) {
    case 0:
      return fresh;
    case 1: // the length came later than the content
      return grown;
    case 2: // written over from the start, and not yet to the end; nor is it shortened
      return Buffer.concat([fresh.subarray(0, cut), old.subarray(cut)]);
    default: // the length came sooner than the content
      return Buffer.concat([grown, Buffer.alloc(fresh.length - cut)]);
  }
}
