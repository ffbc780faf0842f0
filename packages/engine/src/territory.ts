// The Territory is every file that tasks own; a command that writes, replaces or removes a file of another task is found out.
import { byCodeUnit, type Event, type Graph, newestRecord, type Task } from '@evalmake/core';
import { digestFile } from './digest.ts';
import { lstatOf } from './file-state.ts';
import type { Workspace } from './workspace.ts';

// Each file is looked at by its signature when a command ends. With many files that would cost more than the commands, so
// a look is taken only when the last one is long enough ago to be worth a twentieth of the time, and once at the end.
// Nobody can know who wrote a file: all whose commands ran then are named. What they made themselves is kept: it may be
// the work of hours, and it may have been a person who wrote. The file's owner is what counts as failed.

interface Place {
  readonly owner: string;
  /** The output that the file belongs to. */
  readonly output: { readonly path: string; readonly kind: 'file' | 'dir' | 'glob' };
  signature: string;
}

interface Stay {
  readonly task: string;
  readonly from: number;
  readonly to: number;
}

/** A file that somebody other than its owner wrote or removed. */
export interface Trespass {
  readonly path: string;
  /** The task whose output it is. */
  readonly owner: string;
  readonly message: string;
}

/** How much of the time may go into looking. */
const share = 20;
/** The kernel stamps files by a clock that lags behind the one that is asked. */
const lagMs = 50;

/** Watches over the files of all tasks of a build. */
export class Territory {
  private readonly places = new Map<string, Place>();
  private readonly ofTask = new Map<string, string[]>();
  private graph: Graph | undefined;
  private readonly running = new Map<string, number>();
  /** Tasks that have ended since the last look. */
  private ended: Stay[] = [];
  private found: Trespass[] = [];
  private sweptAt = 0;
  private sweptMs = 0;

  constructor(private readonly workspace: Workspace) {}

  private now(): number {
    return this.workspace.options.nowMs();
  }

  /** Learns of a task that starts; what its graph owns is noted before the first one runs. */
  started(task: Task, graph: Graph): void {
    if (this.graph !== graph) {
      this.graph = graph;
      for (const other of graph.tasks) if (!this.ofTask.has(other.id)) this.note(other);
    }
    this.running.set(task.id, this.now());
  }

  /** Learns that a task has ended, looks at the files of others, and notes what lies at its own outputs now. */
  over(task: Task): void {
    const from = this.running.get(task.id);
    if (from === undefined) return;
    this.ended.push({ task: task.id, from, to: this.now() });
    if (this.now() - this.sweptAt >= this.sweptMs * share) this.sweep();
    this.running.delete(task.id);
    this.note(task);
  }

  /** Notes the files of a task as they are now. */
  private note(task: Task): void {
    for (const path of this.ofTask.get(task.id) ?? []) this.places.delete(path);
    const record = newestRecord(this.workspace.world.records, task);
    const all: string[] = [];
    for (const output of task.outputs) {
      const paths =
        output.kind === 'file'
          ? [output.path]
          : (record?.outputs[output.name] ?? []).flatMap((f) =>
              output.kind === 'glob' ? [f.path] : (f.members ?? []).map((m) => `${f.path}${m}`),
            );
      for (const path of paths)
        this.places.set(path, { owner: task.id, output, signature: this.signatureOf(path) });
      all.push(...paths);
    }
    this.ofTask.set(task.id, all);
  }

  /** What was found since the last call. `last` looks once more where a look was left out. */
  trespasses(last: boolean): readonly Trespass[] {
    if (last && this.ended.length > 0) this.sweep();
    return this.found.splice(0);
  }

  private sweep(): void {
    const began = performance.now();
    for (const [path, place] of this.places) {
      if (this.running.has(place.owner)) continue;
      const signature = this.signatureOf(path);
      if (signature === place.signature) continue;
      const before = place.signature;
      place.signature = signature;
      if (!this.isOwn(path, place, before === '')) this.accuse(path, place);
    }
    this.ended = [];
    this.sweptAt = this.now();
    this.sweptMs = performance.now() - began;
  }

  /** Whether a changed file holds what its owner once wrote: touched, linked, or put back by somebody. */
  private isOwn(path: string, place: Place, wasAbsent: boolean): boolean {
    const full = this.full(path);
    const there = lstatOf(full) !== undefined;
    if (!there) return wasAbsent;
    const { world, snapshot } = this.workspace;
    const index = this.graph?.byId.get(place.owner);
    const records = index === undefined ? [] : world.records.journal(place.owner);
    snapshot.forget([path, place.output.path]);
    try {
      const found = place.output.kind === 'dir' ? snapshot.entry(place.output.path) : digestFile(full);
      const named = place.output.kind === 'dir' ? place.output.path : path;
      return (
        'digest' in found &&
        records.some((r) =>
          Object.values(r.outputs).some((files) =>
            files.some((f) => f.path === named && f.digest === found.digest),
          ),
        )
      );
    } catch {
      return false;
    }
  }

  private accuse(path: string, place: Place): void {
    const ran = new Set(this.ended.map((s) => s.task));
    const stays = [
      ...this.ended,
      ...[...this.running]
        .filter(([task]) => !ran.has(task))
        .map(([task, from]): Stay => ({ task, from, to: this.now() })),
    ].filter((s) => s.task !== place.owner);
    const at = lstatOf(this.full(path))?.ctimeMs;
    const then = stays.filter((s) => at === undefined || (s.from - lagMs <= at && at <= s.to + lagMs));
    const suspects = (then.length > 0 ? then : stays).map((s) => `"${s.task}"`).sort(byCodeUnit);
    if (suspects.length === 0) return;
    const [first] = suspects;
    const who =
      suspects.length === 1
        ? `the command of ${first}, which must write its own outputs only`
        : `a command of ${suspects.slice(0, 5).join(', ')}${suspects.length > 5 ? ', …' : ''} (with -j1 it can be told which)`;
    const did = at === undefined ? 'removed' : 'written';
    const message = `its output "${path}" was ${did} by ${who}, or by somebody else meanwhile`;
    this.found.push({ path, owner: place.owner, message });
  }

  private full(path: string): string {
    return `${this.workspace.root}/${path}`;
  }

  private signatureOf(path: string): string {
    const stat = lstatOf(this.full(path));
    return stat === undefined || stat.isDirectory() ? '' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
  }
}

/** How a trespass is told: the owner's output is not what it was, so the owner has failed. */
export function trespassEvent(owner: string, message: string, at: string): Event {
  return { event: 'failed', at, task: owner, ms: 0, reason: 'wrote-elsewhere', message, retry: false };
}
