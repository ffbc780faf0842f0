// Oversight looks, while a build runs, whether it is asked to stop, and whether the lock is still its own.
import { LockLost } from './held-lock.ts';
import { stopRequested } from './stop-request.ts';
import { localTimer, type StartTimer } from './timer.ts';
import type { Workspace } from './workspace.ts';

/** How often it looks: what is asked for is noticed in about half a second. */
const lookMs = 400;

/** What is told of what was seen. */
export interface Overseen {
  drain(): void;
  abandon(why: LockLost): void;
}

/** Looks again and again, from `start` until `end`. */
export class Oversight {
  private cancel: () => void = () => {};
  private readonly timer: StartTimer;

  constructor(
    private readonly workspace: Workspace,
    private readonly build: Overseen,
  ) {
    this.timer = workspace.machine.timer ?? localTimer;
  }

  /** Looks at once, and then every so often. */
  start(): void {
    this.look();
    this.cancel = this.timer(lookMs, () => this.start());
  }

  private look(): void {
    const { journal, root } = this.workspace;
    try {
      journal.lock?.check();
      if (journal.lock !== undefined && stopRequested(root, journal.lock.owner)) this.build.drain();
    } catch (error) {
      // What cannot be read now is looked at again; every record asks for the lock by itself.
      if (error instanceof LockLost) this.build.abandon(error);
    }
  }

  end(): void {
    this.cancel();
  }
}
