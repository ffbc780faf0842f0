// A HeldLock is a lock of ours; somebody may still break it, so whoever relies on it asks whether it is.
import { rmSync } from './fs.ts';
import { besideLock, type LockOwner, linkText, readLock } from './lock-file.ts';

/** Thrown when a lock is relied on that somebody else has taken. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
}

/** A lock that was taken, until it is released or lost. */
export class HeldLock {
  readonly held = true;
  /** Whose lock was taken over, when it was. */
  readonly tookOver: LockOwner | undefined;

  constructor(
    private readonly path: string,
    /** The text of our lock file, which no other has. */
    private readonly text: string,
    readonly owner: LockOwner,
    taken: { readonly from?: LockOwner | undefined } = {},
  ) {
    this.tookOver = taken.from;
  }

  /** Whether the lock is still ours. */
  get ours(): boolean {
    return readLock(this.path)?.text === this.text;
  }

  /**
   * Fails when the lock is no longer ours. One small file is read: cheap enough to be asked before every record.
   * @throws LockLost with who has it now
   */
  check(): void {
    const now = readLock(this.path);
    if (now?.text === this.text) return;
    const who =
      now === undefined
        ? 'its file is gone'
        : now.owner === 'damaged'
          ? 'its file holds something else'
          : `process ${now.owner.pid} on ${now.owner.host} has it since ${now.owner.since}, "${now.owner.command}"`;
    throw new LockLost(`the lock of this build was broken: ${who}`);
  }

  /**
   * Gives the lock back; that of another is left alone. The claim keeps anybody from breaking it between the look and the
   * removal, which would then remove the other's.
   */
  release(): void {
    if (!this.ours) return;
    const claim = besideLock(this.path, 'after', this.text);
    try {
      if (!linkText(this.path, claim, this.text)) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    if (this.ours) rmSync(this.path, { force: true });
    rmSync(claim, { force: true });
  }
}
