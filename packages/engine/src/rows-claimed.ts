// The RowClaims of a workspace: which of its tasks ask which rows, and who else does; a claim that a crash left holds nobody up.
import type { Task } from '@evalmake/core';
import type { Machine } from './machine.ts';
import { OpenAttempts } from './open-attempt.ts';
import { type ClaimConflict, type ClaimPlace, claimConflicts, claimRows, releaseRows } from './row-claims.ts';

/** A claim without an attempt, of another checkout, is believed for so long: it may be about to begin. */
const youngClaimMs = 600_000;

/** What claims are made with. */
export interface RowClaimsOptions {
  readonly root: string;
  readonly machine: Machine;
  readonly digest: (text: string) => string;
  readonly nowMs: () => number;
  /** Whether claims may be taken away that hold nobody up. */
  readonly write: boolean;
}

/** Makes claims, and takes them back. */
export class RowClaims {
  private readonly claimed = new Set<string>();

  constructor(
    private readonly options: RowClaimsOptions,
    /** The folder of the row stores, and the attempts of this workspace. */
    private readonly where: { readonly dir: string; readonly attempts: OpenAttempts },
  ) {}

  /** Claims rows before they are asked; gives the claims that stand in the way. */
  claim(task: Task, keys: Uint8Array, at: string): ClaimConflict[] {
    this.holder(task, keys);
    const { machine } = this.options;
    const conflicts = claimRows(this.place(task), keys, { at, processes: machine.processes });
    if (conflicts.length === 0) this.claimed.add(task.id);
    return conflicts;
  }

  /** Takes the claim of a task back. */
  release(task: Task): void {
    this.claimed.delete(task.id);
    releaseRows(this.place(task));
  }

  /** Who else asks some of these rows. A claim that a crash left without an attempt holds nobody up. */
  holder(task: Task, keys: Uint8Array): string | undefined {
    const { root, machine, nowMs } = this.options;
    const { host } = machine.processes;
    const held = claimConflicts(this.place(task), keys).filter(({ owner, at }) => {
      if (owner.host !== host) return true;
      const own = owner.workspace === root;
      if (own && this.claimed.has(owner.task)) return true;
      const there = own ? this.where.attempts : new OpenAttempts(owner.workspace, this.options.digest);
      if (there.find(owner.task) !== undefined) return true;
      if (!own && Date.parse(at) > nowMs() - youngClaimMs) return true;
      if (this.options.write) releaseRows({ ...this.place(task), owner });
      return false;
    });
    const first = held[0]?.owner;
    if (first === undefined) return undefined;
    return first.workspace === root ? first.task : `${first.task} of another checkout, ${first.workspace},`;
  }

  private place(task: Task): ClaimPlace {
    const { root, machine } = this.options;
    const owner = { host: machine.processes.host, workspace: root, task: task.id };
    return { dir: this.where.dir, target: task.target.name, owner };
  }
}
